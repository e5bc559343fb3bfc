#include "compiler/codegen/BuildHash.h"

#include "compiler/codegen/Interface.h"

#include <fmt/format.h>

namespace cnx {
namespace {

// The hashed text: one fact a line, so that no two different plans have the same.
class Facts {
public:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    text += fmt::format(format, std::forward<Arguments>(arguments)...);
    text += '\n';
  }
  uint64_t hash() const { return hashText(text); }

private:
  std::string text;
};

void add(Facts &facts, const PlanProgram &program) {
  facts.add("program {} {} batch {} arena {}", program.name, program.direction, program.batch,
            program.arenaBytes);
  for (const PlanPort &port : program.ports)
    facts.add("port {} {} type {} access {}", port.segment, bufferText(port.type),
              static_cast<int>(port.type.type), static_cast<int>(port.access));
  for (const PlanLaunch &launch : program.launches) {
    facts.add("launch {} kernel {} layer {}", launch.id, launch.kernel, launch.layer);
    if (launch.section != Section::forward)
      facts.add("section {}", sectionName(launch.section));
    for (const PlanArgument &argument : launch.args)
      facts.add("argument {} at {} {} type {}", argument.segment, argument.offset,
                bufferText(argument.type), static_cast<int>(argument.type.type));
    for (const float scalar : launch.scalars)
      facts.add("scalar {}", scalar);
  }
}

} // namespace

uint64_t hashText(std::string_view text, uint64_t seed) {
  uint64_t hash = seed;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

uint64_t buildHash(const Plan &plan, const CodegenOptions &options) {
  Facts facts;
  facts.add("cnx {} model {} {}", CNX_VERSION, plan.name,
            optionsText(interfaceOf(plan, options), options));
  for (const Parameter &parameter : plan.parameters) {
    facts.add("parameter {} {}", parameter.name, shapeText(parameter.shape));
    if (plan.isTraining() && !parameter.storedShape.empty())
      facts.add("stored {}", shapeText(parameter.storedShape));
  }
  for (const PlanSegment &segment : plan.segments) {
    facts.add("segment {} {} {}", segment.name, segmentKindName(segment.kind), segment.bytes);
    if (segment.dropRate != 0)
      facts.add("rate {}", segment.dropRate);
  }
  for (const PlanConstant &constant : plan.constants) {
    facts.add("constant {} at {} bytes {} {} layer {} = {}", constant.name, constant.offset,
              constant.bytes, shapeText(constant.shape), constant.layer, constant.expr);
    if (constant.segment != SegmentKind::weights)
      facts.add("in {}", segmentKindName(constant.segment));
  }
  for (const PlanKernel &kernel : plan.kernels)
    facts.add("kernel {} {}", kernel.symbol, kernel.graphJson);
  for (const PlanProgram &program : plan.programs)
    add(facts, program);
  return facts.hash();
}

} // namespace cnx
