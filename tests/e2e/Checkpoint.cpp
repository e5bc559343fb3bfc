#include "tests/e2e/Checkpoint.h"

#include "tests/support/catch.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

namespace {

std::unique_ptr<cnx_io_safetensors, void (*)(cnx_io_safetensors *)>
open(const std::filesystem::path &path) {
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error{};
  const cnx_rt_status status = cnx_io_safetensors_open(path.c_str(), &file, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
  return {file, cnx_io_safetensors_close};
}

} // namespace

std::map<std::string, Tensor> readCheckpoint(const std::filesystem::path &path) {
  const auto file = open(path);
  std::map<std::string, Tensor> tensors;
  const cnx_io_tensor *list = cnx_io_safetensors_tensors(file.get());
  for (size_t i = 0; i < cnx_io_safetensors_count(file.get()); ++i) {
    INFO(list[i].name);
    REQUIRE(list[i].dtype == CNX_IO_F32);
    Tensor &tensor = tensors[list[i].name];
    tensor.shape.assign(list[i].shape, list[i].shape + list[i].rank);
    tensor.values.resize(list[i].bytes / sizeof(float));
    std::memcpy(tensor.values.data(), list[i].data, list[i].bytes);
  }
  return tensors;
}

std::string checkpointMetadata(const std::filesystem::path &path, const char *key) {
  const auto file = open(path);
  const char *value = cnx_io_safetensors_metadata_value(file.get(), key);
  INFO(path << ": " << key);
  REQUIRE(value);
  return value;
}

double normOf(const std::vector<float> &values) {
  double sum = 0;
  for (float value : values)
    sum += double(value) * value;
  return std::sqrt(sum);
}

double normDifference(const std::vector<float> &actual, const std::vector<float> &expected) {
  if (actual.size() != expected.size())
    return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (size_t i = 0; i < actual.size(); ++i)
    sum += (double(actual[i]) - expected[i]) * (double(actual[i]) - expected[i]);
  return std::isfinite(sum) ? std::sqrt(sum) / normOf(expected)
                            : std::numeric_limits<double>::infinity();
}
