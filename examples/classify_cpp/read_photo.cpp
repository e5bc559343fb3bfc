#include "read_photo.h"

#include <csetjmp>
#include <cstdio>
#include <memory>

#include <jpeglib.h>
#include <png.h>

namespace {

struct JpegError {
  jpeg_error_mgr base;
  std::jmp_buf target;
  char text[JMSG_LENGTH_MAX];
};

void onJpegError(j_common_ptr info) {
  auto *error = reinterpret_cast<JpegError *>(info->err);
  (*info->err->format_message)(info, error->text);
  std::longjmp(error->target, 1);
}

bool readJpeg(std::FILE *file, Photo &photo, JpegError &error) {
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&error.base);
  error.base.error_exit = onJpegError;
  if (setjmp(error.target)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_stdio_src(&info, file);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  photo.width = int(info.output_width);
  photo.height = int(info.output_height);
  photo.pixels.resize(size_t(photo.width) * size_t(photo.height) * 3);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = &photo.pixels[size_t(info.output_scanline) * size_t(photo.width) * 3];
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

bool readPng(std::FILE *file, Photo &photo, std::string &message) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_stdio(&image, file)) {
    image.format = PNG_FORMAT_RGB;
    photo.width = int(image.width);
    photo.height = int(image.height);
    photo.pixels.resize(PNG_IMAGE_SIZE(image));
    const png_color white{255, 255, 255}; // behind transparent pixels
    if (png_image_finish_read(&image, &white, photo.pixels.data(), 0, nullptr))
      return true;
  }
  message = image.message;
  png_image_free(&image);
  return false;
}

} // namespace

bool readPhoto(const std::string &path, Photo &photo, std::string &message) {
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path.c_str(), "rb"),
                                                        std::fclose);
  if (!file) {
    message = "cannot be opened";
    return false;
  }
  const int first = std::fgetc(file.get());
  std::rewind(file.get());
  if (first != 0xff)
    return readPng(file.get(), photo, message);
  JpegError error;
  if (readJpeg(file.get(), photo, error))
    return true;
  message = error.text;
  return false;
}
