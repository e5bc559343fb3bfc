// An .npz file as numpy.savez and savez_compressed write it: x, y and, where validation images come
// along, x_val, y_val. x is uint8 [N,H,W,3], [N,H,W,1] or [N,H,W], or float32 [N,3,H,W], which is
// the network's input as it is; y is uint8 or int64 [N], classes from 0.
#include "compiler/Error.h"
#include "compiler/tools/data/ArrayData.h"
#include "compiler/tools/data/ZipArchive.h"
#include "runtime/include/cnx_io.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

namespace {

constexpr int64_t kMostClasses = int64_t(1) << 24;
constexpr uint64_t kLongest = uint64_t(1) << 31;

// Borrows the bytes.
cnx_npy parse(const std::string &name, const std::vector<unsigned char> &bytes) {
  cnx_npy array{};
  cnx_rt_error error{};
  if (cnx_npy_from_memory(bytes.data(), bytes.size(), name.c_str(), &array, &error) != CNX_RT_OK)
    throw UserError(error.text);
  return array;
}

std::string typeText(const cnx_npy &array) {
  return fmt::format("{} [{}]", cnx_io_dtype_name(array.dtype),
                     fmt::join(array.shape, array.shape + array.rank, ","));
}

const unsigned char *bytesOf(const cnx_npy &array) {
  return static_cast<const unsigned char *>(array.data);
}

void checkFinite(const std::string &name, const cnx_npy &array) {
  const size_t count = array.bytes / sizeof(float);
  for (size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, bytesOf(array) + i * sizeof value, sizeof value);
    if (!std::isfinite(value))
      throw UserError(fmt::format("{}[{}]: found {}, expected finite numbers", name,
                                  i / (count / array.shape[0]), value));
  }
}

// Returns the number of images.
uint64_t readImages(ArrayPart &part) {
  const cnx_npy array = parse(part.images, part.bytes);
  const uint64_t *shape = array.shape;
  const bool grey = array.rank == 3, last = array.rank == 4 && (shape[3] == 1 || shape[3] == 3);
  const bool floats = array.dtype == CNX_IO_F32 && array.rank == 4 && shape[1] == 3;
  const bool fits = floats || (array.dtype == CNX_IO_U8 && (grey || last));
  if (!fits || !std::all_of(shape, shape + array.rank,
                            [](uint64_t extent) { return extent > 0 && extent < kLongest; }))
    throw UserError(fmt::format("{}: found {}, expected U8 [N,H,W,3], [N,H,W,1] or [N,H,W], or F32 "
                                "[N,3,H,W]",
                                part.images, typeText(array)));
  part.floats = floats;
  part.offset = size_t(bytesOf(array) - part.bytes.data());
  part.height = int(shape[floats ? 2 : 1]);
  part.width = int(shape[floats ? 3 : 2]);
  part.channels = floats ? 3 : grey ? 1 : int(shape[3]);
  if (floats)
    checkFinite(part.images, array);
  return shape[0];
}

void readLabels(ArrayPart &part, const std::vector<unsigned char> &bytes, uint64_t images) {
  const cnx_npy array = parse(part.labels, bytes);
  if ((array.dtype != CNX_IO_I64 && array.dtype != CNX_IO_U8) || array.rank != 1 ||
      array.shape[0] != images)
    throw UserError(fmt::format("{}: found {}, expected I64 or U8 [{}], a class for each of {}",
                                part.labels, typeText(array), images, part.images));
  for (size_t i = 0; i < images; ++i) {
    int64_t label = bytesOf(array)[i];
    if (array.dtype == CNX_IO_I64)
      std::memcpy(&label, bytesOf(array) + i * sizeof label, sizeof label);
    if (label < 0 || label >= kMostClasses)
      throw UserError(fmt::format("{}[{}]: found {}, expected a class from 0 to {}", part.labels, i,
                                  label, kMostClasses - 1));
    part.classes.push_back(int(label));
  }
}

ArrayPart readPart(const ZipArchive &archive, const std::string &path, const std::string &x,
                   const std::string &y) {
  ArrayPart part;
  part.images = path + ": " + x;
  part.labels = path + ": " + y;
  part.bytes = archive.read(x + ".npy");
  readLabels(part, archive.read(y + ".npy"), readImages(part));
  return part;
}

} // namespace

DataSet openNpz(const std::string &path) {
  const ZipArchive archive(path);
  std::vector<ArrayPart> parts;
  parts.push_back(readPart(archive, path, "x", "y"));
  if (archive.has("x_val.npy") || archive.has("y_val.npy"))
    parts.push_back(readPart(archive, path, "x_val", "y_val"));
  return arrayData(std::move(parts));
}

} // namespace cnx
