// Photographs from disk, for `cnx run`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

// Rows top to bottom, three bytes a pixel, dense.
struct RgbImage {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

inline constexpr size_t kMostPixels = size_t(1) << 28; // pixels

// JPEG or PNG, told by the file's first bytes. As Pillow's convert("RGB"): grey is repeated, alpha
// is dropped, no gamma or profile is applied, and a camera's rotation mark is ignored. Throws
// UserError.
RgbImage readImage(const std::string &path);

// What readImage chooses between; `bytes` is the whole file, `path` is for messages.
RgbImage decodeJpeg(const std::string &path, const std::vector<uint8_t> &bytes);
RgbImage decodePng(const std::string &path, const std::vector<uint8_t> &bytes);

} // namespace cnx
