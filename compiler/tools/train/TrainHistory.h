// How a training has gone: what its curves are drawn from.
#pragma once

#include "compiler/tools/train/Metrics.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

namespace cnx {

// The state after an epoch, or where the training ended within one.
struct EpochRecord {
  uint64_t epoch = 0;                         // from 1
  uint64_t step = 0;                          // updates made
  double rate = 0;                            // of the last one
  Metrics train;                              // sums while it was trained, with smoothing
  std::optional<Metrics> validation, average; // of the parameters, of their averages
};

// The losses of all steps in at most 512 means: when they are full, neighbours become one.
class LossCurve {
public:
  void add(double loss);

  struct Point {
    double step = 0, loss = 0; // the middle of the steps, counted from 1
  };
  std::vector<Point> points() const; // those that are complete

  nlohmann::ordered_json toJson() const;
  static LossCurve fromJson(const nlohmann::ordered_json &json);
  bool operator==(const LossCurve &) const = default;

private:
  std::vector<double> means_;
  uint64_t stride_ = 1; // steps of a mean
  double sum_ = 0;      // of the mean under way
  uint64_t count_ = 0;
};

nlohmann::ordered_json toJson(const Metrics &metrics);
Metrics metricsFromJson(const nlohmann::ordered_json &json);
nlohmann::ordered_json toJson(const EpochRecord &record);
EpochRecord epochFromJson(const nlohmann::ordered_json &json);

} // namespace cnx
