// model.safetensors.index.json, as transformers' save_pretrained writes it beside the files that a
// large model is divided into.
#pragma once

#include "compiler/frontend/JsonText.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cnx {

struct ShardIndex {
  std::map<std::string, std::string> fileOf; // by tensor: a file's name, in the index's folder
  std::optional<uint64_t> totalSize;         // bytes of all tensors
};

// Throws UserError with file, line and field. No name leads out of the folder.
ShardIndex readShardIndex(const JsonText &text);

} // namespace cnx
