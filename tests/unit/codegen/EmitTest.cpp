#include "compiler/codegen/Emit.h"

#include "compiler/Error.h"
#include "compiler/codegen/BuildHash.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/SamplePlan.h"
#include "tests/unit/codegen/Workplace.h"

#include <nlohmann/json.hpp>

namespace cnx {
namespace {

const std::vector<KernelReport> kReports(10, KernelReport{4096, {4}});

size_t count(const std::string &text, const std::string &part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++n;
  return n;
}

} // namespace

TEST_CASE("the header is C99 and C++17, alone and twice") {
  const Workplace place;
  place.write("sample.h", emitHeader(samplePlan("sample"), sampleOptions(place.path()), kReports));
  const std::string use =
      "#include \"sample.h\"\n#include \"sample.h\"\n"
      "int batches[] = {SAMPLE_BATCHES};\n"
      "char sizes[SAMPLE_SCRATCH_BYTES == 4096 && SAMPLE_MAX_BATCH == 2 && "
      "SAMPLE_LOGITS_ELEMENTS == 10 && SAMPLE_IMAGE_ELEMENTS == 6144 && "
      "SAMPLE_LABEL_COUNT == 3 && sizeof batches == 2 * sizeof(int) ? 1 : -1];\n";
  place.write("use.c", use);
  place.write("use.cpp", use);
  const std::vector<std::string> common = {
      "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I" CNX_TEST_HEADERS, "-fsyntax-only"};
  for (const auto &[compiler, standard, file] :
       {std::tuple{"cc", "-std=c99", "use.c"}, std::tuple{"clang", "-std=c99", "use.c"},
        std::tuple{"c++", "-std=c++17", "use.cpp"},
        std::tuple{"clang++", "-std=c++17", "use.cpp"}}) {
    std::vector<std::string> command = {compiler, standard, file};
    command.insert(command.end(), common.begin(), common.end());
    place.run(command);
  }
}

TEST_CASE("names that are awkward in C still give a program that compiles") {
  // A parameter's name, a member's, a block's, a local's, and one as long as a hub's.
  for (const std::string name : {"model", "image", "stem", "status", "x", "logits", "info",
                                 "convnextv2_large_384_in22ft1k"}) {
    INFO(name);
    const Workplace place;
    const CodegenOptions options = sampleOptions(place.path());
    place.write(name + ".h", emitHeader(samplePlan(name), options, kReports));
    place.write("source.cpp", emitSource(samplePlan(name), options));
    place.run({"c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fno-exceptions",
               "-fno-rtti", "-I" CNX_TEST_HEADERS, "-fsyntax-only", "source.cpp"});
  }
}

TEST_CASE("header and source are as clang-format leaves them") {
  const Workplace place;
  CodegenOptions options = sampleOptions(place.path());
  options.embeddedWeights = "some.weights";
  place.write(".clang-format", readText(CNX_TEST_CLANG_FORMAT));
  std::vector<std::string> command = {"clang-format-14", "--dry-run", "-Werror"};
  for (const std::string name :
       {"a", "sample", "convnextv2_tiny_22k_384", "convnextv2_large_384_in22ft1k"}) {
    place.write(name + ".h", emitHeader(samplePlan(name), options, kReports));
    place.write(name + ".cpp", emitSource(samplePlan(name), options));
    command.push_back(name + ".h");
    command.push_back(name + ".cpp");
  }
  place.run(command);
}

TEST_CASE("the source has one launch a line of the plan and one function a block and batch") {
  const std::string source = emitSource(samplePlan("sample"), sampleOptions("unused"));
  CHECK(count(source, "  launch(run, ") == 10);
  for (int id = 0; id < 10; ++id)
    CHECK(count(source, "launch(run, " + std::to_string(id) + ", k.") == 1);
  // The stem's map is exported by a launch of its own, after the block: a second function.
  for (const char *block : {"stem::forward_b1(", "stages_0_blocks_0::forward_b1(",
                            "stem::forward_b1_2(", "head::forward_b1("})
    CHECK(count(source, block) == 1);
  CHECK(count(source, "// stages.0.blocks.0.mlp: [1,8,16,40/48] -> [1,8,16,40/48]\n") == 1);
  CHECK(count(source, "constexpr size_t mlp_fc1_weight = 2304; // [3,40,16]") == 1);
  CHECK(count(source, "if (run.stem != nullptr)") == 2);
  CHECK(source.find("_x0123abcd") == std::string::npos); // no hash where names are unique without
}

TEST_CASE("the texts are the same each time and do not depend on where they go") {
  const Plan plan = samplePlan("sample");
  const CodegenOptions here = sampleOptions("here");
  CodegenOptions there = sampleOptions("there");
  there.jobs = 7;
  CHECK(emitHeader(plan, here, kReports) == emitHeader(plan, there, kReports));
  CHECK(emitSource(plan, here) == emitSource(plan, there));
  CHECK(emitManifest(plan, here, kReports) == emitManifest(plan, there, kReports));
}

TEST_CASE("the manifest tells launches, constants and memory") {
  const Plan plan = samplePlan("sample");
  const CodegenOptions options = sampleOptions("unused");
  const nlohmann::json manifest = nlohmann::json::parse(emitManifest(plan, options, kReports));
  CHECK(std::stoull(manifest["build"].get<std::string>(), nullptr, 16) == buildHash(plan, options));
  CHECK(manifest["options"] == "--batch 1,2 --cpu v3 --outputs logits,pooled,stem "
                               "--output-layout nchw --input-format u8-nhwc");
  CHECK(manifest["inputs"][0]["shape"] == std::vector<int>{32, 64, 3});
  CHECK(manifest["outputs"][2]["layout"] == "nchw");
  CHECK(manifest["parameters"][0]["name"] == "stem.weight");
  CHECK(manifest["constants"][1]["offset"] == 9216);
  CHECK(manifest["constants"][1]["expr"] == "pack_panels(@fc1)");
  CHECK(manifest["kernels"][0]["tasks"]["v3"] == 4);
  const nlohmann::json &program = manifest["programs"][1];
  CHECK(program["batch"] == 2);
  CHECK(program["flops"] == 500);
  CHECK(program["launches"][1]["id"] == 6);
  CHECK(program["launches"][1]["layer"] == "stages.0.blocks.0.mlp");
  CHECK(program["launches"][1]["kernel"] == "block_n2_x0123abcd");
  CHECK(program["launches"][1]["scalars"][1] == 2.0);
  CHECK(manifest["memory"]["weights"] == 19456);
  CHECK(manifest["memory"]["scratch_per_worker"] == 4096);
  CHECK(manifest["info"]["labels"][0] == "tench");
}

TEST_CASE("an edited info that cnx does not write is the user's error") {
  Plan plan = samplePlan("sample");
  plan.info = R"({"labels": 3})";
  CHECK_THROWS_WITH(emitHeader(plan, sampleOptions("unused"), kReports),
                    Catch::Contains("cnx.info: found text that is not what cnx writes there"));
  plan.info = R"({"preprocessing": {"height": 1, "width": 1, "resize": "stretch"}})";
  CHECK_THROWS_AS(emitHeader(plan, sampleOptions("unused"), kReports), UserError);
}

} // namespace cnx
