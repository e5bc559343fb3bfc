// How each ecosystem names the parameters of a ConvNeXt: the columns of NamingSchemes.inc.
#pragma once

#include "compiler/frontend/Layers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cnx {

enum class Ecosystem { timm, torchvision, transformers, fair, lucid, openClip };

class NamingScheme {
public:
  // prefix: what stands for {P}, without its dot: "convnext", "convnextv2" or nothing.
  explicit NamingScheme(Ecosystem ecosystem, const std::string &prefix = "");

  Ecosystem ecosystem() const { return which; }
  std::string name() const; // "timm", "open_clip" ...

  // What a tensor of the checkpoint is, or nothing.
  std::optional<TensorId> tensorOf(const std::string &name) const;
  // The name that the ecosystem itself would write.
  std::string nameOf(const TensorId &id, const ModelDesc &desc) const;
  // Tensors beside the network that a published file may have: a text tower, duplicated norms.
  bool ignores(const std::string &name) const;

private:
  Ecosystem which;
  std::vector<std::pair<Layer, std::string>> paths; // one a spelling
};

} // namespace cnx
