#include "compiler/tools/train/TrainNote.h"

#include "compiler/Error.h"
#include "runtime/include/cnx_io.h"

#include <fmt/format.h>
#include <memory>

namespace cnx {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kVersion = 1;
// A note holds a megabyte at most (CNX_RT_NOTE_BYTES); a record takes about 250 bytes.
constexpr size_t kMostEpochs = 2000; // even

} // namespace

bool BestResult::worseThan(const BestResult &other) const {
  return accuracy != other.accuracy ? accuracy < other.accuracy : loss > other.loss;
}

void TrainNote::add(EpochRecord record) {
  epochs.push_back(std::move(record));
  if (epochs.size() <= kMostEpochs)
    return;
  const size_t kept = (epochs.size() + 1) / 2; // the first and the last among them
  for (size_t i = 0; i < kept; ++i)
    epochs[i] = epochs[2 * i];
  epochs.resize(kept);
}

std::string writeNote(const TrainNote &note) {
  Json json{{"version", kVersion}, {"options", note.options}, {"model", note.model},
            {"data", note.data},   {"step", note.step},       {"epoch", toJson(note.epoch)}};
  if (note.best)
    json["best"] = {{"epoch", note.best->epoch},
                    {"step", note.best->step},
                    {"accuracy", note.best->accuracy},
                    {"loss", note.best->loss},
                    {"average", note.best->average}};
  json["epochs"] = Json::array();
  for (const EpochRecord &record : note.epochs)
    json["epochs"].push_back(toJson(record));
  json["curve"] = note.curve.toJson();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TrainNote parseNote(const std::string &text, const std::string &file) {
  try {
    const Json json = Json::parse(text);
    if (json.at("version") != kVersion)
      throw UserError(fmt::format("{}: found a training's note of version {}, expected {}", file,
                                  json["version"].dump(), kVersion));
    TrainNote note;
    note.options = json.at("options");
    note.model = json.at("model");
    note.data = json.at("data");
    note.step = json.at("step");
    note.epoch = metricsFromJson(json.at("epoch"));
    if (json.contains("best")) {
      const Json &best = json["best"];
      note.best = BestResult{best.at("epoch"), best.at("step"), best.at("accuracy"),
                             best.at("loss"), best.at("average")};
    }
    for (const Json &record : json.at("epochs"))
      note.epochs.push_back(epochFromJson(record));
    note.curve = LossCurve::fromJson(json.at("curve"));
    return note;
  } catch (const Json::exception &error) {
    throw UserError(fmt::format("{}: its note is not one of cnx train: {}", file, error.what()));
  }
}

TrainNote readNote(const std::string &file) {
  cnx_io_safetensors *opened = nullptr;
  cnx_rt_error error{};
  if (cnx_io_safetensors_open(file.c_str(), &opened, &error) != CNX_RT_OK)
    throw UserError(error.text);
  const std::unique_ptr<cnx_io_safetensors, void (*)(cnx_io_safetensors *)> closing(
      opened, cnx_io_safetensors_close);
  const char *state = cnx_io_safetensors_metadata_value(opened, "cnx.state");
  if (!state)
    throw UserError(fmt::format("{}: has no metadata cnx.state, expected a training's state, such "
                                "as F.last.safetensors",
                                file));
  const Json json = Json::parse(state, nullptr, false);
  if (!json.is_object() || !json.contains("note") || !json["note"].is_string())
    throw UserError(fmt::format("{}: cnx.state: has no note", file));
  return parseNote(json["note"].get<std::string>(), file);
}

} // namespace cnx
