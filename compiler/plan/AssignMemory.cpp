#include "compiler/plan/AssignMemory.h"

#include "compiler/plan/MemoryPlanner.h"

#include "ir/PlanOps.h"

#include "llvm/ADT/DenseMap.h"

#include <map>

using namespace mlir;

namespace cnx {
namespace {

// What lies in the arena at an address of its own: live from its first launch until the program's
// end, and after it.
void keepAlive(plan::ProgramOp program, const llvm::DenseMap<Operation *, int> &indexOf,
               int launches, std::vector<LiveBuffer> &lives) {
  std::map<int64_t, LiveBuffer> windows; // by offset
  for (auto view : program.getOps<plan::ViewOp>()) {
    auto segment =
        SymbolTable::lookupNearestSymbolFrom<plan::SegmentOp>(view, view.getSegmentAttr());
    if (!segment.getArenaOffset())
      continue;
    const int64_t at = *segment.getArenaOffset() + view.getOffset();
    LiveBuffer &window =
        windows.try_emplace(at, LiveBuffer{0, launches, launches - 1, at}).first->second;
    window.bytes = std::max(window.bytes, cast<plan::BufferType>(view.getType()).byteSize());
    for (Operation *user : view->getUsers())
      window.first = std::min(window.first, indexOf.lookup(user));
  }
  for (const auto &[at, window] : windows)
    lives.push_back(window);
}

// Packs one program; returns the arena bytes that it needs, or nothing after an error.
FailureOr<int64_t> assign(plan::ProgramOp program, plan::SegmentOp arena) {
  llvm::DenseMap<Operation *, int> indexOf;
  int launches = 0;
  for (auto launch : program.getOps<plan::LaunchOp>())
    indexOf[launch] = launches++;

  SmallVector<plan::AllocOp> allocs(program.getOps<plan::AllocOp>());
  std::vector<LiveBuffer> lives;
  for (plan::AllocOp alloc : allocs) {
    LiveBuffer life{cast<plan::BufferType>(alloc.getType()).byteSize(), launches, -1, -1};
    for (Operation *user : alloc->getUsers()) {
      life.first = std::min(life.first, indexOf.lookup(user));
      life.last = std::max(life.last, indexOf.lookup(user));
    }
    if (life.last < 0)
      return alloc.emitOpError("is used by no launch");
    lives.push_back(life);
  }

  keepAlive(program, indexOf, launches, lives);
  MemoryPlan plan = planMemory(lives, {.alignment = plan::kAlignment});
  plan.offsets.resize(allocs.size());
  for (auto [alloc, offset] : llvm::zip_equal(allocs, plan.offsets)) {
    OpBuilder builder(alloc);
    auto view =
        plan::ViewOp::create(builder, alloc.getLoc(), alloc.getType(), arena.getSymName(), offset);
    alloc.replaceAllUsesWith(view.getResult());
    alloc.erase();
  }
  program->setAttr(kLiveBytesAttr, OpBuilder(program).getI64IntegerAttr(plan.lowerBound));
  return plan.bytes;
}

} // namespace

LogicalResult assignMemory(ModuleOp module) {
  plan::SegmentOp arena;
  for (auto segment : module.getOps<plan::SegmentOp>())
    if (segment.getKind() == plan::SegmentKind::arena)
      arena = segment;
  if (!arena)
    return module.emitError("the plan has no segment of kind arena");
  int64_t bytes = 0;
  for (auto program : module.getOps<plan::ProgramOp>()) {
    FailureOr<int64_t> needed = assign(program, arena);
    if (failed(needed))
      return failure();
    bytes = std::max(bytes, *needed);
  }
  arena.setBytes(std::max(bytes, arena.getBytes()));
  return success();
}

} // namespace cnx
