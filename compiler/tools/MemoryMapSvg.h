// A program's arena as a drawing: launches from left to right, addresses from top to bottom.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnx {

// An <svg> element without references to anything outside it; each buffer says on hovering what it
// is. Empty for a program that needs no arena.
std::string memoryMapSvg(const nlohmann::ordered_json &manifest,
                         const nlohmann::ordered_json &program);

} // namespace cnx
