// How much arithmetic a kernel is.
#pragma once

#include "compiler/kernels/KernelGraph.h"

namespace cnx {

// Multiply-accumulates of convolutions and linear layers; all else (norms, GELU, additions) counts
// nothing, so that a share of the FMA peak means the same for every network.
int64_t multiplyAccumulates(const KernelGraph &graph);

} // namespace cnx
