#include "compiler/Error.h"
#include "compiler/tools/data/DataSource.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

// What make_npz.py says of the archives.
constexpr int kImages = 6, kHeight = 4, kWidth = 5;

int value(size_t n, int y, int x, int c) { return (100 * int(n) + 20 * y + 3 * x + c) % 256; }

std::string npz(const char *name) { return std::string(CNX_TEST_NPZ) + "/" + name; }

void checkBytes(const DataSet &data, size_t sample, size_t n, bool grey = false) {
  const RgbImage image = std::get<RgbImage>(data.source->read(sample));
  REQUIRE(image.height == kHeight);
  REQUIRE(image.width == kWidth);
  REQUIRE(image.pixels.size() == kHeight * kWidth * 3);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < 3; ++c)
        REQUIRE(image.pixels[size_t((y * kWidth + x) * 3 + c)] == value(n, y, x, grey ? 0 : c));
}

// The file with one byte changed, or cut.
std::string spoilt(const std::string &path, const std::string &copy, long at, bool cut) {
  std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
  if (cut)
    std::filesystem::resize_file(copy, size_t(at));
  else {
    std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char byte = char(file.get() ^ 0x55);
    file.seekp(at);
    file.put(byte);
  }
  return copy;
}

} // namespace

TEST_CASE("numpy's stored archive is read") {
  const DataSet data = openNpz(npz("stored.npz"));
  CHECK(data.classes == 2);
  CHECK_FALSE(data.floats);
  CHECK(data.labels.empty());
  CHECK(data.imageSize == std::pair{kHeight, kWidth});
  CHECK(data.train == std::vector<size_t>{0, 1, 2, 3, 4, 5});
  CHECK(data.validation.empty());
  for (size_t n = 0; n < kImages; ++n) {
    checkBytes(data, n, n);
    CHECK(data.source->label(n) == int(n % 2));
  }
  CHECK_THAT(data.source->name(3), Contains("stored.npz: x[3]"));
}

TEST_CASE("numpy's deflated archive is read, with its validation part") {
  const DataSet data = openNpz(npz("deflated.npz"));
  CHECK(data.validation == std::vector<size_t>{6, 7});
  checkBytes(data, 5, 5);
  checkBytes(data, 7, 1);
  CHECK(data.source->label(7) == 1);
  CHECK_THAT(data.source->name(7), Contains("deflated.npz: x_val[1]"));
}

TEST_CASE("grey images of an archive get three channels") {
  const DataSet data = openNpz(npz("grey.npz"));
  checkBytes(data, 4, 4, true);
}

TEST_CASE("float images are taken as they are") {
  const DataSet data = openNpz(npz("floats.npz"));
  CHECK(data.floats);
  const FloatImage image = std::get<FloatImage>(data.source->read(2));
  REQUIRE(image.values.size() == 3 * kHeight * kWidth);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        REQUIRE(image.values[size_t((c * kHeight + y) * kWidth + x)] ==
                float(value(2, y, x, c)) / 4);
}

TEST_CASE("archives that are cut or changed are refused by name") {
  TemporaryFolder folder;
  const std::string copy = folder / "a.npz";
  const auto size = long(std::filesystem::file_size(npz("deflated.npz")));
  for (long at : {0L, 10L, size / 2, size - 1}) {
    INFO(at);
    CHECK_THROWS_WITH(openNpz(spoilt(npz("deflated.npz"), copy, at, true)), Contains("a.npz: "));
  }
  // Inside the packed pixels: only the checksum sees it.
  CHECK_THROWS_WITH(openNpz(spoilt(npz("deflated.npz"), copy, 100, false)),
                    Contains("a.npz: x.npy: "));
  CHECK_THROWS_WITH(openNpz(spoilt(npz("stored.npz"), copy, 250, false)),
                    Contains("a.npz: x.npy: ") && Contains("CRC"));
}
