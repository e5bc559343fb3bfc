#include "compiler/tools/train/TrainHistory.h"

#include <nlohmann/json.hpp>

namespace cnx {

using Json = nlohmann::ordered_json;

namespace {
constexpr size_t kMostMeans = 512; // even
}

void LossCurve::add(double loss) {
  sum_ += loss;
  if (++count_ < stride_)
    return;
  means_.push_back(sum_ / double(count_));
  sum_ = 0;
  count_ = 0;
  if (means_.size() < kMostMeans)
    return;
  for (size_t i = 0; i < kMostMeans / 2; ++i)
    means_[i] = (means_[2 * i] + means_[2 * i + 1]) / 2;
  means_.resize(kMostMeans / 2);
  stride_ *= 2;
}

std::vector<LossCurve::Point> LossCurve::points() const {
  std::vector<Point> points;
  for (size_t i = 0; i < means_.size(); ++i)
    points.push_back({double(i * stride_) + double(stride_ + 1) / 2, means_[i]});
  return points;
}

Json LossCurve::toJson() const {
  return {{"stride", stride_}, {"sum", sum_}, {"count", count_}, {"means", means_}};
}

LossCurve LossCurve::fromJson(const Json &json) {
  LossCurve curve;
  curve.stride_ = json.at("stride");
  curve.sum_ = json.at("sum");
  curve.count_ = json.at("count");
  curve.means_ = json.at("means").get<std::vector<double>>();
  return curve;
}

Json toJson(const Metrics &metrics) {
  return {{"loss", metrics.loss}, {"samples", metrics.samples}, {"right", metrics.right}};
}

Metrics metricsFromJson(const Json &json) {
  return {json.at("loss"), json.at("samples"), json.at("right")};
}

Json toJson(const EpochRecord &record) {
  Json json{{"epoch", record.epoch},
            {"step", record.step},
            {"rate", record.rate},
            {"train", toJson(record.train)}};
  if (record.validation)
    json["validation"] = toJson(*record.validation);
  if (record.average)
    json["average"] = toJson(*record.average);
  return json;
}

EpochRecord epochFromJson(const Json &json) {
  EpochRecord record;
  record.epoch = json.at("epoch");
  record.step = json.at("step");
  record.rate = json.at("rate");
  record.train = metricsFromJson(json.at("train"));
  if (json.contains("validation"))
    record.validation = metricsFromJson(json["validation"]);
  if (json.contains("average"))
    record.average = metricsFromJson(json["average"]);
  return record;
}

} // namespace cnx
