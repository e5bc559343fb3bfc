// The tensors of a checkpoint, whether it is one safetensors file or several that an index lists.
#pragma once

#include "compiler/weights/SafetensorsFile.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cnx {

// "model.safetensors.index.json"
bool isShardIndex(const std::string &path);

class CheckpointFiles {
public:
  // A safetensors file or an index of some. Throws UserError: a file that cannot be read, an index
  // that does not say which file beside it holds each tensor, or says it otherwise than the files.
  explicit CheckpointFiles(std::string path);

  const std::string &path() const { return filePath; }
  std::span<const cnx_io_tensor> tensors() const { return all; } // file by file, as their data
  const cnx_io_tensor *find(const std::string &name) const;
  const std::string &fileOf(const cnx_io_tensor &tensor) const; // one of tensors()
  std::optional<std::string> metadata(const char *key) const;   // of the first file that has it

private:
  std::string filePath;
  std::vector<SafetensorsFile> files;
  std::vector<cnx_io_tensor> all;
  std::vector<size_t> owner; // of each tensor: its file
  std::map<std::string, size_t> index;

  void open(const std::string &file);
};

} // namespace cnx
