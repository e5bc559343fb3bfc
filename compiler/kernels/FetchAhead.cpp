#include "compiler/kernels/FetchAhead.h"

namespace cnx {

using namespace Halide;
using namespace Halide::Internal;

namespace {

// The first load of a vector of weights in a step of the product: its first element is the line.
class FindPanel : public IRVisitor {
public:
  const Load *load = nullptr;
  Expr element;

private:
  using IRVisitor::visit;
  void visit(const Load *op) override {
    const Ramp *ramp = op->index.as<Ramp>();
    if (!load && op->param.defined() && ramp && is_const_one(ramp->stride)) {
      load = op;
      element = ramp->base;
    }
    IRVisitor::visit(op);
  }
};

// Adds `zero` to the index of the first scalar load.
class AddToIndex : public IRMutator {
public:
  explicit AddToIndex(Expr zero) : zero_(std::move(zero)) {}
  bool added = false;

private:
  using IRMutator::visit;
  Expr visit(const Load *op) override {
    if (added || !op->type.is_scalar())
      return op;
    added = true;
    return Load::make(op->type, op->name, op->index + zero_, op->image, op->param, op->predicate,
                      op->alignment);
  }
  Expr zero_;
};

} // namespace

Stmt FetchAhead::visit(const For *op) {
  loops_.push_back(op->name);
  const bool outer = fetched_;
  fetched_ = false;
  Stmt result = IRMutator::visit(op);
  fetched_ = outer;
  loops_.pop_back();
  return result;
}

Stmt FetchAhead::visit(const Store *op) {
  const size_t depth = loops_.size();
  if (fetched_ || op->name != fetch_.accumulator || depth < 2 ||
      loops_[depth - 1].find(fetch_.accumulator + ".s1.") != 0 ||
      !ends_with(loops_[depth - 2], "tile"))
    return op;
  FindPanel panel;
  op->value.accept(&panel);
  if (!panel.load)
    return op;
  fetched_ = true;
  const int panels = static_cast<int>(fetch_.panelsOfTile);
  const int stride = static_cast<int>(fetch_.panelElements);
  Expr tile = Variable::make(Int(32), loops_[depth - 2]);
  Expr ahead = select(tile >= 1 && tile <= panels, (tile + (panels - 1)) * stride, 0);
  Expr line = Load::make(Float(32), panel.load->name, panel.element + ahead, panel.load->image,
                         panel.load->param, const_true(), ModulusRemainder());
  Expr zero = Call::make(Int(32), kFetchFunction, {line}, Call::PureExtern);
  AddToIndex add(zero);
  Expr value = add.mutate(op->value);
  return Store::make(op->name, value, op->index, op->param, op->predicate, op->alignment);
}

} // namespace cnx
