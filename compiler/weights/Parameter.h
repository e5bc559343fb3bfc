// One trained tensor of a model, as every phase names it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

struct Parameter {
  std::string name; // the checkpoint's own name, or timm's where there is no checkpoint
  std::vector<int64_t>
      shape; // PyTorch order: conv [out, in/groups, kh, kw], linear [out, in], vectors [n]
  std::vector<int64_t> storedShape; // in the checkpoint, where that has extra ones; else empty
  // Where the values come from: a tensor of a safetensors file (its stored shape may carry extra
  // ones: [C,1,1], [4C,C,1,1]), or, where `file` is empty, the initialiser.
  std::string file;
  std::string tensor;
  enum class Init { zeros, ones, truncatedNormal, constant } init = Init::zeros;
  double initValue = 0; // standard deviation of truncatedNormal, value of constant
  uint64_t seed = 0;    // of the whole model; a parameter draws from (seed, name)

  int64_t size() const {
    int64_t n = 1;
    for (int64_t d : shape)
      n *= d;
    return n;
  }
};

} // namespace cnx
