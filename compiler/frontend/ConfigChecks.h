// Fields of a hub's configuration that must agree with the checkpoint, or have the one value that
// is built.
#pragma once

#include "compiler/frontend/JsonText.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

void agree(const JsonFields &fields, const std::string &name, int64_t checkpoint);
void agree(const JsonFields &fields, const std::string &name,
           const std::array<int64_t, 4> &checkpoint);
// A field that may be absent and otherwise has one of these values.
void supported(const JsonFields &fields, const std::string &name,
               const std::vector<nlohmann::json> &values);
// One label a class.
void checkLabels(const JsonFields &fields, const std::string &name,
                 const std::vector<std::string> &labels, int64_t classes);
// height and width of an input, in range
void checkSides(const JsonFields &fields, const std::string &name, int64_t height, int64_t width);

} // namespace cnx
