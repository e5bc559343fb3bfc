#include "compiler/kernels/PrefetchPanels.h"

#include <algorithm>
#include <optional>

namespace cnx {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

bool endsWith(const std::string &name, const std::string &end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

struct Loop {
  std::string name;
  Expr min;
  std::optional<int> extent; // where constant
};

bool hasLoop(const Stmt &body) {
  struct Finder : IRVisitor {
    bool found = false;
    using IRVisitor::visit;
    void visit(const For *) override { found = true; }
  } finder;
  body.accept(&finder);
  return finder.found;
}

class Prefetcher : public IRMutator {
public:
  explicit Prefetcher(std::vector<PanelPrefetch> products) : products_(std::move(products)) {}

private:
  using IRMutator::visit;

  Stmt visit(const For *op) override {
    const auto *extent = op->extent.as<IntImm>();
    loops_.push_back({op->name, op->min,
                      extent ? std::optional<int>(static_cast<int>(extent->value)) : std::nullopt});
    Stmt body = mutate(op->body);
    if (!hasLoop(op->body))
      for (const PanelPrefetch &product : products_)
        if (op->name.rfind(product.acc + ".s1.", 0) == 0)
          for (const Expr &line : nextLines(product))
            body = Block::make(fetch(product, line), body);
    loops_.pop_back();
    return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy,
                     op->device_api, body);
  }

  static Stmt fetch(const PanelPrefetch &product, const Expr &element) {
    Expr buffer = Variable::make(Halide::type_of<float *>(), product.weights);
    return Evaluate::make(Call::make(product.element, Call::prefetch,
                                     {buffer, element, Expr(1), Expr(1)}, Call::Intrinsic));
  }

  static Expr variable(const Loop &loop) { return Variable::make(Halide::Int(32), loop.name); }

  // Index of a nest of loops as one number; undefined where an extent is not constant.
  static Expr flatten(const std::vector<Loop> &loops, int *count) {
    Expr index = 0;
    *count = 1;
    for (const Loop &loop : loops) {
      if (!loop.extent)
        return Expr();
      index = index * *loop.extent + (variable(loop) - loop.min);
      *count *= *loop.extent;
    }
    return index;
  }

  // The elements whose lines this iteration is to fetch.
  std::vector<Expr> nextLines(const PanelPrefetch &product) const {
    std::optional<Loop> panel, block;
    std::vector<Loop> rows, steps;
    for (const Loop &loop : loops_) {
      const bool ofAcc = loop.name.rfind(product.acc + ".s1.", 0) == 0;
      if (endsWith(loop.name, ".panel")) {
        panel = loop; // the innermost such loop
        rows.clear();
      } else if (!panel) {
        continue;
      } else if (endsWith(loop.name, ".block")) {
        block = loop;
      } else if (ofAcc && loop.name.find(".s1.k") != std::string::npos) {
        steps.push_back(loop);
      } else {
        rows.push_back(loop);
      }
    }
    int passes = 1, depth = 1;
    Expr pass = flatten(rows, &passes), step = flatten(steps, &depth);
    if (!panel || !pass.defined() || !step.defined() || depth * product.unroll != product.block ||
        passes < product.panels)
      return {};
    int shift = 0;
    while ((product.panels << (shift + 1)) <= passes)
      ++shift;
    depth *= product.unroll;
    step = step * product.unroll;
    // `stream` is one of the panels side by side; 2^shift passes share its lines.
    Expr stream = pass >> shift;
    Expr line = ((pass & ((1 << shift) - 1)) * depth + step) >> shift;
    Expr panelBase = (variable(*panel) - panel->min) * (product.panels * product.depth);
    Expr base = panelBase + product.panels * product.depth;
    if (block) // the next block of this panel, after the last one the next panel's first
      base = Halide::select(variable(*block) - block->min + 1 < product.depth / product.block,
                            panelBase + (variable(*block) - block->min + 1) * product.block, base);
    std::vector<Expr> elements;
    for (int i = 0; i < product.lines; ++i)
      elements.push_back(
          simplify((base + stream * product.depth + line + i) * static_cast<int>(kChannelPad)));
    return elements;
  }

  std::vector<PanelPrefetch> products_;
  std::vector<Loop> loops_;
};

} // namespace

std::unique_ptr<IRMutator> makePrefetchPass(const std::vector<PanelPrefetch> &products) {
  return std::make_unique<Prefetcher>(products);
}

} // namespace cnx
