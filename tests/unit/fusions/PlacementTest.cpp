// Every stage is computed and stored where its schedule puts it, in storage of the tile's size.
// Halide takes some wishes in silence (compute_at on an output): this reads what came out.
#include "tests/unit/fusions/Placement.h"
#include "compiler/kernels/Compile.h"
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/fusions/LoopNest.h"
#include "tests/unit/fusions/Network.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

using namespace cnx;
using namespace cnx::test;
using Catch::Contains;

namespace {

// The text that `write` writes to a path.
std::string written(const std::function<void(const std::string &)> &write) {
  char folder[] = "/tmp/cnx-placement-test-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/kernel.stmt";
  write(path);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove_all(folder);
  return text.str();
}

// `fewestTasks` of a fused kernel.
void checkKernel(const KernelGraph &graph, Level level, int64_t fewestTasks) {
  INFO(kernelSymbol(graph) << " at " << levelName(level));
  KernelFacts facts;
  const std::string stmt = written([&](const std::string &path) {
    KernelOutputs outputs;
    outputs.stmt = path;
    facts = compileKernel(graph, level, outputs);
  });
  Stages stages = scheduledStages(*findFusion(graph.fusion), graph, level);
  CHECK(misplacedStages(stages, stmt) == std::vector<std::string>());
  CHECK((graph.fusion == "single" || facts.tasks >= fewestTasks));
}

void checkNetwork(const KernelGraph &function, int64_t fewestTasks = 1) {
  std::set<std::string> seen;
  for (const Group &group : formGroups(function))
    if (seen.insert(kernelSymbol(group.graph)).second)
      for (Level level : {Level::v3, Level::v4})
        checkKernel(group.graph, level, fewestTasks);
}

// What the check says of a schedule that no fusion has.
std::vector<std::string> complaints(const KernelGraph &graph,
                                    const std::function<void(Stages &)> &schedule) {
  Stages lowered(graph), scheduled(graph);
  schedule(lowered);
  schedule(scheduled);
  const Halide::Target target("x86-64-linux-no_runtime-no_asserts-no_bounds_query");
  const std::string stmt = written([&](const std::string &path) {
    lowered.pipeline()
        .compile_to_module(lowered.arguments(), "kernel", target)
        .compile({{Halide::OutputFileType::stmt, path}});
  });
  return misplacedStages(scheduled, stmt);
}

} // namespace

TEST_CASE("T: in place, and at least four tasks") {
  checkNetwork(inferenceGraph({}), 4);
  checkNetwork(trainingGraph({}), 4);
}

TEST_CASE("atto: in place, and at least four tasks") {
  NetworkShape shape;
  shape.depths = {2, 2, 6, 2};
  shape.dims = {40, 80, 160, 320};
  checkNetwork(inferenceGraph(shape), 4);
  checkNetwork(trainingGraph(shape), 4);
}

TEST_CASE("an odd network: three images that patches do not fill, channels that fill no vector") {
  NetworkShape shape;
  shape.depths = {1, 1, 1, 1};
  shape.dims = {24, 40, 72, 136};
  shape.images = 3;
  shape.height = 75;
  shape.width = 149;
  shape.classes = 17;
  for (bool v2 : {false, true}) {
    shape.v2 = v2;
    checkNetwork(inferenceGraph(shape));
    checkNetwork(trainingGraph(shape));
  }
}

TEST_CASE("the stem makes no copy of the image") {
  for (const Group &group : formGroups(inferenceGraph({})))
    if (group.graph.fusion == "stem") {
      const std::string stmt = written([&](const std::string &path) {
        KernelOutputs outputs;
        outputs.stmt = path;
        compileKernel(group.graph, Level::v4, outputs);
      });
      CHECK(LoopNest::of(LoopNest(stmt).productions, "relayout0").empty());
      CHECK_FALSE(LoopNest::of(LoopNest(stmt).productions, "patch_conv0").empty());
    }
}

TEST_CASE("what a schedule wishes in vain is found") {
  GraphBuilder b;
  const int inner = b.affine(b.input({1, 28, 28, 48})), outer = b.gelu(inner);
  b.output(outer);
  SECTION("nothing, where the wish is granted") {
    CHECK(complaints(b.graph, [](Stages &s) { s["affine0"].compute_at(s["gelu0"], s.m); }).empty());
  }
  SECTION("an output that is to be computed inside another's loop") {
    b.output(inner);
    const auto found =
        complaints(b.graph, [](Stages &s) { s["affine0"].compute_at(s["gelu0"], s.m); });
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Contains("affine0: computed in") && Contains("expected at gelu0.m"));
  }
  SECTION("a tile that holds the whole map") {
    const auto found = complaints(b.graph, [](Stages &s) {
      s["affine0"].compute_at(s["gelu0"], s.m).bound_storage(s.m, 784);
    });
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Contains("affine0: stored as 37632 elements in each of 784 iterations"));
  }
}

TEST_CASE("a sum that is computed again for every reader is found") {
  GraphBuilder b;
  b.output(b.linear(b.input({1, 5, 5, 16}), 16));
  const auto found = complaints(b.graph, [](Stages &) {});
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "linear0_acc: a sum is left to its readers");
}
