// A model as a user writes it down: the JSON description of one ConvNeXt.
#pragma once

#include "compiler/frontend/ModelDesc.h"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnx {

class JsonFields;

struct Description {
  ModelDesc desc;
  std::string file;
  std::map<std::string, int> lines; // of the fields that are there

  bool has(const std::string &field) const { return lines.count(field) != 0; }
};

// Throws UserError with file, line, field, found and expected.
Description readDescription(const JsonFields &fields, const std::string &file);

// Every field of it; readDescription gives the same back.
nlohmann::ordered_json describe(const ModelDesc &desc);

} // namespace cnx
