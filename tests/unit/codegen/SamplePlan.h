// A plan written by hand: two batches, five kernels, an output that is read again, a skippable
// output map, padded rows and a uint8 image.
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

namespace cnx {

// Batches 1 and 2. Image [N,32,64,3] uint8; outputs logits [N,10], pooled [N,40], stem [N,40,8,16].
// Launches a batch, in order: stem_conv, block (in place), export (stem), pool (pooled), head
// (reads pooled, writes logits).
Plan samplePlan(const std::string &name);

// v3 alone, and nothing that the machine of the test might lack.
CodegenOptions sampleOptions(const std::filesystem::path &folder);

} // namespace cnx
