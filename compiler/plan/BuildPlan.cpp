#include "compiler/plan/BuildPlan.h"

#include "compiler/passes/KernelGraphOf.h"
#include "compiler/plan/ConstantPool.h"
#include "compiler/plan/Program.h"

#include "ir/CnxOps.h"
#include "ir/PlanOps.h"
#include "ir/State.h"
#include "ir/TrainedLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace cnx {
namespace {

constexpr llvm::StringLiteral kWeights = "weights", kArena = "arena";

// The flat segments, by the names that functions have for them.
std::optional<plan::SegmentKind> flatSegment(StringRef name) {
  return llvm::StringSwitch<std::optional<plan::SegmentKind>>(name)
      .Case(ir::kParam, plan::SegmentKind::param)
      .Case(ir::kGrad, plan::SegmentKind::grad)
      .Cases({ir::kMoment1, ir::kMoment2, ir::kAverage}, plan::SegmentKind::opt)
      .Default(std::nullopt);
}

bool isLoss(ir::KernelOp kernel) {
  return llvm::any_of(kernel.getBody().front(), llvm::IsaPred<ir::SoftmaxXentOp>);
}

plan::BufferType bufferType(MLIRContext *context, const cnx::Value &value) {
  Type element = Float32Type::get(context);
  if (value.type == ElementType::u8)
    element = IntegerType::get(context, 8, IntegerType::Unsigned);
  else if (value.type == ElementType::bf16)
    element = BFloat16Type::get(context);
  return plan::BufferType::get(value.shape, element, value.pitch);
}

std::string accessOf(const cnx::Value &argument) {
  if (argument.role != Role::output)
    return "r";
  return argument.inPlaceOf >= 0 ? "rw" : "w";
}

// The pointer arguments of a kernel, in order.
std::vector<int> pointersOf(const KernelGraph &graph) {
  std::vector<int> pointers = graph.arguments();
  llvm::erase_if(pointers,
                 [&](int v) { return graph.values[static_cast<size_t>(v)].role == Role::scalar; });
  return pointers;
}

class PlanBuilder {
public:
  explicit PlanBuilder(ModuleOp fusedModule)
      : fused(fusedModule), result(ModuleOp::create(fusedModule.getLoc())),
        builder(OpBuilder::atBlockEnd(result->getBody())), constants(builder, kWeights) {}

  std::optional<OwningOpRef<ModuleOp>> build() {
    for (StringRef name : {ir::kNameAttr, ir::kInfoAttr})
      if (Attribute attribute = fused->getAttr(name))
        (*result)->setAttr(name, attribute);
    for (auto weight : fused.getOps<ir::WeightOp>())
      plan::ParameterOp::create(
          builder, weight.getLoc(), weight.getSymNameAttr(),
          builder.getDenseI64ArrayAttr(cast<RankedTensorType>(weight.getType()).getShape()),
          weight.getFileAttr(), weight.getTensorAttr(),
          plan::InitialiserAttr::get(fused.getContext(), weight.getInit()),
          builder.getF64FloatAttr(weight.getInitValue()),
          builder.getI64IntegerAttr(weight.getSeed()), weight.getStoredAttr());

    plan::SegmentOp weights = addSegment(kWeights, plan::SegmentKind::weights);
    addSegment(kArena, plan::SegmentKind::arena);
    if (ir::isTraining(fused))
      addTrained();
    if (auto function = fused.lookupSymbol<func::FuncOp>(ir::kTransposeFunction))
      addDerived(function);
    for (auto function : fused.getOps<func::FuncOp>())
      if (failed(addPorts(function)))
        return std::nullopt;

    SmallVector<plan::ProgramOp> programs;
    for (auto function : fused.getOps<func::FuncOp>()) {
      plan::ProgramOp program = addProgram(function);
      if (!program)
        return std::nullopt;
      programs.push_back(program);
    }
    // Constants and kernels are met in the programs, yet stand before them, each kind together.
    for (plan::KernelOp kernel : kernelOrder)
      kernel->moveBefore(result->getBody(), result->getBody()->end());
    for (plan::ProgramOp program : programs)
      program->moveBefore(result->getBody(), result->getBody()->end());
    weights.setBytes(constants.bytes());
    return std::move(result);
  }

private:
  plan::SegmentOp addSegment(StringRef name, plan::SegmentKind kind) {
    return plan::SegmentOp::create(builder, fused.getLoc(), name, kind, 0);
  }

  // The flat segments that every training build has, a constant a trained parameter, and as raw
  // constants what is frozen: a checkpoint that is saved holds them too.
  void addTrained() {
    const SmallVector<ir::TrainedTensor> layout = ir::trainedLayout(fused);
    flatBytes = ir::flatElements(layout) * 4;
    addFlat(ir::kParam);
    if (hasGradients(/*asArguments=*/true))
      addFlat(ir::kGrad);
    else if (hasGradients(/*asArguments=*/false)) {
      addFlat(ir::kGrad);
      ports[ir::kGrad].setArenaOffset(0);
    }
    for (const ir::TrainedTensor &tensor : layout) {
      const StringRef name = ir::WeightOp(tensor.weight).getSymName();
      const std::string expression =
          (ir::packingOp(tensor.form) + "(" + parameterLeaf(name) + ")").str();
      trained[name] = plan::ConstantOp::create(builder, tensor.weight->getLoc(),
                                               (name + ".trained").str(), ir::kParam, tensor.offset,
                                               tensor.bytes, expression, tensor.shape);
    }
    for (auto weight : fused.getOps<ir::WeightOp>())
      if (weight.getFrozen())
        constants.keep(weight);
  }

  // Copies of trained parameters that are kept: of each a constant, which says of what it is made.
  void addDerived(func::FuncOp function) {
    plan::SegmentOp segment = addSegment(ir::kTransposed, plan::SegmentKind::derived);
    int64_t end = 0;
    for (OpOperand &copy : function.getBody().front().getTerminator()->getOpOperands()) {
      const StringRef name = ir::resultName(function, copy.getOperandNumber());
      auto kernel = copy.get().getDefiningOp<ir::KernelOp>();
      if (!kernel)
        continue; // cnx-check-fused refuses it
      const auto sources = llvm::map_to_vector(kernel.getInputs(), [](mlir::Value weight) {
        return weightExpression(weight.getDefiningOp());
      });
      auto type = cast<RankedTensorType>(copy.get().getType());
      const int64_t bytes = type.getNumElements() * 4;
      derived[name] = plan::ConstantOp::create(
          builder, kernel.getLoc(), (name.split('.').second + ".transposed").str(), ir::kTransposed,
          end, bytes, "transpose_panels(" + llvm::join(sources, ", ") + ")", type.getShape());
      end += llvm::alignTo(bytes, plan::kAlignment);
    }
    segment.setBytes(end);
  }

  // Gradients that are arguments too add up: they are state, and outlive a program. Others are made
  // anew by each backward pass and can lie where activations were, or are used up by the pass.
  bool hasGradients(bool asArguments) {
    return llvm::any_of(fused.getOps<func::FuncOp>(), [&](func::FuncOp function) {
      const unsigned count = asArguments ? function.getNumArguments() : function.getNumResults();
      return ir::isTraining(function) && llvm::any_of(llvm::seq(count), [&](unsigned i) {
               return (asArguments ? ir::argumentName(function, i) : ir::resultName(function, i))
                   .starts_with(ir::kGradientPrefix);
             });
    });
  }

  void addFlat(StringRef name) {
    plan::SegmentOp &segment = ports[name];
    if (!segment)
      segment = addSegment(name, *flatSegment(name));
    segment.setBytes(flatBytes);
  }

  // A segment for every argument and result: the flat ones, of which what belongs to one parameter
  // is a view, and of kind io the caller's, of the size of the largest program's.
  LogicalResult addPorts(func::FuncOp function) {
    auto add = [&](Type type, StringRef name) -> LogicalResult {
      if (name.empty())
        return function.emitError("an argument or result has no ") << ir::kNameAttr;
      if (flatBytes && flatSegment(name)) {
        addFlat(name);
        return success();
      }
      if (derived.contains(name))
        return success();
      auto tensor = cast<RankedTensorType>(type);
      int64_t bytes = tensor.getNumElements() * (tensor.getElementTypeBitWidth() / 8);
      if (const std::optional<Part> part = partOf(name)) {
        if (flatSegment(part->segment)) {
          addFlat(part->segment);
          return success();
        }
        name = part->segment;
        bytes *= flatBytes / (ir::kUpdateBlock * 4);
      }
      plan::SegmentOp &segment = ports[name];
      if (!segment)
        segment = addSegment(name, plan::SegmentKind::io);
      segment.setBytes(std::max(segment.getBytes(), bytes));
      return success();
    };
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (failed(add(type, ir::argumentName(function, static_cast<unsigned>(i)))))
        return failure();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(add(type, ir::resultName(function, static_cast<unsigned>(i)))))
        return failure();
    addDropRates(function);
    return success();
  }

  // Whoever draws the factors that an argument holds needs to know their rate.
  void addDropRates(func::FuncOp function) {
    function.walk([&](ir::DropPathOp drop) {
      mlir::Value factor = drop.getFactor();
      if (auto kernel = dyn_cast<ir::KernelOp>(drop->getParentOp()))
        factor = kernel->getOperand(cast<BlockArgument>(factor).getArgNumber());
      auto argument = dyn_cast<BlockArgument>(factor);
      if (argument && argument.getOwner() == &function.getBody().front())
        ports[ir::argumentName(function, argument.getArgNumber())].setRateAttr(drop.getRateAttr());
    });
  }

  plan::ProgramOp addProgram(func::FuncOp function) {
    const StringRef name = function.getSymName();
    const auto [direction, batchText] = name.rsplit("_b");
    if (!batchText.empty() && function.getNumArguments() == 0) {
      function.emitError("expected an argument, whose first extent is the batch");
      return {};
    }
    const int64_t batch =
        batchText.empty() ? 0
                          : cast<RankedTensorType>(function.getArgumentTypes()[0]).getDimSize(0);
    // Programs and segments share one namespace, and "squares" is the name of both.
    const std::string symbol = batch ? name.str() : ("flat_" + name).str();
    auto program = plan::ProgramOp::create(builder, function.getLoc(), symbol, direction, batch);
    contents.clear();
    OpBuilder body = OpBuilder::atBlockEnd(&program.getBody().front());
    auto section = [&](Section begin, Location at) {
      if (ir::isTraining(function))
        plan::SectionOp::create(body, at, sectionName(begin));
    };
    section(Section::forward, function.getLoc());
    for (auto kernel : function.getOps<ir::KernelOp>()) {
      const bool loss = isLoss(kernel);
      if (loss)
        section(Section::loss, kernel.getLoc());
      if (!addLaunch(function, kernel, body))
        return {};
      if (loss)
        section(Section::backward, kernel.getLoc());
    }
    return program;
  }

  // What an argument or result is of a memory of all parameters: "moment1.p" the part of a flat
  // segment that belongs to p, "rate.p" its first block's entry of a table, which all its blocks
  // share.
  struct Part {
    StringRef segment;
    int64_t offset; // bytes
  };
  std::optional<Part> partOf(StringRef name) {
    const auto [segment, parameter] = name.split('.');
    plan::ConstantOp constant = trained.lookup(parameter);
    if (!constant)
      return std::nullopt;
    const int64_t offset = constant.getOffset();
    if (flatSegment(segment))
      return Part{segment, offset};
    if (segment == ir::kRateTable || segment == ir::kDecayTable)
      return Part{segment, offset / ir::kUpdateBlock};
    return std::nullopt;
  }

  bool addLaunch(func::FuncOp function, ir::KernelOp kernel, OpBuilder &body) {
    const GroupGraph group = groupGraph(kernel);
    SmallVector<mlir::Value> arguments;
    SmallVector<int64_t> versions;
    for (int v : pointersOf(group.graph)) {
      const cnx::Value &value = group.graph.values[static_cast<size_t>(v)];
      const mlir::Value tensor = group.values[static_cast<size_t>(v)];
      Content content = contents.lookup(tensor);
      if (value.inPlaceOf >= 0)
        content = contents.lookup(group.values[static_cast<size_t>(value.inPlaceOf)]);
      if (!content.buffer)
        content.buffer = makeBuffer(function, tensor, value, kernel.getLoc(), body);
      if (!content.buffer)
        return false;
      arguments.push_back(content.buffer);
      versions.push_back(content.version);
      if (value.role == Role::output)
        ++content.version;
      contents[tensor] = content;
    }
    auto launch =
        plan::LaunchOp::create(body, kernel.getLoc(), kernelFor(kernel, group.graph).getSymName(),
                               arguments, group.scalars, nextLaunch++);
    if (llvm::any_of(versions, [](int64_t version) { return version > 1; }))
      launch->setAttr(kVersionsAttr, builder.getDenseI64ArrayAttr(versions));
    return true;
  }

  mlir::Value makeBuffer(func::FuncOp function, mlir::Value tensor, const cnx::Value &value,
                         Location loc, OpBuilder &body) {
    const plan::BufferType type = bufferType(fused.getContext(), value);
    if (value.role == Role::weight) {
      plan::ConstantOp constant = constantOf(tensor);
      return constant ? plan::ViewOp::create(body, constant.getLoc(), type, constant.getSegment(),
                                             constant.getOffset())
                      : plan::ViewOp();
    }
    if (auto argument = dyn_cast<BlockArgument>(tensor))
      return port(ir::argumentName(function, argument.getArgNumber()), type, loc, body);
    for (OpOperand &use : tensor.getUses())
      if (isa<func::ReturnOp>(use.getOwner()))
        return port(ir::resultName(function, use.getOperandNumber()), type, loc, body);
    return plan::AllocOp::create(body, loc, type);
  }

  // Of frozen weights the constant that their expression folds to. A trained one is read as it
  // lives, packed.
  plan::ConstantOp constantOf(mlir::Value weight) {
    SmallVector<StringRef> names = ir::parametersOf(weight.getDefiningOp());
    llvm::erase_if(names, [&](StringRef name) { return !trained.contains(name); });
    if (names.empty())
      return constants.get(weight);
    plan::ConstantOp parameter = trained.lookup(names.front());
    if (weightExpression(weight.getDefiningOp()) == parameter.getExpr())
      return parameter;
    emitError(weight.getLoc()) << "a kernel reads " << weightExpression(weight.getDefiningOp())
                               << "; @" << names.front() << " is trained and lives as "
                               << parameter.getExpr();
    return {};
  }

  mlir::Value port(StringRef name, plan::BufferType type, Location loc, OpBuilder &body) {
    if (const std::optional<Part> part = partOf(name))
      return plan::ViewOp::create(body, loc, type, part->segment, part->offset);
    if (plan::ConstantOp copy = derived.lookup(name))
      return plan::ViewOp::create(body, loc, type, copy.getSegment(), copy.getOffset());
    return plan::ViewOp::create(body, loc, type, name, 0);
  }

  plan::KernelOp kernelFor(ir::KernelOp source, const KernelGraph &graph) {
    const std::string json = toJson(graph);
    plan::KernelOp &kernel = kernels[json];
    if (kernel)
      return kernel;
    SmallVector<std::string> access;
    for (int v : pointersOf(graph))
      access.push_back(accessOf(graph.values[static_cast<size_t>(v)]));
    const SmallVector<StringRef> accessTexts(access.begin(), access.end());
    const int64_t scalars = llvm::count_if(
        graph.values, [](const cnx::Value &value) { return value.role == Role::scalar; });
    auto cost = cast<ir::CostOpInterface>(source.getOperation());
    kernel = plan::KernelOp::create(builder, fused.getLoc(), kernelSymbol(graph), graph.fusion,
                                    json, builder.getStrArrayAttr(accessTexts), scalars,
                                    cost.getFlops(), cost.getBytes());
    kernelOrder.push_back(kernel);
    return kernel;
  }

  // Where a tensor lies, and how many launches have written there when it is what lies there.
  struct Content {
    mlir::Value buffer;
    int64_t version = 0;
  };

  ModuleOp fused;
  OwningOpRef<ModuleOp> result;
  OpBuilder builder; // at the end of the plan's body
  ConstantPool constants;
  llvm::StringMap<plan::ConstantOp> trained; // by parameter
  llvm::StringMap<plan::ConstantOp> derived; // by argument and result, "transposed.p"
  int64_t flatBytes = 0;                     // of each flat segment
  llvm::StringMap<plan::SegmentOp> ports;
  llvm::StringMap<plan::KernelOp> kernels;       // by the graph's JSON
  SmallVector<plan::KernelOp> kernelOrder;       // of first use
  llvm::DenseMap<mlir::Value, Content> contents; // of the program at hand, by tensor
  int64_t nextLaunch = 0;
};

} // namespace

std::optional<OwningOpRef<ModuleOp>> buildPlan(ModuleOp fused) {
  return PlanBuilder(fused).build();
}

} // namespace cnx
