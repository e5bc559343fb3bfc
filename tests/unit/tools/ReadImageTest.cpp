#include "compiler/tools/ReadImage.h"

#include "compiler/Error.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <cmath>
#include <cstdio>
#include <fstream>

#include <jpeglib.h>
#include <png.h>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

constexpr int kWidth = 24, kHeight = 16;

// Smooth, so that JPEG keeps it; no two channels alike.
uint8_t pixel(int x, int y, int channel) {
  return uint8_t(channel == 0 ? 8 * x : channel == 1 ? 12 * y : 255 - 5 * x - 4 * y);
}

std::vector<uint8_t> picture() {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < 3; ++c)
        pixels.push_back(pixel(x, y, c));
  return pixels;
}

void writePng(const std::string &path, png_uint_32 format, const std::vector<uint8_t> &pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = kWidth;
  image.height = kHeight;
  image.format = format;
  REQUIRE(png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr));
}

void writeJpeg(const std::string &path, int channels, J_COLOR_SPACE space,
               std::vector<uint8_t> pixels) {
  jpeg_compress_struct info;
  jpeg_error_mgr error;
  info.err = jpeg_std_error(&error);
  jpeg_create_compress(&info);
  std::FILE *file = std::fopen(path.c_str(), "wb");
  REQUIRE(file);
  jpeg_stdio_dest(&info, file);
  info.image_width = kWidth;
  info.image_height = kHeight;
  info.input_components = channels;
  info.in_color_space = space;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = pixels.data() + size_t(info.next_scanline) * kWidth * size_t(channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::fclose(file);
}

} // namespace

TEST_CASE("a PNG is read to the bit") {
  TemporaryFolder folder;
  std::string path = folder / "a.png";
  writePng(path, PNG_FORMAT_RGB, picture());
  RgbImage image = readImage(path);
  CHECK(image.width == kWidth);
  CHECK(image.height == kHeight);
  CHECK(image.pixels == picture());
}

TEST_CASE("alpha is dropped, not blended") {
  TemporaryFolder folder;
  std::string path = folder / "a.png";
  std::vector<uint8_t> opaque = picture(), pixels;
  for (size_t i = 0; i < opaque.size(); i += 3)
    pixels.insert(pixels.end(), {opaque[i], opaque[i + 1], opaque[i + 2], uint8_t(i % 256)});
  writePng(path, PNG_FORMAT_RGBA, pixels);
  CHECK(readImage(path).pixels == opaque);
}

TEST_CASE("grey is repeated over the channels") {
  TemporaryFolder folder;
  std::string path = folder / "a.png";
  std::vector<uint8_t> grey;
  for (int i = 0; i < kWidth * kHeight; ++i)
    grey.push_back(uint8_t(i % 251));
  writePng(path, PNG_FORMAT_GRAY, grey);
  RgbImage image = readImage(path);
  REQUIRE(image.pixels.size() == grey.size() * 3);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    REQUIRE(image.pixels[i] == grey[i / 3]);
}

TEST_CASE("a JPEG is read with its channels in order") {
  TemporaryFolder folder;
  std::string path = folder / "a.jpg";
  writeJpeg(path, 3, JCS_RGB, picture());
  RgbImage image = readImage(path);
  REQUIRE(image.width == kWidth);
  REQUIRE(image.height == kHeight);
  // Chroma is stored at half resolution, so a level's difference is a few units on this slope.
  std::vector<uint8_t> expected = picture();
  REQUIRE(image.pixels.size() == expected.size());
  double mean = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    mean += std::abs(int(image.pixels[i]) - int(expected[i]));
  CHECK(mean / double(expected.size()) < 4);
}

TEST_CASE("what is no image is refused by name") {
  TemporaryFolder folder;
  std::string text = folder / "a.txt", png = folder / "a.png", jpeg = folder / "a.jpg";
  std::ofstream(text) << "hello";
  writePng(png, PNG_FORMAT_RGB, picture());
  std::filesystem::resize_file(png, std::filesystem::file_size(png) / 2);
  writeJpeg(jpeg, 4, JCS_CMYK, std::vector<uint8_t>(kWidth * kHeight * 4, 100));
  CHECK_THROWS_WITH(readImage(text), Contains("a.txt: is neither a JPEG nor a PNG"));
  CHECK_THROWS_WITH(readImage(png), Contains("a.png: the file ends too early"));
  CHECK_THROWS_WITH(readImage(jpeg), Contains("a.jpg: ") && Contains("color"));
  CHECK_THROWS_WITH(readImage(folder / "b.png"), Contains("b.png: cannot be opened: No such file"));
  CHECK_THROWS_WITH(readImage(folder / "."), Contains("is a folder"));
}
