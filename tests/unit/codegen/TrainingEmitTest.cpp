// The texts of training builds: header, source, manifest, build hash, and what is refused.
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Interface.h"
#include "compiler/codegen/InternalError.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/SamplePlan.h"
#include "tests/unit/codegen/TrainingProgram.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace cnx {
namespace {

const std::vector<KernelReport> kReports(32, KernelReport{4096, {4}});

Plan named(const std::string &name, const TrainingVariant &variant = {}) {
  Plan plan = trainingPlan(variant);
  plan.name = name;
  return plan;
}

std::vector<TrainingVariant> variants() {
  TrainingVariant all, little, many;
  all.frozen = false;
  little.sgd = true;
  little.ema = little.inputGradient = false;
  many.evaluationBatches = {1, 8, 32};
  many.trainBatches = {2, 8};
  return {TrainingVariant(), all, little, many};
}

size_t count(const std::string &text, const std::string &part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++n;
  return n;
}

} // namespace

TEST_CASE("a training build's header is C99 and C++17, and header and source are formatted") {
  const Workplace place;
  place.write(".clang-format", readText(CNX_TEST_CLANG_FORMAT));
  std::vector<std::string> format = {"clang-format-14", "--dry-run", "-Werror"};
  std::string use;
  int i = 0;
  for (const TrainingVariant &variant : variants())
    for (const int64_t microBatch : {0, 2})
      for (const std::string name : {"t", "convnextv2_tiny_22k_384"}) {
        const std::string full = name + std::to_string(i++);
        const Plan plan = named(full, variant);
        const CodegenOptions options = trainingOptions(place, microBatch);
        place.write(full + ".h", emitHeader(plan, options, kReports));
        place.write(full + ".cpp", emitSource(plan, options));
        use += "#include \"" + full + ".h\"\n";
        format.push_back(full + ".h");
        format.push_back(full + ".cpp");
        place.run({"c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                   "-fno-exceptions", "-fno-rtti", "-I" CNX_TEST_HEADERS, "-fsyntax-only",
                   full + ".cpp"});
      }
  place.run(format);
  use += "char sizes[T0_MAX_TRAIN_BATCH == 2 && T0_PARAM_BYTES == 3072 && sizeof T0_OPTIMIZER == 6 "
         "&& T0_TOTAL_BYTES > T0_ARENA_BYTES + 4096 ? 1 : -1];\n"
         "int batches[] = {T0_TRAIN_BATCHES};\n";
  place.write("use.c", use);
  place.write("use.cpp", use);
  place.run({"cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I" CNX_TEST_HEADERS,
             "-fsyntax-only", "use.c"});
  place.run({"clang++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
             "-I" CNX_TEST_HEADERS, "-fsyntax-only", "use.cpp"});
}

TEST_CASE("what only a training build can do is declared in its header alone") {
  const Workplace place;
  const std::string training = emitHeader(trainingPlan(), trainingOptions(place), kReports);
  const std::string inference = emitHeader(samplePlan("net"), trainingOptions(place), kReports);
  for (const char *function :
       {"random", "loss_backward", "backward", "update", "train_step", "set_group", "tensor_read",
        "tensor_write", "save", "restore", "set_note", "note"}) {
    INFO(function);
    const std::string declared = std::string("net_") + function + "(";
    CHECK(count(training, " " + declared) + count(training, "*" + declared) == 1);
    CHECK(count(inference, declared) == 0);
  }
  CHECK(count(training, "int trained;") == 1);
  CHECK(count(inference, "int trained;") == 0);
  CHECK(count(inference, "TRAIN") == 0);
}

TEST_CASE("a block has a function for evaluation, train forward and backward") {
  const Workplace place;
  const std::string source = emitSource(trainingPlan(), trainingOptions(place));
  for (const char *text :
       {"void forward_b2(Run &run, const Kernels &k, const float *w, const float *p, float *a) {",
        "void train_b2(Run &run, const Kernels &k, const float *w, const float *p, float *a) {",
        "void loss_b2(Run &run, const Kernels &k, float *a) {",
        "void backward_b2(Run &run, const Kernels &k, const float *w, const float *p, float *g, "
        "float *a) {",
        "// p, and the gradients in g\n",
        "void loss_b2(Run &run, const Kernels &k, float *a) { loss::loss_b2(run, k, a); }",
        "  head::backward_b2(run, k, w, p, g, a);", "constexpr size_t fc2_bias = 512; // [16]",
        "// head.fc1#bwd: [2,3/16], [2,8/16] -> [1,3,16]\n",
        "void squares(Run &run, const Kernels &k, const float *g) {",
        "void average(Run &run, const Kernels &k, const float *p, float *e) {",
        "  const float *drop_path_3; // [N]\n", "  const float *rate;        // [3]\n"})
    CHECK_THAT(source, Catch::Contains(text));
  CHECK(count(source, "if (run.grad_input != nullptr)") == 1);
  CHECK(count(source, "cnx_rt_training_drop_factors(handle.training, batch, 3, 0.25, ") == 1);
  // One launch a line, each once.
  CHECK(count(source, "  launch(run, ") == 20);
}

TEST_CASE("the object of a training build needs the runtime's two archives only") {
  const Workplace place;
  runTraining(place, {}, "");
  const Symbols symbols = symbolsOf(place, place / "net.o");
  for (const std::string &name : symbols.defined)
    CHECK(name.rfind("net_", 0) == 0);
  for (const std::string &name : symbols.undefined) {
    INFO(name);
    CHECK((name.rfind("cnx_rt_", 0) == 0 || name.rfind("cnx_io_training_", 0) == 0 ||
           name == "net_kernels_v3" || name == "memcpy" || name == "memset" ||
           name == "_GLOBAL_OFFSET_TABLE_"));
  }
}

TEST_CASE("the manifest of a training build tells memory by purpose, places and sections") {
  const Workplace place;
  const Plan plan = trainingPlan();
  const CodegenOptions options = trainingOptions(place, 2);
  const nlohmann::json manifest = nlohmann::json::parse(emitManifest(plan, options, kReports));
  CHECK(manifest["options"] ==
        "--batch 2 --cpu v3 --outputs logits,hidden --output-layout nchw --input-format f32-nhwc "
        "--train --optimizer adamw --ema --micro-batch 2 --input-grad");
  const nlohmann::json &memory = manifest["memory"];
  CHECK(memory["weights"] == 768 + 3072); // of the weight file, parameters' first values included
  CHECK(memory["parameters"] == 3072);
  CHECK(memory["gradients"] == 3072);
  CHECK(memory["moments"] == 6144);
  CHECK(memory["ema"] == 3072);
  CHECK(memory["total"] == memory["weights"].get<int>() + 5 * 3072 + memory["tables"].get<int>() +
                               memory["arena"].get<int>() +
                               memory["scratch_per_worker"].get<int>());
  CHECK(manifest["training"]["optimizer"] == "adamw");
  CHECK(manifest["training"]["micro_batch"] == 2);
  CHECK(manifest["training"]["drop_path"][0]["site"] == 3);
  CHECK(manifest["training"]["drop_path"][0]["rate"] == 0.25);
  CHECK(manifest["parameters"][0]["form"] == "panels");
  CHECK(manifest["parameters"][0]["decay"] == true);
  CHECK(manifest["parameters"][1]["decay"] == false);
  CHECK(manifest["parameters"][2]["trained"] == false);
  CHECK(manifest["parameters"][2]["form"] == "dense");
  CHECK(manifest["parameters"][3]["offset"] == 2048);
  // Offsets of constants are the payload's.
  CHECK(manifest["constants"][2]["offset"] == 768 + 2048);
  CHECK(manifest["constants"][2]["segment"] == "param");
  CHECK(manifest["constants"][4]["offset"] == 192);
  const nlohmann::json &train = manifest["programs"][1];
  CHECK(train["direction"] == "train");
  CHECK(train["launches"][5]["section"] == "loss");
  CHECK(train["launches"][6]["section"] == "backward");
  CHECK(!manifest["programs"][0]["launches"][0].contains("section"));
}

TEST_CASE("matrices decay, vectors and what is called bias, gamma or beta do not") {
  const Workplace place;
  Plan plan = trainingPlan();
  const auto decays = [&](const std::string &name, std::vector<int64_t> shape) {
    for (PlanConstant &constant : plan.constants)
      if (constant.expr.rfind("pack_panels(@", 0) == 0 && constant.segment == SegmentKind::param)
        constant.expr = "pack_panels(@\"" + name + "\")";
    plan.parameters[0].name = name;
    plan.parameters[0].shape = std::move(shape);
    return interfaceOf(plan, trainingOptions(place)).training->parameters[0].decay;
  };
  CHECK(decays("stages.0.blocks.0.mlp.fc1.weight", {8, 3}));
  CHECK(!decays("norm.weight", {8}));
  CHECK(!decays("fc1.bias", {8, 3}));
  CHECK(!decays("grn.gamma", {1, 8}));
  CHECK(!decays("grn.beta", {1, 8}));
  CHECK(decays("gamma.weights", {8, 3}));
}

TEST_CASE("the build hash of a training build sees places, sections, rates and micro-batches") {
  const Workplace place;
  const CodegenOptions options = trainingOptions(place);
  const uint64_t hash = buildHash(trainingPlan(), options);
  const auto differs = [&](auto change) {
    Plan other = trainingPlan();
    change(other);
    return buildHash(other, options) != hash;
  };
  CHECK(differs([](Plan &p) { p.constants[1].offset = 512 * 4; }));
  CHECK(differs([](Plan &p) { p.segments[5].dropRate = 0.5; }));
  CHECK(differs([](Plan &p) { p.parameters[3].storedShape = {}; }));
  CHECK(differs([](Plan &p) { p.programs[1].launches[5].args[4].offset += 64; }));
  CHECK(differs([](Plan &p) { p.programs[1].launches[4].section = Section::backward; }));
  CHECK(buildHash(trainingPlan(), trainingOptions(place, 2)) != hash);
  TrainingVariant sgd;
  sgd.sgd = true;
  CHECK(buildHash(trainingPlan(sgd), options) != hash);
  Plan other = trainingPlan();
  other.parameters[0].init = Parameter::Init::ones;
  other.parameters[0].file = "elsewhere.safetensors";
  CHECK(buildHash(other, options) == hash);
}

TEST_CASE("training plans that the interface cannot express are refused") {
  const Workplace place;
  const auto message = [&](auto change, int64_t microBatch = 0) {
    Plan plan = trainingPlan();
    change(plan);
    try {
      interfaceOf(plan, trainingOptions(place, microBatch));
    } catch (const InternalError &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message([](Plan &) {}) == "");
  CHECK_THAT(message([](Plan &p) { p.segments[3].bytes += 1024; }),
             Catch::Contains("flat segment grad"));
  CHECK_THAT(message([](Plan &p) { p.segments[3].name = "gradients"; }),
             Catch::Contains("expected param, grad"));
  const auto dropInForward = [](Plan &p) {
    for (const PlanPort &port : p.programs[1].ports)
      if (p.segments[static_cast<size_t>(port.segment)].name.rfind("drop_path.", 0) == 0)
        p.programs[0].ports.push_back(port);
  };
  CHECK_THAT(message(dropInForward), Catch::Contains("forward_b2 drops paths"));
  CHECK(message([](Plan &p) { p.segments[3].arenaOffset = 0; }) == "");
  CHECK_THAT(message([](Plan &p) { p.segments[3].arenaOffset = 0; }, 2),
             Catch::Contains("gradients that do not add up"));
  CHECK_THAT(message([](Plan &p) { p.programs.pop_back(); }), Catch::Contains("squares"));
  CHECK_THAT(message([](Plan &p) { p.constants.erase(p.constants.begin()); }),
             Catch::Contains("parameter fc1.weight has no place"));
  CHECK_THAT(message([](Plan &p) { p.constants[0].expr = "fold_in(@fc1.weight, @fc1.bias)"; }),
             Catch::Contains("is no trained parameter's place"));
  CHECK_THAT(message([](Plan &p) { p.programs[1].launches[5].section = Section::forward; }),
             Catch::Contains("leaves no gradient of the logits"));
  CHECK_THAT(message([](Plan &p) { p.programs[1].direction = "backward"; }),
             Catch::Contains("backward"));
  CHECK_THAT(message([](Plan &p) { p.programs.erase(p.programs.begin()); }),
             Catch::Contains("forward"));
  CHECK_THAT(message([](Plan &) {}, 3), Catch::Contains("no program trains micro-batches of 3"));
}

} // namespace cnx
