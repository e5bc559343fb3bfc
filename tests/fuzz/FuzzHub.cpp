// Any text as what stands beside a checkpoint in a hub's folder. The first byte says which file it
// is; transformers has two, divided by a NUL. Whatever is read is within its bounds and survives
// the text that cnx keeps it in.
#include "compiler/Error.h"
#include "compiler/frontend/HubConfig.h"
#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/ShardIndex.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

using namespace cnx;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

ModelDesc network(Version version) {
  ModelDesc desc;
  desc.version = version;
  desc.depths = {1, 1, 2, 1};
  desc.dims = {6, 10, 14, 20};
  desc.numClasses = 3;
  return desc;
}

void check(const Preprocessing &p, int64_t height, int64_t width) {
  for (int c = 0; c < 3; ++c)
    require(std::isfinite(p.mean[c]) && std::isfinite(p.std[c]) && p.std[c] > 0 &&
            static_cast<float>(p.std[c]) > 0);
  const ResizeAndCrop size = resolve(p, height, width);
  require(size.height >= height && size.width >= width);
  JsonText again("again.json", toJson(p, height, width).dump());
  require(readPreprocessing(JsonFields(again)) == p);
}

void check(const HubConfig &config, const ModelDesc &desc) {
  for (const std::optional<double> &eps : {config.epsAll, config.epsFinal})
    require(!eps || *eps > 0);
  require(!config.dropPath || (*config.dropPath >= 0 && *config.dropPath < 1));
  require(config.height.has_value() == config.width.has_value());
  const int64_t height = config.height.value_or(224), width = config.width.value_or(224);
  require(std::min(height, width) >= kSmallestImage && std::max(height, width) <= kLargestImage);
  require(config.labels.empty() || int64_t(config.labels.size()) == desc.numClasses);
  if (config.preprocessing)
    check(*config.preprocessing, height, width);
}

void check(const ShardIndex &index) {
  require(!index.fileOf.empty());
  for (const auto &[tensor, file] : index.fileOf)
    require(file.find('/') == std::string::npos && file.find('\0') == std::string::npos &&
            file != "..");
}

void readOne(char kind, const std::string &text) {
  const ModelDesc v1 = network(Version::v1), v2 = network(Version::v2);
  const size_t end = text.find('\0');
  const JsonText json("fuzz.json", kind == 's' ? text : text.substr(0, end));
  switch (kind) {
  case 't':
    return check(readTimmConfig(json, v1), v1);
  case 'l':
    return check(readLucidConfig(json, v1), v1);
  case 'o':
    return check(readOpenClipConfig(json, v1), v1);
  case 's':
    return check(readShardIndex(json));
  case 'x':
    return check(readTransformersConfig(json, nullptr, v1), v1);
  default: {
    const JsonText processor("fuzz.json", end == std::string::npos ? "{}" : text.substr(end + 1));
    return check(readTransformersConfig(json, &processor, v2), v2);
  }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  try {
    readOne(char(data[0]), std::string(reinterpret_cast<const char *>(data) + 1, size - 1));
  } catch (const UserError &error) {
    require(std::strncmp(error.what(), "fuzz.json:", 10) == 0);
  }
  return 0;
}
