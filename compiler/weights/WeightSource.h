// The values of a model's parameters, wherever they come from: tensors of mapped safetensors files,
// or the initialiser.
#pragma once

#include "compiler/weights/Parameter.h"
#include "compiler/weights/WeightArray.h"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace cnx {

class SafetensorsFile;

// Files are opened when first needed and stay mapped. Reading is thread-safe.
class WeightSource {
public:
  explicit WeightSource(std::vector<Parameter> parameters);
  ~WeightSource();

  const std::vector<Parameter> &parameters() const { return all; }
  const Parameter &parameter(const std::string &name) const; // UserError where there is none

  // Float32 in PyTorch order. UserError: a file that is missing or has changed, a type that is not
  // a float.
  void read(const std::string &name,
            std::span<float> values) const; // parameter(name).size() of them
  std::vector<float> values(const std::string &name) const;
  WeightArray array(const std::string &name) const;

private:
  std::vector<Parameter> all;
  std::map<std::string, size_t> index;
  mutable std::mutex mutex; // of `files`
  mutable std::map<std::string, std::unique_ptr<SafetensorsFile>> files;

  const SafetensorsFile &file(const std::string &path) const;
};

} // namespace cnx
