#include "compiler/plan/MemoryPlanner.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <random>
#include <utility>

namespace cnx {
namespace {

int64_t roundUp(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

using Order = std::vector<int>;

// Places buffers one by one into the lowest smallest gap among those that are already placed and
// alive at the same time.
class Placer {
public:
  Placer(const std::vector<LiveBuffer> &buffers, int64_t alignment)
      : sizes(buffers.size()), fixed(buffers.size()) {
    const int n = static_cast<int>(buffers.size());
    neighbours.resize(buffers.size());
    for (int i = 0; i < n; ++i) {
      sizes[i] = roundUp(buffers[i].bytes, alignment);
      fixed[i] = buffers[i].fixed;
      if (fixed[i] >= 0)
        fixedEnd = std::max(fixedEnd, fixed[i] + sizes[i]);
      for (int j = 0; j < n; ++j)
        if (i != j && buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last)
          neighbours[i].push_back(j);
    }
  }

  // Fills `offsets`; returns the arena's end.
  int64_t place(const Order &order, std::vector<int64_t> &offsets) {
    offsets = fixed;
    int64_t end = fixedEnd;
    for (int buffer : order) {
      offsets[buffer] = lowestBestFit(buffer, offsets);
      end = std::max(end, offsets[buffer] + sizes[buffer]);
    }
    return end;
  }

private:
  int64_t lowestBestFit(int buffer, const std::vector<int64_t> &offsets) {
    taken.clear();
    for (int other : neighbours[buffer])
      if (offsets[other] >= 0)
        taken.emplace_back(offsets[other], offsets[other] + sizes[other]);
    std::sort(taken.begin(), taken.end());
    int64_t best = -1, bestGap = 0, end = 0;
    for (auto [from, to] : taken) {
      const int64_t gap = from - end;
      if (gap >= sizes[buffer] && (best < 0 || gap < bestGap)) {
        best = end;
        bestGap = gap;
      }
      end = std::max(end, to);
    }
    return best >= 0 ? best : end;
  }

  std::vector<int64_t> sizes, fixed; // fixed: as LiveBuffer's
  int64_t fixedEnd = 0;
  std::vector<std::vector<int>> neighbours;
  std::vector<std::pair<int64_t, int64_t>> taken;
};

// A sweep over the launches: +size at first, -size after last.
int64_t liveLowerBound(const std::vector<LiveBuffer> &buffers, int64_t alignment) {
  std::vector<std::pair<int, int64_t>> events;
  for (const LiveBuffer &b : buffers) {
    events.emplace_back(b.first, roundUp(b.bytes, alignment));
    events.emplace_back(b.last + 1, -roundUp(b.bytes, alignment));
  }
  std::sort(events.begin(), events.end()); // at one launch the deaths (negative) come first
  int64_t live = 0, bound = 0;
  for (const auto &event : events) {
    live += event.second;
    bound = std::max(bound, live);
  }
  return bound;
}

// The orders that production planners use (TFLite, XLA, ExecuTorch); no single one is best on all
// graphs.
std::vector<Order> greedyOrders(const std::vector<LiveBuffer> &buffers) {
  using Key = std::function<int64_t(const LiveBuffer &)>; // ascending
  const Key keys[] = {
      [](const LiveBuffer &b) { return -b.bytes; },
      [](const LiveBuffer &b) { return -b.bytes * (b.last - b.first + 1); },
      [](const LiveBuffer &b) { return int64_t{b.first} - b.last; },
      [](const LiveBuffer &b) { return int64_t{b.first}; },
      [](const LiveBuffer &b) { return -int64_t{b.last}; },
  };
  std::vector<Order> orders;
  for (const Key &key : keys) {
    Order order;
    for (size_t i = 0; i < buffers.size(); ++i)
      if (buffers[i].fixed < 0)
        order.push_back(static_cast<int>(i));
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      const int64_t ka = key(buffers[a]), kb = key(buffers[b]);
      return ka != kb ? ka < kb : buffers[a].first < buffers[b].first;
    });
    orders.push_back(std::move(order));
  }
  return orders;
}

} // namespace

MemoryPlan planMemory(const std::vector<LiveBuffer> &buffers, const PlannerOptions &options) {
  for ([[maybe_unused]] const LiveBuffer &b : buffers)
    assert(b.bytes > 0 && b.first <= b.last);
  MemoryPlan plan;
  plan.lowerBound = liveLowerBound(buffers, options.alignment);
  if (buffers.empty())
    return plan;

  Placer placer(buffers, options.alignment);
  std::vector<int64_t> offsets;
  Order order;
  for (Order &candidate : greedyOrders(buffers)) {
    const int64_t bytes = placer.place(candidate, offsets);
    if (plan.offsets.empty() || bytes < plan.bytes) {
      plan.bytes = bytes;
      plan.offsets = offsets;
      order = std::move(candidate);
    }
  }

  // Equal results are accepted too: the search walks along plateaus. operator% and not a
  // distribution, whose values differ between standard libraries.
  std::mt19937_64 random(options.seed);
  const int steps = order.empty() ? 0 : options.searchSteps;
  for (int step = 0; step < steps && plan.bytes > plan.lowerBound; ++step) {
    Order candidate = order;
    const size_t from = random() % candidate.size(), to = random() % candidate.size();
    const int moved = candidate[from];
    candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(from));
    candidate.insert(candidate.begin() + static_cast<std::ptrdiff_t>(to), moved);
    const int64_t bytes = placer.place(candidate, offsets);
    if (bytes <= plan.bytes) {
      plan.bytes = bytes;
      plan.offsets = offsets;
      order = std::move(candidate);
    }
  }
  return plan;
}

} // namespace cnx
