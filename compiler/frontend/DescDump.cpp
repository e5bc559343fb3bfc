#include "compiler/frontend/DescDump.h"

#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/ModelInfo.h"
#include "compiler/weights/SafetensorsFile.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {

using nlohmann::ordered_json;

namespace {

constexpr int kFormat = 1;
constexpr const char *kInits[] = {"zeros", "ones", "trunc_normal", "constant"};

bool takesValue(Parameter::Init init) {
  return init == Parameter::Init::truncatedNormal || init == Parameter::Init::constant;
}

ordered_json parameterJson(const Parameter &parameter) {
  ordered_json fields;
  fields["name"] = parameter.name;
  fields["shape"] = parameter.shape;
  if (!parameter.storedShape.empty())
    fields["stored"] = parameter.storedShape;
  if (!parameter.file.empty()) {
    fields["file"] = parameter.file;
    fields["tensor"] = parameter.tensor;
    return fields;
  }
  fields["init"] = kInits[static_cast<int>(parameter.init)];
  if (takesValue(parameter.init))
    fields["value"] = parameter.initValue;
  if (parameter.init == Parameter::Init::truncatedNormal)
    fields["seed"] = parameter.seed;
  return fields;
}

// The same shape but for ones, of at most as many axes as a checkpoint's tensor can have.
std::vector<int64_t> readStored(const JsonFields &fields, const std::vector<int64_t> &shape) {
  if (!fields.has("stored"))
    return {};
  const std::string expected = formatShape(shape) + ", with more or fewer ones";
  const nlohmann::json &list = fields.at("stored");
  if (!list.is_array() || list.size() > CNX_IO_MAX_RANK)
    fields.fail("stored", expected);
  std::vector<int64_t> stored = fields.integers("stored", list.size(), 1, expected);
  if (withoutOnes(stored) != withoutOnes(shape))
    fields.fail("stored", expected);
  return stored;
}

Parameter readParameter(const JsonFields &fields, const LayerTensor &expected) {
  Parameter parameter;
  parameter.name = fields.string("name", "");
  if (parameter.name.empty())
    fields.fail("name", "a name");
  std::string shape = formatShape(expected.shape);
  parameter.shape = fields.integers("shape", expected.shape.size(), 1, shape);
  if (parameter.shape != expected.shape)
    fields.fail("shape", shape);
  parameter.storedShape = readStored(fields, parameter.shape);
  parameter.file = fields.string("file", "");
  parameter.tensor = fields.string("tensor", "");
  if (!parameter.file.empty()) {
    if (parameter.tensor.empty())
      fields.fail("tensor", "the name of a tensor in the file");
    return parameter;
  }
  std::string init = fields.string("init", "");
  auto found = std::find(std::begin(kInits), std::end(kInits), init);
  if (found == std::end(kInits))
    fields.fail("init", "zeros, ones, trunc_normal or constant, or a file and a tensor");
  parameter.init = static_cast<Parameter::Init>(found - std::begin(kInits));
  parameter.initValue = fields.number("value", 0);
  if (fields.has("seed")) {
    if (!fields.at("seed").is_number_unsigned())
      fields.fail("seed", "an integer of at least 0");
    parameter.seed = fields.at("seed").get<uint64_t>();
  }
  return parameter;
}

} // namespace

std::string writeDesc(const Model &model) {
  ordered_json fields;
  fields["cnx_desc"] = kFormat;
  fields["name"] = model.name;
  fields["info"] = savedInfo(model);
  ordered_json &parameters = fields["parameters"] = ordered_json::array();
  for (const Parameter &parameter : model.parameters)
    parameters.push_back(parameterJson(parameter));
  return fields.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

bool isDescDump(const JsonText &text) {
  return text.value().is_object() && text.value().contains("cnx_desc");
}

Model readDescDump(const JsonText &text) {
  JsonFields fields(text);
  if (fields.integer("cnx_desc", 0) != kFormat)
    fields.fail("cnx_desc", fmt::format("{}, the format that this compiler writes", kFormat));
  SavedInfo saved = readSavedInfo(fields.object("info"), text.file());
  Model model;
  model.name = fields.string("name", "");
  model.desc = saved.desc;
  model.scheme = saved.scheme;
  model.info = saved.info;
  // Counted before they are listed: the file's numbers are not yet known to be a network's.
  const size_t count = layerTensorCount(model.desc);
  if (!fields.has("parameters") || !fields.at("parameters").is_array() ||
      fields.at("parameters").size() != count)
    fields.fail("parameters", fmt::format("an array of {} parameters", count));
  std::vector<LayerTensor> layers = layerTensors(model.desc);
  for (size_t i = 0; i < layers.size(); ++i) {
    JsonFields entry(text, fmt::format("parameters[{}]", i), fields.at("parameters")[i]);
    model.parameters.push_back(readParameter(entry, layers[i]));
  }
  return model;
}

} // namespace cnx
