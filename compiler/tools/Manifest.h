// NAME.json of an existing build, found by its folder.
#pragma once

#include "runtime/include/cnx_rt.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

namespace cnx {

struct Manifest {
  std::filesystem::path folder;
  nlohmann::ordered_json json;

  std::string name() const { return json.at("name"); }
  uint64_t build() const;
  uint64_t weightBytes() const { return json.at("memory").at("weights"); }
  std::filesystem::path weights() const { return folder / (name() + ".weights"); }
};

// The one manifest in the folder; nothing where there is none. Throws UserError where there are
// several.
std::optional<Manifest> findManifest(const std::filesystem::path &folder);

} // namespace cnx
