#include "compiler/Error.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/WriteText.h"

#include <CLI/CLI.hpp>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::filesystem::path out;
  std::string emit;
  bool embed = false;
};

void run(const Arguments &arguments) {
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
  command->add_flag("--embed", arguments->embed, "put the weights into the archive as well");
  command
      ->add_option("--emit", arguments->emit,
                   "stop after a phase and write its dump: desc, ir, grad, fused, plan, code")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kPhases), std::end(kPhases))));
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
