#include "compiler/tools/ArgumentMemory.h"

#include "compiler/Error.h"
#include "compiler/weights/Bf16.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

namespace cnx {

static constexpr size_t kAlignment = 64;

static size_t sizeOf(const Value &value) {
  return value.type == ElementType::u8 ? 1 : value.type == ElementType::bf16 ? 2 : sizeof(float);
}

ArgumentMemory::ArgumentMemory(const Value &value, float rest)
    : value_(value), bytes_(size_t(value.elements()) * sizeOf(value) + 2 * kAlignment),
      memory_(static_cast<unsigned char *>(std::aligned_alloc(
                  kAlignment, (bytes_ + kAlignment - 1) / kAlignment * kAlignment)),
              std::free) {
  if (!memory_)
    throw UserError(fmt::format("no memory for {} bytes", bytes_));
  std::memset(memory_.get(), 0, bytes_);
  if (value.type == ElementType::f32)
    std::fill_n(static_cast<float *>(data()), value.elements(), rest);
}

void *ArgumentMemory::data() const { return memory_.get() + kAlignment; }

size_t ArgumentMemory::place(size_t logical) const {
  const size_t row = size_t(value_.shape.back());
  return logical / row * size_t(value_.pitch) + logical % row;
}

void ArgumentMemory::write(const std::vector<double> &values) {
  for (size_t i = 0; i < values.size(); ++i)
    if (value_.type == ElementType::u8)
      static_cast<uint8_t *>(data())[place(i)] = uint8_t(values[i]);
    else if (value_.type == ElementType::bf16)
      static_cast<uint16_t *>(data())[place(i)] = roundBf16(values[i]);
    else
      static_cast<float *>(data())[place(i)] = float(values[i]);
}

std::vector<double> ArgumentMemory::read(size_t count) const {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(static_cast<const float *>(data())[place(i)]);
  return values;
}

std::vector<double> drawArgument(const Value &value, std::mt19937_64 &random) {
  size_t count = 1;
  for (int64_t extent : value.shape)
    count *= size_t(extent);
  std::vector<double> values(count);
  const double scale = value.role == Role::weight && value.shape.size() == 3
                           ? 1 / std::sqrt(double(value.shape[1]))
                           : 1;
  for (double &each : values) {
    const double unit = double(random() >> 11) / double(1ull << 53);
    each = value.type == ElementType::u8 ? std::floor(256 * unit)
                                         : double(float(scale * (2 * unit - 1)));
    if (value.type == ElementType::bf16)
      each = bf16Value(roundBf16(each));
  }
  return values;
}

} // namespace cnx
