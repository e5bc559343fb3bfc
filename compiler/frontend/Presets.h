// Networks known by name: the rows of Presets.inc.
#pragma once

#include "compiler/frontend/ModelDesc.h"

#include <optional>
#include <span>
#include <string>

namespace cnx {

struct Preset {
  std::string name;
  ModelDesc desc;
};

std::span<const Preset> presets();

const Preset *findPreset(const std::string &name); // nullptr where there is none
// Why a published network of this name cannot be built, or nothing.
std::optional<std::string> refusedPreset(const std::string &name);
// Throws UserError, with the reason of a refused network or the nearest name.
const Preset &preset(const std::string &name);

// The preset whose parameters have the same names and shapes, the class count apart; nullptr where
// there is none.
const Preset *presetLike(const ModelDesc &desc);

} // namespace cnx
