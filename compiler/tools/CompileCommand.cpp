#include "compiler/Error.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/WriteText.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::filesystem::path out;
  std::string emit;
  bool embed = false;
};

// A step of any multiple of the micro-batch runs the programs of the micro-batch.
void settleMicroBatch(CompileOptions &options) {
  checkMicroBatch(options.training);
  const int64_t micro = options.training.microBatch;
  std::vector<int64_t> &batches = options.network.batches;
  if (micro == 0 || std::find(batches.begin(), batches.end(), micro) != batches.end())
    return;
  const std::vector<std::string> &flags = options.networkFlags;
  if (std::find(flags.begin(), flags.end(), "--batch") != flags.end())
    throw UserError(fmt::format("--micro-batch: found {}, expected one of --batch {} (train_step "
                                "takes any multiple of it)",
                                micro, fmt::join(batches, ",")));
  batches = {micro};
}

void run(Arguments &arguments) {
  settleMicroBatch(arguments.compile);
  CompileJob job(arguments.compile);
  const CodegenOptions code = codegenOptions(arguments.compile, arguments.out);
  if (!arguments.emit.empty() && parsePhase(arguments.emit) != Phase::code) {
    const Phase phase = parsePhase(arguments.emit);
    const std::string text = job.dump(phase);
    writeText(arguments.out / dumpName(job.name(), phase), text);
    return;
  }
  const std::string codeName = job.name() + ".code.cpp";
  if (!arguments.compile.dumpFolder.empty())
    writeText(arguments.compile.dumpFolder / ("5-" + codeName), emitProgramText(job.plan(), code));
  if (!arguments.emit.empty())
    writeText(arguments.out / codeName, emitProgramText(job.plan(), code));
  else
    emitProduct(job, code, arguments.embed);
}

} // namespace

void addCompileCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("compile", "a network to a library, a header and a weight file");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  addBuildOptions(*command, arguments->compile);
  command->add_option("-o", arguments->out, "folder for what is written")->required();
  CLI::Option *train = command->add_flag("--train", arguments->compile.network.train,
                                         "a library that trains as well: loss, gradients, update");
  addTrainingOptions(*command, arguments->compile.training);
  command->add_flag("--input-grad", arguments->compile.training.inputGradient,
                    "the image's gradient as well");
  command
      ->add_option("--micro-batch", arguments->compile.training.microBatch,
                   "train_step goes through its batch in parts of this, which memory grows with")
      ->check(CLI::PositiveNumber);
  addStepMemoryOptions(*command, arguments->compile.training);
  for (const char *option : {"--optimizer", "--ema", "--trainable", "--input-grad", "--micro-batch",
                             "--gradients", "--transposed"})
    command->get_option(option)->needs(train);
  command->add_flag("--embed", arguments->embed, "put the weights into the archive as well");
  command
      ->add_option("--emit", arguments->emit,
                   "stop after a phase and write its dump: desc, ir, grad, fused, plan, code")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kPhases), std::end(kPhases))));
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
