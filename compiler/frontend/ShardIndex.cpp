#include "compiler/frontend/ShardIndex.h"

namespace cnx {

namespace {

constexpr const char *kSuffix = ".safetensors";

bool isFileName(const std::string &name) {
  return name.ends_with(kSuffix) &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

} // namespace

ShardIndex readShardIndex(const JsonText &text) {
  ShardIndex index;
  JsonFields fields(text);
  JsonFields places = fields.object("weight_map");
  for (const std::string &tensor : places.names()) {
    const std::string expected = "the name of a .safetensors file in the index's folder";
    if (!places.has(tensor))
      places.fail(tensor, expected);
    index.fileOf[tensor] = places.string(tensor, "");
    if (!isFileName(index.fileOf[tensor]))
      places.fail(tensor, expected);
  }
  if (index.fileOf.empty())
    fields.fail("weight_map", "an object with the file of every tensor");
  JsonFields metadata = fields.object("metadata");
  if (metadata.has("total_size") && metadata.at("total_size").is_number_unsigned())
    index.totalSize = metadata.at("total_size").get<uint64_t>();
  return index;
}

} // namespace cnx
