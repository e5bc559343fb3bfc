#include "compiler/tools/NpyInput.h"

#include "compiler/Error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

NpyInput::NpyInput(std::string path, InputFormat format)
    : path_(std::move(path)), channelsFirst_(format == InputFormat::f32Nchw) {
  cnx_rt_error error{};
  if (cnx_npy_open(path_.c_str(), &array_, &error) != CNX_RT_OK)
    throw UserError(error.text);
  const cnx_io_dtype type = format == InputFormat::u8Nhwc ? CNX_IO_U8 : CNX_IO_F32;
  const bool fits =
      array_.dtype == type && array_.rank == 4 && array_.shape[channelsFirst_ ? 1 : 3] == 3 &&
      std::all_of(array_.shape, array_.shape + 4, [](uint64_t extent) { return extent > 0; });
  if (fits)
    return;
  std::string message =
      fmt::format("{}: found {} [{}], expected {} {}", path_, cnx_io_dtype_name(array_.dtype),
                  fmt::join(array_.shape, array_.shape + array_.rank, ","), cnx_io_dtype_name(type),
                  channelsFirst_ ? "[N,3,H,W]" : "[N,H,W,3]");
  cnx_npy_close(&array_);
  throw UserError(message);
}

NpyInput::~NpyInput() { cnx_npy_close(&array_); }

const void *NpyInput::image(int64_t index) const {
  return static_cast<const unsigned char *>(array_.data) +
         array_.bytes / array_.shape[0] * size_t(index);
}

void NpyInput::setDefaults(CompileOptions &options) const {
  auto given = [&](const char *flag) {
    return std::find(options.networkFlags.begin(), options.networkFlags.end(), flag) !=
           options.networkFlags.end();
  };
  if (!given("--batch"))
    options.network.batches = {batch()};
  if (!given("--image"))
    options.network.image = {height(), width()};
}

void NpyInput::require(int64_t batchSize, int64_t rows, int64_t columns) const {
  if (height() != rows || width() != columns)
    throw UserError(fmt::format("{}: found images of {}x{}, expected {}x{}", path_, height(),
                                width(), rows, columns));
  if (batch() % batchSize != 0)
    throw UserError(fmt::format("{}: found {} images, expected a multiple of the batch {}", path_,
                                batch(), batchSize));
}

} // namespace cnx
