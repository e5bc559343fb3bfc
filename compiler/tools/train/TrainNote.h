// What a state file carries beside the network's own state: how far the training is, and what it
// was told.
#pragma once

#include "compiler/tools/train/TrainHistory.h"

#include <nlohmann/json.hpp>
#include <string>

namespace cnx {

// The best evaluation so far; its parameters are in the output file.
struct BestResult {
  uint64_t epoch = 0, step = 0;
  double accuracy = 0, loss = 0;
  bool average = false; // of the averaged parameters
  bool operator==(const BestResult &) const = default;

  bool worseThan(const BestResult &other) const; // by accuracy, then by loss
};

struct TrainNote {
  nlohmann::ordered_json options; // toJson(TrainOptions)
  nlohmann::ordered_json model;   // the network's description
  nlohmann::ordered_json data;    // {"train": samples, "validation": samples, "classes": K}
  uint64_t step = 0;              // updates made; the next batch's number
  Metrics epoch;                  // of the epoch under way
  std::optional<BestResult> best;
  std::vector<EpochRecord> epochs; // thinned where there are thousands
  LossCurve curve;

  void add(EpochRecord record);
};

// Equal trainings have equal text, byte for byte: there are no times in it.
std::string writeNote(const TrainNote &note);
TrainNote parseNote(const std::string &text, const std::string &file);

// The note in a state file, before a network is built for it. Throws UserError.
TrainNote readNote(const std::string &file);

} // namespace cnx
