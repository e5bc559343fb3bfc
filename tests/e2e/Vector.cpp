#include "tests/e2e/Vector.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>

Vector::Vector(const std::string &name) {
  const char *folder = std::getenv("CNX_TEST_VECTORS"); // other ones than the committed
  const std::string base = std::string(folder ? folder : CNX_TEST_VECTORS) + "/" + name;
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error;
  if (cnx_io_safetensors_open((base + ".io.safetensors").c_str(), &file, &error) != CNX_RT_OK)
    throw std::runtime_error(error.text);
  file_ = std::shared_ptr<cnx_io_safetensors>(file, cnx_io_safetensors_close);
  model_ = std::filesystem::is_directory(base) ? base : base + ".safetensors";
}

std::string Vector::metadata(const char *key) const {
  const char *value = cnx_io_safetensors_metadata_value(file_.get(), key);
  if (!value)
    throw std::runtime_error(model_ + ": no metadata " + key);
  return value;
}

bool Vector::has(const std::string &tensor) const {
  return cnx_io_safetensors_find(file_.get(), tensor.c_str());
}

Tensor Vector::tensor(const std::string &name) const {
  const cnx_io_tensor *found = cnx_io_safetensors_find(file_.get(), name.c_str());
  if (!found || found->dtype != CNX_IO_F32)
    throw std::runtime_error(model_ + ": no F32 tensor " + name);
  Tensor tensor;
  tensor.shape.assign(found->shape, found->shape + found->rank);
  tensor.values.resize(found->bytes / sizeof(float));
  std::memcpy(tensor.values.data(), found->data, found->bytes);
  return tensor;
}

std::vector<int64_t> Vector::integers(const std::string &name) const {
  const cnx_io_tensor *found = cnx_io_safetensors_find(file_.get(), name.c_str());
  if (!found || found->dtype != CNX_IO_I64)
    throw std::runtime_error(model_ + ": no I64 tensor " + name);
  std::vector<int64_t> values(found->bytes / sizeof(int64_t));
  std::memcpy(values.data(), found->data, found->bytes);
  return values;
}

std::vector<std::string> Vector::namesAfter(const std::string &beginning) const {
  std::vector<std::string> names;
  const cnx_io_tensor *tensors = cnx_io_safetensors_tensors(file_.get());
  for (size_t i = 0; i < cnx_io_safetensors_count(file_.get()); ++i)
    if (const std::string name = tensors[i].name; name.compare(0, beginning.size(), beginning) == 0)
      names.push_back(name.substr(beginning.size()));
  return names;
}

std::vector<std::string> Vector::outputs() const {
  std::vector<std::string> list;
  // Without classes the framework's `logits` are the pooled vector; such a model has no logits.
  if (metadata("classes") != "0")
    list.push_back("logits");
  for (const char *name : {"pooled", "stem", "stage0", "stage1", "stage2", "stage3"})
    if (has(name))
      list.push_back(name);
  return list;
}

// cnx's `pooled` is the normalised vector before any hidden layer of the head; timm's is what the
// last layer reads.
Tensor Vector::output(const std::string &name) const {
  return tensor(name == "pooled" && has("head_norm") ? "head_norm" : name);
}

std::vector<std::string> Vector::options() const {
  return {"--batch", metadata("batch"), "--image", metadata("height") + "x" + metadata("width")};
}

double relativeDifference(const std::vector<float> &actual, const std::vector<float> &expected) {
  if (actual.size() != expected.size())
    return std::numeric_limits<double>::infinity();
  double largest = 0, difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(double(expected[i])));
    const double d = std::abs(double(actual[i]) - double(expected[i]));
    difference = std::max(difference, std::isnan(d) ? std::numeric_limits<double>::infinity() : d);
  }
  return difference / largest;
}
