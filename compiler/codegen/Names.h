// Identifiers of the emitted code.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace cnx {

// The text with every run of other characters (and of underscores) as one `_`, none in front; `n`
// in front of a leading digit.
std::string identifier(std::string_view text);
std::string upperCase(std::string_view text);

// Names that the emitted source uses itself.
const std::set<std::string> &frameNames();

// A name for a model: a C identifier that is no keyword of C or C++ and does not begin with an
// underscore or with cnx_, has no __, and is none of frameNames(). Throws UserError.
void checkModelName(const std::string &name);

// Hands out each identifier once: a second `x` becomes `x_2`. Keywords of C++ are never handed out.
class NameScope {
public:
  explicit NameScope(std::set<std::string> reserved = {}) : used(std::move(reserved)) {}
  std::string take(std::string_view wish);

private:
  std::set<std::string> used;
};

// The block that a layer belongs to: "stages.2.blocks.5" for "stages.2.blocks.5.mlp.fc1",
// "stages.2.downsample" for "stages.2.downsample.1", the first component for all others ("stem",
// "head"). A mark (#bwd) is none of it.
std::string blockOf(const std::string &layer);

// The path's last component: "downsample".
std::string lastComponent(const std::string &layer);

// What follows the block in a layer's path: "mlp.fc1"; empty for the block itself.
std::string withinBlock(const std::string &layer);

} // namespace cnx
