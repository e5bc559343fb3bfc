// What lies where in a program's arena, and for how long.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cnx {

struct ArenaBuffer {
  int64_t offset = 0, bytes = 0;
  int64_t firstLaunch = 0, lastLaunch = 0; // ids: written by the first, read last by the last
  std::string layer;                       // of the first
};

// Of one program of a manifest, in the order in which they are written. A buffer that is
// overwritten in place goes on.
std::vector<ArenaBuffer> arenaBuffers(const nlohmann::ordered_json &manifest,
                                      const nlohmann::ordered_json &program);

} // namespace cnx
