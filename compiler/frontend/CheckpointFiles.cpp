#include "compiler/frontend/CheckpointFiles.h"

#include "compiler/Error.h"
#include "compiler/frontend/ShardIndex.h"

#include <filesystem>
#include <fmt/format.h>
#include <set>

namespace cnx {

namespace fs = std::filesystem;

bool isShardIndex(const std::string &path) { return path.ends_with(".safetensors.index.json"); }

CheckpointFiles::CheckpointFiles(std::string path) : filePath(std::move(path)) {
  if (!isShardIndex(filePath)) {
    open(filePath);
    return;
  }
  const JsonText text = JsonText::read(filePath);
  const ShardIndex shards = readShardIndex(text);
  const fs::path folder = fs::path(filePath).parent_path();
  std::set<std::string> names;
  for (const auto &[tensor, file] : shards.fileOf)
    names.insert(file);
  for (const std::string &name : names)
    open(folder / name);

  for (const auto &[tensor, file] : shards.fileOf) {
    const cnx_io_tensor *found = find(tensor);
    if (!found || fileOf(*found) != (folder / file).string())
      text.fail("weight_map." + tensor, '"' + file + '"',
                found ? '"' + fs::path(fileOf(*found)).filename().string() + "\", where it is"
                      : "a file that holds it");
  }
  uint64_t bytes = 0;
  for (const cnx_io_tensor &tensor : all) {
    bytes += tensor.bytes;
    if (!shards.fileOf.count(tensor.name))
      throw UserError(fmt::format("{}: found tensor {}, expected those that {} names",
                                  fileOf(tensor), tensor.name, filePath));
  }
  if (shards.totalSize && *shards.totalSize != bytes)
    text.fail("metadata.total_size", std::to_string(*shards.totalSize),
              fmt::format("{}, the bytes of all tensors", bytes));
}

void CheckpointFiles::open(const std::string &file) {
  files.emplace_back(file);
  for (const cnx_io_tensor &tensor : files.back().tensors()) {
    auto [earlier, isNew] = index.emplace(tensor.name, all.size());
    if (!isNew)
      throw UserError(fmt::format("{}: found tensor {}, expected it once: {} has it too", file,
                                  tensor.name, fileOf(all[earlier->second])));
    all.push_back(tensor);
    owner.push_back(files.size() - 1);
  }
}

const cnx_io_tensor *CheckpointFiles::find(const std::string &name) const {
  auto found = index.find(name);
  return found == index.end() ? nullptr : &all[found->second];
}

const std::string &CheckpointFiles::fileOf(const cnx_io_tensor &tensor) const {
  return files[owner[size_t(&tensor - all.data())]].path();
}

std::optional<std::string> CheckpointFiles::metadata(const char *key) const {
  for (const SafetensorsFile &file : files)
    if (std::optional<std::string> value = file.metadata(key))
      return value;
  return std::nullopt;
}

} // namespace cnx
