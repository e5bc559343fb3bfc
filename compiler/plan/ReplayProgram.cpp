#include "compiler/plan/ReplayProgram.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <map>

using namespace mlir;

namespace cnx {
namespace {

// A window of bytes of one segment. `begin` and `end` count in `memory`: the segment's own, or the
// arena's where it lies there.
struct Window {
  plan::ViewOp view;
  plan::SegmentOp segment, memory;
  int64_t begin, end;

  explicit Window(mlir::Value buffer) : view(buffer.getDefiningOp<plan::ViewOp>()) {
    segment = SymbolTable::lookupNearestSymbolFrom<plan::SegmentOp>(view, view.getSegmentAttr());
    memory = segment;
    begin = view.getOffset();
    if (std::optional<uint64_t> offset = segment.getArenaOffset()) {
      for (auto other : view->getParentOfType<ModuleOp>().getOps<plan::SegmentOp>())
        if (other.getKind() == plan::SegmentKind::arena)
          memory = other;
      begin += static_cast<int64_t>(*offset);
    }
    end = begin + cast<plan::BufferType>(buffer.getType()).byteSize();
  }
  bool overlaps(Window other) {
    return memory == other.memory && begin < other.end && other.begin < end;
  }
  bool liesInArena() { return segment != memory; }
};

// Every byte of a segment and the write it comes from. Writes replace what they cover.
class Contents {
public:
  struct Write {
    int64_t end;
    mlir::Value buffer; // through which it was written
    plan::LaunchOp launch;
  };

  void write(Window window, plan::LaunchOp launch) {
    splitAt(window.begin);
    splitAt(window.end);
    writes.erase(writes.lower_bound(window.begin), writes.lower_bound(window.end));
    writes[window.begin] = {window.end, window.view.getBuffer(), launch};
  }

  // The first write of which a byte is left in the window, or null.
  const Write *anyIn(Window window) const {
    for (const auto &[begin, held] : writes)
      if (begin < window.end && window.begin < held.end)
        return &held;
    return nullptr;
  }

  // The first byte of the window that does not hold what was written through this very view: its
  // position, and the write that it holds instead (no launch: none).
  std::optional<std::pair<int64_t, Write>> firstForeign(Window window) const {
    int64_t at = window.begin;
    while (at < window.end) {
      auto next = writes.upper_bound(at);
      if (next == writes.begin())
        return {{at, Write{}}};
      const auto &[begin, held] = *std::prev(next);
      if (held.end <= at)
        return {{at, Write{}}};
      if (held.buffer != window.view.getBuffer())
        return {{at, held}};
      at = held.end;
    }
    return std::nullopt;
  }

private:
  void splitAt(int64_t position) {
    auto next = writes.upper_bound(position);
    if (next == writes.begin())
      return;
    auto covering = std::prev(next);
    if (covering->first == position || covering->second.end <= position)
      return;
    const Write tail = covering->second;
    covering->second.end = position;
    writes[position] = tail;
  }

  std::map<int64_t, Write> writes; // by first byte; disjoint
};

class Replay {
public:
  explicit Replay(plan::ProgramOp replayed) : program(replayed) {}

  LogicalResult run() {
    for (auto launch : program.getOps<plan::LaunchOp>()) {
      auto kernel =
          SymbolTable::lookupNearestSymbolFrom<plan::KernelOp>(launch, launch.getKernelAttr());
      SmallVector<Window> windows;
      for (mlir::Value buffer : launch.getBuffers())
        windows.emplace_back(buffer);
      SmallVector<StringRef> access(kernel.getAccess().getAsValueRange<StringAttr>());
      const SmallVector<int64_t> versions = versionsOf(launch);
      if (versions.size() != windows.size()) {
        launch.emitOpError() << launch.getId() << ": has " << versions.size() << " versions for "
                             << windows.size() << " buffers";
        return failure();
      }
      for (size_t i = 0; i < windows.size(); ++i)
        if (access[i] != "w")
          read(launch, i, windows[i], versions[i]);
      for (size_t i = 0; i < windows.size(); ++i)
        if (access[i] != "r")
          write(launch, i, windows);
    }
    for (Operation *state : states)
      checkLeft(cast<plan::ViewOp>(state));
    return success(fine);
  }

private:
  // Activations, and gradients that lie among them while they are made.
  bool isMadeHere(Window window) {
    return window.segment.getKind() == plan::SegmentKind::arena ||
           (window.liesInArena() && program.getDirection() == "train");
  }

  // What lies in the arena for whoever comes after the program is still there.
  void checkLeft(plan::ViewOp view) {
    Window window(view.getBuffer());
    if (!window.liesInArena())
      return;
    if (auto foreign = contents[window.memory].firstForeign(window)) {
      fine = false;
      auto error = view.emitOpError() << "is overwritten before the program ends";
      if (foreign->second.launch)
        error.attachNote(foreign->second.launch.getLoc())
            << "by launch " << foreign->second.launch.getId();
    }
  }

  InFlightDiagnostic broken(plan::LaunchOp launch, size_t argument) {
    fine = false;
    return launch.emitOpError() << launch.getId() << ": argument " << argument << " ";
  }

  static SmallVector<int64_t> versionsOf(plan::LaunchOp launch) {
    if (auto given = launch->getAttrOfType<DenseI64ArrayAttr>("plan.versions"))
      return SmallVector<int64_t>(given.asArrayRef());
    return SmallVector<int64_t>(launch.getBuffers().size(), 1);
  }

  void read(plan::LaunchOp launch, size_t argument, Window window, int64_t version) {
    switch (isMadeHere(window) ? plan::SegmentKind::arena : window.segment.getKind()) {
    case plan::SegmentKind::arena:
      if (auto foreign = contents[window.memory].firstForeign(window)) {
        auto [at, held] = *foreign;
        if (!held.launch || !writes.contains(window.view)) {
          broken(launch, argument) << "is read before it is written";
          return;
        }
        auto error = broken(launch, argument)
                     << "is read after its byte " << at - window.begin << " was overwritten";
        error.attachNote(held.launch.getLoc()) << "by launch " << held.launch.getId();
      } else if (writes[window.view] != version) {
        broken(launch, argument) << "is read as its writer number " << version << " left it, but "
                                 << writes[window.view] << " have written there";
      }
      return;
    case plan::SegmentKind::io:
      if (outputs.contains(window.segment))
        broken(launch, argument) << "reads the output @" << window.segment.getSymName()
                                 << "; a caller may have passed no memory for it";
      inputs.insert(window.segment);
      return;
    default: // filled before the program starts
      if (const Contents::Write *held = contents[window.memory].anyIn(window))
        broken(launch, argument) << "is read after launch " << plan::LaunchOp(held->launch).getId()
                                 << " has written there";
      return;
    }
  }

  void write(plan::LaunchOp launch, size_t argument, ArrayRef<Window> windows) {
    Window window = windows[argument];
    for (size_t other = 0; other < windows.size(); ++other)
      if (other != argument && window.overlaps(windows[other]))
        broken(launch, argument) << "is written and overlaps argument " << other;
    switch (window.segment.getKind()) {
    case plan::SegmentKind::weights:
      broken(launch, argument) << "writes to the weights";
      return;
    case plan::SegmentKind::param:
    case plan::SegmentKind::grad:
    case plan::SegmentKind::opt:
    case plan::SegmentKind::derived:
      if (!mayChange(window.segment))
        broken(launch, argument) << "writes to @" << window.segment.getSymName()
                                 << ", which a program of direction " << program.getDirection()
                                 << " may not change";
      else if (!states.insert(window.view))
        broken(launch, argument) << "changes a window of @" << window.segment.getSymName()
                                 << " again";
      break;
    case plan::SegmentKind::io:
      if (inputs.contains(window.segment))
        broken(launch, argument) << "writes to the input @" << window.segment.getSymName();
      if (!outputs.insert(window.segment).second)
        broken(launch, argument) << "writes the output @" << window.segment.getSymName()
                                 << " again";
      break;
    default:
      break;
    }
    ++writes[window.view];
    contents[window.memory].write(window, launch);
  }

  // Gradients grow while backward runs; an update changes parameters and moments. Where nothing
  // keeps gradients, backward is the update. (ema is of kind opt as well: neither writes it.)
  bool mayChange(plan::SegmentOp segment) {
    const StringRef direction = program.getDirection();
    const bool updates = direction == "update" || (direction == "train" && !keepsGradients());
    switch (segment.getKind()) {
    case plan::SegmentKind::grad:
      return direction == "train";
    case plan::SegmentKind::param:
      return updates;
    case plan::SegmentKind::derived:
      return direction == "transpose";
    default:
      return updates || direction == "average";
    }
  }

  bool keepsGradients() {
    return llvm::any_of(
        program->getParentOfType<ModuleOp>().getOps<plan::SegmentOp>(),
        [](plan::SegmentOp segment) { return segment.getKind() == plan::SegmentKind::grad; });
  }

  plan::ProgramOp program;
  llvm::SetVector<Operation *> states;            // views of parameters, gradients, moments
  llvm::DenseMap<Operation *, Contents> contents; // by segment
  llvm::DenseMap<Operation *, int64_t> writes;    // launches that wrote, by view
  llvm::DenseSet<Operation *> inputs, outputs;    // io segments
  bool fine = true;
};

} // namespace

LogicalResult replayProgram(plan::ProgramOp program) { return Replay(program).run(); }

} // namespace cnx
