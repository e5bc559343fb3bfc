#include "compiler/Error.h"
#include "compiler/codegen/Emit.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/InspectPage.h"
#include "compiler/tools/Manifest.h"
#include "compiler/tools/MemoryMap.h"
#include "compiler/tools/Work.h"
#include "compiler/tools/WriteText.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  CompileOptions compile;
  bool json = false, html = false;
  std::filesystem::path out;
};

std::string joined(const Json &list) {
  std::string text;
  for (const Json &each : list)
    text += (text.empty() ? "" : ",") + (each.is_string() ? each.get<std::string>() : each.dump());
  return text;
}

std::string mebibytes(int64_t bytes) {
  return fmt::format("{:.2f} MiB", double(bytes) / (1 << 20));
}

void printHead(const Json &manifest) {
  fmt::print("{}  build {}\n  {}\n", manifest.at("name").get<std::string>(),
             manifest.at("build").get<std::string>(), manifest.at("options").get<std::string>());
  for (const Json &input : manifest.at("inputs"))
    fmt::print("  in   {:<8} N,{} {}\n", input.at("name").get<std::string>(),
               joined(input.at("shape")), input.at("format").get<std::string>());
  for (const Json &output : manifest.at("outputs"))
    fmt::print("  out  {:<8} N,{}\n", output.at("name").get<std::string>(),
               joined(output.at("shape")));
  int64_t scalars = 0;
  for (const Json &parameter : manifest.at("parameters")) {
    int64_t size = 1;
    for (int64_t extent : parameter.at("shape"))
      size *= extent;
    scalars += size;
  }
  const Json &memory = manifest.at("memory");
  fmt::print("  {} parameters in {} tensors; {} of weights, {} of arena\n", scalars,
             manifest.at("parameters").size(), mebibytes(memory.at("weights")),
             mebibytes(memory.at("arena")));
}

void printKernels(const Json &manifest) {
  std::map<std::string, int> launches;
  for (const Json &program : manifest.at("programs"))
    for (const Json &launch : program.at("launches"))
      ++launches[launch.at("kernel")];
  fmt::print("\nkernels: {}\n  {:>8} {:>10} {:>10}  {}\n", manifest.at("kernels").size(),
             "launches", "MMACs", "scratch", "symbol");
  for (const Json &kernel : manifest.at("kernels")) {
    const KernelGraph graph = parseKernelGraph(kernel.at("graph").dump());
    const std::string scratch =
        kernel.contains("scratch_bytes") ? kernel.at("scratch_bytes").dump() : "-";
    fmt::print("  {:>8} {:>10.2f} {:>10}  {}\n", launches[kernel.at("symbol")],
               double(multiplyAccumulates(graph)) * 1e-6, scratch,
               kernel.at("symbol").get<std::string>());
  }
}

void printProgram(const Json &manifest, const Json &program) {
  std::map<std::string, int64_t> work;
  for (const Json &kernel : manifest.at("kernels"))
    work[kernel.at("symbol")] = multiplyAccumulates(parseKernelGraph(kernel.at("graph").dump()));
  int64_t total = 0;
  for (const Json &launch : program.at("launches"))
    total += work[launch.at("kernel")];
  fmt::print("\n{}: {} launches, {:.3f} GMACs\n  {:>4} {:>10} {:>6} {:>10}  {:<34} {}\n",
             program.at("name").get<std::string>(), program.at("launches").size(),
             double(total) * 1e-9, "id", "MMACs", "share", "KiB", "layer", "kernel");
  for (const Json &launch : program.at("launches")) {
    const int64_t macs = work[launch.at("kernel")];
    fmt::print("  {:>4} {:>10.2f} {:>5.1f}% {:>10.1f}  {:<34} {}\n", launch.at("id").get<int64_t>(),
               double(macs) * 1e-6, total ? 100.0 * double(macs) / double(total) : 0,
               launch.at("bytes").get<double>() / 1024, launch.at("layer").get<std::string>(),
               launch.at("kernel").get<std::string>());
  }
  fmt::print("\n  arena of {}: {}\n  {:>10} {:>10} {:>10}  {}\n",
             program.at("name").get<std::string>(), mebibytes(program.at("arena_bytes")), "offset",
             "bytes", "launches", "written by");
  for (const ArenaBuffer &buffer : arenaBuffers(manifest, program))
    fmt::print("  {:>10} {:>10} {:>10}  {}\n", buffer.offset, buffer.bytes,
               fmt::format("{}-{}", buffer.firstLaunch, buffer.lastLaunch), buffer.layer);
}

// Opens the weight file with its checksum. Throws UserError where it is not what the build needs.
void verifyWeights(const Manifest &manifest) {
  cnx_rt_weights *weights = nullptr;
  cnx_rt_error error{};
  if (cnx_rt_weights_open(manifest.weights().c_str(), CNX_RT_VERIFY, manifest.build(),
                          manifest.weightBytes(), &weights, &error) != CNX_RT_OK)
    throw UserError(error.text);
  cnx_rt_weights_release(weights);
}

// All of it as text, one format for each purpose.
void print(const Arguments &arguments, const Json &manifest) {
  if (arguments.json || arguments.html) {
    const std::string text = arguments.html ? inspectPage(manifest) : manifest.dump(1) + "\n";
    if (arguments.out.empty())
      fmt::print("{}", text);
    else
      writeText(arguments.out, text);
    return;
  }
  printHead(manifest);
  printKernels(manifest);
  for (const Json &program : manifest.at("programs"))
    printProgram(manifest, program);
}

void run(const Arguments &arguments) {
  if (!arguments.out.empty() && !arguments.json && !arguments.html)
    throw CLI::ValidationError("-o", "expected with --json or --html");
  std::optional<Manifest> built;
  if (std::filesystem::is_directory(arguments.compile.model))
    built = findManifest(arguments.compile.model);
  Json manifest;
  if (built)
    manifest = built->json;
  else {
    CompileJob job(arguments.compile);
    manifest = Json::parse(emitManifest(job.plan(), codegenOptions(arguments.compile, {}), {}));
  }
  auto notWritten = [&](const std::exception &error) {
    return UserError(fmt::format("{}: found a manifest that cnx has not written: {}",
                                 built->folder.string(), error.what()));
  };
  try {
    print(arguments, manifest);
  } catch (const Json::exception &error) {
    if (!built)
      throw;
    throw notWritten(error);
  } catch (const std::out_of_range &error) { // a launch of a kernel that is not listed
    if (!built)
      throw;
    throw notWritten(error);
  }
  if (!built)
    return;
  verifyWeights(*built);
  fmt::print(stderr, "cnx: {}: header, length and checksum are right\n", built->weights().string());
}

} // namespace

void addInspectCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "inspect", "layers, kernels, memory map and cost of a network or of a build's folder");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  addBuildOptions(*command, arguments->compile);
  CLI::Option *json = command->add_flag("--json", arguments->json, "the manifest");
  command->add_flag("--html", arguments->html, "one page for a browser")->excludes(json);
  command->add_option("-o", arguments->out, "file for --json or --html, in place of stdout");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
