// How long a forward pass takes, held against what the machine can do in the same moments.
#pragma once

#include <cstdint>

namespace cnx {

class BuiltModel;
class LoadedModel;

struct ModelTime {
  double seconds = 0;        // median of a forward pass
  double flopsPerSecond = 0; // of convolutions and linear layers
  double peak = 0;           // median of the FMA peak sampled before each pass, on as many threads
  double shareOfPeak = 0;    // median of the passes' own shares
  int64_t batch = 0;
  unsigned threads = 0;
};

// For about two seconds, at least nine passes. The image is noise. threads: as in cnx_rt_options.
ModelTime timeModel(const BuiltModel &built, LoadedModel &model, unsigned threads);

} // namespace cnx
