#include "compiler/plan/ReadPlan.h"

#include "compiler/plan/AssignMemory.h"

#include "ir/CnxDialect.h"
#include "ir/Layer.h"
#include "ir/PlanOps.h"

#include "llvm/ADT/StringMap.h"

#include <cassert>

using namespace mlir;

namespace cnx {
namespace {

std::string moduleText(ModuleOp module, StringRef name) {
  auto text = module->getAttrOfType<StringAttr>(name);
  return text ? text.str() : "";
}

std::vector<int64_t> listed(ArrayRef<int64_t> values) { return {values.begin(), values.end()}; }

Access readAccess(Attribute attribute) {
  const StringRef text = cast<StringAttr>(attribute).getValue();
  return text == "r" ? Access::read : text == "w" ? Access::write : Access::readWrite;
}

Section readSection(StringRef name) {
  for (Section section : {Section::loss, Section::backward})
    if (name == sectionName(section))
      return section;
  return Section::forward;
}

Parameter readParameter(plan::ParameterOp op) {
  Parameter parameter;
  parameter.name = op.getSymName().str();
  parameter.shape = listed(op.getShape());
  parameter.file = op.getFile().value_or("").str();
  parameter.tensor = op.getTensor().value_or("").str();
  parameter.init = static_cast<Parameter::Init>(op.getInit());
  parameter.initValue = op.getInitValue();
  parameter.seed = static_cast<uint64_t>(op.getSeed());
  if (auto stored = op.getStored())
    parameter.storedShape = listed(*stored);
  return parameter;
}

cnx::BufferType readType(mlir::Value buffer) {
  auto source = cast<plan::BufferType>(buffer.getType());
  cnx::BufferType type;
  type.shape = listed(source.getShape());
  type.pitch = source.getPitch();
  type.type = source.getElement().isF32()    ? ElementType::f32
              : source.getElement().isBF16() ? ElementType::bf16
                                             : ElementType::u8;
  return type;
}

// Where the plan's structs refer to each other by index.
struct Indices {
  llvm::StringMap<int> segments, kernels;
};

PlanProgram readProgram(plan::ProgramOp op, const Plan &plan, const Indices &indices) {
  PlanProgram program;
  program.direction = op.getDirection().str();
  program.batch = op.getBatch();
  program.name = program.batch ? op.getSymName().str() : program.direction;
  if (auto live = op->getAttrOfType<IntegerAttr>(kLiveBytesAttr))
    program.liveBytes = live.getInt();
  std::vector<PlanPort> portOf(plan.segments.size());
  Section section = Section::forward;
  for (Operation &each : op.getBody().front()) {
    if (auto begin = dyn_cast<plan::SectionOp>(each))
      section = readSection(begin.getName());
    auto source = dyn_cast<plan::LaunchOp>(each);
    if (!source)
      continue;
    PlanLaunch launch;
    launch.section = section;
    launch.id = source.getId();
    launch.kernel = indices.kernels.lookup(source.getKernel());
    launch.layer = ir::layerOf(source.getLoc());
    launch.scalars.assign(source.getScalars().begin(), source.getScalars().end());
    const PlanKernel &kernel = plan.kernels[static_cast<size_t>(launch.kernel)];
    for (auto [buffer, access] : llvm::zip_equal(source.getBuffers(), kernel.access)) {
      auto view = buffer.getDefiningOp<plan::ViewOp>();
      assert(view && "a buffer without an address");
      const PlanArgument argument{indices.segments.lookup(view.getSegment()), view.getOffset(),
                                  readType(buffer)};
      const auto segment = static_cast<size_t>(argument.segment);
      const int64_t end = argument.offset + argument.type.bytes();
      const int64_t at = plan.segments[segment].kind == SegmentKind::arena
                             ? 0
                             : plan.segments[segment].arenaOffset;
      if (at >= 0 && at + end > program.arenaBytes)
        program.arenaBytes = (at + end + kPlanAlignment - 1) / kPlanAlignment * kPlanAlignment;
      if (plan.segments[segment].kind == SegmentKind::io)
        portOf[segment] = {argument.segment, argument.type, access};
      launch.args.push_back(argument);
    }
    program.launches.push_back(std::move(launch));
  }
  for (const PlanPort &port : portOf)
    if (!port.type.shape.empty())
      program.ports.push_back(port);
  return program;
}

} // namespace

Plan readPlan(ModuleOp module) {
  Plan plan;
  Indices indices;
  plan.name = moduleText(module, ir::kNameAttr);
  plan.info = moduleText(module, ir::kInfoAttr);
  for (auto op : module.getOps<plan::ParameterOp>())
    plan.parameters.push_back(readParameter(op));
  for (auto op : module.getOps<plan::SegmentOp>()) {
    indices.segments[op.getSymName()] = static_cast<int>(plan.segments.size());
    plan.segments.push_back({op.getSymName().str(), static_cast<SegmentKind>(op.getKind()),
                             op.getBytes(),
                             op.getRateAttr() ? op.getRateAttr().getValueAsDouble() : 0,
                             op.getArenaOffset() ? int64_t(*op.getArenaOffset()) : -1});
  }
  for (auto op : module.getOps<plan::ConstantOp>())
    plan.constants.push_back(
        {op.getSymName().str(),
         plan.segments[static_cast<size_t>(indices.segments.lookup(op.getSegment()))].kind,
         op.getOffset(), op.getBytes(), op.getExpr().str(), listed(op.getShape()),
         ir::layerOf(op.getLoc())});
  for (auto op : module.getOps<plan::KernelOp>()) {
    indices.kernels[op.getSymName()] = static_cast<int>(plan.kernels.size());
    PlanKernel kernel{op.getSymName().str(),
                      op.getGraph().str(),
                      op.getFusion().str(),
                      {},
                      static_cast<int>(op.getScalars()),
                      op.getFlops(),
                      op.getBytes()};
    for (Attribute access : op.getAccess())
      kernel.access.push_back(readAccess(access));
    plan.kernels.push_back(std::move(kernel));
  }
  for (auto op : module.getOps<plan::ProgramOp>())
    plan.programs.push_back(readProgram(op, plan, indices));
  return plan;
}

} // namespace cnx
