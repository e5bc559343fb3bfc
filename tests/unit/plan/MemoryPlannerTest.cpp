// The memory planner against plans known by hand, and against an overlap check and a lower bound of
// its own.
#include "compiler/plan/MemoryPlanner.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <random>

using cnx::LiveBuffer;
using cnx::MemoryPlan;
using cnx::planMemory;

namespace {

// Quadratic and literal: every pair of buffers, every launch.
void requireValid(const std::vector<LiveBuffer> &buffers, const MemoryPlan &plan) {
  REQUIRE(plan.offsets.size() == buffers.size());
  REQUIRE(plan.bytes % 64 == 0);
  int end = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    REQUIRE(plan.offsets[i] >= 0);
    REQUIRE(plan.offsets[i] % 64 == 0);
    REQUIRE(plan.offsets[i] + buffers[i].bytes <= plan.bytes);
    end = std::max(end, buffers[i].last);
  }
  for (int launch = 0; launch <= end; ++launch)
    for (size_t i = 0; i < buffers.size(); ++i)
      for (size_t j = i + 1; j < buffers.size(); ++j) {
        const LiveBuffer &a = buffers[i], &b = buffers[j];
        if (launch < a.first || launch > a.last || launch < b.first || launch > b.last)
          continue;
        const bool apart = plan.offsets[i] + a.bytes <= plan.offsets[j] ||
                           plan.offsets[j] + b.bytes <= plan.offsets[i];
        if (!apart)
          FAIL("buffers " << i << " and " << j << " overlap at launch " << launch);
      }
}

int64_t peakOfLiveBytes(const std::vector<LiveBuffer> &buffers) {
  int64_t peak = 0;
  int end = 0;
  for (const LiveBuffer &b : buffers)
    end = std::max(end, b.last);
  for (int launch = 0; launch <= end; ++launch) {
    int64_t live = 0;
    for (const LiveBuffer &b : buffers)
      if (b.first <= launch && launch <= b.last)
        live += (b.bytes + 63) / 64 * 64;
    peak = std::max(peak, live);
  }
  return peak;
}

// The launches of a forward pass: a chain of maps with residuals, `perBlock` buffers inside a
// block.
std::vector<LiveBuffer> forwardGraph(std::vector<int> depths, std::vector<int64_t> dims,
                                     int64_t side, bool fused, int64_t batch) {
  std::vector<LiveBuffer> buffers;
  int now = 0;
  buffers.push_back({batch * side * side * dims[0] * 4, now, now});
  for (size_t stage = 0; stage < depths.size(); ++stage) {
    const int64_t map = batch * side * side * dims[stage] * 4;
    for (int block = 0; block < depths[stage]; ++block) {
      const size_t x = buffers.size() - 1;
      if (fused) { // dwconv_norm, mlp
        buffers.push_back({map, now + 1, now + 2});
        now += 2;
      } else { // dwconv, norm and rstd, fc1, gelu, fc2, scale
        buffers.push_back({map, now + 1, now + 2});
        buffers.push_back({map, now + 2, now + 3});
        buffers.push_back({batch * side * side * 4, now + 2, now + 2});
        buffers.push_back({4 * map, now + 3, now + 4});
        buffers.push_back({4 * map, now + 4, now + 5});
        buffers.push_back({map, now + 5, now + 6});
        buffers.push_back({map, now + 6, now + 7});
        now += 7;
      }
      buffers[x].last = now;
      buffers.push_back({map, now, now});
    }
    buffers.back().last = now + 1;
    ++now;
    if (stage + 1 < depths.size()) {
      side /= 2;
      buffers.push_back({batch * side * side * dims[stage + 1] * 4, now, now});
    }
  }
  return buffers;
}

// A training step: what the forward pass saves lives until the mirrored launch of the backward
// pass.
std::vector<LiveBuffer> trainingGraph(std::vector<int> depths, std::vector<int64_t> dims,
                                      int64_t side, int64_t batch) {
  int launches = 0;
  for (int d : depths)
    launches += 2 * d + 1;
  const int total = 2 * launches + 2;
  std::vector<LiveBuffer> buffers;
  int now = 0;
  for (size_t stage = 0; stage < depths.size(); ++stage) {
    const int64_t pixels = batch * side * side, map = pixels * dims[stage] * 4;
    for (int block = 0; block < depths[stage]; ++block) {
      const int back = total - now - 2;                   // its last backward launch
      buffers.push_back({map, now, back});                // x
      buffers.push_back({map, now + 1, back - 1});        // xhat
      buffers.push_back({pixels * 4, now + 1, back - 1}); // rstd
      buffers.push_back({4 * map, now + 2, back - 1});    // h
      buffers.push_back({map, back - 1, back});           // dd
      buffers.push_back({4 * dims[stage] * dims[stage] * 4, back - 1, back - 1}); // relaid weights
      now += 2;
    }
    ++now;
    side /= 2;
  }
  return buffers;
}

} // namespace

TEST_CASE("nothing to place") {
  const MemoryPlan plan = planMemory({});
  CHECK(plan.bytes == 0);
  CHECK(plan.lowerBound == 0);
  CHECK(plan.offsets.empty());
}

TEST_CASE("a size is rounded up to the alignment") {
  const MemoryPlan plan = planMemory({{65, 0, 1}, {1, 1, 2}});
  CHECK(plan.bytes == 192);
  CHECK(plan.lowerBound == 192);
  requireValid({{65, 0, 1}, {1, 1, 2}}, plan);
}

TEST_CASE("a chain needs two buffers, in turn") {
  std::vector<LiveBuffer> chain;
  for (int i = 0; i < 20; ++i)
    chain.push_back({4096, i, i + 1});
  const MemoryPlan plan = planMemory(chain);
  requireValid(chain, plan);
  CHECK(plan.bytes == 2 * 4096);
}

TEST_CASE("buffers that share no launch share their place") {
  const std::vector<LiveBuffer> buffers = {{640, 0, 0}, {640, 1, 1}, {640, 2, 2}};
  const MemoryPlan plan = planMemory(buffers);
  CHECK(plan.bytes == 640);
  CHECK(plan.offsets == std::vector<int64_t>{0, 0, 0});
}

TEST_CASE("a case where first use alone wastes memory") {
  // Placed in program order, the second buffer sits in the middle when the big one comes, which
  // then fits on neither side of it: 4 units of 64 bytes. Optimal is 3.
  const std::vector<LiveBuffer> buffers = {
      {64, 0, 1}, {64, 0, 3}, {64, 1, 2}, {128, 3, 4}, {64, 4, 5}};
  const MemoryPlan plan = planMemory(buffers);
  requireValid(buffers, plan);
  CHECK(plan.bytes == 192);
}

TEST_CASE("equal input gives equal offsets") {
  const std::vector<LiveBuffer> buffers = trainingGraph({2, 2, 6, 2}, {48, 96, 192, 384}, 56, 8);
  CHECK(planMemory(buffers).offsets == planMemory(buffers).offsets);
}

TEST_CASE("random buffers: no overlap, never below the bound, never far above it") {
  std::mt19937 random(7);
  auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 200; ++round) {
    std::vector<LiveBuffer> buffers;
    const int count = 1 + below(30), launches = 1 + below(20);
    int64_t sum = 0;
    for (int i = 0; i < count; ++i) {
      const int first = below(launches);
      buffers.push_back({1 + below(5000), first, first + below(launches - first)});
      sum += (buffers.back().bytes + 63) / 64 * 64;
    }
    const MemoryPlan plan = planMemory(buffers);
    requireValid(buffers, plan);
    CHECK(plan.lowerBound == peakOfLiveBytes(buffers));
    CHECK(plan.bytes >= plan.lowerBound);
    CHECK(plan.bytes <= sum);
    CHECK(plan.bytes <= plan.lowerBound * 102 / 100);
  }
}

TEST_CASE("buffers that have an address keep it, and others go round them") {
  std::mt19937 random(11);
  auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 100; ++round) {
    const int launches = 1 + below(20);
    std::vector<LiveBuffer> buffers;
    int64_t end = 0; // of what has an address: side by side, live from somewhere to the end
    for (int i = below(10); i >= 0; --i) {
      end += 64 * below(10);
      buffers.push_back({1 + below(5000), below(launches), launches - 1, end});
      end += (buffers.back().bytes + 63) / 64 * 64;
    }
    for (int i = below(30); i > 0; --i) {
      const int first = below(launches);
      buffers.push_back({1 + below(5000), first, first + below(launches - first)});
    }
    std::shuffle(buffers.begin(), buffers.end(), random);
    const MemoryPlan plan = planMemory(buffers);
    requireValid(buffers, plan);
    for (size_t i = 0; i < buffers.size(); ++i)
      if (buffers[i].fixed >= 0)
        CHECK(plan.offsets[i] == buffers[i].fixed);
    CHECK(plan.lowerBound == peakOfLiveBytes(buffers));
    CHECK(plan.bytes >= std::max(plan.lowerBound, end));
  }
}

TEST_CASE("an activation may lie where a gradient comes later") {
  const MemoryPlan plan = planMemory({{640, 0, 3}, {640, 4, 9, 0}, {64, 2, 5}});
  CHECK(plan.offsets == std::vector<int64_t>{0, 0, 640});
  CHECK(plan.bytes == 704);
}

TEST_CASE("within 1 % of the bound on the shapes of ConvNeXt") {
  const std::vector<std::vector<int>> depths = {{3, 3, 9, 3}, {2, 2, 6, 2}, {3, 3, 27, 3}};
  const std::vector<std::vector<int64_t>> dims = {
      {96, 192, 384, 768}, {40, 80, 160, 320}, {128, 256, 512, 1024}};
  for (size_t model = 0; model < depths.size(); ++model)
    for (int64_t side : {56, 55})
      for (int64_t batch : {1, 8}) {
        for (const std::vector<LiveBuffer> &buffers :
             {forwardGraph(depths[model], dims[model], side, true, batch),
              forwardGraph(depths[model], dims[model], side, false, batch),
              trainingGraph(depths[model], dims[model], side, batch)}) {
          const MemoryPlan plan = planMemory(buffers);
          requireValid(buffers, plan);
          CHECK(static_cast<double>(plan.bytes) <= 1.01 * static_cast<double>(plan.lowerBound));
        }
      }
}
