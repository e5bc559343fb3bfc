#include "compiler/frontend/ConfigChecks.h"

#include "compiler/Error.h"
#include "compiler/frontend/ModelDesc.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

using nlohmann::json;

void agree(const JsonFields &fields, const std::string &name, int64_t checkpoint) {
  if (fields.integer(name, checkpoint) != checkpoint)
    fields.fail(name, fmt::format("{}, as in the checkpoint", checkpoint));
}

void agree(const JsonFields &fields, const std::string &name,
           const std::array<int64_t, 4> &checkpoint) {
  if (!fields.has(name))
    return;
  std::string expected = fmt::format("{}, as in the checkpoint", checkpoint);
  std::vector<int64_t> values = fields.integers(name, kStages, 1, expected);
  if (!std::equal(values.begin(), values.end(), checkpoint.begin()))
    fields.fail(name, expected);
}

void supported(const JsonFields &fields, const std::string &name, const std::vector<json> &values) {
  if (!fields.has(name) || std::find(values.begin(), values.end(), fields.at(name)) != values.end())
    return;
  if (values.size() == 1)
    fields.fail(name, values[0].dump() + ", the only value that is supported");
  std::string list;
  for (const json &value : values)
    list += (list.empty() ? "" : ", ") + value.dump();
  fields.fail(name, "one of " + list);
}

std::optional<double> readDropPath(const JsonFields &fields, const std::string &name) {
  if (!fields.has(name))
    return std::nullopt;
  const double rate = fields.number(name, 0);
  if (!(rate >= 0 && rate < 1))
    fields.fail(name, "a number in [0, 1)");
  return rate;
}

std::optional<double> readEps(const JsonFields &fields, const std::string &name) {
  if (!fields.has(name))
    return std::nullopt;
  const double eps = fields.number(name, 0);
  if (!(eps > 0))
    fields.fail(name, "a number above 0");
  return eps;
}

std::vector<std::string> readLabelTable(const JsonFields &fields) {
  JsonFields table = fields.object("id2label");
  std::vector<std::string> labels;
  for (size_t i = 0; i < table.names().size(); ++i) {
    std::string index = std::to_string(i);
    if (!table.has(index))
      fields.fail("id2label",
                  fmt::format("a label for every class from 0 on, hence one for {}", index));
    labels.push_back(table.string(index, ""));
  }
  return labels;
}

void checkLabels(const JsonFields &fields, const std::string &name,
                 const std::vector<std::string> &labels, int64_t classes) {
  if (!labels.empty() && static_cast<int64_t>(labels.size()) != classes)
    fields.failWith(name, fmt::format("{} labels", labels.size()),
                    fmt::format("{}, the checkpoint's number of classes", classes));
}

void readSides(const JsonFields &fields, const std::string &name, std::optional<int64_t> &height,
               std::optional<int64_t> &width) {
  if (fields.at(name).is_array()) {
    std::vector<int64_t> sides = fields.integers(name, 2, 1, "a side or [height, width]");
    height = sides[0];
    width = sides[1];
  } else {
    height = width = fields.integer(name, 0);
  }
  checkSides(fields, name, *height, *width);
}

void checkSides(const JsonFields &fields, const std::string &name, int64_t height, int64_t width) {
  if (std::min(height, width) < kSmallestImage || std::max(height, width) > kLargestImage)
    fields.fail(name, fmt::format("sides from {} to {}", kSmallestImage, kLargestImage));
}

} // namespace cnx
