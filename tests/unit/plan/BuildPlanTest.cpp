// Plans as the emitters read them.
#include "compiler/plan/ReadPlan.h"
#include "compiler/weights/WeightExpr.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/RandomNet.h"
#include "tests/unit/plan/PlannedNet.h"

#include <set>

using namespace cnx;

namespace {

const PlanKernel &kernelOf(const Plan &plan, const PlanLaunch &launch) {
  return plan.kernels[size_t(launch.kernel)];
}
std::string opOf(const Plan &plan, const PlanLaunch &launch) {
  return parseKernelGraph(kernelOf(plan, launch).graphJson).nodes[0].op;
}

// `blocks` equal blocks but for the eps of their norms.
std::string equalBlocks(int blocks) {
  std::string weights, body, x = "%x";
  for (int b = 0; b < blocks; ++b) {
    const std::string n = std::to_string(b);
    weights += "cnx.weight @b" + n + " : tensor<20x20xf32> {frozen}\n";
    body += "%n" + n + ", %r" + n + " = cnx.layer_norm " + x + " eps = 1.0e-" +
            std::to_string(b + 4) + " : tensor<1x3x3x20xf32> loc(\"blocks." + n + ".norm\")\n" +
            "%w" + n + " = cnx.get_weight @b" + n + " : tensor<20x20xf32> loc(\"blocks." + n +
            ".fc\")\n" + "%y" + n + " = cnx.linear %n" + n + ", %w" + n +
            " features = 20 : tensor<1x3x3x20xf32>, tensor<20x20xf32> loc(\"blocks." + n +
            ".fc\")\n";
    x = "%y" + n;
  }
  return weights +
         "func.func @forward_b1(%x: tensor<1x3x3x20xf32> {cnx.name = \"image\"}) -> "
         "(tensor<1x20xf32> {cnx.name = \"pooled\"}) {\n" +
         body + "%p = cnx.mean_pool " + x +
         " : tensor<1x3x3x20xf32> loc(\"pool\")\nreturn %p : tensor<1x20xf32>\n}";
}

} // namespace

TEST_CASE("the small net's plan") {
  test::PlannedNet net(test::kSmallNet, /*fusion=*/false);
  const Plan plan = readPlan(*net.module);

  SECTION("name, info and parameters are carried") {
    CHECK(plan.name == "small");
    CHECK(plan.info == "{\"labels\": []}");
    REQUIRE(plan.parameters.size() == 3);
    CHECK(plan.parameters[0].name == "fc1.weight");
    CHECK(plan.parameters[0].shape == std::vector<int64_t>{40, 20});
    CHECK(plan.parameters[0].file == "m.safetensors");
    CHECK(plan.parameters[0].tensor == "model.fc1.weight");
    CHECK(plan.parameters[2].file.empty());
    CHECK(plan.parameters[2].init == Parameter::Init::truncatedNormal);
    CHECK(plan.parameters[2].initValue == 0.02);
    CHECK(plan.parameters[2].seed == 7);
  }
  SECTION("segments") {
    REQUIRE(plan.segments.size() == 4);
    CHECK(plan.segments[0].kind == SegmentKind::weights);
    CHECK(plan.segments[1].kind == SegmentKind::arena);
    CHECK(plan.findSegment("image")->kind == SegmentKind::io);
    CHECK(plan.findSegment("image")->bytes == 2 * 16 * 20 * 4); // of the largest batch
    CHECK(plan.findSegment("pooled")->bytes == 2 * 20 * 4);
    CHECK(plan.findSegment("logits") == nullptr);
    CHECK(plan.segments[1].bytes ==
          std::max(plan.programs[0].arenaBytes, plan.programs[1].arenaBytes));
  }
  SECTION("both programs read the same constants") {
    REQUIRE(plan.constants.size() == 3);
    CHECK(plan.constants[0].name == "fc1.weight.packed");
    CHECK(plan.constants[0].expr == "pack_panels(@fc1.weight)");
    CHECK(plan.constants[0].shape == std::vector<int64_t>{3, 20, 16});
    CHECK(plan.constants[0].offset == 0);
    CHECK(plan.constants[0].bytes == 3 * 20 * 16 * 4);
    CHECK(plan.constants[0].layer == "fc1");
    CHECK(plan.constants[1].expr == "pad_vector(@fc1.bias)");
    CHECK(plan.constants[1].offset == 3 * 20 * 16 * 4);
    CHECK(plan.segments[0].bytes == plan.constants[2].offset + plan.constants[2].bytes);
  }
  SECTION("programs") {
    REQUIRE(plan.programs.size() == 2);
    CHECK(plan.programs[1].name == "forward_b2");
    CHECK(plan.programs[1].direction == "forward");
    CHECK(plan.programs[1].batch == 2);
    CHECK(plan.programs[0].arenaBytes == plan.programs[0].liveBytes);
    REQUIRE(plan.programs[0].ports.size() == 2);
    CHECK(plan.segments[size_t(plan.programs[0].ports[0].segment)].name == "image");
    CHECK(plan.programs[0].ports[0].access == Access::read);
    CHECK(plan.programs[0].ports[0].type == BufferType{{1, 4, 4, 20}, 20, ElementType::f32});
    CHECK(plan.programs[0].ports[1].access == Access::write);
    int64_t id = 0;
    for (const PlanProgram &program : plan.programs)
      for (const PlanLaunch &launch : program.launches)
        CHECK(launch.id == id++);
  }
  SECTION("launches") {
    const std::vector<PlanLaunch> &launches = plan.programs[0].launches;
    REQUIRE(launches.size() == 6);
    CHECK(launches[0].layer == "norm");
    CHECK(kernelOf(plan, launches[0]).access == std::vector<Access>{Access::read, Access::write});
    CHECK(kernelOf(plan, launches[0]).scalarCount == 1);
    CHECK(kernelOf(plan, launches[0]).readCount() == 1);
    CHECK(launches[0].scalars == std::vector<float>{1e-6f});
    CHECK(launches[0].args[1].type ==
          BufferType{{1, 4, 4, 20}, 32, ElementType::f32}); // padded inside
    CHECK(kernelOf(plan, launches[1]).flops >= 2 * 16 * 20 * 40);
    // gelu over h, the residual over the norm's result
    CHECK(kernelOf(plan, launches[2]).access == std::vector<Access>{Access::readWrite});
    CHECK(launches[2].args[0].offset == launches[1].args[3].offset);
    CHECK(kernelOf(plan, launches[4]).access ==
          std::vector<Access>{Access::read, Access::readWrite});
    CHECK(launches[4].args[1].offset == launches[0].args[1].offset);
  }
}

TEST_CASE("kernels do not grow with depth, and share over eps") {
  const auto kernels = [](int blocks) {
    test::PlannedNet net(equalBlocks(blocks), /*fusion=*/false);
    const Plan plan = readPlan(*net.module);
    std::set<float> eps;
    for (const PlanLaunch &launch : plan.programs[0].launches)
      if (opOf(plan, launch) == "layer_norm")
        eps.insert(launch.scalars.at(0));
    CHECK(eps.size() == size_t(blocks));
    CHECK(plan.programs[0].launches.size() == size_t(2 * blocks + 1));
    return plan.kernels.size();
  };
  CHECK(kernels(2) == 4); // the first norm reads the caller's dense image
  CHECK(kernels(5) == 4);
}

TEST_CASE("every random network gets a sound plan") {
  for (uint64_t seed = 0; seed < 40; ++seed)
    for (bool fusion : {true, false}) {
      const std::string text =
          test::randomNet(seed, {.frozen = seed % 4 != 0, .batch = int(1 + seed % 3)});
      INFO("seed " << seed << " fusion " << fusion << "\n" << text);
      test::PlannedNet net(text, fusion);
      CHECK(test::complaints(*net.module) == "");
      const Plan plan = readPlan(*net.module);
      for (const PlanProgram &program : plan.programs) {
        CHECK(program.arenaBytes >= program.liveBytes);
        CHECK(double(program.arenaBytes) <= 1.01 * double(program.liveBytes));
        for (const PlanLaunch &launch : program.launches) {
          CHECK_FALSE(launch.layer.empty());
          REQUIRE(launch.args.size() == kernelOf(plan, launch).access.size());
          for (const PlanArgument &argument : launch.args)
            CHECK(argument.offset % kPlanAlignment == 0);
        }
      }
      // The expressions are those of compiler/weights.
      for (const PlanConstant &constant : plan.constants) {
        const WeightExpr expr = parseWeightExpr(constant.expr);
        CHECK(printWeightExpr(expr) == constant.expr);
        CHECK(shapeOf(expr, [&](const std::string &name) -> Shape {
                for (const Parameter &parameter : plan.parameters)
                  if (parameter.name == name)
                    return parameter.shape;
                FAIL("no parameter " << name);
                return {};
              }) == constant.shape);
      }
    }
}

TEST_CASE("equal models give equal plans") {
  auto text = [] {
    test::PlannedNet net(test::randomNet(5), true);
    std::string out;
    llvm::raw_string_ostream stream(out);
    net.module->print(stream);
    return out;
  };
  CHECK(text() == text());
}
