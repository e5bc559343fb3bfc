#include "compiler/frontend/NamingScheme.h"

#include <charconv>
#include <string_view>

namespace cnx {

namespace {

struct Row {
  Layer layer;
  const char *paths[6]; // in the order of Ecosystem
};

constexpr Row kRows[] = {
#define CNX_LAYER(layer, ...) {Layer::layer, {__VA_ARGS__}},
#include "compiler/frontend/NamingSchemes.inc"
#undef CNX_LAYER
};

// A number in a path, made of the stage or the block by value = factor*x + offset.
struct Placeholder {
  std::string_view text;
  bool isBlock;
  int factor, offset;
};
constexpr Placeholder kPlaceholders[] = {
    {"{b}", true, 1, 0},     {"{s}", false, 1, 0},    {"{2s}", false, 2, 0},
    {"{2s+1}", false, 2, 1}, {"{s-1}", false, 1, -1},
};

const Placeholder *placeholder(std::string_view segment) {
  for (const Placeholder &candidate : kPlaceholders)
    if (candidate.text == segment)
      return &candidate;
  return nullptr;
}

std::string_view takeSegment(std::string_view &path) {
  size_t dot = path.find('.');
  std::string_view segment = path.substr(0, dot);
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return segment;
}

// A number as the frameworks print it: digits without a leading zero.
std::optional<int> toIndex(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool canonical = !text.empty() && text[0] != '-' && (text[0] != '0' || text.size() == 1);
  if (error != std::errc() || end != text.data() + text.size() || !canonical)
    return std::nullopt;
  return value;
}

bool matches(std::string_view pattern, std::string_view path, TensorId &id) {
  while (!pattern.empty() && !path.empty()) {
    std::string_view wanted = takeSegment(pattern), found = takeSegment(path);
    if (const Placeholder *number = placeholder(wanted)) {
      std::optional<int> value = toIndex(found);
      if (!value || *value < number->offset || (*value - number->offset) % number->factor != 0)
        return false;
      (number->isBlock ? id.block : id.stage) = (*value - number->offset) / number->factor;
    } else if (wanted != found) {
      return false;
    }
  }
  if (!pattern.empty() || !path.empty())
    return false;
  bool down = id.layer == Layer::downNorm || id.layer == Layer::downConv;
  return id.stage < kStages && id.block < kLargestDepth && (!down || id.stage > 0);
}

std::string expand(std::string_view pattern, const TensorId &id) {
  std::string path;
  while (!pattern.empty()) {
    std::string_view segment = takeSegment(pattern);
    path += path.empty() ? "" : ".";
    if (const Placeholder *number = placeholder(segment))
      path +=
          std::to_string(number->factor * (number->isBlock ? id.block : id.stage) + number->offset);
    else
      path += segment;
  }
  return path;
}

struct Suffix {
  std::string_view text;
  Part part;
  bool grnOnly; // the spelling of the original code and of newer transformers
};
constexpr Suffix kSuffixes[] = {{".weight", Part::weight, false},
                                {".bias", Part::bias, false},
                                {".gamma", Part::weight, true},
                                {".beta", Part::bias, true}};

bool startsWith(const std::string &text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

} // namespace

NamingScheme::NamingScheme(Ecosystem ecosystem, const std::string &prefix) : which(ecosystem) {
  for (const Row &row : kRows) {
    std::string_view spellings = row.paths[static_cast<int>(ecosystem)];
    while (!spellings.empty()) {
      size_t bar = spellings.find('|');
      std::string path(spellings.substr(0, bar));
      spellings.remove_prefix(bar == std::string_view::npos ? spellings.size() : bar + 1);
      if (startsWith(path, "{P}."))
        path = (prefix.empty() ? "" : prefix + ".") + path.substr(4);
      paths.emplace_back(row.layer, path);
    }
  }
}

std::string NamingScheme::name() const {
  constexpr const char *kNames[] = {"timm", "torchvision", "transformers",
                                    "fair", "lucid",       "open_clip"};
  return kNames[static_cast<int>(which)];
}

std::optional<TensorId> NamingScheme::tensorOf(const std::string &name) const {
  if (name.find("..") != std::string::npos)
    return std::nullopt;
  for (const auto &[layer, pattern] : paths) {
    TensorId id;
    id.layer = layer;
    if (layer == Layer::layerScale) {
      if (matches(pattern, name, id))
        return id;
      continue;
    }
    for (const Suffix &suffix : kSuffixes) {
      if (suffix.grnOnly && layer != Layer::grn)
        continue;
      std::string_view path = name;
      if (path.size() <= suffix.text.size() ||
          path.substr(path.size() - suffix.text.size()) != suffix.text)
        continue;
      path.remove_suffix(suffix.text.size());
      TensorId candidate = id;
      candidate.part = suffix.part;
      if (matches(pattern, path, candidate))
        return candidate;
    }
  }
  return std::nullopt;
}

std::string NamingScheme::nameOf(const TensorId &id, const ModelDesc &desc) const {
  // The second spelling of a layer belongs to the second form of the head.
  bool second = (id.layer == Layer::headNorm && desc.headNormFirst) ||
                (id.layer == Layer::headFc && desc.headHidden > 0);
  std::string pattern;
  for (const auto &[layer, path] : paths)
    if (layer == id.layer && (pattern.empty() || second))
      pattern = path;
  std::string path = expand(pattern, id);
  if (id.layer == Layer::layerScale)
    return path;
  bool greek = id.layer == Layer::grn && (which == Ecosystem::fair || which == Ecosystem::lucid);
  if (id.part == Part::weight)
    return path + (greek ? ".gamma" : ".weight");
  return path + (greek ? ".beta" : ".bias");
}

bool NamingScheme::ignores(const std::string &name) const {
  if (startsWith(name, "cnx.")) // moments and averages, in a training's state
    return true;
  switch (which) {
  case Ecosystem::openClip: // the text tower and the temperature
    return !startsWith(name, "visual.");
  case Ecosystem::fair: // DINOv3 and EUPE: the final norm again, a norm a stage, pre-training heads
    return startsWith(name, "norms.") || startsWith(name, "projectors.");
  default:
    return false;
  }
}

} // namespace cnx
