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

void checkTiles(const KernelGraph &graph, Level level) {
  const Fusion *fusion = findFusion(graph.fusion);
  if (!graph.tiles || !fusion)
    return;
  const std::string wrong = fusion->tiles
                                ? refuseTiles(*fusion->tiles, graph, level, *graph.tiles)
                                : "found " + tilesText(*graph.tiles) + ", expected none: fusion '" +
                                      graph.fusion + "' leaves no choice";
  if (!wrong.empty())
    throw UserError("tiles" + std::string(fusion->tiles ? "." : ": ") + wrong);
}

Stages scheduledStages(const Fusion &fusion, const KernelGraph &graph, Level level) {
  checkTiles(graph, level);
  Stages stages(graph, fusion.stripWidth ? fusion.stripWidth(graph, level) : 1);
  fusion.schedule(stages, graph, level);
  return stages;
}

} // namespace cnx
