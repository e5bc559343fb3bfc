// infoJson's text, read back: the metadata `cnx.model` of a checkpoint that cnx saved, and a part
// of a dump.
#pragma once

#include "compiler/frontend/Frontend.h"

#include <nlohmann/json_fwd.hpp>

namespace cnx {

class JsonFields;

struct SavedInfo {
  ModelDesc desc;
  std::string scheme;
  ModelInfo info;
};

SavedInfo readSavedInfo(const JsonFields &fields, const std::string &file);
nlohmann::ordered_json savedInfo(const Model &model);

} // namespace cnx
