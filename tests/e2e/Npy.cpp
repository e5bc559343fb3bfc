#include "tests/e2e/Npy.h"
#include "runtime/include/cnx_io.h"
#include "tests/support/catch.h"

#include <cstring>

std::string saveNpy(const std::filesystem::path &path, const Tensor &tensor) {
  std::vector<uint64_t> shape(tensor.shape.begin(), tensor.shape.end());
  cnx_rt_error error;
  REQUIRE(cnx_npy_save(path.c_str(), CNX_IO_F32, int(shape.size()), shape.data(),
                       tensor.values.data(), &error) == CNX_RT_OK);
  return path.string();
}

Tensor readNpy(const std::filesystem::path &path) {
  cnx_npy array;
  cnx_rt_error error{};
  const cnx_rt_status status = cnx_npy_open(path.c_str(), &array, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
  Tensor tensor;
  tensor.shape.assign(array.shape, array.shape + array.rank);
  tensor.values.resize(array.bytes / sizeof(float));
  std::memcpy(tensor.values.data(), array.data, array.bytes);
  cnx_npy_close(&array);
  return tensor;
}
