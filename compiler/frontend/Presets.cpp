#include "compiler/frontend/Presets.h"

#include "compiler/Error.h"
#include "compiler/frontend/Nearest.h"

#include <vector>

namespace cnx {

namespace {

struct Refused {
  std::string name, why;
};

Preset makePreset(const char *name, Version version, std::array<int64_t, kStages> depths,
                  std::array<int64_t, kStages> dims, double eps, int64_t headHidden,
                  bool headNormFirst) {
  ModelDesc desc;
  desc.version = version;
  desc.depths = depths;
  desc.dims = dims;
  desc.layerScaleInit = version == Version::v1 ? 1e-6 : 0;
  desc.eps = {eps, eps, eps};
  desc.headHidden = headHidden;
  desc.headNormFirst = headNormFirst;
  return {name, desc};
}

#define CNX_FOUR(...)                                                                              \
  { __VA_ARGS__ }

const std::vector<Preset> &presetRows() {
  static const std::vector<Preset> rows = {
#define CNX_PRESET(name, version, depths, dims, eps, hidden, normFirst)                            \
  makePreset(#name, Version::version, CNX_FOUR depths, CNX_FOUR dims, eps, hidden, normFirst),
#define CNX_REFUSED(name, why)
#include "compiler/frontend/Presets.inc"
#undef CNX_PRESET
#undef CNX_REFUSED
  };
  return rows;
}

const std::vector<Refused> &refusedRows() {
  static const std::vector<Refused> rows = {
#define CNX_PRESET(name, version, depths, dims, eps, hidden, normFirst)
#define CNX_REFUSED(name, why) {#name, why},
#include "compiler/frontend/Presets.inc"
#undef CNX_PRESET
#undef CNX_REFUSED
  };
  return rows;
}

} // namespace

std::span<const Preset> presets() { return presetRows(); }

const Preset *findPreset(const std::string &name) {
  for (const Preset &row : presetRows())
    if (row.name == name)
      return &row;
  return nullptr;
}

std::optional<std::string> refusedPreset(const std::string &name) {
  for (const Refused &row : refusedRows())
    if (row.name == name)
      return row.why;
  return std::nullopt;
}

const Preset &preset(const std::string &name) {
  if (const Preset *found = findPreset(name))
    return *found;
  if (std::optional<std::string> why = refusedPreset(name))
    throw UserError(name + ": not supported: " + *why +
                    "; expected a plain ConvNeXt (`cnx models` lists them)");
  // "convnext_tiny.fb_in1k" names weights as well, which are a file of their own.
  std::string architecture = name.substr(0, name.find('.'));
  if (architecture != name && findPreset(architecture))
    throw UserError(name + ": unknown model; did you mean '" + architecture +
                    "'? Weights come from a file: --weights FILE.safetensors");
  std::vector<std::string> names;
  for (const Preset &row : presetRows())
    names.push_back(row.name);
  std::string hint = didYouMean(name, names);
  throw UserError(name + ": neither a file nor a preset" +
                  (hint.empty() ? "; expected one that `cnx models` lists" : hint));
}

const Preset *presetLike(const ModelDesc &desc) {
  for (const Preset &row : presetRows())
    if (row.desc.version == desc.version && row.desc.depths == desc.depths &&
        row.desc.dims == desc.dims && row.desc.headHidden == desc.headHidden &&
        row.desc.headNormFirst == desc.headNormFirst)
      return &row;
  return nullptr;
}

} // namespace cnx
