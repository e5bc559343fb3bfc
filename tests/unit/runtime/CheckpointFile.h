// A checkpoint as plain values, to be looked at, spoiled and written again.
#pragma once

#include "runtime/include/cnx_io.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

inline std::string fileBytes(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void writeBytes(const std::string &path, const std::string &bytes) {
  std::filesystem::remove(path); // some file systems wait for the disk where a file is truncated
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct CheckpointFile {
  struct Tensor {
    cnx_io_dtype dtype = CNX_IO_F32;
    std::vector<uint64_t> shape;
    std::string bytes;

    std::vector<float> floats() const {
      std::vector<float> values(bytes.size() / sizeof(float));
      std::memcpy(values.data(), bytes.data(), bytes.size());
      return values;
    }
    void set(size_t element, float value) {
      std::memcpy(bytes.data() + element * sizeof value, &value, sizeof value);
    }
  };

  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;

  explicit CheckpointFile(const std::string &path) {
    cnx_io_safetensors *file = nullptr;
    REQUIRE(cnx_io_safetensors_open(path.c_str(), &file, nullptr) == CNX_RT_OK);
    for (size_t i = 0; i < cnx_io_safetensors_count(file); ++i) {
      const cnx_io_tensor &t = cnx_io_safetensors_tensors(file)[i];
      tensors[t.name] = {t.dtype,
                         {t.shape, t.shape + t.rank},
                         std::string(static_cast<const char *>(t.data), t.bytes)};
    }
    for (size_t i = 0; i < cnx_io_safetensors_metadata_count(file); ++i)
      metadata[cnx_io_safetensors_metadata(file)[i].key] =
          cnx_io_safetensors_metadata(file)[i].value;
    cnx_io_safetensors_close(file);
  }

  void save(const std::string &path) const {
    std::vector<cnx_io_tensor> list;
    for (const auto &[name, tensor] : tensors) {
      cnx_io_tensor t{};
      t.name = name.c_str();
      t.dtype = tensor.dtype;
      t.rank = static_cast<int>(tensor.shape.size());
      std::copy(tensor.shape.begin(), tensor.shape.end(), t.shape);
      t.data = tensor.bytes.data();
      t.bytes = tensor.bytes.size();
      list.push_back(t);
    }
    std::vector<cnx_io_metadata> entries;
    for (const auto &[key, value] : metadata)
      entries.push_back({key.c_str(), value.c_str()});
    cnx_rt_error error{};
    cnx_rt_status status = cnx_io_safetensors_save(path.c_str(), list.data(), list.size(),
                                                   entries.data(), entries.size(), &error);
    INFO(error.text);
    REQUIRE(status == CNX_RT_OK);
  }

  // Replaces a part of cnx.state.
  void editState(const std::string &from, const std::string &to) {
    std::string &state = metadata.at("cnx.state");
    size_t at = state.find(from);
    REQUIRE(at != std::string::npos);
    state.replace(at, from.size(), to);
  }
};
