#include "compiler/tools/train/TrainOptions.h"

#include "compiler/Error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;
using Crop = Augmentation::Crop;

const std::map<std::string, Crop> kCrops = {
    {"none", Crop::none}, {"pad", Crop::pad}, {"resized", Crop::resized}};

// What a result depends on, each once, by the option's name.
template <typename Options, typename Visit> void visitFields(Options &o, Visit &&visit) {
  visit("epochs", o.epochs);
  visit("steps", o.steps);
  visit("batch", o.batch);
  visit("micro-batch", o.micro);
  visit("seed", o.seed);
  visit("optimizer", o.build.optimizer);
  visit("rate", o.rate);
  visit("min-rate", o.leastRate);
  visit("warmup", o.warmUp);
  visit("decay", o.decay);
  visit("beta", o.beta);
  visit("adam-eps", o.adamEps);
  visit("momentum", o.momentum);
  visit("clip", o.clip);
  visit("smoothing", o.smoothing);
  visit("layer-decay", o.layerDecay);
  visit("drop-path", o.dropPath);
  visit("ema", o.build.ema);
  visit("ema-decay", o.emaDecay);
  visit("trainable", o.build.trainable);
  visit("val-fraction", o.validationFraction);
  visit("no-shuffle", o.inOrder);
  visit("crop", o.augmentation.crop);
  visit("pad", o.augmentation.pad);
  visit("crop-area", o.augmentation.area);
  visit("flip", o.augmentation.flip);
}

// A training that changed one of these would be another one, or its state would not fit.
constexpr const char *kFixed[] = {"batch",     "seed",         "optimizer", "ema",
                                  "trainable", "val-fraction", "no-shuffle"};

template <typename T> Json valueOf(const T &value) { return value; }
template <typename T> Json valueOf(const std::optional<T> &value) {
  return value ? Json(*value) : Json();
}
Json valueOf(Crop value) {
  for (const auto &[name, crop] : kCrops)
    if (crop == value)
      return name;
  return nullptr;
}

template <typename T> void assign(const Json &json, T &value) { value = json.get<T>(); }
template <typename T> void assign(const Json &json, std::optional<T> &value) {
  value = json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}
void assign(const Json &json, Crop &value) { value = kCrops.at(json.get<std::string>()); }

void addPlan(CLI::App &command, TrainOptions &options) {
  command.add_option("--epochs", options.epochs, "times that every sample is seen")
      ->check(CLI::PositiveNumber);
  command.add_option("--steps", options.steps, "updates in all, in place of --epochs")
      ->check(CLI::PositiveNumber);
  command.add_option("--stop-after", options.stopAfter, "updates of this run; --resume goes on")
      ->check(CLI::PositiveNumber);
  command.add_option("--batch", options.batch, "samples of an update")->check(CLI::PositiveNumber);
  command
      .add_option("--micro-batch", options.micro,
                  "samples at once; memory grows with these, and gradients are summed")
      ->check(CLI::PositiveNumber);
  command.add_option("--rate", options.rate, "highest rate; 1e-3, sgd 1e-2")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--min-rate", options.leastRate, "rate at the end")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--warmup", options.warmUp,
                  "epochs in which the rate rises; a twentieth of the updates")
      ->check(CLI::NonNegativeNumber);
}

void addUpdate(CLI::App &command, TrainOptions &options) {
  command.add_option("--decay", options.decay, "weight decay; 0.05, sgd 1e-4")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--beta", options.beta, "of AdamW: 0.9,0.999")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0.0, 0.999999));
  command.add_option("--adam-eps", options.adamEps, "of AdamW")->check(CLI::PositiveNumber);
  command.add_option("--momentum", options.momentum, "of sgd")->check(CLI::Range(0.0, 0.999999));
  command.add_option("--clip", options.clip, "largest norm of the gradients; 0: none")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--smoothing", options.smoothing, "of labels")->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--layer-decay", options.layerDecay,
                  "factor of the rate from a layer to the one before it")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--drop-path", options.dropPath,
                  "rate of the last block, in place of the model's")
      ->check(CLI::Range(0.0, 0.999999));
  command.add_option("--ema-decay", options.emaDecay, "of averages")->check(CLI::Range(0.0, 1.0));
}

void addImages(CLI::App &command, TrainOptions &options) {
  command
      .add_option("--val-fraction", options.validationFraction,
                  "of each class, held out where the data has no validation part")
      ->check(CLI::Range(0.0, 0.9));
  command.add_flag("--no-shuffle", options.inOrder, "every epoch in the data's order");
  command
      .add_option("--crop", options.augmentation.crop,
                  "none, pad (moved by up to --pad pixels) or resized (a random part)")
      ->transform(CLI::CheckedTransformer(kCrops));
  command.add_option("--pad", options.augmentation.pad, "pixels, of --crop pad")
      ->check(CLI::Range(1, 1 << 14));
  command
      .add_option("--crop-area", options.augmentation.area,
                  "least and largest part of the image, of --crop resized: 0.08,1")
      ->delimiter(',')
      ->check(CLI::Range(1e-6, 1.0));
  command.add_flag("--flip", options.augmentation.flip, "mirror every second image");
}

} // namespace

void addTrainOptions(CLI::App &command, TrainOptions &options) {
  command
      .add_option("--data", options.data,
                  "a folder of class folders (in train/ and val/, or alone), an .npz file with x "
                  "and y, or MNIST's files")
      ->required();
  CLI::Option *output = command.add_option("-o", options.output,
                                           "the best checkpoint; F.last.safetensors: the state");
  command.add_option("--resume", options.resume, "a state, F.last.safetensors, to go on from")
      ->check(CLI::ExistingFile);
  addPlan(command, options);
  addUpdate(command, options);
  addImages(command, options);
  command.add_option("--threads", options.threads, "0: one a core");
  command.add_option("--loaders", options.loaders, "threads that prepare images")
      ->check(CLI::Range(1, 256));
  command.add_option("--log", options.log, "JSON lines, one a step and an epoch");
  command.add_option("--curves", options.curves, "SVG of losses and accuracies, at the end");
  CLI::Option *memory =
      command.add_flag("--memory", options.memory, "print what training takes, and exit");
  memory->excludes(output);
}

std::vector<std::string> givenTrainOptions(const CLI::App &command, const TrainOptions &options) {
  if (options.output.empty() && !options.memory)
    throw CLI::ValidationError("-o", "is required");
  if (options.beta.size() != 2)
    throw CLI::ValidationError("--beta", "expected two numbers, such as 0.9,0.999");
  if (options.augmentation.area.first > options.augmentation.area.second)
    throw CLI::ValidationError("--crop-area", "expected the smaller number first");
  if (options.batch % options.microBatch() != 0)
    throw CLI::ValidationError("--micro-batch",
                               fmt::format("found {}, expected a divisor of --batch {}",
                                           options.microBatch(), options.batch));
  if (const std::optional<Gradients> gradients = options.build.gradients) {
    if (options.microBatch() < options.batch && *gradients != Gradients::sum)
      throw CLI::ValidationError(
          "--gradients",
          fmt::format("found {}, expected sum: the gradients of micro-batches add up "
                      "until the update",
                      nameOf(*gradients)));
    if (options.clip > 0 && *gradients == Gradients::immediate)
      throw CLI::ValidationError(
          "--clip", fmt::format("found {}, expected 0 with --gradients immediate: the "
                                "norm of all gradients is known after the updates only",
                                options.clip));
  }
  std::vector<std::string> given;
  for (const CLI::Option *option : command.get_options())
    if (option->count() && option->get_name().starts_with("--"))
      given.push_back(option->get_name().substr(2));
  if (std::find(given.begin(), given.end(), "steps") != given.end() &&
      std::find(given.begin(), given.end(), "epochs") != given.end())
    throw CLI::ValidationError("--steps, --epochs", "one of the two is expected");
  return given;
}

Json toJson(const TrainOptions &options) {
  Json json;
  visitFields(options, [&](const char *name, const auto &value) { json[name] = valueOf(value); });
  return json;
}

std::vector<std::string> continueFrom(const Json &saved, const std::string &file,
                                      const std::vector<std::string> &given,
                                      TrainOptions &options) {
  std::vector<std::string> notes;
  const Json now = toJson(options);
  auto has = [&](const char *name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  };
  visitFields(options, [&](const char *name, auto &value) {
    if (!saved.contains(name))
      return; // written before there was such an option
    const Json &before = saved[name];
    if (!has(name)) {
      assign(before, value);
      return;
    }
    if (now[name] == before)
      return;
    if (std::find(std::begin(kFixed), std::end(kFixed), std::string_view(name)) != std::end(kFixed))
      throw UserError(fmt::format("--{}: found {}, expected {}, as in {}", name, now[name].dump(),
                                  before.dump(), file));
    notes.push_back(fmt::format("--{}: {} in place of {}", name, now[name].dump(), before.dump()));
  });
  if (has("epochs"))
    options.steps = 0;
  return notes;
}

} // namespace cnx
