// The plan verifier against a second opinion: buffers of random plans are moved about in the arena,
// and the plan must be refused exactly where two buffers that are alive at the same launch share a
// byte.
#include "tests/support/catch.h"
#include "tests/unit/passes/RandomNet.h"
#include "tests/unit/plan/PlannedNet.h"

#include <map>
#include <random>

using namespace cnx;

namespace {

struct Life {
  plan::ViewOp view;
  int first = 0, last = 0;
};

bool clash(std::vector<Life> &lives) {
  for (size_t i = 0; i < lives.size(); ++i)
    for (size_t j = i + 1; j < lives.size(); ++j) {
      Life &a = lives[i], &b = lives[j];
      auto end = [](Life &life) {
        return life.view.getOffset() + mlir::cast<plan::BufferType>(life.view.getType()).byteSize();
      };
      if (a.first <= b.last && b.first <= a.last && a.view.getOffset() < end(b) &&
          b.view.getOffset() < end(a))
        return true;
    }
  return false;
}

} // namespace

TEST_CASE("moved buffers are refused exactly where live ones overlap") {
  std::mt19937 random(3);
  int refused = 0, accepted = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    test::PlannedNet net(test::randomNet(seed), seed % 2);
    net.segment("arena").setBytes(int64_t{1} << 40);
    std::vector<Life> lives;
    int now = 0;
    for (auto launch : net.program().getOps<plan::LaunchOp>()) {
      for (mlir::Value buffer : launch.getBuffers()) {
        auto view = buffer.getDefiningOp<plan::ViewOp>();
        if (view.getSegment() != "arena")
          continue;
        auto known =
            std::find_if(lives.begin(), lives.end(), [&](Life &l) { return l.view == view; });
        if (known == lives.end())
          lives.push_back({view, now, now});
        else
          known->last = now;
      }
      ++now;
    }
    REQUIRE_FALSE(lives.empty());
    REQUIRE_FALSE(clash(lives));
    REQUIRE(test::complaints(*net.module).empty());
    for (int round = 0; round < 40; ++round) {
      Life &moved = lives[random() % lives.size()], &target = lives[random() % lives.size()];
      const int64_t old = moved.view.getOffset();
      const int64_t size = mlir::cast<plan::BufferType>(target.view.getType()).byteSize();
      moved.view.setOffset(target.view.getOffset() + 64 * (int64_t(random()) % (size / 64 + 2)));
      const std::string report = test::complaints(*net.module);
      INFO("seed " << seed << " round " << round << "\n" << report);
      REQUIRE(report.empty() == !clash(lives));
      ++(report.empty() ? accepted : refused);
      if (!report.empty())
        moved.view.setOffset(old);
    }
  }
  CHECK(refused > 50);
  CHECK(accepted > 50);
}
