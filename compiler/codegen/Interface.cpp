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

int64_t product(const std::vector<int64_t> &shape) {
  int64_t n = 1;
  for (const int64_t extent : shape)
    n *= extent;
  return n;
}

// Images have three channels and at least 32 rows and columns, so the shape tells the layout.
ImageFacts imageOf(const PlanProgram &program) {
  const auto port = std::find_if(program.ports.begin(), program.ports.end(),
                                 [](const PlanPort &p) { return p.access == Access::read; });
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
    if (port.access == Access::read)
      continue;
    OutputFacts output;
    output.name = identifier(plan.segments[static_cast<size_t>(port.segment)].name);
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

} // namespace

InterfaceFacts interfaceOf(const Plan &plan, const CodegenOptions &options) {
  InterfaceFacts facts;
  if (plan.programs.empty())
    refuse("there is no program");
  for (const PlanSegment &segment : plan.segments) {
    if (segment.kind == SegmentKind::weights)
      facts.weightBytes += segment.bytes;
    else if (segment.kind != SegmentKind::arena && segment.kind != SegmentKind::io)
      refuse(fmt::format("segment {}: {} belongs to training, which has no emitter", segment.name,
                         segmentKindName(segment.kind)));
  }
  facts.image = imageOf(plan.programs.front());
  facts.outputs = outputsOf(plan, plan.programs.front(), facts.image, options);
  for (const PlanProgram &program : plan.programs) {
    if (program.direction != "forward")
      refuse(fmt::format("{}: direction {} has no emitter", program.name, program.direction));
    const ImageFacts image = imageOf(program);
    const std::vector<OutputFacts> outputs = outputsOf(plan, program, image, options);
    const bool same =
        image.height == facts.image.height && image.width == facts.image.width &&
        image.segment == facts.image.segment &&
        std::equal(outputs.begin(), outputs.end(), facts.outputs.begin(), facts.outputs.end(),
                   [](const OutputFacts &a, const OutputFacts &b) {
                     return a.segment == b.segment && a.shape == b.shape;
                   });
    if (!same)
      refuse(program.name + ": its image or outputs differ from another batch's");
    facts.batches.push_back(program.batch);
    facts.activationBytes = std::max(facts.activationBytes, program.arenaBytes);
  }
  std::sort(facts.batches.begin(), facts.batches.end());
  if (std::adjacent_find(facts.batches.begin(), facts.batches.end()) != facts.batches.end())
    refuse("two programs have the same batch");

  int64_t end = alignUp(facts.activationBytes);
  const std::set<int> needed = neededAnyway(plan);
  for (OutputFacts &output : facts.outputs)
    if (needed.count(output.segment) != 0) {
      output.standIn = end;
      end = alignUp(end + output.elements * facts.batches.back() * 4);
    }
  facts.handleOffset = end;
  facts.arenaBytes = end + kHandleBytes;
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
  std::vector<std::string> levels, outputs;
  for (const Level level : options.levels)
    levels.emplace_back(levelName(level));
  for (const OutputFacts &output : facts.outputs)
    outputs.push_back(output.name);
  const auto map = std::find_if(facts.outputs.begin(), facts.outputs.end(),
                                [](const OutputFacts &output) { return output.shape.size() == 3; });
  const bool nchw =
      map == facts.outputs.end() ? options.outputLayout == "nchw" : map->channelsFirst;
  std::string text =
      fmt::format("--batch {} --cpu {} --outputs {} --output-layout {} --input-format {}",
                  fmt::join(facts.batches, ","), fmt::join(levels, ","), fmt::join(outputs, ","),
                  nchw ? "nchw" : "nhwc", inputFormatText(facts.image));
  for (const auto &[name, value] : options.options)
    text += " " + name + (value.empty() ? "" : " " + value);
  return text;
}

} // namespace cnx
