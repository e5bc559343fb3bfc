// What `cnx train` is told about training itself: the command line, and the text of it that a saved
// state carries.
#pragma once

#include "compiler/tools/Options.h"
#include "compiler/tools/data/Augmentation.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cnx {

struct TrainOptions {
  std::string data, output;
  std::string resume; // a state file; empty: a new training

  TrainingBuild build; // optimiser, averages, what is trained

  uint64_t epochs = 10;
  uint64_t steps = 0;     // 0: as many as the epochs take
  uint64_t stopAfter = 0; // steps of this run, then save and exit; 0: to the end
  int64_t batch = 32;     // samples of a step
  int64_t micro = 0;      // samples at once, whose gradients are summed; 0: the batch
  uint64_t seed = 0;      // of order, augmentation, validation part, drop path and initialisation

  std::optional<double> rate, decay; // nothing: the optimiser's custom, see below
  double leastRate = 1e-6;
  std::optional<double> warmUp; // epochs; nothing: a twentieth of the steps
  std::vector<double> beta{0.9, 0.999};
  double adamEps = 1e-8;
  double momentum = 0.9;
  double clip = 0; // largest norm of all gradients together; 0: none
  double smoothing = 0.1;
  double layerDecay = 1;
  std::optional<double> dropPath; // nothing: the model's own
  double emaDecay = 0.9999;

  double validationFraction = 0.1;
  bool inOrder = false; // no shuffling
  Augmentation augmentation;

  unsigned threads = 0, loaders = 1; // of computing (0: one a core), of preparing images
  std::string log, curves;           // files; empty: none
  bool memory = false;               // say what memory training takes, and exit

  int64_t microBatch() const { return micro ? micro : batch; }
  bool sgd() const { return build.optimizer == "sgd"; }
  double rateOrDefault() const { return rate.value_or(sgd() ? 1e-2 : 1e-3); }
  double decayOrDefault() const { return decay.value_or(sgd() ? 1e-4 : 0.05); }
};

void addTrainOptions(CLI::App &command, TrainOptions &options);
// Names without dashes of the options that the command line has. Throws CLI::ValidationError where
// they contradict each other.
std::vector<std::string> givenTrainOptions(const CLI::App &command, const TrainOptions &options);

// Those that a training's result depends on, by name. Data, files and threads are not among them.
nlohmann::ordered_json toJson(const TrainOptions &options);

// Takes what was not given on the command line from a saved state, `file`. What cannot change in
// the middle of a training must be as it was: throws UserError. Returns notes on what else changes.
std::vector<std::string> continueFrom(const nlohmann::ordered_json &saved, const std::string &file,
                                      const std::vector<std::string> &given, TrainOptions &options);

} // namespace cnx
