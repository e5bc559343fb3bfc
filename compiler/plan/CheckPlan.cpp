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
    checkPlaces();
    for (auto kernel : module.getOps<plan::KernelOp>())
      checkKernel(kernel);
    for (auto program : module.getOps<plan::ProgramOp>())
      checkProgram(program);
    checkFlatSegments();
    checkCopies();
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
      constants[{segments.lookup(constant.getSegment()), constant.getOffset()}] = constant;
    }
    llvm::stable_sort(sorted, [](plan::ConstantOp a, plan::ConstantOp b) {
      return std::pair(a.getSegment(), a.getOffset()) < std::pair(b.getSegment(), b.getOffset());
    });
    for (size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i - 1].getSegment() == sorted[i].getSegment() &&
          sorted[i - 1].getOffset() + sorted[i - 1].getBytes() > sorted[i].getOffset()) {
        auto error = broken(sorted[i]) << "overlaps @" << sorted[i - 1].getSymName();
        error.attachNote(sorted[i - 1].getLoc()) << "which lies here";
      }
  }

  // Gradients may lie in the arena.
  void checkPlaces() {
    int64_t arena = 0;
    for (auto &entry : segments)
      if (entry.second.getKind() == plan::SegmentKind::arena)
        arena = entry.second.getBytes();
    for (auto &entry : segments) {
      plan::SegmentOp segment = entry.second;
      const std::optional<uint64_t> offset = segment.getArenaOffset();
      if (!offset)
        continue;
      const int64_t at = static_cast<int64_t>(*offset);
      if (segment.getKind() != plan::SegmentKind::grad)
        broken(segment) << "lies in the arena, where only gradients may";
      if (at < 0 || at % plan::kAlignment != 0 || at + segment.getBytes() > arena)
        broken(segment) << "lies at byte " << at << " of the arena, which has " << arena;
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
    checkSections(program);
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
    if (program.getDirection() == "train")
      checkGradients(program);
  }

  // Every copy of a parameter is made somewhere.
  void checkCopies() {
    llvm::DenseSet<Operation *> made;
    module.walk([&](plan::ViewOp view) {
      if (isWritten(view))
        made.insert(constants.lookup({segments.lookup(view.getSegment()), view.getOffset()}));
    });
    for (const auto &[place, op] : constants)
      if (plan::ConstantOp constant(op);
          segments.lookup(constant.getSegment()).getKind() == plan::SegmentKind::derived &&
          !made.contains(op))
        broken(constant) << "is made by no program";
  }

  // Nobody clears gradients that lie in the arena: each must be made. Where none are kept, each
  // parameter must be updated.
  void checkGradients(plan::ProgramOp program) {
    plan::SegmentOp results = parameters();
    for (auto &entry : segments)
      if (entry.second.getKind() == plan::SegmentKind::grad)
        results = entry.second;
    const bool kept = results && results.getKind() == plan::SegmentKind::grad;
    if (!results || (kept && !results.getArenaOffset()))
      return;
    llvm::DenseSet<int64_t> made;
    for (auto view : program.getOps<plan::ViewOp>())
      if (segments.lookup(view.getSegment()) == results && isWritten(view))
        made.insert(view.getOffset());
    for (const auto &[place, constant] : constants)
      if (segments.lookup(plan::ConstantOp(constant).getSegment()) == parameters() &&
          !made.contains(place.second))
        broken(program) << (kept ? "makes no gradient of @" : "does not update @")
                        << plan::ConstantOp(constant).getSymName();
  }

  bool isWritten(plan::ViewOp view) {
    return llvm::any_of(view->getUses(), [&](OpOperand &use) {
      auto launch = cast<plan::LaunchOp>(use.getOwner());
      auto kernel =
          SymbolTable::lookupNearestSymbolFrom<plan::KernelOp>(launch, launch.getKernelAttr());
      const auto access = kernel.getAccess().getAsValueRange<StringAttr>();
      return *std::next(access.begin(), use.getOperandNumber()) != "r";
    });
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
      if (!type.isDense() || (view.getOffset() != 0 && !type.isEntry()))
        broken(view) << "of the caller's @" << view.getSegment()
                     << " is not dense or does not start at 0";
      ports[view->getParentOfType<plan::ProgramOp>()].insert(view.getSegment());
    }
    if (segment.getKind() == plan::SegmentKind::weights ||
        segment.getKind() == plan::SegmentKind::derived)
      checkConstantView(view, segment);
    if (isFlat(segment) && !(view.getOffset() == 0 && type.byteSize() == segment.getBytes()))
      checkConstantView(view, parameters());
  }

  // Parameters, gradients and the optimiser's state have one layout, which the constants of the
  // segment of kind param tell.
  static bool isFlat(plan::SegmentOp segment) {
    return segment.getKind() == plan::SegmentKind::param ||
           segment.getKind() == plan::SegmentKind::grad ||
           segment.getKind() == plan::SegmentKind::opt;
  }

  plan::SegmentOp parameters() {
    for (auto &entry : segments)
      if (entry.second.getKind() == plan::SegmentKind::param)
        return entry.second;
    return {};
  }

  void checkConstantView(plan::ViewOp view, plan::SegmentOp place) {
    auto type = cast<plan::BufferType>(view.getType());
    plan::ConstantOp constant = constants.lookup({place, view.getOffset()});
    const bool fits =
        constant && (plan::storedBytes(constant.getExpr()) == 2 ? type.getElement().isBF16()
                                                                : type.getElement().isF32());
    if (!fits || !type.isDense() || type.getShape() != constant.getShape())
      broken(view) << "is no " << (isFlat(place) ? "tensor" : "constant") << " of @"
                   << view.getSegment();
    else
      used.insert(constant);
  }

  void checkFlatSegments() {
    plan::SegmentOp first = parameters();
    for (auto &entry : segments)
      if (first && isFlat(entry.second) && entry.second.getBytes() != first.getBytes())
        broken(entry.second) << "has " << entry.second.getBytes() << " bytes, @"
                             << first.getSymName() << " has " << first.getBytes();
  }

  // forward, loss, backward, once each, where a program trains; nowhere else. One launch makes the
  // loss.
  void checkSections(plan::ProgramOp program) {
    SmallVector<StringRef> found;
    int64_t losses = 0;
    for (Operation &op : program.getBody().front()) {
      if (auto section = dyn_cast<plan::SectionOp>(op))
        found.push_back(section.getName());
      else if (isa<plan::LaunchOp>(op))
        losses += !found.empty() && found.back() == "loss";
    }
    const bool trains = program.getDirection() == "train";
    if (trains ? ArrayRef<StringRef>(found) != ArrayRef<StringRef>({"forward", "loss", "backward"})
               : !found.empty())
      broken(program) << "of direction " << program.getDirection() << " has the sections ["
                      << llvm::join(found, ", ") << "], expected ["
                      << (trains ? "forward, loss, backward" : "") << "]";
    else if (trains && losses != 1)
      broken(program) << "has " << losses << " launches in its section loss, expected 1";
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
      if (isa<plan::KernelOp, plan::ConstantOp>(op) && !used.contains(&op) && !isKept(&op))
        broken(&op) << "is used by no launch";
    for (auto &entry : segments)
      if (entry.second.getKind() == plan::SegmentKind::io && !used.contains(entry.second))
        broken(entry.second) << "is neither read nor written";
  }

  // Trained parameters and, in a training plan, raw ones stand there for whoever saves them.
  bool isKept(Operation *op) {
    auto constant = dyn_cast<plan::ConstantOp>(op);
    plan::SegmentOp trained = parameters();
    return constant && trained &&
           (constant.getSegment() == trained.getSymName() || constant.getExpr().starts_with("@"));
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
  llvm::DenseMap<std::pair<Operation *, int64_t>, plan::ConstantOp> constants; // by place
  llvm::DenseMap<Operation *, Kernel> kernels;
  llvm::DenseMap<int64_t, plan::LaunchOp> launches;              // by id
  llvm::DenseSet<Operation *> used;                              // kernels, constants, segments
  llvm::DenseMap<Operation *, llvm::SetVector<StringRef>> ports; // by program
};

} // namespace

LogicalResult checkPlan(ModuleOp plan) { return Checker(plan).run(); }

} // namespace cnx
