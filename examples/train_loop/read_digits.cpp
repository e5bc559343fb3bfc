#include "read_digits.h"

#include "cnx_io.h"

namespace {

bool copy(const cnx_io_safetensors *file, const char *name, int rank,
          std::vector<uint8_t> &values) {
  const cnx_io_tensor *tensor = cnx_io_safetensors_find(file, name);
  if (!tensor || tensor->dtype != CNX_IO_U8 || tensor->rank != rank)
    return false;
  const auto *bytes = static_cast<const uint8_t *>(tensor->data);
  values.assign(bytes, bytes + tensor->bytes);
  return true;
}

} // namespace

std::vector<uint8_t> Digits::rgb(size_t digit) const {
  std::vector<uint8_t> image;
  for (size_t i = 0; i < kSide * kSide; ++i)
    image.insert(image.end(), 3, pixels[digit * kSide * kSide + i]);
  return image;
}

bool readDigits(const char *path, Digits &digits, std::string &message) {
  cnx_rt_error error{};
  cnx_io_safetensors *file = nullptr;
  if (cnx_io_safetensors_open(path, &file, &error) != CNX_RT_OK) {
    message = error.text;
    return false;
  }
  const bool read = copy(file, "images", 3, digits.pixels) &&
                    copy(file, "labels", 1, digits.labels) &&
                    digits.pixels.size() == digits.labels.size() * Digits::kSide * Digits::kSide;
  cnx_io_safetensors_close(file);
  if (!read)
    message = "holds no U8 tensors images [N,28,28] and labels [N]";
  return read;
}
