// NAME.json: what a tool needs to know of a build; `cnx pack` reads constants and hash, profiles
// read launches.
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/EmitTrainingHeader.h"
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

Json launch(const Plan &plan, const PlanLaunch &launch, bool sections) {
  const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
  Json arguments = Json::array();
  for (const PlanArgument &argument : launch.args)
    arguments.push_back({{"segment", plan.segments[static_cast<size_t>(argument.segment)].name},
                         {"offset", argument.offset},
                         {"shape", argument.type.shape},
                         {"pitch", argument.type.pitch},
                         {"type", typeText(argument.type.type)}});
  Json entry = {{"id", launch.id},          {"layer", launch.layer}, {"kernel", kernel.symbol},
                {"flops", kernel.flops},    {"bytes", kernel.bytes}, {"arguments", arguments},
                {"scalars", launch.scalars}};
  if (sections)
    entry["section"] = sectionName(launch.section);
  return entry;
}

Json programs(const Plan &plan) {
  Json list = Json::array();
  for (const PlanProgram &program : plan.programs) {
    int64_t flops = 0, bytes = 0;
    Json launches = Json::array();
    for (const PlanLaunch &each : program.launches) {
      flops += plan.kernels[static_cast<size_t>(each.kernel)].flops;
      bytes += plan.kernels[static_cast<size_t>(each.kernel)].bytes;
      launches.push_back(launch(plan, each, program.direction == "train"));
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

Json parameters(const Plan &plan, const InterfaceFacts &facts) {
  Json list = Json::array();
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    const Parameter &parameter = plan.parameters[i];
    Json entry = {{"name", parameter.name}, {"shape", parameter.shape}};
    if (facts.training) {
      const ParameterFacts &place = facts.training->parameters[i];
      entry["trained"] = place.trained();
      entry["form"] = place.form;
      entry["offset"] = place.offset;
      entry["bytes"] = place.bytes;
      entry["decay"] = place.decay;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

// Offsets in the weight file's payload, so that `cnx pack` needs to know nothing of segments.
Json constants(const Plan &plan) {
  Json list = Json::array();
  for (const PlanConstant &constant : plan.constants) {
    if (constant.segment == SegmentKind::derived)
      continue;
    const bool trained = constant.segment == SegmentKind::param;
    Json entry = {
        {"name", constant.name},   {"offset", constant.offset + (trained ? plan.paramOffset() : 0)},
        {"bytes", constant.bytes}, {"shape", constant.shape},
        {"layer", constant.layer}, {"expr", constant.expr}};
    if (constant.type() != ElementType::f32)
      entry["type"] = typeText(constant.type());
    if (plan.isTraining())
      entry["segment"] = segmentKindName(constant.segment);
    list.push_back(std::move(entry));
  }
  return list;
}

Json memory(const InterfaceFacts &facts, int64_t scratchBytes) {
  Json bytes = {{"weights", facts.weightBytes},
                {"arena", facts.arenaBytes},
                {"activations", facts.activationBytes},
                {"scratch_per_worker", scratchBytes}};
  if (facts.training) {
    const TrainingFacts &training = *facts.training;
    bytes["parameters"] = training.flatBytes;
    bytes["gradients"] = training.gradientBytes();
    bytes["moments"] = training.moments * training.flatBytes;
    bytes["ema"] = training.ema ? training.flatBytes : 0;
    bytes["transposed"] = training.transposedBytes;
    bytes["tables"] = training.tableBytes();
    bytes["total"] = totalBytes(facts, scratchBytes);
  }
  return bytes;
}

Json training(const TrainingFacts &facts) {
  Json sites = Json::array();
  for (const DropPathFacts &site : facts.dropPaths)
    sites.push_back({{"site", site.site}, {"rate", site.rate}});
  return {{"batches", facts.batches},
          {"micro_batch", facts.microBatch},
          {"gradients", nameOf(facts.gradients)},
          {"optimizer", facts.optimizer()},
          {"ema", facts.ema},
          {"input_gradient", facts.inputGradient},
          {"classes", facts.classes},
          {"outputs", facts.outputs},
          {"drop_path", sites}};
}

} // namespace

std::string emitManifest(const Plan &plan, const CodegenOptions &options,
                         const std::vector<KernelReport> &reports) {
  const InterfaceFacts facts = interfaceOf(plan, options);
  Json levels = Json::array();
  for (const Level level : options.levels)
    levels.push_back(levelName(level));
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
  manifest["memory"] = memory(facts, scratchBytes);
  if (facts.training)
    manifest["training"] = training(*facts.training);
  manifest["parameters"] = parameters(plan, facts);
  manifest["constants"] = constants(plan);
  manifest["kernels"] = kernels(plan, options, reports);
  manifest["programs"] = programs(plan);
  manifest["info"] = plan.info.empty() ? Json::object() : Json::parse(plan.info);
  return manifest.dump(1) + "\n";
}

} // namespace cnx
