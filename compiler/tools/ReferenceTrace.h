// What each launch should have computed: the fused function evaluated in double precision.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

class CompileJob;

struct ReferenceLaunch {
  std::string layer;
  std::vector<std::vector<double>> results; // of the kernel, row-major and dense, in its own order
};

// One a launch of the program for `batch`, in the program's order. `image` holds the values of the
// function's image. Throws UserError where the reference cannot be evaluated, such as for a weight
// file that has gone.
std::vector<ReferenceLaunch> traceReference(CompileJob &job, int64_t batch,
                                            const std::vector<double> &image);

} // namespace cnx
