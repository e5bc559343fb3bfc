#include "compiler/tools/NpyLabels.h"

#include "compiler/Error.h"
#include "runtime/include/cnx_io.h"

#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>

namespace cnx {

std::vector<int32_t> readNpyLabels(const std::string &path, int64_t images, int64_t classes) {
  cnx_npy array{};
  cnx_rt_error error{};
  if (cnx_npy_open(path.c_str(), &array, &error) != CNX_RT_OK)
    throw UserError(error.text);
  const std::unique_ptr<cnx_npy, void (*)(cnx_npy *)> closing(&array, cnx_npy_close);
  if ((array.dtype != CNX_IO_I64 && array.dtype != CNX_IO_U8) || array.rank != 1 ||
      array.shape[0] != uint64_t(images))
    throw UserError(fmt::format("{}: found {} [{}], expected I64 or U8 [{}]", path,
                                cnx_io_dtype_name(array.dtype),
                                fmt::join(array.shape, array.shape + array.rank, ","), images));
  std::vector<int32_t> labels;
  for (size_t i = 0; i < size_t(images); ++i) {
    const unsigned char *bytes = static_cast<const unsigned char *>(array.data);
    int64_t label = bytes[i];
    if (array.dtype == CNX_IO_I64)
      std::memcpy(&label, bytes + i * sizeof label, sizeof label);
    if (label < -1 || label >= classes)
      throw UserError(fmt::format("{}[{}]: found {}, expected a class from 0 to {}, or -1", path, i,
                                  label, classes - 1));
    labels.push_back(int32_t(label));
  }
  return labels;
}

} // namespace cnx
