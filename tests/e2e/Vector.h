// One case of tests/vectors: a checkpoint and what its framework computed from it.
#pragma once

#include "runtime/include/cnx_io.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

class Vector {
public:
  explicit Vector(const std::string &name);

  std::string model() const { return model_; } // the checkpoint's file or folder
  std::string metadata(const char *key) const;
  bool has(const std::string &tensor) const;
  Tensor tensor(const std::string &name) const;                 // F32
  std::vector<int64_t> integers(const std::string &name) const; // I64
  // Names of the tensors that begin so, without that beginning.
  std::vector<std::string> namesAfter(const std::string &beginning) const;
  std::vector<std::string> outputs() const;     // those of cnx that the case has, logits first
  Tensor output(const std::string &name) const; // what the framework computed for one of them
  // The options that a bare file needs: its size, eps where it is not the default, batch.
  std::vector<std::string> options() const;

private:
  std::shared_ptr<cnx_io_safetensors> file_;
  std::string model_;
};

// The largest difference of two arrays over the largest magnitude of `expected`. NaN counts as
// infinite.
double relativeDifference(const std::vector<float> &actual, const std::vector<float> &expected);
