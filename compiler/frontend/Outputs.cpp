#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/Nearest.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

std::vector<std::string> outputsOf(const Model &model, const ModelOptions &options) {
  static const std::vector<std::string> kNames = {"logits", "pooled", "stem",  "stage0",
                                                  "stage1", "stage2", "stage3"};
  if (options.outputs.empty())
    return {model.desc.numClasses > 0 ? "logits" : "pooled"};
  for (size_t i = 0; i < options.outputs.size(); ++i) {
    const std::string &name = options.outputs[i];
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      throw UserError(fmt::format("--outputs: found '{}', expected some of {}{}", name,
                                  fmt::join(kNames, ", "), didYouMean(name, kNames)));
    if (std::find(options.outputs.begin(), options.outputs.begin() + i, name) !=
        options.outputs.begin() + i)
      throw UserError(fmt::format("--outputs: found '{}' twice, expected once", name));
    if (name == "logits" && model.desc.numClasses == 0)
      throw UserError(
          "--outputs: found 'logits', expected 'pooled' or a map: this model has no classes");
  }
  return options.outputs;
}

} // namespace cnx
