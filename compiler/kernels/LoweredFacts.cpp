#include "compiler/kernels/LoweredFacts.h"

#include "compiler/Error.h"

#include <algorithm>
#include <set>

namespace cnx {

using namespace Halide::Internal;

namespace {

// Replays allocations in nesting order. A parallel loop's body is a function of its own in the
// module; whoever waits for its tasks runs some of them, so its peak counts on top of what is
// allocated at the call.
class Replay : public IRVisitor {
public:
  explicit Replay(const Halide::Module &module) {
    for (const LoweredFunc &function : module.functions())
      functions_[function.name] = &function;
  }

  int64_t peakOf(const std::string &function) {
    if (!functions_.count(function) || !active_.insert(function).second)
      return 0;
    int64_t outerLive = live_, outerPeak = peak_;
    live_ = peak_ = 0;
    functions_.at(function)->body.accept(this);
    int64_t result = peak_;
    live_ = outerLive;
    peak_ = outerPeak;
    active_.erase(function);
    return result;
  }

  int64_t tasks() const { return tasks_; }

private:
  using IRVisitor::visit;

  void visit(const Allocate *op) override {
    int64_t bytes = heapBytes(op);
    live_ += bytes;
    peak_ = std::max(peak_, live_);
    op->body.accept(this);
    live_ -= bytes;
  }

  void visit(const Call *op) override {
    IRVisitor::visit(op);
    if (op->name != "halide_do_par_for")
      return;
    for (const Halide::Expr &argument : op->args) {
      if (const auto *extent = argument.as<IntImm>())
        tasks_ = std::max(tasks_, extent->value);
      if (const auto *task = argument.as<Variable>())
        enter(task->name.substr(task->name.rfind(':') + 1)); // ::symbol_par_for_...
    }
  }

  void enter(const std::string &function) {
    if (functions_.count(function))
      peak_ = std::max(peak_, live_ + peakOf(function));
  }

  // Halide keeps constant allocations up to 16 KiB on the machine's stack, and all of type
  // Register.
  static int64_t heapBytes(const Allocate *op) {
    if (op->memory_type == Halide::MemoryType::Register)
      return 0;
    int64_t elements = Allocate::constant_allocation_size(op->extents, op->name);
    if (elements == 0)
      throw UserError("found the allocation '" + op->name +
                      "' of unknown size, expected a constant one");
    int64_t bytes = elements * op->type.bytes();
    if (bytes <= 16 * 1024 && op->memory_type != Halide::MemoryType::Heap)
      return 0;
    return (bytes + 63) / 64 * 64 + kScratchGap;
  }

  std::map<std::string, const LoweredFunc *> functions_;
  std::set<std::string> active_;
  int64_t live_ = 0, peak_ = 0, tasks_ = 1;
};

} // namespace

KernelFacts factsOf(const Halide::Module &module, const std::string &symbol) {
  Replay replay(module);
  KernelFacts facts;
  facts.scratchBytes = replay.peakOf(symbol);
  facts.tasks = replay.tasks();
  return facts;
}

} // namespace cnx
