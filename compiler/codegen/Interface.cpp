#include "compiler/codegen/Interface.h"

#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace cnx {
namespace {

constexpr int64_t kHandleBytes = 64; // at least sizeof of the emitted `struct NAME`

int64_t alignUp(int64_t bytes) {
  return (bytes + kPlanAlignment - 1) / kPlanAlignment * kPlanAlignment;
}

[[noreturn]] void refuse(const std::string &what) { throw InternalError("plan: " + what); }

std::vector<int64_t> withoutBatch(const PlanPort &port, const PlanProgram &program) {
  if (port.type.shape.empty() || port.type.shape.front() != program.batch ||
      port.type.pitch != port.type.shape.back())
    refuse(fmt::format("{}: a port {} is not a dense array of {} images", program.name,
                       bufferText(port.type), program.batch));
  return {port.type.shape.begin() + 1, port.type.shape.end()};
}

const PlanSegment &segmentOf(const Plan &plan, const PlanPort &port) {
  return plan.segments[static_cast<size_t>(port.segment)];
}

int64_t product(const std::vector<int64_t> &shape) {
  int64_t n = 1;
  for (const int64_t extent : shape)
    n *= extent;
  return n;
}

// Images have three channels and at least 32 rows and columns, so the shape tells the layout.
ImageFacts imageOf(const Plan &plan, const PlanProgram &program) {
  const auto port =
      std::find_if(program.ports.begin(), program.ports.end(), [&](const PlanPort &p) {
        return p.access == Access::read && segmentOf(plan, p).name == "image";
      });
  if (port == program.ports.end())
    refuse(program.name + ": reads no image");
  const std::vector<int64_t> shape = withoutBatch(*port, program);
  if (shape.size() != 3 || (shape[0] != 3 && shape[2] != 3))
    refuse(fmt::format("{}: the image is {}", program.name, bufferText(port->type)));
  ImageFacts image;
  image.type = port->type.type;
  image.channelsFirst = shape[0] == 3;
  image.channels = 3;
  image.height = shape[image.channelsFirst ? 1 : 0];
  image.width = shape[image.channelsFirst ? 2 : 1];
  image.elements = product(shape);
  image.segment = port->segment;
  if (image.type == ElementType::bf16 || (image.type == ElementType::u8 && image.channelsFirst))
    refuse(
        fmt::format("{}: no input format has the image {}", program.name, bufferText(port->type)));
  return image;
}

// Rows and columns of a map are the image's, divided by 4, 8, 16 or 32.
bool isMapOf(const ImageFacts &image, int64_t rows, int64_t columns) {
  for (const int64_t stride : {4, 8, 16, 32})
    if (rows == image.height / stride && columns == image.width / stride)
      return true;
  return false;
}

bool channelsFirst(const std::vector<int64_t> &map, const ImageFacts &image,
                   const CodegenOptions &options) {
  if (map.size() != 3)
    return true;
  const bool first = isMapOf(image, map[1], map[2]);
  const bool last = isMapOf(image, map[0], map[1]);
  return first == last ? options.outputLayout == "nchw" : first;
}

std::vector<OutputFacts> outputsOf(const Plan &plan, const PlanProgram &program,
                                   const ImageFacts &image, const CodegenOptions &options) {
  std::vector<OutputFacts> outputs;
  for (const PlanPort &port : program.ports) {
    if (port.segment == image.segment ||
        (plan.isTraining() && isContextPort(segmentOf(plan, port).name)))
      continue;
    if (port.access == Access::read)
      refuse(fmt::format("{}: nobody passes {}", program.name, segmentOf(plan, port).name));
    OutputFacts output;
    output.name = identifier(segmentOf(plan, port).name);
    output.macro = upperCase(output.name);
    output.shape = withoutBatch(port, program);
    output.elements = product(output.shape);
    output.segment = port.segment;
    output.channelsFirst = channelsFirst(output.shape, image, options);
    if (port.type.type != ElementType::f32)
      refuse(output.name + ": an output is not float32");
    outputs.push_back(std::move(output));
  }
  std::sort(outputs.begin(), outputs.end(),
            [](const OutputFacts &a, const OutputFacts &b) { return a.segment < b.segment; });
  return outputs;
}

std::vector<std::string> namesOf(const std::vector<OutputFacts> &outputs) {
  std::vector<std::string> names;
  for (const OutputFacts &output : outputs)
    names.push_back(output.name);
  return names;
}

// Outputs that are read again, or share a launch with another result: the launch must run though
// nobody wants the output.
std::set<int> neededAnyway(const Plan &plan) {
  std::set<int> needed;
  for (const PlanProgram &program : plan.programs)
    for (const PlanLaunch &launch : program.launches) {
      const std::vector<Access> &access = plan.kernels[static_cast<size_t>(launch.kernel)].access;
      std::set<int> written;
      for (size_t i = 0; i < access.size(); ++i) {
        if (access[i] != Access::write)
          needed.insert(launch.args[i].segment);
        if (access[i] != Access::read)
          written.insert(launch.args[i].segment);
      }
      if (written.size() > 1)
        needed.insert(written.begin(), written.end());
    }
  return needed;
}

bool repeats(const std::vector<int64_t> &sorted) {
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

// The programs' batches, and what they agree in.
void readPrograms(const Plan &plan, const CodegenOptions &options, InterfaceFacts &facts) {
  for (const PlanProgram &program : plan.programs) {
    facts.activationBytes = std::max(facts.activationBytes, program.arenaBytes);
    const bool training = facts.training && program.direction == "train";
    if (facts.training && (isOverSegments(program) || program.direction == "transpose"))
      continue;
    if (program.direction != "forward" && !training)
      refuse(fmt::format("{}: direction {} has no emitter", program.name, program.direction));
    const ImageFacts image = imageOf(plan, program);
    const std::vector<OutputFacts> outputs = outputsOf(plan, program, image, options);
    if (facts.image.elements == 0) {
      facts.image = image;
      facts.outputs = outputs;
    }
    // A train forward may have fewer outputs.
    const auto known = [&](const OutputFacts &output) {
      return std::any_of(facts.outputs.begin(), facts.outputs.end(), [&](const OutputFacts &other) {
        return output.segment == other.segment && output.shape == other.shape;
      });
    };
    if (image.height != facts.image.height || image.width != facts.image.width ||
        image.segment != facts.image.segment ||
        (!training && outputs.size() != facts.outputs.size()) ||
        !std::all_of(outputs.begin(), outputs.end(), known))
      refuse(program.name + ": its image or outputs differ from another batch's");
    if (!training)
      facts.batches.push_back(program.batch);
    else
      facts.training->outputs = namesOf(outputs);
  }
}

// Behind the activations: what a caller may not want, what the context fills, its own struct.
void placeInArena(const Plan &plan, InterfaceFacts &facts) {
  int64_t end = alignUp(facts.activationBytes);
  const auto take = [&](int64_t bytes) {
    const int64_t place = end;
    end = alignUp(end + bytes);
    return place;
  };
  const std::set<int> needed = neededAnyway(plan);
  int64_t images = facts.batches.back();
  if (facts.training)
    images = std::max(images, facts.training->batches.back());
  for (OutputFacts &output : facts.outputs)
    if (needed.count(output.segment) != 0)
      output.standIn = take(output.elements * images * 4);
  if (facts.training) {
    TrainingFacts &training = *facts.training;
    training.targetsPlace = take(training.classes * images * 4);
    training.weightPlace = take(images * 4);
    for (DropPathFacts &site : training.dropPaths)
      site.place = take(images * 4);
    training.lossPlace = take(4);
    training.transposedPlace = take(training.transposedBytes);
    for (size_t i = 0; i < plan.segments.size(); ++i)
      if (plan.segments[i].name == "grad_input" && needed.count(static_cast<int>(i)) != 0)
        training.inputGradientStandIn = take(facts.image.elements * images * 4);
  }
  facts.handleOffset = take(kHandleBytes);
  facts.arenaBytes = end;
}

} // namespace

InterfaceFacts interfaceOf(const Plan &plan, const CodegenOptions &options) {
  InterfaceFacts facts;
  if (plan.programs.empty())
    refuse("there is no program");
  if (plan.isTraining())
    facts.training = trainingOf(plan, options);
  for (const PlanSegment &segment : plan.segments)
    if (!facts.training && (segment.kind == SegmentKind::grad || segment.kind == SegmentKind::opt))
      refuse(fmt::format("segment {}: {} belongs to training, but nothing is trained", segment.name,
                         segmentKindName(segment.kind)));
  facts.weightBytes = plan.payloadBytes();
  facts.bf16Weights =
      std::any_of(plan.constants.begin(), plan.constants.end(), [](const PlanConstant &constant) {
        return constant.type() == ElementType::bf16;
      });
  readPrograms(plan, options, facts);
  std::sort(facts.batches.begin(), facts.batches.end());
  if (facts.batches.empty())
    refuse("no program evaluates");
  if (repeats(facts.batches) || (facts.training && repeats(facts.training->batches)))
    refuse("two programs have the same batch");
  placeInArena(plan, facts);
  return facts;
}

int64_t elementBytes(ElementType type) {
  return type == ElementType::f32 ? 4 : type == ElementType::bf16 ? 2 : 1;
}

std::string shapeText(const std::vector<int64_t> &shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

std::string bufferText(const BufferType &type) {
  std::string text = shapeText(type.shape);
  if (!type.shape.empty() && type.pitch != type.shape.back())
    text.insert(text.size() - 1, fmt::format("/{}", type.pitch));
  return text;
}

const char *inputFormatText(const ImageFacts &image) {
  if (image.type == ElementType::u8)
    return "u8-nhwc";
  return image.channelsFirst ? "f32-nchw" : "f32-nhwc";
}

std::string optionsText(const InterfaceFacts &facts, const CodegenOptions &options) {
  std::vector<std::string> levels;
  for (const Level level : options.levels)
    levels.emplace_back(levelName(level));
  const auto map = std::find_if(facts.outputs.begin(), facts.outputs.end(),
                                [](const OutputFacts &output) { return output.shape.size() == 3; });
  const bool nchw =
      map == facts.outputs.end() ? options.outputLayout == "nchw" : map->channelsFirst;
  std::string text = fmt::format(
      "--batch {} --cpu {} --outputs {} --output-layout {} --input-format {}",
      fmt::join(facts.batches, ","), fmt::join(levels, ","), fmt::join(namesOf(facts.outputs), ","),
      nchw ? "nchw" : "nhwc", inputFormatText(facts.image));
  if (facts.bf16Weights)
    text += " --weight-type bf16";
  if (facts.training)
    text += facts.training->optionsText();
  for (const auto &[name, value] : options.options)
    text += " " + name + (value.empty() ? "" : " " + value);
  return text;
}

} // namespace cnx
