#include "compiler/Error.h"
#include "compiler/codegen/Training.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/Cores.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/Manifest.h"
#include "compiler/tools/train/LayerDecay.h"
#include "compiler/tools/train/Trainer.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fstream>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  CompileOptions compile;
  TrainOptions train;
};

bool given(const std::vector<std::string> &names, const char *name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What the data says of the network, and what the options do.
void settleNetwork(Arguments &arguments, const DataSet &data,
                   const std::vector<std::string> &names) {
  ModelOptions &network = arguments.compile.network;
  network.train = true;
  network.seed = arguments.train.seed;
  network.batches = {arguments.train.microBatch()};
  network.outputs = {"logits"};
  network.dropPath = arguments.train.dropPath;
  network.labels = data.labels;
  network.wholeImages = data.imageSize.has_value();
  arguments.compile.training = arguments.train.build;
  if (arguments.train.microBatch() < arguments.train.batch)
    arguments.compile.training.gradients = Gradients::sum;
  if (network.dropPath)
    arguments.compile.networkFlags.emplace_back("--drop-path");
  if (!network.numClasses)
    network.numClasses = data.classes;
  if (*network.numClasses < data.classes ||
      (!data.labels.empty() && *network.numClasses != data.classes))
    throw UserError(fmt::format("--num-classes: found {}, expected {}, as in {}",
                                *network.numClasses, data.classes, arguments.train.data));
  if (!data.floats)
    return;
  if (network.inputFormat == InputFormat::u8Nhwc)
    throw UserError(fmt::format("--input-format: found u8-nhwc, expected f32-nchw or f32-nhwc: "
                                "the images of {} are float32",
                                arguments.train.data));
  if (arguments.train.augmentation.crop == Augmentation::Crop::resized)
    throw UserError(fmt::format("--crop: found resized, expected none or pad: the images of {} are "
                                "float32, of the network's size",
                                arguments.train.data));
  if (!given(names, "image"))
    network.image = data.imageSize;
}

Json dataFacts(const DataSet &data) {
  return {{"train", data.train.size()},
          {"validation", data.validation.size()},
          {"classes", data.classes}};
}

Json descriptionOf(const Plan &plan) {
  const Json info = Json::parse(plan.info, nullptr, false);
  return info.is_object() && info.contains("description") ? info["description"] : Json();
}

// A state fits only the training that it is of.
void checkSame(const char *what, const Json &found, const Json &expected, const std::string &file) {
  if (found != expected)
    throw UserError(fmt::format("{}: found {}, expected {}, as in {}", what, found.dump(),
                                expected.dump(), file));
}

void setLayerRates(const CompileJob &job, const Plan &plan, const TrainingFacts &facts,
                   double decay, LoadedModel &model) {
  if (!job.model())
    throw UserError(fmt::format("--layer-decay: found {}, expected none: {} is a dump, which does "
                                "not tell its layers",
                                decay, job.options().model));
  const std::vector<LayerTensor> layers = layerTensors(job.model()->desc);
  std::map<std::string, TensorId> byName;
  for (size_t i = 0; i < layers.size(); ++i)
    byName[job.model()->parameters[i].name] = layers[i].id;
  for (size_t i = 0; i < plan.parameters.size(); ++i)
    if (facts.parameters[i].trained())
      model.setGroup(
          int(i),
          float(layerRateScale(byName.at(plan.parameters[i].name), job.model()->desc, decay)),
          facts.parameters[i].decay);
}

void checkFinite(const Plan &plan, const TrainingFacts &facts, LoadedModel &model) {
  std::vector<float> values;
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    if (!facts.parameters[i].trained())
      continue;
    values.resize(size_t(plan.parameters[i].size()));
    model.readTensor(CNX_RT_PARAMETER, int(i), values);
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
      throw UserError(fmt::format("{} is not finite any more; nothing was saved since the epoch "
                                  "before. A smaller --rate, a longer --warmup or --clip may help",
                                  plan.parameters[i].name));
  }
}

// Before hours of work.
void checkOutput(const std::string &output) {
  const std::filesystem::path folder = std::filesystem::path(output).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error))
    throw UserError(fmt::format("-o {}: the folder {} does not exist", output, folder.string()));
  if (std::filesystem::is_directory(output, error))
    throw UserError(fmt::format("-o {}: is a folder, expected a file", output));
}

SamplePreparation preparationOf(const Arguments &arguments, const DataSet &data,
                                const LoadedModel &model) {
  const std::optional<cnx_image_spec> spec = model.imageSpec();
  if (!spec)
    throw UserError(arguments.compile.model + ": says nothing of how images are prepared");
  return {*spec, arguments.compile.network.inputFormat, data.padsSmall,
          arguments.train.augmentation};
}

// The most that is held at once, by purpose. What the data itself takes is not in it: arrays are
// held whole, folders image by image.
void printMemory(const BuiltModel &built, const TrainingFacts &facts, const TrainOptions &options) {
  std::ifstream file(built.manifest());
  const int64_t scratch = Json::parse(file).at("memory").at("scratch_per_worker");
  const ImageFacts &image = built.facts().image;
  const int64_t threads =
      options.threads ? int64_t(options.threads) : int64_t(availableCores().size());
  const std::pair<const char *, int64_t> purposes[] = {
      {"parameters", facts.flatBytes},
      {"gradients", facts.gradientBytes()},
      {"moments", facts.moments * facts.flatBytes},
      {"averages", facts.ema ? facts.flatBytes : 0},
      {"tables", facts.tableBytes()},
      {facts.gradients == Gradients::sum ? "activations" : "activations and gradients",
       built.facts().arenaBytes - facts.transposedBytes},
      {"transposed copies", facts.transposedBytes},
      {"scratch", threads * scratch},
      {"weight file, mapped", built.facts().weightBytes},
      {"images ahead",
       Trainer::imageBuffers(options) * options.batch * image.elements * elementBytes(image.type)}};
  int64_t sum = 0;
  for (auto [purpose, bytes] : purposes) {
    fmt::print("{:<26}{:>12.2f} MiB\n", purpose, double(bytes) / (1 << 20));
    sum += bytes;
  }
  fmt::print("{:<26}{:>12.2f} MiB\n", "together", double(sum) / (1 << 20));
}

void run(const CLI::App &command, Arguments &arguments) {
  TrainOptions &options = arguments.train;
  options.seed = arguments.compile.network.seed;
  const std::vector<std::string> names = givenTrainOptions(command, options);
  checkOutput(options.output);
  TrainNote note;
  if (!options.resume.empty()) {
    note = readNote(options.resume);
    for (const std::string &change : continueFrom(note.options, options.resume, names, options))
      fmt::print(stderr, "cnx: note: {}\n", change);
  }
  DataSet data = openData(options.data, options.validationFraction, options.seed);
  settleNetwork(arguments, data, names);

  CompileJob job(arguments.compile);
  const Plan &plan = job.plan();
  BuiltModel built(job);
  const TrainingFacts facts = trainingOf(plan, codegenOptions(job.options(), {}));
  if (options.memory)
    return printMemory(built, facts, options);
  if (built.facts().outputs.front().elements < data.classes)
    throw UserError(fmt::format("{}: found {} classes, expected {}, as in {}",
                                arguments.compile.model, built.facts().outputs.front().elements,
                                data.classes, options.data));
  data.classes = int(built.facts().outputs.front().elements);

  LoadedModel model(built.sharedObject(), built.name());
  cnx_rt_options context{};
  context.threads = options.threads;
  context.seed = options.seed;
  model.create(built.weights(), context);
  if (!options.resume.empty()) {
    checkSame(arguments.compile.model.c_str(), descriptionOf(plan), note.model, options.resume);
    checkSame("--data", dataFacts(data), note.data, options.resume);
    model.restore(options.resume);
  }
  note.options = toJson(options);
  note.model = descriptionOf(plan);
  note.data = dataFacts(data);
  if (options.layerDecay != 1)
    setLayerRates(job, plan, facts, options.layerDecay, model);

  fmt::print(stderr, "cnx: {}: {} images to train with, {} to validate, {} classes\n", options.data,
             data.train.size(), data.validation.size(), data.classes);
  const SamplePreparation preparation = preparationOf(arguments, data, model);
  Trainer(
      options, data, preparation, model, [&] { checkFinite(plan, facts, model); }, std::move(note))
      .run();
}

} // namespace

void addTrainCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("train", "train a network on labelled images; stops and resumes cleanly");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  addTrainOptions(*command, arguments->train);
  addTrainingOptions(*command, arguments->train.build);
  addStepMemoryOptions(*command, arguments->train.build);
  addFormatOptions(*command, arguments->compile);
  addKernelOptions(*command, arguments->compile);
  command->callback([arguments, command] { run(*command, *arguments); });
}

} // namespace cnx
