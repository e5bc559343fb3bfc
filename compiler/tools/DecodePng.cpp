#include "compiler/Error.h"
#include "compiler/tools/ReadImage.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <png.h>

namespace cnx {

namespace {

struct Source {
  const uint8_t *next;
  size_t left;
  char text[200];
};

void fail(png_structp png, png_const_charp message) {
  auto *source = static_cast<Source *>(png_get_error_ptr(png));
  std::snprintf(source->text, sizeof source->text, "%s", message);
  png_longjmp(png, 1);
}

void ignore(png_structp, png_const_charp) {}

void read(png_structp png, png_bytep out, size_t size) {
  auto *source = static_cast<Source *>(png_get_io_ptr(png));
  if (size > source->left)
    png_error(png, "the file ends too early");
  std::memcpy(out, source->next, size);
  source->next += size;
  source->left -= size;
}

// Nothing with a destructor may live in this frame: it is left by longjmp. The caller owns `out`.
bool decode(Source &source, RgbImage &out, std::vector<png_bytep> &rows) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    std::snprintf(source.text, sizeof source.text, "libpng cannot start");
    png_destroy_read_struct(&png, nullptr, nullptr);
    return false;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, &source, read);
  png_read_info(png, info);
  png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (size_t(width) * height > kMostPixels)
    png_error(png, "too many pixels");
  png_set_expand(png); // palettes, fewer than 8 bits, transparency
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != size_t(width) * 3)
    png_error(png, "has an unknown pixel format");
  out.width = int(width);
  out.height = int(height);
  out.pixels.resize(size_t(width) * height * 3);
  rows.resize(height);
  for (png_uint_32 y = 0; y < height; ++y)
    rows[y] = out.pixels.data() + size_t(y) * width * 3;
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

} // namespace

RgbImage decodePng(const std::string &path, const std::vector<uint8_t> &bytes) {
  RgbImage image;
  std::vector<png_bytep> rows;
  Source source{bytes.data(), bytes.size(), {}};
  if (!decode(source, image, rows))
    throw UserError(path + ": " + source.text);
  return image;
}

} // namespace cnx
