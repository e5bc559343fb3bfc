#include "compiler/weights/SafetensorsFile.h"

#include "compiler/Error.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>

namespace cnx {

SafetensorsFile::SafetensorsFile(std::string path) : filePath(std::move(path)) {
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error{};
  if (cnx_io_safetensors_open(filePath.c_str(), &file, &error) != CNX_RT_OK)
    throw UserError(error.text);
  handle.reset(file);
}

std::span<const cnx_io_tensor> SafetensorsFile::tensors() const {
  return {cnx_io_safetensors_tensors(handle.get()), cnx_io_safetensors_count(handle.get())};
}

const cnx_io_tensor *SafetensorsFile::find(const std::string &name) const {
  return cnx_io_safetensors_find(handle.get(), name.c_str());
}

std::optional<std::string> SafetensorsFile::metadata(const char *key) const {
  const char *value = cnx_io_safetensors_metadata_value(handle.get(), key);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Shape shapeOf(const cnx_io_tensor &tensor) {
  return Shape(tensor.shape, tensor.shape + tensor.rank);
}

Shape withoutOnes(Shape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

// IEEE binary16 to binary32: subnormals become normal numbers, infinities and NaN keep their
// meaning.
static float widenHalf(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
  if (exponent == 0) {
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

void readFloats(const cnx_io_tensor &tensor, const std::string &where, std::span<float> values) {
  const auto *bytes = static_cast<const unsigned char *>(tensor.data);
  auto half = [bytes](size_t i) {
    return static_cast<uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
  };
  switch (tensor.dtype) {
  case CNX_IO_F32:
    std::memcpy(values.data(), bytes, values.size_bytes());
    return;
  case CNX_IO_F16:
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = widenHalf(half(i));
    return;
  case CNX_IO_BF16:
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = std::bit_cast<float>(static_cast<uint32_t>(half(i)) << 16);
    return;
  default:
    throw UserError(fmt::format("{}: {}: found type {}, expected F32, F16 or BF16", where,
                                tensor.name, cnx_io_dtype_name(tensor.dtype)));
  }
}

} // namespace cnx
