#include "tests/unit/fusions/Placement.h"

#include "tests/unit/fusions/LoopNest.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace cnx::test {

using Halide::LoopLevel;
using Halide::Internal::Function;

namespace {

// Loops of each of a stage's definitions as Halide names them, innermost first.
std::vector<std::vector<std::string>> loopsOf(const Function &f) {
  std::vector<std::vector<std::string>> loops;
  auto add = [&](const Halide::Internal::StageSchedule &schedule) {
    const std::string start = withoutCounters(f.name()) + ".s" + std::to_string(loops.size()) + ".";
    loops.emplace_back();
    for (const Halide::Internal::Dim &dim : schedule.dims())
      loops.back().push_back(start + withoutCounters(dim.var));
  };
  add(f.definition().schedule());
  for (const Halide::Internal::Definition &update : f.updates())
    add(update.schedule());
  return loops;
}

// As loopsOf names it: loops that several stages share, or that start at zero, have longer names.
std::string plainLoop(std::string name) {
  if (size_t at = name.find("fused."); at != std::string::npos)
    name.erase(at, 6);
  if (size_t at = name.rfind(".rebased"); at != std::string::npos && at + 8 == name.size())
    name.erase(at);
  return name;
}

// LoopLevel::match, which knows names with counters.
bool matches(const LoopLevel &level, const std::string &loop) {
  const std::string consumer = withoutCounters(level.func());
  return loop.rfind(consumer + ".", 0) == 0 &&
         level.match(level.func() + loop.substr(consumer.size()));
}

// Whether `loop` of `f` is the one asked for, or round it.
bool isAtOrRound(const LoopLevel &level, const Function &f, const std::string &loop) {
  for (const std::vector<std::string> &stage : loopsOf(f)) {
    auto found = std::find(stage.begin(), stage.end(), loop);
    if (found != stage.end())
      return std::any_of(stage.begin(), found + 1,
                         [&](const std::string &inner) { return matches(level, inner); });
  }
  return false;
}

std::string text(const LoopLevel &level) {
  return level.is_root() ? "the root" : withoutCounters(level.to_string());
}

std::string text(const Place &place) {
  std::string scopes;
  for (const Scope &scope : place.scopes)
    scopes += (scope.isLoop ? " for " : " produce ") + scope.name;
  return scopes.empty() ? " nothing" : scopes;
}

class Placement {
public:
  Placement(Stages &s, const std::string &stmt) : stages(s), nest(stmt) {
    auto add = [&](Halide::Func &f) {
      return funcs.emplace(withoutCounters(f.name()), f.function()).first->first;
    };
    for (const std::string &role : stages.order())
      add(stages[role]);
    for (size_t v = 0; v < stages.graph().values.size(); ++v)
      if (stages.graph().values[v].role == Role::output)
        outputs.insert(add(stages.output(static_cast<int>(v))));
  }

  std::vector<std::string> complaints() {
    std::vector<std::string> result;
    for (const auto &[name, f] : funcs)
      if (std::string found = complaintOf(name, f); !found.empty())
        result.push_back(name + ": " + found);
    return result;
  }

private:
  std::string complaintOf(const std::string &name, const Function &f) {
    LoopLevel computed = f.schedule().compute_level();
    LoopLevel stored = f.schedule().store_level();
    computed.lock(); // as lowering does before it looks at them
    stored.lock();
    if (computed.is_inlined())
      return f.has_update_definition() && !outputs.count(name) ? "a sum is left to its readers"
                                                               : "";
    const std::vector<const Place *> made = LoopNest::of(nest.productions, name);
    const std::vector<const Place *> kept = LoopNest::of(nest.storages, name);
    if (made.empty() || (kept.empty() && !outputs.count(name)))
      return "is nowhere, expected at " + text(computed);
    std::string found = placesComplaint(made, computed, false);
    if (found.empty())
      found = placesComplaint(kept, stored.is_inlined() ? computed : stored, true);
    if (found.empty() && !computed.is_root())
      found = sizeComplaint(name, kept, computed);
    return found;
  }

  std::string placesComplaint(const std::vector<const Place *> &places, const LoopLevel &level,
                              bool isStorage) {
    bool inLoop = false;
    for (const Place *place : places)
      if (!isFine(*place, level, isStorage, inLoop))
        return std::string(isStorage ? "stored" : "computed") + " in" + text(*place) +
               ", expected at " + text(level);
    // Halide leaves out a loop that runs once, and cuts one whose first or last iteration is
    // special: not every place has the loop round it, but one that is there has the stage inside.
    if (level.is_root() || places.empty() || inLoop)
      return "";
    for (const std::string &loop : nest.loops)
      if (matches(level, plainLoop(loop)))
        return "outside of " + loop + ", expected inside";
    return "";
  }

  // Inside the consumer, and in none of its loops that are inside the one asked for. (Storage may
  // stand before its consumer if no loop is between. A consumer that the schedule itself made, a
  // wrapper or a part of a sum, has loops that are not known.)
  bool isFine(const Place &place, const LoopLevel &level, bool isStorage, bool &inLoop) {
    if (level.is_root())
      return std::none_of(place.scopes.begin(), place.scopes.end(),
                          [](const Scope &scope) { return scope.isLoop; });
    const std::string consumer = withoutCounters(level.func());
    bool inConsumer = isStorage;
    for (const Scope &scope : place.scopes) {
      const std::string name = scope.isLoop ? plainLoop(scope.name) : scope.name;
      const bool isLoop = scope.isLoop && name.rfind(consumer + ".s", 0) == 0;
      inConsumer |= isLoop || name == consumer;
      if (isLoop && funcs.count(consumer) && !isAtOrRound(level, funcs.at(consumer), name))
        return false;
      inLoop |= isLoop && matches(level, name);
    }
    return inConsumer;
  }

  std::string sizeComplaint(const std::string &name, const std::vector<const Place *> &kept,
                            const LoopLevel &level) {
    int64_t elements = 0, iterations = 0;
    for (const Place *place : kept) {
      elements = std::max(elements, place->elements());
      iterations = std::max(iterations, place->iterations());
    }
    // Once a chunk of rows, which no shape shows.
    for (const char *part : {"_chunk", "_sum_panels", "_sum_strips"})
      if (name.find(part) != std::string::npos)
        return "";
    const bool accumulates = name.find("_acc") != std::string::npos;
    if (!accumulates && level.var().name() == "panel")
      iterations = 1;
    if (elements * iterations <= 2 * whole(name))
      return "";
    return "stored as " + std::to_string(elements) + " elements in each of " +
           std::to_string(iterations) + " iterations, expected about " +
           std::to_string(whole(name)) + " in all of them";
  }

  // Elements of a stage over all channels and rows.
  int64_t whole(const std::string &name) {
    const std::vector<int64_t> &shape = stages.value(valueOf(name)).shape;
    int64_t elements = 1;
    for (const std::string &arg : funcs.at(name).args()) {
      if (arg == "m") // all rows
        for (size_t i = 0; i + 1 < shape.size(); ++i)
          elements *= shape[i];
      else
        elements *= arg == "c"                 ? padChannels(shape.back())
                    : arg == "lane"            ? kChannelPad
                    : arg == "n" || arg == "p" ? shape.at(0)
                                               : shape.at(arg == "y" || arg == "k" ? 1 : 2);
    }
    return elements;
  }

  // The first result of the op that the stage belongs to: "linear0" of "linear0_acc".
  int valueOf(const std::string &name) {
    for (const Node &node : stages.graph().nodes) {
      const std::string &role = stages.roleOf(node.outputs.at(0));
      if (name == role || name.rfind(role + "_", 0) == 0)
        return node.outputs[0];
    }
    throw std::runtime_error("no op has the stage " + name);
  }

  Stages &stages;
  LoopNest nest;
  std::map<std::string, Function> funcs; // stages and outputs by name without counters
  std::set<std::string> outputs;
};

} // namespace

std::vector<std::string> misplacedStages(Stages &scheduled, const std::string &stmt) {
  return Placement(scheduled, stmt).complaints();
}

} // namespace cnx::test
