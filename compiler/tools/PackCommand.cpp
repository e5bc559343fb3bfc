#include "compiler/Error.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Manifest.h"
#include "compiler/tools/Options.h"
#include "compiler/weights/WeightSource.h"
#include "compiler/weights/WriteWeights.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::string build, out;
};

// The checkpoint's parameters under the names of the build, whose ecosystem may be another one.
// Both list them in the network's order; shapes tell whether it is the same network.
std::vector<Parameter> renamed(const Model &model, const std::string &checkpoint,
                               const Manifest &manifest) {
  const auto &wanted = manifest.json.at("parameters");
  const std::string build = manifest.folder.string();
  if (model.parameters.size() != wanted.size())
    throw UserError(fmt::format("{}: found {} parameters, expected {} as in {}", checkpoint,
                                model.parameters.size(), wanted.size(), build));
  std::vector<Parameter> parameters = model.parameters;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto shape = wanted[i].at("shape").get<std::vector<int64_t>>();
    if (parameters[i].shape != shape)
      throw UserError(fmt::format("{}: {}: found [{}], expected [{}] as {} in {}", checkpoint,
                                  parameters[i].name, fmt::join(parameters[i].shape, ","),
                                  fmt::join(shape, ","), wanted[i].at("name").get<std::string>(),
                                  build));
    parameters[i].name = wanted[i].at("name");
  }
  return parameters;
}

void run(Arguments &arguments) {
  std::optional<Manifest> manifest = findManifest(arguments.build);
  if (!manifest)
    throw UserError("--for: " + arguments.build + ": is no folder that cnx compile has written");
  const auto &image = manifest->json.at("info").at("description").at("image");
  if (!arguments.compile.network.image)
    arguments.compile.network.image = {image.at(0), image.at(1)};
  const Model model = loadModel(arguments.compile.model, arguments.compile.network);
  for (const std::string &note : model.info.notes)
    fmt::print(stderr, "cnx: note: {}\n", note);
  std::vector<PackedWeight> packed;
  for (const auto &constant : manifest->json.at("constants"))
    packed.push_back({constant.at("offset"), constant.at("bytes"), constant.at("expr")});
  writeWeightFile(arguments.out, std::move(packed),
                  WeightSource(renamed(model, arguments.compile.model, *manifest)),
                  manifest->build(), int64_t(manifest->weightBytes()));
}

} // namespace

void addPackCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand("pack", "another checkpoint for an existing build");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  command->add_option("--for", arguments->build, "folder that cnx compile has written")->required();
  command->add_option("-o", arguments->out, "weight file to write")->required();
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
