#include "compiler/Error.h"
#include "compiler/tools/ReadImage.h"

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

namespace cnx {

namespace {

// libjpeg reports an error by a call that must not return.
struct ErrorJump {
  jpeg_error_mgr base;
  std::jmp_buf target;
  char text[JMSG_LENGTH_MAX];
};

void jump(j_common_ptr info) {
  auto *error = reinterpret_cast<ErrorJump *>(info->err);
  (*info->err->format_message)(info, error->text);
  std::longjmp(error->target, 1);
}

void ignore(j_common_ptr, int) {}

// Nothing with a destructor may live in this frame: it is left by longjmp. The caller owns `out`.
bool decode(const uint8_t *data, size_t size, RgbImage &out, ErrorJump &error) {
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&error.base);
  error.base.error_exit = jump;
  error.base.emit_message = ignore;
  if (setjmp(error.target)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_calc_output_dimensions(&info);
  if (size_t(info.output_width) * info.output_height > kMostPixels) {
    std::snprintf(error.text, sizeof error.text, "%u x %u pixels are too many", info.output_width,
                  info.output_height);
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_start_decompress(&info);
  out.width = int(info.output_width);
  out.height = int(info.output_height);
  out.pixels.resize(size_t(out.width) * out.height * 3);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = out.pixels.data() + size_t(info.output_scanline) * out.width * 3;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

} // namespace

RgbImage decodeJpeg(const std::string &path, const std::vector<uint8_t> &bytes) {
  RgbImage image;
  ErrorJump error;
  if (!decode(bytes.data(), bytes.size(), image, error))
    throw UserError(path + ": " + error.text);
  return image;
}

} // namespace cnx
