#include "compiler/frontend/ModelInfo.h"

#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/Description.h"
#include "compiler/frontend/JsonText.h"

namespace cnx {

nlohmann::ordered_json savedInfo(const Model &model) {
  nlohmann::ordered_json fields;
  fields["description"] = describe(model.desc);
  fields["scheme"] = model.scheme;
  fields["labels"] = model.info.labels;
  fields["preprocessing"] = toJson(model.info.preprocessing, model.desc.height, model.desc.width);
  fields["notes"] = model.info.notes;
  return fields;
}

SavedInfo readSavedInfo(const JsonFields &fields, const std::string &file) {
  SavedInfo result;
  result.desc = readDescription(fields.object("description"), file).desc;
  result.scheme = fields.string("scheme", "timm");
  result.info.labels = fields.strings("labels");
  checkLabels(fields, "labels", result.info.labels, result.desc.numClasses);
  result.info.preprocessing = readPreprocessing(fields.object("preprocessing"));
  result.info.notes = fields.strings("notes");
  return result;
}

std::string infoJson(const Model &model) {
  return savedInfo(model).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace cnx
