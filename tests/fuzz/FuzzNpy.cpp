// Any bytes as a .npy file. What the reader accepts lies inside the file and is as long as its
// shape says.
#include "runtime/include/cnx_io.h"

#include <cstdlib>

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cnx_npy array;
  cnx_rt_error error;
  cnx_rt_status status = cnx_npy_from_memory(data, size, "fuzz", &array, &error);
  if (status == CNX_RT_OK) {
    size_t width = array.dtype == CNX_IO_F32 ? 4 : array.dtype == CNX_IO_I64 ? 8 : 1;
    size_t bytes = width;
    for (int i = 0; i < array.rank; ++i)
      bytes *= array.shape[i];
    const uint8_t *begin = static_cast<const uint8_t *>(array.data);
    require(bytes == array.bytes && begin >= data + 10 && begin + bytes == data + size);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < bytes; ++i)
      sum = static_cast<uint8_t>(sum + begin[i]);
  } else {
    require(array.data == nullptr && array.rank == 0);
  }
  cnx_npy_close(&array);
  return 0;
}
