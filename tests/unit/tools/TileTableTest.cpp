// Tables of tiles as text.
#include "compiler/tools/tune/TileTable.h"

#include "compiler/Error.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>
#include <sstream>

using namespace cnx;

static TileRow row(Level level, std::vector<int64_t> shape, int rows) {
  Tiles tiles;
  tiles.rows = rows;
  tiles.hiddenWidth = 32;
  return {level, std::move(shape), tiles};
}

static std::string fileText(const std::string &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("a table is sorted, keeps what it is not told of, and forgets what it is told to") {
  const TemporaryFolder folder;
  TileTable table(folder.path(), "Mlp");
  table.set(row(Level::v4, {196, 48, 96}, 7), "b");
  table.set(row(Level::v4, {49, 384, 96}, 6), "a");
  table.set(row(Level::v3, {784, 8, 8}, 5), "c");
  table.write();
  const std::string text = fileText(folder / "Mlp.tiles.inc");
  CHECK(text == table.text());
  const std::string rows = text.substr(text.find('\n') + 1);
  CHECK(rows == "{Level::v3, {784, 8, 8}, {.rows = 5, .hiddenWidth = 32}}, // c\n"
                "{Level::v4, {49, 384, 96}, {.rows = 6, .hiddenWidth = 32}}, // a\n"
                "{Level::v4, {196, 48, 96}, {.rows = 7, .hiddenWidth = 32}}, // b\n");

  TileTable again(folder.path(), "Mlp");
  CHECK(again.text() == text);
  again.set(row(Level::v4, {49, 384, 96}, 4), "d");
  again.remove(Level::v3, {784, 8, 8});
  again.remove(Level::v3, {49, 384, 96}); // no row of this level
  const std::string changed = again.text().substr(again.text().find('\n') + 1);
  CHECK(changed == "{Level::v4, {49, 384, 96}, {.rows = 4, .hiddenWidth = 32}}, // d\n"
                   "{Level::v4, {196, 48, 96}, {.rows = 7, .hiddenWidth = 32}}, // b\n");
}

TEST_CASE("a line that is no row is refused by its number") {
  const TemporaryFolder folder;
  std::ofstream(folder / "Mlp.tiles.inc") << "// rows\n{Level::v5, {1}, {}}, // why\n";
  CHECK_THROWS_WITH(TileTable(folder.path(), "Mlp"),
                    Catch::Contains("Mlp.tiles.inc: line 2: found '{Level::v5"));
}
