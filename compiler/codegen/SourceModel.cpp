#include "compiler/codegen/SourceModel.h"

#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace cnx {
namespace {

class Builder {
public:
  Builder(const Plan &p, const InterfaceFacts &f)
      : plan(p), facts(f), blockNames(reservedAtTop()) {}
  SourceModel build();

private:
  std::set<std::string> programNames() const {
    std::set<std::string> names = frameNames();
    for (const PlanProgram &program : plan.programs)
      for (const Section section : {Section::forward, Section::loss, Section::backward})
        if (section == Section::forward || program.direction == "train")
          names.insert(programName(program, section));
    return names;
  }
  std::set<std::string> reservedAtTop() const {
    std::set<std::string> names = programNames();
    names.insert(plan.name);
    return names;
  }

  const PlanSegment &segmentOf(const PlanArgument &argument) const {
    return plan.segments[static_cast<size_t>(argument.segment)];
  }
  bool isParameter(const PlanArgument &argument) const {
    const SegmentKind kind = segmentOf(argument).kind;
    return kind != SegmentKind::arena && kind != SegmentKind::io;
  }

  size_t blockIndex(const std::string &layer);
  SegmentKind valuesOf(const PlanArgument &argument) const;
  void findOwners();
  std::string weight(const PlanArgument &argument);
  std::string nameOfRead(const PlanArgument &argument) const;
  std::string nameOfWrite(const PlanLaunch &launch) const;
  std::string activation(const PlanArgument &argument, Access access, const PlanLaunch &launch);
  std::string port(const PlanArgument &argument) const;
  std::string skippable(const PlanArgument &argument) const;
  void describe(const PlanLaunch &launch, SourceLaunch &result) const;
  void addLaunch(const PlanLaunch &launch);
  void addFunction(const PlanProgram &program, size_t begin, size_t end, SourceProgram &result);
  void addSection(const PlanProgram &program, size_t begin, size_t end);
  void addOverSegments(const PlanProgram &program);
  void addPointers();

  const Plan &plan;
  const InterfaceFacts &facts;
  SourceModel model;
  NameScope blockNames;
  std::map<std::string, size_t> blockOfLayer;
  // By segment and offset.
  std::map<std::pair<SegmentKind, int64_t>, size_t> ownerOf;
  std::map<std::pair<SegmentKind, int64_t>, std::string> constantAt; // name within the owner
  std::map<size_t, NameScope> constantNames;                         // by block

  // Of the program at hand.
  bool overSegments = false, inTrainProgram = false;
  // Who wrote a place of the arena last, in a train program.
  struct Written {
    size_t block = 0;
    Section section = Section::forward;
    SourceBuffer buffer;
  };
  std::map<int64_t, Written> written; // by offset

  // Of the function that is being filled.
  SourceFunction *function = nullptr;
  size_t block = 0;
  NameScope bufferNames;
};

size_t Builder::blockIndex(const std::string &layer) {
  const auto [found, added] = blockOfLayer.try_emplace(layer, model.blocks.size());
  if (added) {
    model.blocks.push_back({blockNames.take(layer), layer, {}, {}, {}, {}});
    constantNames.emplace(found->second, NameScope(programNames()));
  }
  return found->second;
}

SegmentKind Builder::valuesOf(const PlanArgument &argument) const {
  const SegmentKind kind = segmentOf(argument).kind;
  const bool own = kind == SegmentKind::weights || kind == SegmentKind::derived;
  return own ? kind : SegmentKind::param;
}

// Blocks stand in the order in which programs come to them. A weight stands in the first of those
// that read it, wherever the others are: before all of its readers.
void Builder::findOwners() {
  for (const PlanProgram &program : plan.programs)
    for (const PlanLaunch &launch : program.launches) {
      if (facts.training && isOverSegments(program))
        continue;
      const size_t reader = blockIndex(blockOf(launch.layer));
      for (const PlanArgument &argument : launch.args)
        if (isParameter(argument)) {
          const auto owner =
              ownerOf.try_emplace({valuesOf(argument), argument.offset}, reader).first;
          owner->second = std::min(owner->second, reader);
        }
    }
}

// Names every weight of a block before any function names its buffers: a buffer must not hide a
// weight. What else there is of a parameter, gradient and moments, has the parameter's name.
std::string Builder::weight(const PlanArgument &argument) {
  const SegmentKind segment = valuesOf(argument);
  const size_t owner = ownerOf.at({segment, argument.offset});
  const auto named = constantAt.find({segment, argument.offset});
  const std::string prefix = owner == block ? "" : model.blocks[owner].name + "::";
  if (named != constantAt.end())
    return prefix + named->second;
  const auto constant =
      std::find_if(plan.constants.begin(), plan.constants.end(), [&](const PlanConstant &c) {
        return c.segment == segment && c.offset == argument.offset;
      });
  if (constant == plan.constants.end() || argument.offset % 4 != 0)
    throw InternalError(fmt::format("plan: a launch reads {} at {}, where none stands",
                                    segmentOf(argument).name, argument.offset));
  // "stages.0.blocks.1.mlp.fc1.weight.packed" is mlp_fc1_weight in its own block.
  std::string wish = withoutPurpose(constant->name);
  const std::string &layer = model.blocks[owner].layer;
  if (wish.rfind(layer + ".", 0) == 0)
    wish.erase(0, layer.size() + 1);
  const std::string name = constantNames.at(owner).take(nameWithin(layer, wish));
  constantAt[{segment, argument.offset}] = name;
  SourceBlock &home = model.blocks[owner];
  (segment == SegmentKind::weights   ? home.constants
   : segment == SegmentKind::derived ? home.copies
                                     : home.trained)
      .push_back({name, &*constant});
  return prefix + name;
}

// A name for what a function meets first: what its block calls it, where the block's forward pass
// left it; else x, or dy where backward made it.
std::string Builder::nameOfRead(const PlanArgument &argument) const {
  const auto from = written.find(argument.offset);
  if (from == written.end() || from->second.buffer.type != argument.type)
    return "x";
  if (from->second.block == block)
    return from->second.buffer.name;
  return from->second.section == Section::forward ? "x" : "dy";
}

std::string Builder::nameOfWrite(const PlanLaunch &launch) const {
  const std::string within = nameWithin(blockOf(launch.layer), withinBlock(launch.layer));
  if (launch.section == Section::forward)
    return within.empty() ? "y" : within;
  return within.empty() ? "dx" : "d_" + within;
}

std::string Builder::activation(const PlanArgument &argument, Access access,
                                const PlanLaunch &launch) {
  // The last buffer of that place; what is written anew is another value and gets another name.
  const auto known = std::find_if(
      function->buffers.rbegin(), function->buffers.rend(), [&](const SourceBuffer &buffer) {
        return buffer.offset == argument.offset && buffer.type == argument.type;
      });
  std::string name;
  if (known != function->buffers.rend() && access != Access::write) {
    name = known->name;
  } else {
    name = bufferNames.take(access != Access::write ? nameOfRead(argument) : nameOfWrite(launch));
    function->buffers.push_back({name, argument.offset, argument.type});
  }
  if (access != Access::read && inTrainProgram)
    written[argument.offset] = {block, launch.section, {name, argument.offset, argument.type}};
  if (argument.type.type == ElementType::f32)
    return "a + " + name;
  return fmt::format("reinterpret_cast<{} *>(a + {})", cType(argument.type.type), name);
}

std::string Builder::port(const PlanArgument &argument) const {
  std::string text = "run." + identifier(segmentOf(argument).name);
  if (argument.offset != 0)
    text += fmt::format(" + {}", argument.offset / elementBytes(argument.type.type));
  return text;
}

// The name of an output that launches may be skipped for; empty: they run anyway.
std::string Builder::skippable(const PlanArgument &argument) const {
  for (const OutputFacts &output : facts.outputs)
    if (output.segment == argument.segment && output.standIn < 0)
      return output.name;
  if (facts.training && facts.training->inputGradientStandIn < 0 &&
      segmentOf(argument).name == "grad_input")
    return "grad_input";
  return "";
}

// Shapes for the reader, and the outputs that the launch exists for. Parameters are not shown, of
// gradients that they are made.
void Builder::describe(const PlanLaunch &launch, SourceLaunch &result) const {
  const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
  std::vector<std::string> reads, writes;
  bool always = false;
  for (size_t i = 0; i < kernel.access.size(); ++i) {
    const PlanArgument &argument = launch.args[i];
    const SegmentKind kind = segmentOf(argument).kind;
    if (kind == SegmentKind::weights)
      continue;
    const bool sum = kind != SegmentKind::arena && kind != SegmentKind::io;
    if (kernel.access[i] == Access::read ? kind != SegmentKind::param || overSegments
                                         : kernel.access[i] == Access::readWrite && !sum)
      reads.push_back(bufferText(argument.type));
    if (kernel.access[i] == Access::read)
      continue;
    writes.push_back(bufferText(argument.type));
    if (const std::string output = skippable(argument); !output.empty())
      result.onlyFor.push_back(output);
    else
      always = true;
  }
  if (always)
    result.onlyFor.clear();
  result.shapes = fmt::format("{}{}-> {}", fmt::join(reads, ", "), reads.empty() ? "" : " ",
                              fmt::join(writes, ", "));
}

void Builder::addLaunch(const PlanLaunch &launch) {
  const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
  if (launch.args.size() != kernel.access.size() ||
      launch.scalars.size() != static_cast<size_t>(kernel.scalarCount))
    throw InternalError(fmt::format("plan: launch {} does not fit {}", launch.id, kernel.symbol));
  SourceLaunch result;
  result.launch = &launch;
  describe(launch, result);
  const auto addScalars = [&] {
    for (const float scalar : launch.scalars)
      result.arguments.push_back(floatLiteral(scalar));
  };
  const auto reads = static_cast<size_t>(kernel.readCount());
  for (size_t i = 0; i < launch.args.size(); ++i) {
    if (i == reads)
      addScalars();
    const PlanArgument &argument = launch.args[i];
    const std::string pointer = pointerOf(segmentOf(argument));
    if (pointer.empty())
      result.arguments.push_back(port(argument));
    else if (pointer == "a")
      result.arguments.push_back(activation(argument, kernel.access[i], launch));
    else if (overSegments)
      result.arguments.push_back(pointer);
    else if (argument.type.type == ElementType::f32)
      result.arguments.push_back(pointer + " + " + weight(argument));
    else
      result.arguments.push_back(fmt::format("reinterpret_cast<const {} *>({} + {})",
                                             cType(argument.type.type), pointer, weight(argument)));
    if (!pointer.empty())
      function->uses.insert(pointer);
  }
  if (reads == launch.args.size())
    addScalars();
  function->launches.push_back(std::move(result));
}

// The launches of one block, as a function of it.
void Builder::addFunction(const PlanProgram &program, size_t begin, size_t end,
                          SourceProgram &result) {
  block = blockIndex(blockOf(program.launches[begin].layer));
  // A block that the program comes back to has a second function.
  std::vector<SourceFunction> &functions = model.blocks[block].functions;
  std::set<std::string> taken;
  for (const SourceFunction &other : functions)
    taken.insert(other.name);
  SourceFunction made;
  made.name = NameScope(taken).take(result.name);
  made.program = model.programs.size(); // where `result` will stand
  function = &made;
  for (size_t i = begin; i < end; ++i) // weights first, see weight()
    for (const PlanArgument &argument : program.launches[i].args)
      if (isParameter(argument))
        weight(argument);
  std::set<std::string> reserved = frameNames();
  const SourceBlock &home = model.blocks[block];
  for (const auto *constants : {&home.constants, &home.trained, &home.copies})
    for (const SourceConstant &constant : *constants)
      reserved.insert(constant.name);
  for (const SourceBlock &other : model.blocks)
    reserved.insert(other.name);
  bufferNames = NameScope(reserved);
  for (size_t i = begin; i < end; ++i)
    addLaunch(program.launches[i]);
  result.calls.push_back(model.blocks[block].name + "::" + made.name);
  functions.push_back(std::move(made));
}

// The launches of one section, block by block.
void Builder::addSection(const PlanProgram &program, size_t begin, size_t end) {
  const Section section = begin < end ? program.launches[begin].section : Section::forward;
  SourceProgram result{programName(program, section), &program, section, {}, {}, {}};
  while (begin < end) {
    const std::string layer = blockOf(program.launches[begin].layer);
    size_t next = begin;
    while (next < end && blockOf(program.launches[next].layer) == layer)
      ++next;
    addFunction(program, begin, next, result);
    begin = next;
  }
  model.programs.push_back(std::move(result));
}

void Builder::addOverSegments(const PlanProgram &program) {
  SourceProgram result{identifier(program.name), &program, Section::forward, {}, {}, {}};
  SourceFunction made;
  made.name = result.name;
  function = &made;
  bufferNames = NameScope(frameNames());
  for (const PlanLaunch &launch : program.launches)
    addLaunch(launch);
  result.body.push_back(std::move(made));
  model.programs.push_back(std::move(result));
}

// Those that some batch's launches take; in an inference build weights and arena, whether or not.
void Builder::addPointers() {
  for (SourceProgram &program : model.programs) {
    if (!facts.training) {
      program.pointers = {{"w", true}, {"a", false}};
      continue;
    }
    std::set<std::string> used, changed;
    for (const SourceProgram *batch : model.of(program.program->direction, program.section))
      for (const PlanLaunch &launch : batch->program->launches) {
        if (launch.section != program.section)
          continue;
        const std::vector<Access> &access = plan.kernels[static_cast<size_t>(launch.kernel)].access;
        for (size_t i = 0; i < access.size(); ++i) {
          const std::string pointer = pointerOf(segmentOf(launch.args[i]));
          used.insert(pointer);
          if (access[i] != Access::read)
            changed.insert(pointer);
        }
      }
    for (const char *pointer : {"w", "p", "g", "m", "v", "e", "t", "a"})
      if (used.count(pointer) != 0)
        program.pointers.push_back({pointer, changed.count(pointer) == 0 && *pointer != 'a'});
  }
}

SourceModel Builder::build() {
  model.kernels = kernelNames(plan);
  findOwners();
  for (const PlanProgram &program : plan.programs) {
    overSegments = facts.training && isOverSegments(program);
    inTrainProgram = program.direction == "train";
    written.clear();
    if (overSegments) {
      addOverSegments(program);
      continue;
    }
    const auto &launches = program.launches;
    for (size_t begin = 0; begin < launches.size() || begin == 0;) {
      size_t end = begin;
      while (end < launches.size() && launches[end].section == launches[begin].section)
        ++end;
      addSection(program, begin, end);
      begin = std::max(end, begin + 1);
    }
  }
  addPointers();
  return std::move(model);
}

} // namespace

SourceModel buildSourceModel(const Plan &plan, const InterfaceFacts &facts) {
  return Builder(plan, facts).build();
}

std::vector<const SourceProgram *> SourceModel::of(const std::string &direction,
                                                   Section section) const {
  std::vector<const SourceProgram *> found;
  for (const SourceProgram &program : programs)
    if (program.is(direction, section))
      found.push_back(&program);
  return found;
}

} // namespace cnx
