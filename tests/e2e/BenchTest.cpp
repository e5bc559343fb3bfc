// `cnx bench`: that what it prints hangs together. No time is judged.
#include "tests/e2e/CompiledModel.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

const std::string kDigits = CNX_TEST_DIGITS "/digits.json";

Json bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"bench", kDigits});
  arguments.insert(arguments.end(), {"--repeats", "1", "--json"});
  const ProgramResult result = runCnx(arguments);
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  return Json::parse(result.out);
}

double sum(const Json &rows, const char *field) {
  double total = 0;
  for (const Json &row : rows)
    total += row.at(field).get<double>();
  return total;
}

} // namespace

TEST_CASE("training steps are timed in sections, in micro-batches and traced", "[bench]") {
  const TemporaryFolder folder;
  const std::string optimizer = GENERATE("adamw", "sgd");
  const Json report = bench({"--train", "--optimizer", optimizer, "--ema", "--batch", "4,8",
                             "--micro-batch", "4", "--trace", folder / "trace.json"});
  CHECK(report.at("optimizer") == optimizer);
  REQUIRE(report.at("cases").size() == 2);
  const Json &whole = report.at("cases").at(0), &parts = report.at("cases").at(1);
  CHECK(whole.at("batch") == 4);
  CHECK(parts.at("batch") == 8);
  CHECK(parts.at("micro_batch") == 4);
  CHECK(parts.at("flops").get<double>() == 2 * whole.at("flops").get<double>());

  for (const Json *each : {&whole, &parts}) {
    const double steps = each->at("batch").get<double>() / 4;
    const Json &profile = each->at("profile"), &sections = profile.at("sections");
    REQUIRE(sections.size() == 4);
    CHECK(sections.at(0).at("name") == "forward");
    CHECK(sections.at(1).at("name") == "loss");
    CHECK(sections.at(1).at("launches") == steps);
    CHECK(sections.at(2).at("name") == "backward");
    CHECK(sections.at(3).at("name") == "update");
    CHECK(sections.at(3).at("launches") == 3); // squares, the optimiser, averages
    for (const char *field : {"launches", "flops", "seconds"}) {
      CHECK(sum(sections, field) == Approx(sum(profile.at("kernels"), field)));
      CHECK(sum(sections, field) == Approx(sum(profile.at("layers"), field)));
    }
    // Every launch of convolutions and linear layers was made and seen by the hook.
    CHECK(sum(sections, "flops") == Approx(each->at("flops").get<double>()));
    CHECK(sections.at(3).at("flops") == 0);
  }

  std::ifstream file(folder / "trace.json");
  std::set<std::string> traced;
  const Json trace = Json::parse(file);
  for (const Json &event : trace.at("traceEvents"))
    if (event.at("ph") == "X")
      traced.insert(event.at("args").at("section"));
  CHECK(traced == std::set<std::string>{"forward", "loss", "backward", "update"});
}

TEST_CASE("a step that updates at once has the same work", "[bench]") {
  const Json kept = bench({"--train", "--batch", "2"});
  const Json immediate = bench({"--train", "--batch", "2", "--gradients", "immediate"});
  const Json &whole = kept.at("cases").at(0), &step = immediate.at("cases").at(0);
  CHECK(step.at("flops") == whole.at("flops"));
  const auto &sections = step.at("profile").at("sections");
  REQUIRE(sections.size() == 3); // a parameter is updated within the backward pass
  CHECK(sections.at(2).at("name") == "backward");
  CHECK(sections.at(2).at("launches").get<int>() >
        whole.at("profile").at("sections").at(2).at("launches").get<int>());
  CHECK(sum(sections, "flops") == Approx(step.at("flops").get<double>()));
}

TEST_CASE("fewer trained parameters are less work", "[bench]") {
  const Json all = bench({"--train", "--batch", "2", "--no-profile"});
  const Json head = bench({"--train", "--batch", "2", "--no-profile", "--trainable", "^head"});
  CHECK(head.at("cases").at(0).at("flops").get<double>() <
        all.at("cases").at(0).at("flops").get<double>() / 2);
}

TEST_CASE("what bench does not time is refused", "[bench]") {
  auto expect = [](std::vector<std::string> arguments, int code, const std::string &text) {
    arguments.insert(arguments.begin(), {"bench", kDigits});
    const ProgramResult result = runCnx(arguments);
    CHECK(result.exitCode == code);
    CHECK_THAT(result.err, Contains(text));
  };
  expect({"--train", "--batch", "6", "--micro-batch", "4"}, 1,
         "--micro-batch: found 4, expected a divisor of --batch 6");
  expect({"--train", "--micro-batch", "4", "--gradients", "immediate"}, 1,
         "--gradients: found immediate, expected sum");
  expect({"--micro-batch", "4"}, 2, "--train");
  expect({"--gradients", "immediate"}, 2, "--train");
  expect({"--ema"}, 2, "--train");
  expect({"--train", "--outputs", "pooled"}, 2, "--outputs");
}
