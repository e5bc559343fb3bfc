#include "compiler/tools/MemoryMap.h"

#include <map>
#include <nlohmann/json.hpp>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

int64_t bytesOf(const Json &argument) {
  const std::string type = argument.at("type");
  int64_t n = argument.at("pitch").get<int64_t>() * (type == "f32" ? 4 : type == "bf16" ? 2 : 1);
  const Json &shape = argument.at("shape");
  for (size_t axis = 0; axis + 1 < shape.size(); ++axis)
    n *= shape[axis].get<int64_t>();
  return n;
}

} // namespace

std::vector<ArenaBuffer> arenaBuffers(const Json &manifest, const Json &program) {
  std::map<std::string, const Json *> access;
  for (const Json &kernel : manifest.at("kernels"))
    access[kernel.at("symbol")] = &kernel.at("access");
  std::vector<ArenaBuffer> buffers;
  std::map<int64_t, size_t> current; // by offset: the buffer that stands there
  for (const Json &launch : program.at("launches")) {
    const Json &modes = *access.at(launch.at("kernel"));
    for (size_t i = 0; i < modes.size(); ++i) {
      const Json &argument = launch.at("arguments").at(i);
      if (argument.at("segment") != "arena")
        continue;
      const int64_t offset = argument.at("offset");
      if (modes[i] == "w") {
        current[offset] = buffers.size();
        buffers.push_back(
            {offset, bytesOf(argument), launch.at("id"), launch.at("id"), launch.at("layer")});
      } else if (auto found = current.find(offset); found != current.end())
        buffers[found->second].lastLaunch = launch.at("id");
    }
  }
  return buffers;
}

} // namespace cnx
