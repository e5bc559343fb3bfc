#include "compiler/codegen/BuildHash.h"

#include "compiler/codegen/Interface.h"
#include "compiler/codegen/InternalError.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/SamplePlan.h"

namespace cnx {

TEST_CASE("the build hash does not see where the parameters' values come from") {
  const CodegenOptions options = sampleOptions("unused");
  const Plan plan = samplePlan("sample");
  Plan other = plan;
  other.parameters[0].file = "elsewhere.safetensors";
  other.parameters[0].tensor = "t";
  other.parameters[0].seed = 7;
  other.parameters[1].init = Parameter::Init::zeros;
  other.info = "";
  CHECK(buildHash(plan, options) == buildHash(other, options));
}

TEST_CASE("the build hash sees architecture, layout and options") {
  const CodegenOptions options = sampleOptions("unused");
  const Plan plan = samplePlan("sample");
  const uint64_t hash = buildHash(plan, options);
  const auto differs = [&](auto change) {
    Plan other = plan;
    change(other);
    return buildHash(other, options) != hash;
  };
  CHECK(differs([](Plan &p) { p.name = "other"; }));
  CHECK(differs([](Plan &p) { p.parameters[1].shape[0] = 11; }));
  CHECK(differs([](Plan &p) { p.constants[0].expr.push_back(' '); }));
  CHECK(differs([](Plan &p) { p.constants[0].offset += 64; }));
  CHECK(differs([](Plan &p) { p.kernels[0].graphJson.push_back(' '); }));
  CHECK(differs([](Plan &p) { p.programs[0].launches[1].scalars[0] = 1e-5f; }));
  CHECK(differs([](Plan &p) { p.programs[1].launches[1].args[1].offset = 64; }));
  CHECK(differs([](Plan &p) { p.programs.pop_back(); }));

  CodegenOptions unfused = options;
  unfused.options = {{"--no-fusion", ""}};
  CHECK(buildHash(plan, unfused) != hash);
  CodegenOptions elsewhere = options;
  elsewhere.outputFolder = "other";
  elsewhere.jobs = 3;
  elsewhere.cxx = "clang++";
  CHECK(buildHash(plan, elsewhere) == hash);
}

TEST_CASE("the interface is read off the plan's shapes") {
  const InterfaceFacts facts = interfaceOf(samplePlan("sample"), sampleOptions("unused"));
  CHECK(facts.batches == std::vector<int64_t>{1, 2});
  CHECK(inputFormatText(facts.image) == std::string("u8-nhwc"));
  CHECK(facts.image.height == 32);
  CHECK(facts.image.width == 64);
  REQUIRE(facts.outputs.size() == 3);
  CHECK(facts.outputs[0].standIn == -1);
  CHECK(facts.outputs[1].standIn == 49152); // pooled is read again; behind the activations
  CHECK(facts.outputs[2].standIn == -1);
  CHECK(facts.outputs[2].channelsFirst);
  CHECK(facts.arenaBytes == 49152 + 320 + 64);
}

TEST_CASE("what the forward pass's interface cannot express is refused") {
  const CodegenOptions options = sampleOptions("unused");
  const auto message = [&](auto change) {
    Plan plan = samplePlan("sample");
    change(plan);
    try {
      interfaceOf(plan, options);
    } catch (const InternalError &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message([](Plan &p) { p.programs[0].direction = "backward"; }),
             Catch::Contains("direction backward has no emitter"));
  CHECK_THAT(message([](Plan &p) { p.segments[1].kind = SegmentKind::grad; }),
             Catch::Contains("belongs to training"));
  CHECK_THAT(message([](Plan &p) { p.programs[1] = p.programs[0]; }),
             Catch::Contains("two programs have the same batch"));
  CHECK_THAT(message([](Plan &p) { p.programs[1].ports.pop_back(); }),
             Catch::Contains("differ from another batch's"));
  CHECK_THAT(message([](Plan &p) { p.programs.clear(); }), Catch::Contains("no program"));
}

} // namespace cnx
