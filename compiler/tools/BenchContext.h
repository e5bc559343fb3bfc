// A context of a compiled model with pinned threads, and arrays to run it on.
#pragma once

#include "compiler/tools/LoadedModel.h"

#include <map>
#include <vector>

namespace cnx {

class BuiltModel;

class BenchContext {
public:
  // `options` may hold hooks; its threads are set here, one on each core.
  BenchContext(const BuiltModel &built, std::vector<int> cores, cnx_rt_options options);

  const std::vector<int> &cores() const { return cores_; }
  double pass(int64_t batch); // seconds of a forward pass

private:
  const BuiltModel &built_;
  std::vector<int> cores_;
  LoadedModel model_;
  std::vector<float> image_; // noise; a network that takes bytes sees it as a picture
  std::vector<std::vector<float>> outputs_;
  std::vector<float *> pointers_;
};

// The first `threads` cores of this process. Throws UserError where there are fewer.
std::vector<int> firstCores(unsigned threads);

} // namespace cnx
