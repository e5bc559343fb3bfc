#include "compiler/tools/ReadImage.h"

#include "compiler/Error.h"

#include <cstring>
#include <filesystem>
#include <fstream>

namespace cnx {

RgbImage readImage(const std::string &path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw UserError(path + ": is a folder, expected a JPEG or PNG image");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw UserError(path + ": cannot be opened: " + std::strerror(errno));
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  static constexpr uint8_t jpeg[] = {0xff, 0xd8, 0xff},
                           png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  auto startsWith = [&](const uint8_t *signature, size_t size) {
    return bytes.size() >= size && std::memcmp(bytes.data(), signature, size) == 0;
  };
  if (startsWith(jpeg, sizeof jpeg))
    return decodeJpeg(path, bytes);
  if (startsWith(png, sizeof png))
    return decodePng(path, bytes);
  throw UserError(path + ": is neither a JPEG nor a PNG image");
}

} // namespace cnx
