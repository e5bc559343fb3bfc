// Small safetensors files made by libcnx_io's writer.
#pragma once

#include "runtime/include/cnx_io.h"

#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cnx::test {

class Tensors {
public:
  void add(const std::string &name, const std::vector<int64_t> &shape,
           const std::vector<float> &values) {
    addBytes(name, CNX_IO_F32, shape, values.data(), values.size() * sizeof(float));
  }
  void addHalves(const std::string &name, cnx_io_dtype dtype, const std::vector<int64_t> &shape,
                 const std::vector<uint16_t> &bits) {
    addBytes(name, dtype, shape, bits.data(), bits.size() * sizeof(uint16_t));
  }
  // Values that differ from element to element.
  void addAny(const std::string &name, const std::vector<int64_t> &shape) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= static_cast<size_t>(extent);
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(i % 97) / 97 + static_cast<float>(name.size());
    add(name, shape, values);
  }
  void addBytes(const std::string &name, cnx_io_dtype dtype, const std::vector<int64_t> &shape,
                const void *data, size_t bytes) {
    Stored stored;
    stored.dtype = dtype;
    stored.shape = shape;
    stored.bytes.assign(static_cast<const char *>(data), static_cast<const char *>(data) + bytes);
    tensors[name] = stored;
  }
  void remove(const std::string &name) {
    if (tensors.erase(name) == 0)
      throw std::logic_error("no tensor " + name);
  }
  void rename(const std::string &from, const std::string &to) {
    Stored stored = tensors.at(from);
    remove(from);
    tensors[to] = stored;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry : tensors)
      result.push_back(entry.first);
    return result;
  }

  const std::vector<int64_t> &shape(const std::string &name) const {
    return tensors.at(name).shape;
  }

  void save(const std::string &path,
            const std::map<std::string, std::string> &metadata = {}) const {
    std::vector<cnx_io_tensor> list;
    for (const auto &[name, stored] : tensors) {
      cnx_io_tensor tensor{};
      tensor.name = name.c_str();
      tensor.dtype = stored.dtype;
      tensor.rank = static_cast<int>(stored.shape.size());
      for (size_t i = 0; i < stored.shape.size(); ++i)
        tensor.shape[i] = static_cast<uint64_t>(stored.shape[i]);
      tensor.data = stored.bytes.data();
      tensor.bytes = stored.bytes.size();
      list.push_back(tensor);
    }
    std::vector<cnx_io_metadata> pairs;
    for (const auto &[key, value] : metadata)
      pairs.push_back({key.c_str(), value.c_str()});
    cnx_rt_error error{};
    if (cnx_io_safetensors_save(path.c_str(), list.data(), list.size(), pairs.data(), pairs.size(),
                                &error) != CNX_RT_OK)
      throw std::runtime_error(error.text);
  }

private:
  struct Stored {
    cnx_io_dtype dtype = CNX_IO_F32;
    std::vector<int64_t> shape;
    std::vector<char> bytes;
  };
  std::map<std::string, Stored> tensors;
};

} // namespace cnx::test
