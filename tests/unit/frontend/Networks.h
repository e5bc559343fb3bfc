// Small checkpoints in every ecosystem's words, spelled out here a second time: the base is the
// original repository's state dict, the others are made from it by the renamings that each
// project's own converter does.
#pragma once

#include "tests/unit/weights/Tensors.h"

#include <string>
#include <vector>

namespace cnx::test {

struct Sizes {
  std::vector<int64_t> depths = {1, 1, 2, 1};
  std::vector<int64_t> dims = {3, 4, 5, 6};
  int64_t classes = 7;
  bool v2 = false;
  bool layerScale = true; // of v1
};

Tensors fairNetwork(const Sizes &sizes);
Tensors timmNetwork(const Sizes &sizes, bool convMlp = false);
Tensors timmNormFirst(const Sizes &sizes);
Tensors timmMlpHead(const Sizes &sizes, int64_t hidden);
Tensors torchvisionNetwork(const Sizes &sizes);
Tensors transformersNetwork(const Sizes &sizes, const std::string &prefix); // "convnext." or ""
Tensors lucidNetwork(const Sizes &sizes);
// With a text tower; mlpHidden 0: a projection without bias.
Tensors openClipNetwork(const Sizes &sizes, int64_t mlpHidden);

} // namespace cnx::test
