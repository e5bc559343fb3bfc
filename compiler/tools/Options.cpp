#include "compiler/tools/Options.h"

#include "compiler/Error.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/format.h>

namespace cnx {

namespace {

using Size = std::pair<int64_t, int64_t>;

std::optional<int64_t> wholeNumber(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

// "224" or "224x320": height, width.
Size parseImage(const std::string &text) {
  size_t by = text.find('x');
  auto height = wholeNumber(std::string_view(text).substr(0, by));
  auto width =
      by == std::string::npos ? height : wholeNumber(std::string_view(text).substr(by + 1));
  if (!height || !width || *height <= 0 || *width <= 0)
    throw CLI::ValidationError("--image",
                               "found '" + text + "', expected S or HxW, such as 224 or 192x320");
  return {*height, *width};
}

// Which of the options that say what the network is were given.
std::vector<std::string> givenNetworkFlags(const CLI::App &command) {
  std::vector<std::string> given;
  for (const char *flag : {"--weights", "--num-classes", "--image", "--seed", "--eps", "--name",
                           "--batch", "--outputs", "--output-layout", "--input-format"}) {
    const CLI::Option *option = command.get_option_no_throw(flag);
    if (option && option->count())
      given.push_back(flag);
  }
  return given;
}

// An option whose value is one of a few names.
template <typename Value, typename T>
CLI::Option *addChoice(CLI::App &command, const std::string &name, Value &value,
                       const std::map<std::string, T> &names, const std::string &help) {
  return command.add_option(name, value, help)->transform(CLI::CheckedTransformer(names));
}

} // namespace

void addModelOptions(CLI::App &command, CompileOptions &options) {
  command
      .add_option("MODEL", options.model,
                  "a preset (cnx models), a JSON description, a .safetensors file, a folder as "
                  "downloaded from the hub, "
                  "or a phase's dump")
      ->required();
  ModelOptions &network = options.network;
  command.add_option("--weights", network.weights, "checkpoint for a preset or a description");
  command.add_option("--num-classes", network.numClasses,
                     "classes; 0: none, the network ends with its pooled vector");
  command.add_option_function<std::string>(
      "--image", [&network](const std::string &text) { network.image = parseImage(text); },
      "input size: S or HxW");
  command.parse_complete_callback([&] { options.networkFlags = givenNetworkFlags(command); });
  command.add_option("--seed", network.seed, "of the initialisation, where there is no checkpoint");
  command.add_option("--eps", network.eps, "of the norms, for files that cannot tell")
      ->check(CLI::PositiveNumber);
}

void addBuildOptions(CLI::App &command, CompileOptions &options) {
  ModelOptions &network = options.network;
  command.add_option("--name", network.name, "of the library and its functions; a C identifier");
  command.add_option("--batch", network.batches, "batches to build programs for: 1,8")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  command
      .add_option("--outputs", network.outputs,
                  "of logits, pooled, stem, stage0, stage1, stage2, stage3")
      ->delimiter(',')
      ->allow_extra_args(false);
  addChoice(command, "--output-layout", network.outputLayout,
            std::map<std::string, OutputLayout>{{"nchw", OutputLayout::nchw},
                                                {"nhwc", OutputLayout::nhwc}},
            "of maps: nchw or nhwc");
  addChoice(command, "--weight-type", options.bf16Weights,
            std::map<std::string, bool>{{"f32", false}, {"bf16", true}},
            "how matrices are stored: f32, or bf16, rounded to 8 bits: half the bytes, and float32 "
            "arithmetic (default: f32)");
  addFormatOptions(command, options);
  addKernelOptions(command, options);
}

void addFormatOptions(CLI::App &command, CompileOptions &options) {
  addChoice(command, "--input-format", options.network.inputFormat,
            std::map<std::string, InputFormat>{{"f32-nchw", InputFormat::f32Nchw},
                                               {"f32-nhwc", InputFormat::f32Nhwc},
                                               {"u8-nhwc", InputFormat::u8Nhwc}},
            "of images: f32-nchw, f32-nhwc or u8-nhwc");
  command.add_flag("!--no-fusion", options.fusion,
                   "every op a kernel of its own: slow, and the same result");
  command.add_flag("--explain", options.explain, "say why ops were fused or were not");
}

void addTrainingOptions(CLI::App &command, TrainingBuild &training) {
  command.add_option("--optimizer", training.optimizer, "adamw or sgd")
      ->check(CLI::IsMember({"adamw", "sgd"}));
  command.add_flag("--ema", training.ema, "keep averaged parameters as well");
  command.add_option("--trainable", training.trainable,
                     "train only parameters whose names this regular expression matches");
}

void addStepMemoryOptions(CLI::App &command, TrainingBuild &training) {
  addChoice(command, "--gradients", training.gradients,
            std::map<std::string, Gradients>{{nameOf(Gradients::keep), Gradients::keep},
                                             {nameOf(Gradients::sum), Gradients::sum},
                                             {nameOf(Gradients::immediate), Gradients::immediate}},
            "keep: of the last backward pass, until the next forward pass takes their memory; sum: "
            "of all since the update, in memory of their own; immediate: none, each parameter is "
            "updated as soon as its gradient is there (default: keep, where micro-batches add up "
            "sum)");
  addChoice(command, "--transposed", training.keepTransposed,
            std::map<std::string, bool>{{"scratch", false}, {"keep", true}},
            "the weights' copies that input gradients read; scratch: made in every backward pass; "
            "keep: once an update, in memory of their own (default: scratch)");
}

void checkMicroBatch(const TrainingBuild &training) {
  if (training.microBatch != 0 && training.gradientsOrDefault() != Gradients::sum)
    throw UserError(fmt::format("--gradients: found {}, expected sum: the gradients of "
                                "micro-batches add up until the update",
                                nameOf(*training.gradients)));
}

void addKernelOptions(CLI::App &command, CompileOptions &options) {
  command.add_option("--cpu", options.levels, "instruction levels: v3 (AVX2), v4 (AVX-512)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Level>{{"v3", Level::v3}, {"v4", Level::v4}}));
  command.add_option("--cxx", options.cxx, "compiler of the emitted C++");
  command.add_option("--jobs", options.jobs, "kernels built side by side; 0: one a core");
  command.add_flag("!--no-cache", options.cache, "neither read nor fill the cache");
  command.add_option("--dump-ir", options.dumpFolder,
                     "folder for a numbered dump a phase, and for each kernel its graph, loops, "
                     "LLVM IR and assembly");
}

} // namespace cnx
