// How good a network is on the validation part.
#pragma once

#include "compiler/tools/train/Metrics.h"
#include "compiler/tools/train/StopRequest.h"

#include <cstddef>
#include <optional>

namespace cnx {

struct DataSet;
class LoadedModel;
class SamplePreparation;

struct Evaluation {
  Metrics parameters;
  std::optional<Metrics> averages;
};

struct EvaluateOptions {
  size_t batch = 1; // one that the network was compiled for
  size_t classes = 0;
  bool averages = false; // evaluate them as well
  unsigned loaders = 1;
};

// Nothing where a stop was asked for meanwhile.
std::optional<Evaluation> evaluate(LoadedModel &model, const DataSet &data,
                                   const SamplePreparation &preparation,
                                   const EvaluateOptions &options, const StopRequest &stop);

} // namespace cnx
