// A context of a compiled model with pinned threads, and images and labels to run it on.
#pragma once

#include "compiler/tools/BenchWork.h"
#include "compiler/tools/LoadedModel.h"

#include <map>
#include <vector>

namespace cnx {

class BuiltModel;

class BenchContext {
public:
  // For work of up to `images` a pass or step. `options` may hold hooks; its threads are set here,
  // one on each core.
  BenchContext(const BuiltModel &built, std::vector<int> cores, cnx_rt_options options,
               int64_t images);

  const std::vector<int> &cores() const { return cores_; }
  double pass(const BenchWork &work); // seconds of a forward pass or of a whole training step

private:
  void step(const BenchWork &work);

  const BuiltModel &built_;
  std::vector<int> cores_;
  LoadedModel model_;
  std::vector<float> image_;    // noise; a network that takes bytes reads it as bytes
  std::vector<int32_t> labels_; // one an image; of training alone
  std::vector<std::vector<float>> outputs_;
  std::vector<float *> pointers_;
};

// The first `threads` cores of this process. Throws UserError where there are fewer.
std::vector<int> firstCores(unsigned threads);

} // namespace cnx
