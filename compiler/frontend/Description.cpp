#include "compiler/frontend/Description.h"

#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/Nearest.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

const std::vector<std::string> kModels = {"convnext", "convnextv2"};

// Parameters that the constructors of other ecosystems have and of which this compiler builds one
// value.
struct Fixed {
  const char *name;
  json value;
};
const std::vector<Fixed> &fixedFields() {
  static const std::vector<Fixed> fields = {
      {"in_chans", 3},
      {"kernel_sizes", kDepthwiseKernel},
      {"mlp_ratio", kMlpRatio},
      {"stem", "patch"},
      {"patch_size", kStemPatch},
      {"down_kernel", kDownsample},
      {"norm", "layernorm"},
      {"act", "gelu_erf"},
      {"output_stride", kSmallestImage},
  };
  return fields;
}

std::vector<std::string> knownFields() {
  std::vector<std::string> names = {"model",          "num_classes", "depths",
                                    "dims",           "drop_path",   "layer_scale_init",
                                    "image",          "eps",         "eps_stem_down",
                                    "eps_block",      "eps_final",   "head_hidden_size",
                                    "head_norm_first"};
  for (const Fixed &field : fixedFields())
    names.push_back(field.name);
  return names;
}

Version readVersion(const JsonFields &fields) {
  if (!fields.has("model"))
    fields.fail("model", "\"convnext\" or \"convnextv2\"");
  std::string name = fields.string("model", "");
  for (size_t i = 0; i < kModels.size(); ++i)
    if (name == kModels[i])
      return i == 0 ? Version::v1 : Version::v2;
  fields.fail("model", "\"convnext\" or \"convnextv2\"" + didYouMean(name, kModels));
}

std::array<int64_t, kStages> readFour(const JsonFields &fields, const std::string &name,
                                      int64_t largest, std::array<int64_t, kStages> fallback) {
  if (!fields.has(name))
    return fallback;
  std::string expected = fmt::format("{} integers from 1 to {}", kStages, largest);
  std::vector<int64_t> values = fields.integers(name, kStages, 1, expected);
  if (*std::max_element(values.begin(), values.end()) > largest)
    fields.fail(name, expected);
  std::array<int64_t, kStages> result{};
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

double readEps(const JsonFields &fields, const std::string &name, double fallback) {
  double eps = fields.number(name, fallback);
  if (!(eps > 0))
    fields.fail(name, "a number above 0");
  return eps;
}

void readImage(const JsonFields &fields, ModelDesc &desc) {
  if (!fields.has("image"))
    return;
  std::string expected =
      fmt::format("[height, width] or one side, each from {} to {}", kSmallestImage, kLargestImage);
  if (fields.at("image").is_array()) {
    std::vector<int64_t> sides = fields.integers("image", 2, kSmallestImage, expected);
    desc.height = sides[0];
    desc.width = sides[1];
  } else {
    if (!fields.at("image").is_number_integer())
      fields.fail("image", expected);
    desc.height = desc.width = fields.integer("image", 0);
  }
  if (std::min(desc.height, desc.width) < kSmallestImage ||
      std::max(desc.height, desc.width) > kLargestImage)
    fields.fail("image", expected);
}

void readHead(const JsonFields &fields, ModelDesc &desc) {
  desc.numClasses = fields.integer("num_classes", desc.numClasses);
  if (desc.numClasses < 0 || desc.numClasses > kLargestClasses)
    fields.fail("num_classes",
                fmt::format("an integer from 0 (no classifier) to {}", kLargestClasses));
  desc.headHidden = fields.integer("head_hidden_size", 0);
  if (desc.headHidden < 0 || desc.headHidden > kLargestWidth)
    fields.fail("head_hidden_size",
                fmt::format("an integer from 0 (no hidden layer) to {}", kLargestWidth));
  desc.headNormFirst = fields.boolean("head_norm_first", false);
  if (desc.headHidden > 0 && desc.headNormFirst)
    fields.fail("head_norm_first", "false beside head_hidden_size");
  if (desc.headHidden > 0 && desc.numClasses == 0)
    fields.fail("head_hidden_size", "0 where num_classes is 0");
}

void readRates(const JsonFields &fields, ModelDesc &desc) {
  desc.dropPath = fields.number("drop_path", desc.dropPath);
  if (!(desc.dropPath >= 0 && desc.dropPath < 1))
    fields.fail("drop_path", "a number in [0, 1)");
  bool v2 = desc.version == Version::v2;
  desc.layerScaleInit = fields.number("layer_scale_init", v2 ? 0 : desc.layerScaleInit);
  if (!(desc.layerScaleInit >= 0))
    fields.fail("layer_scale_init", "a number of at least 0 (0: no layer scale)");
  if (v2 && desc.layerScaleInit != 0)
    fields.fail("layer_scale_init", "0: convnextv2 has no layer scale");
  double eps = readEps(fields, "eps", 1e-6);
  desc.eps = {readEps(fields, "eps_stem_down", eps), readEps(fields, "eps_block", eps),
              readEps(fields, "eps_final", eps)};
}

void checkFixed(const JsonFields &fields) {
  for (const Fixed &fixed : fixedFields()) {
    if (!fields.has(fixed.name))
      continue;
    const json &found = fields.at(fixed.name);
    bool everywhere = found.is_array() && found.size() == kStages &&
                      std::all_of(found.begin(), found.end(),
                                  [&](const json &entry) { return entry == fixed.value; });
    bool erf = std::string(fixed.name) == "act" && found == "gelu";
    if (found != fixed.value && !everywhere && !erf)
      fields.fail(fixed.name, fixed.value.dump() + ", the only value that is supported");
  }
}

} // namespace

Description readDescription(const JsonFields &fields, const std::string &file) {
  Description result;
  result.file = file;
  fields.refuseUnknown(knownFields());
  for (const std::string &name : fields.names()) {
    if (!fields.has(name))
      fields.fail(name, "a value; a field may be left out");
    result.lines[name] = fields.line(name);
  }
  result.desc.version = readVersion(fields);
  result.desc.depths = readFour(fields, "depths", kLargestDepth, result.desc.depths);
  result.desc.dims = readFour(fields, "dims", kLargestWidth, result.desc.dims);
  readImage(fields, result.desc);
  readHead(fields, result.desc);
  readRates(fields, result.desc);
  checkFixed(fields);
  return result;
}

ordered_json describe(const ModelDesc &desc) {
  ordered_json fields;
  fields["model"] = modelName(desc.version);
  fields["num_classes"] = desc.numClasses;
  fields["depths"] = desc.depths;
  fields["dims"] = desc.dims;
  fields["drop_path"] = desc.dropPath;
  if (desc.version == Version::v1)
    fields["layer_scale_init"] = desc.layerScaleInit;
  fields["image"] = {desc.height, desc.width};
  if (desc.eps.block == desc.eps.stemAndDown && desc.eps.final == desc.eps.block) {
    fields["eps"] = desc.eps.block;
  } else {
    fields["eps_stem_down"] = desc.eps.stemAndDown;
    fields["eps_block"] = desc.eps.block;
    fields["eps_final"] = desc.eps.final;
  }
  if (desc.headHidden > 0)
    fields["head_hidden_size"] = desc.headHidden;
  if (desc.headNormFirst)
    fields["head_norm_first"] = true;
  return fields;
}

} // namespace cnx
