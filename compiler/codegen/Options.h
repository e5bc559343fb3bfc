// What the code generator needs to know beside the plan.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace cnx {

struct CodegenOptions {
  // What shapes the product. In the emitted banner, the manifest and the build hash.
  std::vector<Level> levels = {Level::v3, Level::v4};
  // As --output-layout spells it. Asked only for maps with as many channels as rows and columns;
  // all else shows in the plan's shapes.
  std::string outputLayout = "nchw";
  // --micro-batch: a train step goes through its batch in parts of this, for which the plan has a
  // program; 0: it takes a compiled batch at once.
  int64_t microBatch = 0;
  // Options that the plan does not show, as the command line spells them ({"--no-fusion", ""},
  // {"--trainable", REGEX}), in a fixed order.
  std::vector<std::pair<std::string, std::string>> options;

  // How it is made. Nothing of this can be seen in the product.
  std::filesystem::path outputFolder;
  std::filesystem::path dumpFolder; // of per-kernel texts; empty: none
  std::filesystem::path
      runtimeInclude; // holds cnx_rt.h; empty: beside the running executable, or the source tree
  std::filesystem::path worker;      // empty: cnx-kernel-worker beside the running executable
  std::filesystem::path cacheFolder; // empty: $XDG_CACHE_HOME/cnx/kernels
  bool cache = true;
  int jobs = 0;            // worker processes side by side; 0: one a core
  int kernelSeconds = 600; // a worker that takes longer is ended
  std::string cxx = "c++"; // compiles NAME.cpp
  std::filesystem::path
      embeddedWeights; // a written weight file that goes into the archive; empty: none
};

} // namespace cnx
