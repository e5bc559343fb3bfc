#include "compiler/kernels/PrefetchRows.h"

namespace cnx {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

constexpr int kLine = 16; // floats

// A loop with a constant number of iterations, of which one that is not there has one.
struct Loop {
  Expr index = 0;
  int extent = 1;
};

class RowPrefetcher : public IRMutator {
public:
  explicit RowPrefetcher(std::vector<RowPrefetch> operands) : operands_(std::move(operands)) {}

private:
  using IRMutator::visit;

  Stmt visit(const For *op) override {
    loops_.push_back(op);
    Stmt body = mutate(op->body);
    for (const RowPrefetch &operand : operands_)
      if (op->name.rfind(operand.acc + ".s1.", 0) == 0)
        for (const Expr &element : nextLines(operand))
          body = Block::make(fetch(operand, element), body);
    loops_.pop_back();
    return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy,
                     op->device_api, body);
  }

  static Stmt fetch(const RowPrefetch &operand, const Expr &element) {
    Expr buffer = Variable::make(Halide::type_of<float *>(), operand.activation);
    return Evaluate::make(Call::make(Halide::Float(32), Call::prefetch,
                                     {buffer, element, Expr(1), Expr(1)}, Call::Intrinsic));
  }

  // The innermost loop whose name has `part`; false where its extent is not constant.
  bool find(const std::string &part, Loop *loop) const {
    for (auto op = loops_.rbegin(); op != loops_.rend(); ++op) {
      if ((*op)->name.find(part) == std::string::npos)
        continue;
      const auto *extent = (*op)->extent.as<IntImm>();
      if (!extent)
        return false;
      loop->index = Variable::make(Halide::Int(32), (*op)->name) - (*op)->min;
      loop->extent = static_cast<int>(extent->value);
      return true;
    }
    return true;
  }

  // The elements whose lines this iteration is to fetch.
  std::vector<Expr> nextLines(const RowPrefetch &operand) const {
    Loop task, chunk, panels, tiles, step;
    if (!find(".task", &task) || !find(".s1.all", &chunk) || !find(".p_tile", &panels) ||
        !find(".k_tile", &tiles) || !find(operand.acc + ".s1.", &step))
      return {};
    const int lines = (operand.nextColumns + kLine - 1) / kLine;
    const int passes = operand.panels ? tiles.extent : panels.extent * tiles.extent;
    const int unroll = operand.chunkRows / step.extent;
    if (passes < lines || unroll * step.extent != operand.chunkRows)
      return {};
    int share = 1; // passes that a column of lines has
    while (2 * share * lines <= passes)
      share *= 2;
    Expr pass = operand.panels ? tiles.index : panels.index * tiles.extent + tiles.index;
    if (share > unroll) { // several passes fetch the same
      pass = pass / (share / unroll);
      share = unroll;
    }
    std::vector<Expr> elements;
    for (int i = 0; i < unroll / share; ++i) {
      Expr row = chunk.index * operand.chunkRows + step.index * unroll +
                 pass % share * (unroll / share) + i;
      Expr column = pass / share * kLine;
      if (operand.panels) {
        const Expr more = panels.index + 1 < panels.extent;
        row += Halide::select(more, 0, operand.chunkRows);
        column += Halide::select(more, (panels.index + 1) * operand.nextColumns, 0);
        column += task.index % operand.tasksAcross * operand.taskColumns;
      } else {
        row += operand.chunkRows;
        column += task.index / operand.tasksAcross * operand.taskColumns;
      }
      elements.push_back(simplify(row * operand.pitch + column));
    }
    return elements;
  }

  std::vector<RowPrefetch> operands_;
  std::vector<const For *> loops_;
};

} // namespace

std::unique_ptr<IRMutator> makeRowPrefetchPass(const std::vector<RowPrefetch> &operands) {
  return std::make_unique<RowPrefetcher>(operands);
}

} // namespace cnx
