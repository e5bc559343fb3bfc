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
  fields.fail(name, values[0].dump() + ", the only value that is supported");
}

void checkLabels(const JsonFields &fields, const std::string &name,
                 const std::vector<std::string> &labels, int64_t classes) {
  if (!labels.empty() && static_cast<int64_t>(labels.size()) != classes)
    fields.failWith(name, fmt::format("{} labels", labels.size()),
                    fmt::format("{}, the checkpoint's number of classes", classes));
}

void checkSides(const JsonFields &fields, const std::string &name, int64_t height, int64_t width) {
  if (std::min(height, width) < kSmallestImage || std::max(height, width) > kLargestImage)
    fields.fail(name, fmt::format("sides from {} to {}", kSmallestImage, kLargestImage));
}

} // namespace cnx
