#include "compiler/codegen/SourceModel.h"

#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {
namespace {

// A name within a block that begins with a number ("1.weight" of a downsampling) takes the block's
// last component in front of it: downsample_1_weight.
std::string nameWithin(const std::string &layer, const std::string &rest) {
  const bool number = !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
  return number ? lastComponent(layer) + "_" + rest : rest;
}

// Kernel symbols without their hash, where that is enough to tell them apart.
std::vector<std::string> kernelNames(const Plan &plan) {
  const auto shorten = [](const std::string &symbol) {
    const size_t at = symbol.rfind("_x");
    const bool hash = at != std::string::npos && symbol.size() == at + 10 &&
                      symbol.find_first_not_of("0123456789abcdef", at + 2) == std::string::npos;
    return hash ? symbol.substr(0, at) : symbol;
  };
  std::map<std::string, int> count;
  for (const PlanKernel &kernel : plan.kernels)
    ++count[shorten(kernel.symbol)];
  std::vector<std::string> names;
  for (const PlanKernel &kernel : plan.kernels) {
    const std::string name = shorten(kernel.symbol);
    names.push_back(count[name] == 1 ? name : kernel.symbol);
  }
  return names;
}

class Builder {
public:
  Builder(const Plan &p, const InterfaceFacts &f)
      : plan(p), facts(f), blockNames(reservedAtTop()) {}
  SourceModel build();

private:
  std::set<std::string> reservedAtTop() const {
    std::set<std::string> names = frameNames();
    names.insert(plan.name);
    for (const PlanProgram &program : plan.programs)
      names.insert(identifier(program.name));
    return names;
  }

  size_t blockIndex(const std::string &layer);
  std::string weight(const PlanArgument &argument, size_t block);
  std::string activation(const PlanArgument &argument, Access access, const PlanLaunch &launch);
  std::string port(const PlanArgument &argument) const;
  void addLaunch(const PlanLaunch &launch, size_t block);
  void describe(const PlanLaunch &launch, SourceLaunch &result) const;
  void addProgram(const PlanProgram &program);

  const Plan &plan;
  const InterfaceFacts &facts;
  SourceModel model;
  NameScope blockNames;
  std::map<std::string, size_t> blockOfLayer;
  std::map<int64_t, std::pair<size_t, std::string>> constantAt; // offset: block and name
  std::map<size_t, NameScope> constantNames;                    // by block

  // Of the function that is being filled.
  SourceFunction *function = nullptr;
  NameScope bufferNames;
};

size_t Builder::blockIndex(const std::string &layer) {
  const auto [found, added] = blockOfLayer.try_emplace(layer, model.blocks.size());
  if (added) {
    model.blocks.push_back({blockNames.take(layer), layer, {}, {}});
    std::set<std::string> reserved = frameNames();
    for (const PlanProgram &program : plan.programs)
      reserved.insert(identifier(program.name));
    constantNames.emplace(found->second, NameScope(reserved));
  }
  return found->second;
}

// Names every weight in the block that reads it first, before any function names its buffers: a
// buffer must not hide a weight.
std::string Builder::weight(const PlanArgument &argument, size_t block) {
  const auto known = constantAt.find(argument.offset);
  if (known != constantAt.end())
    return known->second.first == block
               ? known->second.second
               : model.blocks[known->second.first].name + "::" + known->second.second;
  const auto constant =
      std::find_if(plan.constants.begin(), plan.constants.end(),
                   [&](const PlanConstant &c) { return c.offset == argument.offset; });
  if (constant == plan.constants.end() || argument.offset % 4 != 0)
    throw InternalError(
        fmt::format("plan: a launch reads weights at {}, where none stands", argument.offset));
  // "stages.0.blocks.1.mlp.fc1.weight.packed" is mlp_fc1_weight in its own block.
  std::string wish = constant->name;
  if (const size_t at = wish.rfind(".packed"); at != std::string::npos)
    wish.erase(at, 7);
  const std::string &layer = model.blocks[block].layer;
  if (wish.rfind(layer + ".", 0) == 0)
    wish.erase(0, layer.size() + 1);
  const std::string name = constantNames.at(block).take(nameWithin(layer, wish));
  constantAt[argument.offset] = {block, name};
  model.blocks[block].constants.push_back({name, &*constant});
  return name;
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
    const std::string within = nameWithin(blockOf(launch.layer), withinBlock(launch.layer));
    name = bufferNames.take(access != Access::write ? "x" : within.empty() ? "y" : within);
    function->buffers.push_back({name, argument.offset, argument.type});
  }
  if (argument.type.type == ElementType::f32)
    return "a + " + name;
  return fmt::format("reinterpret_cast<{} *>(a + {})", cType(argument.type.type), name);
}

std::string Builder::port(const PlanArgument &argument) const {
  std::string text = "run.";
  if (argument.segment == facts.image.segment)
    text += "image";
  else
    for (const OutputFacts &output : facts.outputs)
      if (output.segment == argument.segment)
        text += output.name;
  if (argument.offset != 0)
    text += fmt::format(" + {}", argument.offset / elementBytes(argument.type.type));
  return text;
}

// Shapes for the reader, and the outputs that the launch exists for.
void Builder::describe(const PlanLaunch &launch, SourceLaunch &result) const {
  const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
  std::vector<std::string> reads, writes;
  bool always = false;
  for (size_t i = 0; i < kernel.access.size(); ++i) {
    const PlanArgument &argument = launch.args[i];
    if (plan.segments[static_cast<size_t>(argument.segment)].kind == SegmentKind::weights)
      continue;
    if (kernel.access[i] != Access::write)
      reads.push_back(bufferText(argument.type));
    if (kernel.access[i] == Access::read)
      continue;
    writes.push_back(bufferText(argument.type));
    const auto output =
        std::find_if(facts.outputs.begin(), facts.outputs.end(),
                     [&](const OutputFacts &o) { return o.segment == argument.segment; });
    if (output == facts.outputs.end() || output->standIn >= 0)
      always = true;
    else
      result.onlyFor.push_back(output->name);
  }
  if (always)
    result.onlyFor.clear();
  result.shapes = fmt::format("{} -> {}", fmt::join(reads, ", "), fmt::join(writes, ", "));
}

void Builder::addLaunch(const PlanLaunch &launch, size_t block) {
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
    switch (plan.segments[static_cast<size_t>(argument.segment)].kind) {
    case SegmentKind::weights:
      result.arguments.push_back("w + " + weight(argument, block));
      function->readsWeights = true;
      break;
    case SegmentKind::arena:
      result.arguments.push_back(activation(argument, kernel.access[i], launch));
      break;
    default:
      result.arguments.push_back(port(argument));
    }
  }
  if (reads == launch.args.size())
    addScalars();
  function->launches.push_back(std::move(result));
}

void Builder::addProgram(const PlanProgram &program) {
  SourceProgram result{identifier(program.name), &program, {}};
  for (size_t begin = 0; begin < program.launches.size();) {
    const std::string layer = blockOf(program.launches[begin].layer);
    const size_t block = blockIndex(layer);
    size_t end = begin;
    while (end < program.launches.size() && blockOf(program.launches[end].layer) == layer)
      ++end;

    // A block that the program comes back to has a second function.
    std::vector<SourceFunction> &functions = model.blocks[block].functions;
    std::set<std::string> taken;
    for (const SourceFunction &other : functions)
      taken.insert(other.name);
    SourceFunction made;
    made.name = NameScope(taken).take(result.name);
    function = &made;
    for (size_t i = begin; i < end; ++i) // weights first, see weight()
      for (const PlanArgument &argument : program.launches[i].args)
        if (plan.segments[static_cast<size_t>(argument.segment)].kind == SegmentKind::weights)
          weight(argument, block);
    std::set<std::string> reserved = frameNames();
    for (const SourceConstant &constant : model.blocks[block].constants)
      reserved.insert(constant.name);
    for (const SourceBlock &other : model.blocks)
      reserved.insert(other.name);
    bufferNames = NameScope(reserved);
    for (size_t i = begin; i < end; ++i)
      addLaunch(program.launches[i], block);
    result.calls.push_back(model.blocks[block].name + "::" + made.name);
    functions.push_back(std::move(made));
    begin = end;
  }
  model.programs.push_back(std::move(result));
}

SourceModel Builder::build() {
  model.kernels = kernelNames(plan);
  for (const PlanProgram &program : plan.programs)
    addProgram(program);
  return std::move(model);
}

} // namespace

SourceModel buildSourceModel(const Plan &plan, const InterfaceFacts &facts) {
  return Builder(plan, facts).build();
}

std::string cType(ElementType type) {
  return type == ElementType::f32 ? "float" : type == ElementType::u8 ? "uint8_t" : "uint16_t";
}

std::string floatLiteral(float value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + "f";
}

} // namespace cnx
