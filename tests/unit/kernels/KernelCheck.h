// Holds one compiled kernel against the naive graph.
#pragma once

#include "compiler/kernels/KernelGraph.h"

namespace cnx::test {

struct CheckOptions {
  double tolerance = 2e-6; // of an output's largest magnitude
  std::vector<Level> levels = {Level::v3, Level::v4};
  bool inPlace = true; // also every output over every input that it may overwrite, bit for bit
};

// At every such level of this machine (a level that it lacks is reported on stderr): random
// arguments between guard pages, pad lanes of inputs filled with junk, outputs and scratch with
// NaN; every logical element near the naive one, every pad lane finite; the same bits from 1, 2 and
// 3 threads, and with NaN in the pad lanes of inputs; scratch as foretold.
void checkKernel(KernelGraph graph, const CheckOptions &options = {});

} // namespace cnx::test
