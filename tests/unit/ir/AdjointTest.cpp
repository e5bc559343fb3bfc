// Every op's adjoint against finite differences of its own evaluation, in double, at odd shapes.
#include "ir/CnxOps.h"
#include "ir/Layer.h"
#include "ir/Reference.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <cmath>
#include <random>
#include <set>

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

// One op, its operands the function's arguments.
class Subject {
public:
  Subject(const std::string &arguments, const std::string &text)
      : program("func.func @f(" + arguments + ") {\n" + text + " loc(\"layer\")\nreturn\n}") {
    body().getTerminator()->setOperands(op()->getResults());
    forward().setType(mlir::FunctionType::get(forward().getContext(), body().getArgumentTypes(),
                                              op()->getResultTypes()));
  }

  mlir::Operation *op() { return &body().front(); }

  // Adds @adjoint(operands, cotangents) -> the gradients that are wanted; null where that fails.
  mlir::func::FuncOp derive(const llvm::BitVector &wanted, const llvm::BitVector &given) {
    auto adjoint = forward().clone();
    adjoint.setName("adjoint");
    program.module().push_back(adjoint);
    mlir::Block &block = adjoint.getBody().front();
    mlir::Operation *op = &block.front();
    mlir::OpBuilder builder(block.getTerminator());
    llvm::SmallVector<mlir::Value> cotangents(op->getNumResults()), gradients(op->getNumOperands()),
        results;
    for (unsigned i : given.set_bits())
      cotangents[i] = block.addArgument(op->getResult(i).getType(), op->getLoc());
    auto interface = mlir::cast<ir::AdjointOpInterface>(op);
    if (mlir::failed(interface.buildAdjoint(builder, cotangents, wanted, gradients)))
      return {};
    for (unsigned i = 0; i < gradients.size(); ++i) {
      CHECK(static_cast<bool>(gradients[i]) == wanted[i]);
      if (gradients[i])
        results.push_back(gradients[i]);
    }
    block.getTerminator()->setOperands(results);
    adjoint.setType(mlir::FunctionType::get(adjoint.getContext(), block.getArgumentTypes(),
                                            mlir::TypeRange(mlir::ValueRange(results))));
    return adjoint;
  }

  static std::vector<HostTensor> evaluate(mlir::func::FuncOp function,
                                          const std::vector<HostTensor> &arguments) {
    ir::NamedTensors inputs;
    for (size_t i = 0; i < arguments.size(); ++i)
      inputs["arg" + std::to_string(i)] = arguments[i];
    auto results =
        ir::evaluate(function, inputs, [](const std::string &) { return std::vector<double>(); });
    REQUIRE(mlir::succeeded(results));
    std::vector<HostTensor> ordered;
    for (size_t i = 0; i < results->size(); ++i)
      ordered.push_back(results->at("result" + std::to_string(i)));
    return ordered;
  }

  mlir::func::FuncOp forward() { return program.function(); }
  mlir::Block &body() { return forward().getBody().front(); }
  Program program;
};

double inner(const HostTensor &a, const HostTensor &b) {
  REQUIRE(a.shape == b.shape);
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

// d/dx of <cotangents, f(x)>, element by element, to fourth order in the step.
HostTensor difference(Subject &subject, std::vector<HostTensor> arguments, unsigned operand,
                      const std::vector<HostTensor> &cotangents) {
  constexpr double step = 2e-3;
  HostTensor gradient(arguments[operand].shape);
  for (int64_t i = 0; i < gradient.size(); ++i) {
    auto at = [&](double offset) {
      const double kept = arguments[operand][i];
      arguments[operand][i] = kept + offset;
      std::vector<HostTensor> results = Subject::evaluate(subject.forward(), arguments);
      arguments[operand][i] = kept;
      double sum = 0;
      for (size_t r = 0; r < cotangents.size(); ++r)
        sum += inner(cotangents[r], results[r]);
      return sum;
    };
    gradient[i] = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  }
  return gradient;
}

struct Shapes {
  int64_t n, h, w, c, m;
  explicit Shapes(uint64_t seed) {
    std::mt19937_64 random(seed);
    auto draw = [&](int64_t least, int64_t most) {
      return least + static_cast<int64_t>(random() % static_cast<uint64_t>(most - least + 1));
    };
    n = draw(1, 3), h = draw(2, 5), w = draw(2, 6), c = draw(3, 7), m = draw(1, 5);
  }
};

std::string type(const std::vector<int64_t> &shape) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

struct Case {
  std::string op, attributes;
  std::vector<std::vector<int64_t>> operands;
  unsigned differentiable = ~0u; // operands that have a derivative
  unsigned results = 1;          // those that have one
};

std::vector<Case> cases(const Shapes &s) {
  const std::vector<int64_t> map{s.n, s.h, s.w, s.c}, matrix{s.n, s.c}, vector{s.c};
  return {
      {"relayout", " to \"nhwc\"", {map}},
      {"relayout", " to \"nchw\"", {map}},
      {"normalize_input",
       " mean = [0.5, -0.25, 2.0] std = [0.5, 3.0, 0.125]",
       {{s.n, s.h, s.w, 3}}},
      {"patch_conv",
       " kernel = 2 features = " + std::to_string(s.m),
       {map, {s.m, s.c, 2, 2}, {s.m}}},
      {"patch_conv", " kernel = 1 features = " + std::to_string(s.m), {map, {s.m, s.c, 1, 1}}},
      {"dwconv", " kernel = 3", {map, {s.c, 1, 3, 3}, vector}},
      {"dwconv", " kernel = 7", {map, {s.c, 1, 7, 7}}},
      {"layer_norm", " eps = 0.01", {map}},
      {"layer_norm", " eps = 0.01", {matrix}},
      {"affine", "", {map, vector, vector}},
      {"affine", "", {matrix, vector, vector}},
      {"linear", " features = " + std::to_string(s.m), {map, {s.m, s.c}, {s.m}}},
      {"linear", " features = " + std::to_string(s.m), {matrix, {s.m, s.c}}},
      {"gelu", "", {map}},
      {"grn", " eps = 0.01", {map, vector, vector}},
      {"grn_factor", " eps = 0.01", {map, vector}},
      {"image_scale", "", {map, matrix}},
      {"channel_bias", "", {map, vector}},
      {"scale", "", {map, vector}},
      {"drop_path", " rate = 0.25 site = 3", {map, {s.n}}, 1},
      {"add", "", {map, map}},
      {"mean_pool", "", {map}},
  };
}

Subject subject(const Case &c) {
  std::string arguments, names, types;
  for (size_t i = 0; i < c.operands.size(); ++i) {
    const std::string separator = i ? ", " : "", name = "%a" + std::to_string(i);
    arguments += separator + name + ": " + type(c.operands[i]);
    names += separator + name;
    types += separator + type(c.operands[i]);
  }
  const std::string results = c.op == "layer_norm" ? "%r0, %r1" : "%r0";
  return {arguments, results + " = cnx." + c.op + " " + names + c.attributes + " : " + types};
}

llvm::BitVector bits(unsigned size, unsigned mask) {
  llvm::BitVector set(size);
  for (unsigned i = 0; i < size; ++i)
    set[i] = (mask >> i) & 1;
  return set;
}

} // namespace

TEST_CASE("every op of the dialect has an adjoint, or says that it has none", "[ir]") {
  Context context;
  int found = 0;
  for (mlir::RegisteredOperationName name :
       context.mlir().getRegisteredOperationsByDialect("cnx")) {
    INFO(name.getStringRef().str());
    CHECK(name.hasInterface<ir::AdjointOpInterface>() != name.hasTrait<ir::NoAdjoint>());
    ++found;
  }
  CHECK(found > 30);
}

TEST_CASE("the cases below hold every op that has an adjoint", "[ir]") {
  Context context;
  std::set<std::string> tested;
  for (const Case &c : cases(Shapes(0)))
    tested.insert("cnx." + c.op);
  for (mlir::RegisteredOperationName name : context.mlir().getRegisteredOperationsByDialect("cnx"))
    if (name.hasInterface<ir::AdjointOpInterface>()) {
      INFO(name.getStringRef().str());
      CHECK(tested.count(name.getStringRef().str()) == 1);
    }
}

TEST_CASE("adjoints agree with finite differences", "[ir]") {
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (const Case &c : cases(Shapes(seed))) {
      INFO(c.op << c.attributes << " of " << type(c.operands[0]) << ", seed " << seed);
      Subject net = subject(c);
      const auto count = static_cast<unsigned>(c.operands.size());
      const llvm::BitVector wanted = bits(count, c.differentiable);
      mlir::func::FuncOp adjoint =
          net.derive(wanted, bits(net.op()->getNumResults(), (1u << c.results) - 1));
      REQUIRE(adjoint);
      std::vector<HostTensor> arguments, cotangents;
      for (unsigned i = 0; i < count; ++i)
        arguments.push_back(noise(c.operands[i], 100 * seed + i));
      auto result = mlir::cast<mlir::RankedTensorType>(net.op()->getResult(0).getType());
      cotangents.push_back(noise(result.getShape().vec(), 100 * seed + 50));
      std::vector<HostTensor> all = arguments;
      all.push_back(cotangents[0]);
      const std::vector<HostTensor> gradients = Subject::evaluate(adjoint, all);
      unsigned next = 0;
      for (unsigned i : wanted.set_bits()) {
        INFO("operand " << i);
        const HostTensor &found = gradients.at(next++);
        HostTensor error = difference(net, arguments, i, cotangents);
        const double norm = std::sqrt(inner(error, error));
        CHECK(norm > 1e-3); // all zero would agree with anything that is forgotten
        for (int64_t k = 0; k < error.size(); ++k)
          error[k] -= found[k];
        CHECK(std::sqrt(inner(error, error)) < 1e-7 * norm);
      }
    }
}

TEST_CASE("an adjoint computes only what is wanted, at the layer's backward location", "[ir]") {
  for (const Case &c : cases(Shapes(7))) {
    INFO(c.op);
    const auto count = static_cast<unsigned>(c.operands.size());
    auto opsFor = [&](unsigned mask) {
      Subject net = subject(c);
      mlir::func::FuncOp adjoint =
          net.derive(bits(count, mask & c.differentiable), bits(net.op()->getNumResults(), 1));
      REQUIRE(adjoint);
      int ops = 0;
      for (mlir::Operation &op : adjoint.getBody().front().without_terminator())
        if (ops++ > 0)
          CHECK(ir::layerOf(op.getLoc()) == "layer#bwd");
      return ops - 1;
    };
    CHECK(opsFor(0) == 0);
    const int all = opsFor(~0u);
    CHECK(all <= 7);
    for (unsigned i = 0; i < count; ++i)
      CHECK(opsFor(1u << i) <= all);
    if (c.op == "linear" || c.op == "patch_conv" || c.op == "dwconv" || c.op == "affine")
      for (unsigned i = 0; i < count; ++i)
        CHECK(opsFor(1u << i) == 1);
  }
}

TEST_CASE("what has no derivative says so", "[ir]") {
  struct Refusal {
    const char *arguments, *op;
    unsigned wanted, given;
    const char *message;
  };
  const Refusal refusals[] = {
      {"%x: tensor<2x5xf32>, %w: tensor<1x5x16xf32>",
       "%0 = cnx.linear %x, %w features = 7 : tensor<2x5xf32>, tensor<1x5x16xf32>", 1, 1,
       "'cnx.linear' op has no derivative by a packed weight of type 'tensor<1x5x16xf32>'"},
      {"%x: tensor<1x4x4x5xf32>, %w: tensor<1x20x16xf32>",
       "%0 = cnx.patch_conv %x, %w kernel = 2 features = 7 : tensor<1x4x4x5xf32>, "
       "tensor<1x20x16xf32>",
       1, 1,
       "'cnx.patch_conv' op has no derivative by a packed weight of type 'tensor<1x20x16xf32>'"},
      {"%x: tensor<1x4x4x5xf32>, %w: tensor<7x7x16xf32>",
       "%0 = cnx.dwconv %x, %w kernel = 7 : tensor<1x4x4x5xf32>, tensor<7x7x16xf32>", 1, 1,
       "'cnx.dwconv' op has no derivative by a packed weight of type 'tensor<7x7x16xf32>'"},
      {"%x: tensor<2x5xf32>", "%0, %1 = cnx.layer_norm %x eps = 0.5 : tensor<2x5xf32>", 1, 3,
       "'cnx.layer_norm' op has no derivative of rstd"},
      {"%x: tensor<2x5xf32>, %f: tensor<2xf32>",
       "%0 = cnx.drop_path %x, %f rate = 0.5 site = 0 : tensor<2x5xf32>, tensor<2xf32>", 2, 1,
       "'cnx.drop_path' op has no derivative of its factors: they are drawn, not trained"},
      {"%n: tensor<2x5xf32>, %g: tensor<5xf32>",
       "%0 = cnx.grn_factor %n, %g eps = 0.5 : tensor<2x5xf32>, tensor<5xf32>", 1, 1,
       "'cnx.grn_factor' op has no derivative by norms: they are made for one that is taken "
       "already"},
  };
  for (const Refusal &refusal : refusals) {
    Subject net(refusal.arguments, refusal.op);
    CHECK_FALSE(net.derive(bits(net.op()->getNumOperands(), refusal.wanted),
                           bits(net.op()->getNumResults(), refusal.given)));
    REQUIRE(!net.program.context.messages().empty());
    CHECK(net.program.context.messages().front() == refusal.message);
  }
}
