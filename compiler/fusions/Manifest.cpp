#include "compiler/fusions/Fusion.h"

#include "compiler/Error.h"
#include "compiler/kernels/Stages.h"

namespace cnx {

#define CNX_FUSION(fusion) extern const Fusion fusion;
#include "compiler/fusions/fusions.inc"
#undef CNX_FUSION

const std::vector<Fusion> &fusions() {
  static const std::vector<Fusion> all = {
#define CNX_FUSION(fusion) fusion,
#include "compiler/fusions/fusions.inc"
#undef CNX_FUSION
  };
  return all;
}

const Fusion *findFusion(std::string_view name) {
  for (const Fusion &fusion : fusions())
    if (fusion.name == name)
      return &fusion;
  return nullptr;
}

Stages scheduledStages(const Fusion &fusion, const KernelGraph &graph, Level level) {
  if (graph.tiles && !fusion.tiles)
    throw UserError("tiles: found " + tilesText(*graph.tiles) + ", expected none: fusion '" +
                    std::string(fusion.name) + "' has no choice");
  Stages stages(graph, fusion.stripWidth ? fusion.stripWidth(graph, level) : 1);
  fusion.schedule(stages, graph, level);
  return stages;
}

} // namespace cnx
