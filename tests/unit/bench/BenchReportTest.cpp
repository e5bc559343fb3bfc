// The report of made-up measurements: sums, shares and bounds by hand.
#include "compiler/tools/BenchReport.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

using namespace cnx;

namespace {

// Two kernels, the first launched twice.
struct Sample {
  Plan plan;
  BenchReport report;

  Sample() {
    plan.name = "sample";
    plan.kernels.resize(2);
    plan.kernels[0].symbol = "mlp_n1_h7_w7_c32_x0123abcd";
    plan.kernels[0].fusion = "mlp";
    plan.kernels[1].symbol = "head_n1_c10_x89ab4567";
    plan.kernels[1].fusion = "head";
    PlanProgram program;
    program.name = "forward_b2";
    program.direction = "forward";
    program.batch = 2;
    program.launches = {
        {7, 0, "blocks.0.mlp", {}, {}}, {8, 1, "head", {}, {}}, {9, 0, "blocks.1.mlp", {}, {}}};
    plan.programs = {program};

    report.model = "sample.json";
    report.processor = "a processor";
    report.cores = 4;
    report.plan = &plan;
    report.tasks = {{plan.kernels[0].symbol, 14}};
    BenchCase each;
    each.level = Level::v3;
    each.threads = 2;
    each.work = forwardWork(plan.programs[0]);
    each.time.flops = 3e6;
    each.time.seconds = {0.002, 0.0025, 0.004};
    each.time.peak = {1e9, 2e9, 3e9};
    each.profile.peak = 2e9;
    each.profile.launches = {profile(0, 0.001, 1e6, 1000, 24, 0.0005, 0.0002),
                             profile(1, 0.004, 0, 500, 500, 0, 0.003),
                             profile(2, 0.002, 1e6, 1000, 24, 0.0005, 0.0006)};
    each.profile.events = {{0, 0.5, 0.501}, {1, 0.502, 0.506}};
    report.cases = {each};
  }

  LaunchProfile profile(size_t launch, double seconds, double flops, double weights,
                        double activations, double fma, double memory) const {
    LaunchProfile result;
    result.launch = &plan.programs[0].launches[launch];
    result.seconds = seconds;
    result.flops = flops;
    result.weightBytes = weights;
    result.activationBytes = activations;
    result.fmaSeconds = fma;
    result.memorySeconds = memory;
    return result;
  }
};

} // namespace

TEST_CASE("a spread is the lowest, the middle and the highest", "[bench]") {
  const Spread spread = spreadOf({5, 1, 4, 2, 3});
  CHECK(spread.minimum == 1);
  CHECK(spread.median == 3);
  CHECK(spread.maximum == 5);
  CHECK(spreadOf({2}).median == 2);
}

TEST_CASE("launches of a kernel are summed, the longest kernel first", "[bench]") {
  const Sample sample;
  const auto rows = kernelRows(sample.report, sample.report.cases[0]);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "head_n1_c10");
  CHECK(rows[0].launches == 1);
  CHECK(rows[0].tasks == 1); // none in the manifest: serial
  CHECK(rows[1].name == "mlp_n1_h7_w7_c32");
  CHECK(rows[1].launches == 2);
  CHECK(rows[1].tasks == 14);
  CHECK(rows[1].seconds == Approx(0.003));
  CHECK(rows[1].flops == Approx(2e6));
  CHECK(rows[1].bytes == Approx(2048));
  // Each launch has its own bound: one by its FMAs, one by its memory.
  CHECK(rows[1].bound == Approx(0.0011));
}

TEST_CASE("layers come in the program's order, each launch its own", "[bench]") {
  const Sample sample;
  const auto rows = layerRows(sample.report, sample.report.cases[0]);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "blocks.0.mlp");
  CHECK(rows[1].name == "head");
  CHECK(rows[2].name == "blocks.1.mlp");
}

TEST_CASE("the JSON holds both views of a pass, in seconds and operations a second", "[bench]") {
  const Sample sample;
  const auto json = nlohmann::json::parse(benchJson({sample.report}));
  const auto &only = json.at("cases").at(0);
  CHECK(json.at("model") == "sample.json");
  CHECK(json.at("work") == "inference");
  CHECK(!json.contains("optimizer"));
  CHECK(only.at("level") == "v3");
  CHECK(only.at("batch") == 2);
  CHECK(only.at("threads") == 2);
  CHECK(only.at("seconds").at("min") == 0.002);
  double kernels = 0, layers = 0;
  for (const auto &row : only.at("profile").at("kernels"))
    kernels += row.at("seconds").get<double>();
  for (const auto &row : only.at("profile").at("layers"))
    layers += row.at("seconds").get<double>();
  CHECK(kernels == Approx(0.007));
  CHECK(layers == Approx(kernels));
  // 1e6 operations in 0.001 s, of 2e9 a second.
  CHECK(only.at("profile").at("layers").at(0).at("share_of_peak").get<double>() == Approx(0.5));
}

TEST_CASE("a step's launches are summed by section, in micro-batches together", "[bench]") {
  Sample sample;
  BenchCase &step = sample.report.cases[0];
  sample.report.optimizer = "adamw";
  step.work.train = true;
  step.work.part = 1;
  const char *const sections[] = {"forward", "backward", "backward"};
  for (size_t i = 0; i < 3; ++i) {
    step.work.launches[i].section = step.profile.launches[i].section = sections[i];
    step.work.launches[i].times = step.profile.launches[i].times = 2;
  }
  step.profile.launches[2].inPlaceBytes = 2000;
  const auto rows = sectionRows(sample.report, step);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "forward");
  CHECK(rows[0].launches == 2);
  CHECK(rows[0].seconds == Approx(0.001));
  CHECK(rows[1].name == "backward");
  CHECK(rows[1].launches == 4);
  CHECK(rows[1].seconds == Approx(0.006));
  CHECK(rows[1].bytes == Approx(1000 + 1024 + 2000));

  const auto json = nlohmann::json::parse(benchJson({sample.report}));
  CHECK(json.at("work") == "training");
  CHECK(json.at("optimizer") == "adamw");
  const auto &only = json.at("cases").at(0);
  CHECK(only.at("micro_batch") == 1);
  CHECK(only.at("profile").at("sections").at(1).at("name") == "backward");
  CHECK(only.at("profile").at("layers").at(2).at("section") == "backward");
  const auto events = nlohmann::json::parse(chromeTrace({sample.report})).at("traceEvents");
  CHECK(events[1].at("args").at("section") == "forward");
  CHECK(events[2].at("args").at("section") == "backward");

  const std::string text = benchText(sample.report);
  CHECK(text.find("sample.json, training steps with adamw, level v3") == 0);
  CHECK(text.find("batch 2 in parts of 1, 2 threads: 6 launches, 7.000 ms") != std::string::npos);
  CHECK(text.find("  backward blocks.1.mlp") != std::string::npos);
}

TEST_CASE("the trace has a slice a launch, in microseconds", "[bench]") {
  const Sample sample;
  const auto events = nlohmann::json::parse(chromeTrace({sample.report})).at("traceEvents");
  REQUIRE(events.size() == 3); // the process's name, two launches
  CHECK(events[1].at("ph") == "X");
  CHECK(events[1].at("name") == "blocks.0.mlp");
  CHECK(events[1].at("ts").get<double>() == Approx(500000));
  CHECK(events[1].at("dur").get<double>() == Approx(1000));
  CHECK(events[2].at("args").at("launch") == 8);
}

TEST_CASE("the text names the level, the share of peak and what bounds a kernel", "[bench]") {
  const Sample sample;
  const std::string text = benchText(sample.report);
  CHECK(text.find("sample.json, level v3, a processor, 4 cores") == 0);
  CHECK(text.find("batch 2, 2 threads: 3 launches, 7.000 ms inside") != std::string::npos);
  CHECK(text.find("3.000m") != std::string::npos); // the head waits for memory
}
