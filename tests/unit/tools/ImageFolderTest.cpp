#include "compiler/Error.h"
#include "compiler/tools/data/DataSource.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>

#include <png.h>

using namespace cnx;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// One pixel wide and `height` high, so that files can be told apart.
void writePng(const fs::path &path, unsigned height) {
  fs::create_directories(path.parent_path());
  const std::vector<uint8_t> pixels(size_t(height) * 3, 7);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = 1;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  REQUIRE(png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr));
}

int heightOf(const DataSet &data, size_t sample) {
  return std::get<RgbImage>(data.source->read(sample)).height;
}

} // namespace

TEST_CASE("the classes of a folder are its folders, sorted") {
  TemporaryFolder folder;
  writePng(folder.path() / "zebra" / "1.png", 1);
  writePng(folder.path() / "ant" / "b.PNG", 3);
  writePng(folder.path() / "ant" / "a.png", 2);
  std::ofstream(folder.path() / "ant" / "notes.txt") << "not an image";
  std::ofstream(folder.path() / "README") << "not a class";
  writePng(folder.path() / ".cache" / "x.png", 9);
  const DataSet data = openImageFolder(folder.path());
  CHECK(data.labels == std::vector<std::string>{"ant", "zebra"});
  CHECK(data.classes == 2);
  CHECK_FALSE(data.imageSize);
  REQUIRE(data.train.size() == 3);
  CHECK(data.validation.empty());
  const int heights[] = {2, 3, 1}, labels[] = {0, 0, 1}; // a.png, b.PNG, 1.png
  for (size_t i = 0; i < 3; ++i) {
    CHECK(heightOf(data, i) == heights[i]);
    CHECK(data.source->label(i) == labels[i]);
  }
  CHECK(data.source->name(0) == folder / "ant/a.png");
}

TEST_CASE("train and val of a folder are its parts") {
  TemporaryFolder folder;
  writePng(folder.path() / "train" / "a" / "1.png", 1);
  writePng(folder.path() / "train" / "b" / "1.png", 2);
  writePng(folder.path() / "train" / "c" / "1.png", 3);
  writePng(folder.path() / "val" / "c" / "1.png", 4);
  const DataSet data = openImageFolder(folder.path());
  CHECK(data.classes == 3);
  CHECK(data.train == std::vector<size_t>{0, 1, 2});
  REQUIRE(data.validation == std::vector<size_t>{3});
  CHECK(data.source->label(3) == 2); // c, although it is the only class of val
  CHECK(heightOf(data, 3) == 4);

  writePng(folder.path() / "val" / "d" / "1.png", 4);
  CHECK_THROWS_WITH(openImageFolder(folder.path()),
                    Contains("val/d: found a class that the training images do not have") &&
                        Contains("a, b, c"));
}

TEST_CASE("folders that are no data set are refused") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(openImageFolder(folder.path()), Contains("found 0 class folders"));
  writePng(folder.path() / "a" / "1.png", 1);
  CHECK_THROWS_WITH(openImageFolder(folder.path()), Contains("found 1 class folder,"));
  fs::create_directories(folder.path() / "b");
  CHECK_THROWS_WITH(openImageFolder(folder.path()), Contains("b: found no image"));
  writePng(folder.path() / "b" / "inner" / "1.png", 1);
  CHECK_THROWS_WITH(openImageFolder(folder.path()), Contains("b/inner: found a folder"));

  TemporaryFolder alone;
  writePng(alone.path() / "val" / "a" / "1.png", 1);
  CHECK_THROWS_WITH(openImageFolder(alone.path()), Contains("found val/ alone"));
}

TEST_CASE("an image that is broken is named when it is read") {
  TemporaryFolder folder;
  writePng(folder.path() / "a" / "1.png", 1);
  writePng(folder.path() / "b" / "2.png", 1);
  fs::resize_file(folder.path() / "b" / "2.png", 30);
  const DataSet data = openImageFolder(folder.path());
  CHECK_THROWS_WITH(data.source->read(1), Contains("b/2.png: "));
}

TEST_CASE("data that is of no known kind is refused") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(openData(folder / "none", 0.1, 0), Contains("none: does not exist"));
  std::ofstream(folder / "data.csv") << "1,2";
  CHECK_THROWS_WITH(openData(folder / "data.csv", 0.1, 0),
                    Contains("data.csv: found a file of another kind"));
}
