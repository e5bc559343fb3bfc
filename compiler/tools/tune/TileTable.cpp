#include "compiler/tools/tune/TileTable.h"

#include "compiler/Error.h"
#include "compiler/tools/WriteText.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <regex>
#include <sstream>

namespace cnx {

static constexpr const char *kHeader = "// Measured exceptions to the rule, written by `cnx tune`: "
                                       "{level, {shape}, {tiles}}, // reason\n";

TileTable::TileTable(const std::filesystem::path &folder, const std::string &name)
    : path_(folder / (name + ".tiles.inc")) {
  std::ifstream file(path_);
  size_t number = 0;
  for (std::string line; std::getline(file, line);)
    read(line, ++number);
}

void TileTable::read(const std::string &line, size_t number) {
  static const std::regex row(R"(\{Level::(v3|v4), \{(\d+(?:, \d+)*)\}, \{.*\}\}, // .+)");
  if (line.empty() || line.starts_with("//"))
    return;
  std::smatch parts;
  if (!std::regex_match(line, parts, row))
    throw UserError(fmt::format(
        "{}: line {}: found '{}', expected {{Level::v4, {{SHAPE}}, {{TILES}}}}, // REASON",
        path_.string(), number, line));
  std::vector<int64_t> shape;
  std::istringstream extents(parts[2].str());
  for (std::string extent; std::getline(extents, extent, ',');)
    shape.push_back(std::stoll(extent));
  lines_[{parts[1].str() == "v3" ? Level::v3 : Level::v4, shape}] = line;
}

void TileTable::set(const TileRow &row, const std::string &reason) {
  std::string tiles;
  for (const TileField &field : kTileFields)
    if (const int value = row.tiles.*field.value)
      tiles += fmt::format("{}.{} = {}", tiles.empty() ? "" : ", ", field.member, value);
  lines_[{row.level, row.shape}] =
      fmt::format("{{Level::{}, {{{}}}, {{{}}}}}, // {}", levelName(row.level),
                  fmt::join(row.shape, ", "), tiles, reason);
}

void TileTable::remove(Level level, const std::vector<int64_t> &shape) {
  lines_.erase({level, shape});
}

std::string TileTable::text() const {
  std::string text = kHeader;
  for (const auto &[key, line] : lines_)
    text += line + "\n";
  return text;
}

void TileTable::write() const { writeText(path_, text()); }

} // namespace cnx
