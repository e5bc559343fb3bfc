#include "compiler/codegen/Training.h"

#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Names.h"
#include "compiler/weights/WeightExpr.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace cnx {
namespace {

constexpr int64_t kBlockBytes = 1024; // of CNX_RT_UPDATE_BLOCK floats
constexpr std::string_view kDropPath = "drop_path.";

[[noreturn]] void refuse(const std::string &what) { throw InternalError("plan: " + what); }

// The parameter that a constant holds, and as what: "pack_panels(@fc1.weight)", "@fc1.weight".
struct Held {
  std::string parameter, form;
};

Held heldBy(const PlanConstant &constant) {
  if (constant.segment == SegmentKind::derived)
    return {};
  static const std::map<std::string, std::string> forms = {
      {"pad_vector", "vector"}, {"pack_panels", "panels"}, {"pack_taps", "taps"}};
  const WeightExpr expr = parseWeightExpr(constant.expr);
  if (constant.segment == SegmentKind::weights)
    return expr.kind == WeightExpr::Kind::parameter ? Held{expr.name, "dense"} : Held{};
  const auto form = forms.find(expr.name);
  if (expr.kind != WeightExpr::Kind::call || form == forms.end() || expr.operands.size() != 1 ||
      expr.operands[0].kind != WeightExpr::Kind::parameter || constant.offset % kBlockBytes != 0)
    refuse(fmt::format("constant {}: {} at {} is no trained parameter's place", constant.name,
                       constant.expr, constant.offset));
  return {expr.operands[0].name, form->second};
}

bool endsWith(const std::string &text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The rule of ConvNeXt's own training script: vectors, biases, layer scale and GRN do not decay.
bool decays(const Parameter &parameter) {
  return parameter.shape.size() > 1 && !endsWith(parameter.name, ".bias") &&
         !endsWith(parameter.name, ".gamma") && !endsWith(parameter.name, ".beta");
}

std::vector<ParameterFacts> parametersOf(const Plan &plan) {
  std::map<std::string, ParameterFacts> places;
  for (const PlanConstant &constant : plan.constants)
    if (const Held held = heldBy(constant); !held.form.empty())
      places[held.parameter] = {held.form, constant.offset, constant.bytes, false};
  std::vector<ParameterFacts> parameters;
  for (const Parameter &parameter : plan.parameters) {
    const auto place = places.find(parameter.name);
    if (place == places.end())
      refuse(fmt::format("parameter {} has no place in the weight file", parameter.name));
    parameters.push_back(place->second);
    parameters.back().decay = place->second.trained() && decays(parameter);
  }
  return parameters;
}

std::vector<ConstantRun> constantsOf(const Plan &plan) {
  std::vector<ConstantRun> runs;
  for (const PlanConstant &constant : plan.constants) {
    if (constant.segment != SegmentKind::weights)
      continue;
    const WeightArray array =
        evaluate(parseWeightExpr(constant.expr), [&](const std::string &name) -> WeightArray {
          refuse(fmt::format("constant {}: reads {}, which is trained", constant.name, name));
        });
    for (size_t i = 0; i < array.values.size(); ++i) {
      const auto value = static_cast<float>(array.values[i]);
      const int64_t offset = constant.offset / 4 + static_cast<int64_t>(i);
      if (runs.empty() || runs.back().value != value ||
          runs.back().offset + runs.back().count != offset)
        runs.push_back({offset, 0, value});
      ++runs.back().count;
    }
  }
  return runs;
}

// Sites by their ports; a port of several programs is one.
std::vector<DropPathFacts> dropPathsOf(const Plan &plan) {
  std::vector<DropPathFacts> sites;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == SegmentKind::io && segment.name.rfind(kDropPath, 0) == 0)
      sites.push_back({identifier(segment.name), std::stoll(segment.name.substr(kDropPath.size())),
                       segment.dropRate, 0});
  return sites;
}

bool hasPort(const Plan &plan, const PlanProgram &program, std::string_view prefix) {
  return std::any_of(program.ports.begin(), program.ports.end(), [&](const PlanPort &port) {
    return plan.segments[static_cast<size_t>(port.segment)].name.rfind(prefix, 0) == 0;
  });
}

// Which flat segments there are: of one size, and those that the programs need.
void readSegments(const Plan &plan, TrainingFacts &facts) {
  std::set<std::string> flat;
  for (const PlanSegment &segment : plan.segments) {
    if (segment.kind != SegmentKind::param && segment.kind != SegmentKind::grad &&
        segment.kind != SegmentKind::opt)
      continue;
    if (!flat.insert(segment.name).second || segment.bytes % kBlockBytes != 0 ||
        (facts.flatBytes != 0 && segment.bytes != facts.flatBytes))
      refuse(fmt::format("flat segment {} of {} bytes, beside {} of {}", segment.name,
                         segment.bytes, fmt::join(flat, ", "), facts.flatBytes));
    facts.flatBytes = segment.bytes;
    if (segment.kind == SegmentKind::grad && segment.arenaOffset >= 0) {
      facts.gradients = Gradients::keep;
      facts.gradientsAt = segment.arenaOffset;
    }
  }
  facts.transposedBytes = plan.derivedBytes();
  if (flat.erase("grad") == 0)
    facts.gradients = Gradients::immediate;
  facts.moments = static_cast<int>(flat.erase("moment1") + flat.erase("moment2"));
  facts.ema = flat.erase("ema") > 0;
  if (flat != std::set<std::string>{"param"})
    refuse(fmt::format("flat segments {}, expected param, grad, moment1, moment2, ema",
                       fmt::join(flat, ", ")));
  std::set<std::string> directions, expected = {"forward", "train"};
  if (!facts.isImmediate())
    expected.insert({"squares", "update"});
  for (const PlanProgram &program : plan.programs)
    directions.insert(program.direction);
  if (facts.ema)
    expected.insert("average");
  if (facts.transposedBytes != 0)
    expected.insert("transpose");
  if (directions != expected || facts.moments == 0)
    refuse(fmt::format("programs {} and {} moments, expected programs {} and 1 or 2 moments",
                       fmt::join(directions, ", "), facts.moments, fmt::join(expected, ", ")));
}

} // namespace

bool TrainingFacts::anyFrozen() const {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const ParameterFacts &parameter) { return !parameter.trained(); });
}

std::string TrainingFacts::optionsText() const {
  std::string text = fmt::format(" --train --optimizer {}", optimizer());
  if (ema)
    text += " --ema";
  if (microBatch != 0)
    text += fmt::format(" --micro-batch {}", microBatch);
  else if (!keeps())
    text += fmt::format(" --gradients {}", nameOf(gradients));
  if (transposedBytes != 0)
    text += " --transposed keep";
  if (inputGradient)
    text += " --input-grad";
  return text;
}

int64_t TrainingFacts::tableBytes() const { return 3 * flatBytes / kBlockBytes * 4; }

bool isOverSegments(const PlanProgram &program) {
  return program.batch == 0 && (program.direction == "update" || program.direction == "average" ||
                                program.direction == "squares");
}

bool isStepTable(const std::string &segment) {
  static const std::set<std::string> names = {"rate", "decay", "scalars", "squares"};
  return names.count(segment) > 0;
}

bool isContextPort(const std::string &segment) {
  static const std::set<std::string> names = {"targets", "weight", "loss", "grad_input"};
  return names.count(segment) > 0 || isStepTable(segment) || segment.rfind(kDropPath, 0) == 0;
}

const PlanArgument &logitsGradient(const Plan &plan, const PlanProgram &train) {
  const PlanArgument *found = nullptr;
  for (const PlanLaunch &launch : train.launches) {
    if (launch.section != Section::loss)
      continue;
    const std::vector<Access> &access = plan.kernels[static_cast<size_t>(launch.kernel)].access;
    for (size_t i = 0; i < access.size(); ++i)
      if (access[i] != Access::read && found == nullptr &&
          plan.segments[static_cast<size_t>(launch.args[i].segment)].kind == SegmentKind::arena)
        found = &launch.args[i];
  }
  if (found == nullptr || found->type.shape.size() != 2 || found->type.type != ElementType::f32)
    refuse(train.name + ": its section loss leaves no gradient of the logits");
  return *found;
}

TrainingFacts trainingOf(const Plan &plan, const CodegenOptions &options) {
  TrainingFacts facts;
  readSegments(plan, facts);
  for (const PlanProgram &program : plan.programs) {
    if (program.direction == "forward" && hasPort(plan, program, kDropPath))
      refuse(program.name + " drops paths, which an evaluation does not");
    if (program.direction != "train")
      continue;
    facts.batches.push_back(program.batch);
    facts.classes = logitsGradient(plan, program).type.shape.back();
    facts.inputGradient |= hasPort(plan, program, "grad_input");
  }
  std::sort(facts.batches.begin(), facts.batches.end());
  facts.microBatch = options.microBatch;
  if (facts.microBatch != 0 && !facts.accumulates())
    refuse("gradients that do not add up, where those of micro-batches should");
  if (facts.microBatch != 0 &&
      !std::binary_search(facts.batches.begin(), facts.batches.end(), facts.microBatch))
    refuse(fmt::format("no program trains micro-batches of {}", facts.microBatch));
  facts.parameters = parametersOf(plan);
  facts.dropPaths = dropPathsOf(plan);
  if (!facts.anyFrozen())
    facts.constants = constantsOf(plan);
  return facts;
}

} // namespace cnx
