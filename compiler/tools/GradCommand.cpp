#include "compiler/Error.h"
#include "compiler/codegen/Training.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/NpyInput.h"
#include "compiler/tools/NpyLabels.h"
#include "compiler/tools/train/Metrics.h"
#include "runtime/include/cnx_io.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::string input, labels, output;
  unsigned threads = 0;
};

// Softmax less the label, over the images that count; zero for the others.
void logitGradients(std::span<const float> logits, std::span<const int32_t> labels, size_t classes,
                    double divisor, std::vector<float> &gradients) {
  std::fill(gradients.begin(), gradients.end(), 0.0f);
  for (size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] < 0)
      continue;
    const std::span<const float> row = logits.subspan(n * classes, classes);
    for (size_t k = 0; k < classes; ++k)
      gradients[n * classes + k] =
          float((std::exp(-crossEntropy(row, int(k))) - (int(k) == labels[n] ? 1 : 0)) / divisor);
  }
}

struct Derivatives {
  double loss = 0;
  std::vector<float> input; // empty where not asked for
};

// The loss is the mean over the images that count, whatever the batch that the network takes.
Derivatives differentiate(const Arguments &arguments, const NpyInput &input,
                          const std::vector<int32_t> &labels, const InterfaceFacts &facts,
                          LoadedModel &model) {
  const size_t batch = size_t(facts.batches.front());
  const size_t classes = size_t(facts.outputs.front().elements);
  const double divisor =
      double(std::count_if(labels.begin(), labels.end(), [](int32_t label) { return label >= 0; }));
  if (divisor == 0)
    throw UserError(arguments.labels + ": found -1 alone, expected a class for one image at least");
  const size_t elements = size_t(facts.image.elements);
  Derivatives result;
  if (arguments.compile.training.inputGradient)
    result.input.resize(elements * labels.size());
  std::vector<float> logits(batch * classes), gradients(logits.size());
  float *const outputs[] = {logits.data()}, *const logitGradient[] = {gradients.data()};
  for (size_t first = 0; first < labels.size(); first += batch) {
    const std::span<const int32_t> part(labels.data() + first, batch);
    const unsigned flags = first ? CNX_RT_ACCUMULATE : 0;
    model.forward(int(batch), input.image(int64_t(first)), outputs, CNX_RT_TRAIN);
    if (result.input.empty()) {
      cnx_rt_targets targets{};
      targets.struct_size = sizeof targets;
      targets.indices = part.data();
      targets.divisor = float(divisor);
      result.loss += model.lossBackward(targets, flags);
      continue;
    }
    Metrics metrics;
    metrics.add(logits, part, classes);
    result.loss += metrics.loss / divisor;
    logitGradients(logits, part, classes, divisor, gradients);
    model.backward(logitGradient, flags, result.input.data() + first * elements);
  }
  return result;
}

cnx_io_tensor tensorOf(const char *name, const std::vector<int64_t> &shape,
                       const std::vector<float> &values) {
  cnx_io_tensor tensor{};
  tensor.name = name;
  tensor.dtype = CNX_IO_F32;
  tensor.rank = int(shape.size());
  std::copy(shape.begin(), shape.end(), tensor.shape);
  tensor.data = values.data();
  tensor.bytes = values.size() * sizeof(float);
  return tensor;
}

void save(const Arguments &arguments, const Plan &plan, const TrainingFacts &facts,
          const NpyInput &input, const Derivatives &gradients, LoadedModel &model) {
  const std::vector<float> loss{float(gradients.loss)};
  const std::vector<int64_t> inputShape(input.array().shape,
                                        input.array().shape + input.array().rank);
  std::vector<std::vector<float>> values(plan.parameters.size());
  std::vector<cnx_io_tensor> tensors{tensorOf("loss", {}, loss)};
  if (!gradients.input.empty())
    tensors.push_back(tensorOf("input", inputShape, gradients.input));
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    const Parameter &parameter = plan.parameters[i];
    if (!facts.parameters[i].trained())
      continue;
    values[i].resize(size_t(parameter.size()));
    model.readTensor(CNX_RT_GRADIENT, int(i), values[i]);
    tensors.push_back(tensorOf(
        parameter.name.c_str(),
        parameter.storedShape.empty() ? parameter.shape : parameter.storedShape, values[i]));
  }
  const cnx_io_metadata metadata{"format", "pt"};
  cnx_rt_error error{};
  if (cnx_io_safetensors_save(arguments.output.c_str(), tensors.data(), tensors.size(), &metadata,
                              1, &error) != CNX_RT_OK)
    throw UserError(error.text);
}

void run(Arguments &arguments) {
  CompileOptions &compile = arguments.compile;
  if (compile.training.inputGradient && compile.network.inputFormat == InputFormat::u8Nhwc)
    throw CLI::ValidationError("--input-grad", "needs float images");
  const NpyInput input(arguments.input, compile.network.inputFormat);
  input.setDefaults(compile);
  compile.network.train = true;
  compile.network.outputs = {"logits"};
  compile.network.dropPath = 0;
  compile.training.optimizer = "sgd"; // nothing is updated: the smaller state
  compile.training.gradients = Gradients::sum;
  CompileJob job(compile);
  const Plan &plan = job.plan();
  const TrainingFacts training = trainingOf(plan, codegenOptions(job.options(), {}));
  if (!training.dropPaths.empty())
    throw UserError(
        fmt::format("{}: found drop path, expected a dump of a network without it", compile.model));
  const InterfaceFacts facts = interfaceOf(plan, codegenOptions(job.options(), {}));
  input.require(facts.batches.front(), facts.image.height, facts.image.width);
  const std::vector<int32_t> labels =
      readNpyLabels(arguments.labels, input.batch(), facts.outputs.front().elements);

  BuiltModel built(job);
  LoadedModel model(built.sharedObject(), built.name());
  cnx_rt_options options{};
  options.threads = arguments.threads;
  model.create(built.weights(), options);
  const Derivatives gradients = differentiate(arguments, input, labels, facts, model);
  save(arguments, plan, training, input, gradients, model);
}

} // namespace

void addGradCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "grad", "loss and gradients of labelled images, under the checkpoint's names");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  command
      ->add_option("--input", arguments->input,
                   "images, .npy in the input format; batch and size default to its own")
      ->required();
  command->add_option("--labels", arguments->labels, "classes, .npy of int64 or uint8; -1: ignored")
      ->required();
  command->add_option("-o", arguments->output, "safetensors: loss, and each parameter's gradient")
      ->required();
  command->add_flag("--input-grad", arguments->compile.training.inputGradient,
                    "the images' gradient as well, as the tensor input");
  command->add_option("--trainable", arguments->compile.training.trainable,
                      "only parameters whose names this regular expression matches");
  command
      ->add_option("--batch", arguments->compile.network.batches,
                   "images at once, a divisor of their number")
      ->expected(1)
      ->check(CLI::PositiveNumber);
  command->add_option("--threads", arguments->threads, "0: one a core");
  addFormatOptions(*command, arguments->compile);
  addKernelOptions(*command, arguments->compile);
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
