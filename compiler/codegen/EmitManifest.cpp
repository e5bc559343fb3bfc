// NAME.json: what a tool needs to know of a build; `cnx pack` reads constants and hash, profiles
// read launches.
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Interface.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace cnx {
namespace {

using Json = nlohmann::ordered_json;

const char *typeText(ElementType type) {
  return type == ElementType::f32 ? "f32" : type == ElementType::u8 ? "u8" : "bf16";
}

const char *accessText(Access access) {
  return access == Access::read ? "r" : access == Access::write ? "w" : "rw";
}

Json inputs(const InterfaceFacts &facts) {
  const ImageFacts &image = facts.image;
  const std::vector<int64_t> shape = image.channelsFirst
                                         ? std::vector{image.channels, image.height, image.width}
                                         : std::vector{image.height, image.width, image.channels};
  return Json::array({{{"name", "image"},
                       {"format", inputFormatText(image)},
                       {"type", typeText(image.type)},
                       {"shape", shape}}});
}

Json outputs(const InterfaceFacts &facts) {
  Json list = Json::array();
  for (const OutputFacts &output : facts.outputs) {
    Json entry = {{"name", output.name}, {"type", "f32"}, {"shape", output.shape}};
    if (output.shape.size() == 3)
      entry["layout"] = output.channelsFirst ? "nchw" : "nhwc";
    list.push_back(std::move(entry));
  }
  return list;
}

Json kernels(const Plan &plan, const CodegenOptions &options,
             const std::vector<KernelReport> &reports) {
  Json list = Json::array();
  for (size_t i = 0; i < plan.kernels.size(); ++i) {
    const PlanKernel &kernel = plan.kernels[i];
    Json access = Json::array();
    for (const Access each : kernel.access)
      access.push_back(accessText(each));
    Json entry = {{"symbol", kernel.symbol}, {"fusion", kernel.fusion},
                  {"access", access},        {"scalars", kernel.scalarCount},
                  {"flops", kernel.flops},   {"bytes", kernel.bytes}};
    if (i < reports.size()) {
      entry["scratch_bytes"] = reports[i].scratchBytes;
      for (size_t level = 0; level < reports[i].tasks.size(); ++level)
        entry["tasks"][levelName(options.levels[level])] = reports[i].tasks[level];
    }
    entry["graph"] = Json::parse(kernel.graphJson);
    list.push_back(std::move(entry));
  }
  return list;
}

Json launch(const Plan &plan, const PlanLaunch &launch) {
  const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
  Json arguments = Json::array();
  for (const PlanArgument &argument : launch.args)
    arguments.push_back({{"segment", plan.segments[static_cast<size_t>(argument.segment)].name},
                         {"offset", argument.offset},
                         {"shape", argument.type.shape},
                         {"pitch", argument.type.pitch},
                         {"type", typeText(argument.type.type)}});
  return {{"id", launch.id},          {"layer", launch.layer}, {"kernel", kernel.symbol},
          {"flops", kernel.flops},    {"bytes", kernel.bytes}, {"arguments", arguments},
          {"scalars", launch.scalars}};
}

Json programs(const Plan &plan) {
  Json list = Json::array();
  for (const PlanProgram &program : plan.programs) {
    int64_t flops = 0, bytes = 0;
    Json launches = Json::array();
    for (const PlanLaunch &each : program.launches) {
      flops += plan.kernels[static_cast<size_t>(each.kernel)].flops;
      bytes += plan.kernels[static_cast<size_t>(each.kernel)].bytes;
      launches.push_back(launch(plan, each));
    }
    list.push_back({{"name", program.name},
                    {"direction", program.direction},
                    {"batch", program.batch},
                    {"flops", flops},
                    {"bytes", bytes},
                    {"arena_bytes", program.arenaBytes},
                    {"launches", std::move(launches)}});
  }
  return list;
}

} // namespace

std::string emitManifest(const Plan &plan, const CodegenOptions &options,
                         const std::vector<KernelReport> &reports) {
  const InterfaceFacts facts = interfaceOf(plan, options);
  Json levels = Json::array(), parameters = Json::array(), constants = Json::array();
  for (const Level level : options.levels)
    levels.push_back(levelName(level));
  for (const Parameter &parameter : plan.parameters)
    parameters.push_back({{"name", parameter.name}, {"shape", parameter.shape}});
  for (const PlanConstant &constant : plan.constants)
    constants.push_back({{"name", constant.name},
                         {"offset", constant.offset},
                         {"bytes", constant.bytes},
                         {"shape", constant.shape},
                         {"layer", constant.layer},
                         {"expr", constant.expr}});
  int64_t scratchBytes = 0;
  for (const KernelReport &report : reports)
    scratchBytes = std::max(scratchBytes, report.scratchBytes);

  Json manifest;
  manifest["cnx"] = CNX_VERSION;
  manifest["name"] = plan.name;
  manifest["build"] = fmt::format("{:016x}", buildHash(plan, options));
  manifest["options"] = optionsText(facts, options);
  manifest["levels"] = levels;
  manifest["batches"] = facts.batches;
  manifest["inputs"] = inputs(facts);
  manifest["outputs"] = outputs(facts);
  manifest["memory"] = {{"weights", facts.weightBytes},
                        {"arena", facts.arenaBytes},
                        {"activations", facts.activationBytes},
                        {"scratch_per_worker", scratchBytes}};
  manifest["parameters"] = parameters;
  manifest["constants"] = constants;
  manifest["kernels"] = kernels(plan, options, reports);
  manifest["programs"] = programs(plan);
  manifest["info"] = plan.info.empty() ? Json::object() : Json::parse(plan.info);
  return manifest.dump(1) + "\n";
}

} // namespace cnx
