#include "compiler/frontend/InitialParameters.h"

#include "compiler/frontend/NamingScheme.h"

namespace cnx {

namespace {
constexpr double kStandardDeviation = 0.02;
}

Parameter initialParameter(const LayerTensor &tensor, const ModelDesc &desc,
                           const std::string &name, uint64_t seed) {
  Parameter parameter;
  parameter.name = name;
  parameter.shape = tensor.shape;
  if (tensor.id.part == Part::bias || tensor.id.layer == Layer::grn)
    return parameter;
  switch (tensor.id.layer) {
  case Layer::stemNorm:
  case Layer::downNorm:
  case Layer::blockNorm:
  case Layer::headNorm:
    parameter.init = Parameter::Init::ones;
    break;
  case Layer::layerScale:
    parameter.init = Parameter::Init::constant;
    parameter.initValue = desc.layerScaleInit;
    break;
  default:
    parameter.init = Parameter::Init::truncatedNormal;
    parameter.initValue = kStandardDeviation;
    parameter.seed = seed;
    break;
  }
  return parameter;
}

std::vector<Parameter> initialParameters(const ModelDesc &desc, uint64_t seed) {
  NamingScheme timm(Ecosystem::timm);
  std::vector<Parameter> result;
  for (const LayerTensor &tensor : layerTensors(desc))
    result.push_back(initialParameter(tensor, desc, timm.nameOf(tensor.id, desc), seed));
  return result;
}

} // namespace cnx
