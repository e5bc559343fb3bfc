#include "compiler/plan/CheckPlan.h"

#include "compiler/Error.h"
#include "compiler/kernels/KernelGraph.h"
#include "compiler/plan/ReplayProgram.h"

#include "ir/PlanOps.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace cnx {
namespace {

// The type that a kernel's argument has according to its graph.
bool matches(plan::BufferType buffer, const cnx::Value &value) {
  const bool element = value.type == ElementType::f32    ? buffer.getElement().isF32()
                       : value.type == ElementType::bf16 ? buffer.getElement().isBF16()
                                                         : buffer.getElement().isUnsignedInteger(8);
  return element && buffer.getPitch() == value.pitch &&
         buffer.getShape() == ArrayRef<int64_t>(value.shape);
}

// Leaves of a weight expression: @name or @"name".
SmallVector<StringRef> parametersIn(StringRef expr) {
  SmallVector<StringRef> names;
  for (size_t at = expr.find('@'); at != StringRef::npos; at = expr.find('@')) {
    expr = expr.drop_front(at + 1);
    if (expr.consume_front("\""))
      names.push_back(expr.take_until([](char c) { return c == '"'; }));
    else
      names.push_back(expr.take_while(
          [](char c) { return llvm::isAlnum(c) || StringRef("._$-").contains(c); }));
    expr = expr.drop_front(names.back().size());
  }
  return names;
}

class Checker {
public:
  explicit Checker(ModuleOp checked) : module(checked) {}

  LogicalResult run() {
    for (auto segment : module.getOps<plan::SegmentOp>())
      segments[segment.getSymName()] = segment;
    checkConstants();
    for (auto kernel : module.getOps<plan::KernelOp>())
      checkKernel(kernel);
    for (auto program : module.getOps<plan::ProgramOp>())
      checkProgram(program);
    checkNothingIsSpare();
    checkPortsAgree();
    return success(fine);
  }

private:
  InFlightDiagnostic broken(Operation *op) {
    fine = false;
    return op->emitOpError();
  }

  void checkConstants() {
    SmallVector<plan::ConstantOp> sorted(module.getOps<plan::ConstantOp>());
    for (plan::ConstantOp constant : sorted) {
      const int64_t size = segments.lookup(constant.getSegment()).getBytes();
      if (constant.getOffset() + constant.getBytes() > size)
        broken(constant) << "ends at byte " << constant.getOffset() + constant.getBytes() << " of @"
                         << constant.getSegment() << ", which has " << size;
      for (StringRef parameter : parametersIn(constant.getExpr()))
        if (!module.lookupSymbol<plan::ParameterOp>(parameter))
          broken(constant) << "reads the parameter @" << parameter << ", which does not exist";
      constants[constant.getOffset()] = constant;
    }
    llvm::stable_sort(sorted, [](plan::ConstantOp a, plan::ConstantOp b) {
      return a.getOffset() < b.getOffset();
    });
    for (size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i - 1].getOffset() + sorted[i - 1].getBytes() > sorted[i].getOffset()) {
        auto error = broken(sorted[i]) << "overlaps @" << sorted[i - 1].getSymName();
        error.attachNote(sorted[i - 1].getLoc()) << "which lies here";
      }
  }

  void checkKernel(plan::KernelOp kernel) {
    KernelGraph graph;
    try {
      graph = parseKernelGraph(kernel.getGraph().str());
    } catch (const UserError &error) {
      broken(kernel) << "graph: " << error.what();
      return;
    }
    if (const std::string symbol = kernelSymbol(graph); kernel.getSymName() != symbol)
      broken(kernel) << "is not named as its graph asks for: @" << symbol;
    if (kernel.getFusion() != graph.fusion)
      broken(kernel) << "is of fusion \"" << kernel.getFusion() << "\", its graph of \""
                     << graph.fusion << "\"";
    Kernel &known = kernels[kernel];
    SmallVector<StringRef> expected;
    int64_t scalars = 0;
    for (int v : graph.arguments()) {
      const cnx::Value &value = graph.values[static_cast<size_t>(v)];
      if (value.role == Role::scalar) {
        ++scalars;
        continue;
      }
      known.arguments.push_back(value);
      expected.push_back(value.role != Role::output ? "r" : value.inPlaceOf < 0 ? "w" : "rw");
    }
    SmallVector<StringRef> access(kernel.getAccess().getAsValueRange<StringAttr>());
    known.isSound = access == expected && kernel.getScalars() == scalars;
    if (access != expected)
      broken(kernel) << "has access [" << llvm::join(access, ", ") << "], its graph ["
                     << llvm::join(expected, ", ") << "]";
    if (kernel.getScalars() != scalars)
      broken(kernel) << "has " << kernel.getScalars() << " scalars, its graph " << scalars;
  }

  void checkProgram(plan::ProgramOp program) {
    bool replayable = true;
    for (auto alloc : program.getOps<plan::AllocOp>()) {
      broken(alloc) << "has no address";
      replayable = false;
    }
    for (auto view : program.getOps<plan::ViewOp>())
      checkView(view);
    for (auto launch : program.getOps<plan::LaunchOp>()) {
      if (auto [first, isNew] = launches.try_emplace(launch.getId(), launch); !isNew) {
        auto error = broken(launch) << "has the id " << launch.getId() << " of another launch";
        error.attachNote(first->second.getLoc()) << "which is here";
      }
      auto kernel =
          SymbolTable::lookupNearestSymbolFrom<plan::KernelOp>(launch, launch.getKernelAttr());
      used.insert(kernel);
      const Kernel &known = kernels[kernel];
      replayable &= known.isSound;
      if (known.isSound)
        checkArguments(launch, known.arguments);
    }
    if (replayable && failed(replayProgram(program)))
      fine = false;
  }

  void checkView(plan::ViewOp view) {
    plan::SegmentOp segment = segments.lookup(view.getSegment());
    auto type = cast<plan::BufferType>(view.getType());
    const int64_t end = view.getOffset() + type.byteSize();
    if (end > segment.getBytes())
      broken(view) << "ends at byte " << end << " of @" << view.getSegment() << ", which has "
                   << segment.getBytes();
    if (view->use_empty())
      broken(view) << "is used by no launch";
    used.insert(segment);
    if (segment.getKind() == plan::SegmentKind::io) {
      if (view.getOffset() != 0 || !type.isDense())
        broken(view) << "of the caller's @" << view.getSegment()
                     << " is not dense or does not start at 0";
      ports[view->getParentOfType<plan::ProgramOp>()].insert(view.getSegment());
    }
    if (segment.getKind() == plan::SegmentKind::weights) {
      plan::ConstantOp constant = constants.lookup(view.getOffset());
      if (!constant || !type.isDense() || !type.getElement().isF32() ||
          type.getShape() != constant.getShape())
        broken(view) << "is no constant of @" << view.getSegment();
      else
        used.insert(constant);
    }
  }

  void checkArguments(plan::LaunchOp launch, ArrayRef<cnx::Value> arguments) {
    for (auto [i, buffer, argument] : llvm::enumerate(launch.getBuffers(), arguments))
      if (!matches(cast<plan::BufferType>(buffer.getType()), argument))
        broken(launch) << launch.getId() << ": argument " << i << " is " << buffer.getType()
                       << ", the kernel takes " << argument.name << " of shape ["
                       << llvm::join(llvm::map_range(argument.shape,
                                                     [](int64_t n) { return std::to_string(n); }),
                                     ", ")
                       << "] and pitch " << argument.pitch;
  }

  void checkNothingIsSpare() {
    for (Operation &op : *module.getBody())
      if (isa<plan::KernelOp, plan::ConstantOp>(op) && !used.contains(&op))
        broken(&op) << "is used by no launch";
    for (auto &entry : segments)
      if (entry.second.getKind() == plan::SegmentKind::io && !used.contains(entry.second))
        broken(entry.second) << "is neither read nor written";
  }

  // A caller passes the same arrays whatever the batch.
  void checkPortsAgree() {
    llvm::StringMap<plan::ProgramOp> first;
    for (auto program : module.getOps<plan::ProgramOp>()) {
      plan::ProgramOp other = first.try_emplace(program.getDirection(), program).first->second;
      for (auto [here, there] : {std::pair(program, other), std::pair(other, program)})
        for (StringRef port : ports[here])
          if (!ports[there].contains(port))
            broken(there) << "does not use @" << port << ", which @" << here.getSymName()
                          << " does";
    }
  }

  struct Kernel {
    std::vector<cnx::Value> arguments; // pointers only
    bool isSound = false;              // access and scalars are as the graph says
  };

  ModuleOp module;
  bool fine = true;
  llvm::MapVector<StringRef, plan::SegmentOp> segments;
  llvm::DenseMap<int64_t, plan::ConstantOp> constants; // by offset
  llvm::DenseMap<Operation *, Kernel> kernels;
  llvm::DenseMap<int64_t, plan::LaunchOp> launches;              // by id
  llvm::DenseSet<Operation *> used;                              // kernels, constants, segments
  llvm::DenseMap<Operation *, llvm::SetVector<StringRef>> ports; // by program
};

} // namespace

LogicalResult checkPlan(ModuleOp plan) { return Checker(plan).run(); }

} // namespace cnx
