// The options that commands share: where a network comes from, and how it is compiled.
#pragma once

#include "compiler/Gradients.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/kernels/KernelGraph.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace cnx {

// The phases, in their order; the names of --emit, of the dumps and of the documentation.
inline constexpr const char *kPhases[] = {"desc", "ir", "grad", "fused", "plan", "code"};

// What a training build consists of; rates and the like are its callers' at run time.
struct TrainingBuild {
  std::string optimizer = "adamw"; // or sgd
  bool ema = false;                // it keeps averaged parameters
  std::string trainable;           // regular expression on parameters' names; empty: all
  bool inputGradient = false;      // of the image
  int64_t microBatch = 0;          // train_step goes through a batch in parts of this; 0: at once
  std::optional<Gradients> gradients; // nothing: sum for micro-batches, else keep
  bool keepTransposed = false;        // copies of parameters, made once an update
  Gradients gradientsOrDefault() const {
    return gradients.value_or(microBatch != 0 ? Gradients::sum : Gradients::keep);
  }
  bool operator==(const TrainingBuild &) const = default;
};

struct CompileOptions {
  std::string model; // as the user wrote it: preset, file, folder or a phase's dump
  ModelOptions network;
  std::vector<Level> levels; // empty: the command's own choice, all or this machine's
  TrainingBuild training;    // where network.train
  bool bf16Weights = false;  // panels of a network that is not trained
  bool fusion = true;
  bool explain = false;             // why a fusion was or was not made, on stderr
  std::filesystem::path dumpFolder; // empty: no dumps
  std::string cxx = "c++";
  unsigned jobs = 0; // side by side; 0: one a core
  bool cache = true; // read and fill the cache of kernels and models
  // Those that were given and fix the network: a dump of a later phase refuses them.
  std::vector<std::string> networkFlags;
};

// MODEL and what says what it is: --weights, --num-classes, --image, --seed, --eps.
void addModelOptions(CLI::App &command, CompileOptions &options);
// What is built of it: --batch, --cpu, --outputs, --output-layout, --input-format, --no-fusion,
// --cxx, --jobs, --no-cache,
// --dump-ir, --explain.
void addBuildOptions(CLI::App &command, CompileOptions &options);
// --optimizer, --ema, --trainable: of commands that train.
void addTrainingOptions(CLI::App &command, TrainingBuild &training);
// --gradients, --transposed: what a step's memory goes to.
void addStepMemoryOptions(CLI::App &command, TrainingBuild &training);
// Throws UserError where --gradients leaves a step's micro-batches nothing to add up in.
void checkMicroBatch(const TrainingBuild &training);
// --input-format, --no-fusion, --explain. Part of the build options.
void addFormatOptions(CLI::App &command, CompileOptions &options);
// How kernels are made: --cpu, --cxx, --jobs, --no-cache, --dump-ir. Part of the build options.
void addKernelOptions(CLI::App &command, CompileOptions &options);

} // namespace cnx
