// Fields of a hub's configuration that must agree with the checkpoint, or have the one value that
// is built.
#pragma once

#include "compiler/frontend/JsonText.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cnx {

void agree(const JsonFields &fields, const std::string &name, int64_t checkpoint);
void agree(const JsonFields &fields, const std::string &name,
           const std::array<int64_t, 4> &checkpoint);
// A field that may be absent and otherwise has one of these values.
void supported(const JsonFields &fields, const std::string &name,
               const std::vector<nlohmann::json> &values);
// A rate of drop path, in [0, 1); nothing where the field is absent.
std::optional<double> readDropPath(const JsonFields &fields, const std::string &name);
// A norm's eps, above 0; nothing where the field is absent.
std::optional<double> readEps(const JsonFields &fields, const std::string &name);
// id2label: {"0": "tench", "1": ...}, every class once; empty where the field is absent.
std::vector<std::string> readLabelTable(const JsonFields &fields);
// One label a class.
void checkLabels(const JsonFields &fields, const std::string &name,
                 const std::vector<std::string> &labels, int64_t classes);
// A side or [height, width] of an input, in range.
void readSides(const JsonFields &fields, const std::string &name, std::optional<int64_t> &height,
               std::optional<int64_t> &width);
// height and width of an input, in range
void checkSides(const JsonFields &fields, const std::string &name, int64_t height, int64_t width);

} // namespace cnx
