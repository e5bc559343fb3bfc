#include "compiler/fusions/Fusion.h"

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

} // namespace cnx
