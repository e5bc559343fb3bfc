#include "compiler/tools/train/TrainOptions.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

using namespace cnx;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

namespace {

struct Parsed {
  TrainOptions options;
  std::vector<std::string> given;
};

Parsed parse(std::vector<std::string> arguments) {
  CLI::App app;
  Parsed parsed;
  addTrainOptions(app, parsed.options);
  addTrainingOptions(app, parsed.options.build);
  addStepMemoryOptions(app, parsed.options.build);
  app.add_option("--seed", parsed.options.seed);
  arguments.insert(arguments.end(), {"--data", "d", "-o", "f.safetensors"});
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  app.parse(arguments);
  parsed.given = givenTrainOptions(app, parsed.options);
  return parsed;
}

} // namespace

TEST_CASE("training's options and their defaults") {
  const TrainOptions plain = parse({}).options;
  CHECK(plain.epochs == 10);
  CHECK(plain.microBatch() == 32);
  CHECK(plain.rateOrDefault() == 1e-3);
  CHECK(plain.decayOrDefault() == 0.05);
  CHECK_FALSE(plain.inOrder);
  CHECK(plain.augmentation == Augmentation{});

  const TrainOptions full =
      parse({"--optimizer", "sgd", "--batch", "48", "--micro-batch", "8", "--crop", "resized",
             "--crop-area", "0.2,0.9", "--flip", "--beta", "0.8,0.95", "--no-shuffle", "--ema"})
          .options;
  CHECK(full.rateOrDefault() == 1e-2);
  CHECK(full.decayOrDefault() == 1e-4);
  CHECK(full.microBatch() == 8);
  CHECK(full.augmentation.crop == Augmentation::Crop::resized);
  CHECK(full.augmentation.area == std::pair{0.2, 0.9});
  CHECK(full.augmentation.flip);
  CHECK(full.beta == std::vector<double>{0.8, 0.95});
  CHECK(full.inOrder);
  CHECK(full.build.ema);
}

TEST_CASE("options that contradict each other are a wrong command line") {
  CHECK_THROWS_WITH(parse({"--batch", "10", "--micro-batch", "4"}),
                    Contains("--micro-batch") && Contains("a divisor of --batch 10"));
  CHECK_THROWS_AS(parse({"--steps", "5", "--epochs", "2"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--beta", "0.9"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--crop-area", "0.9,0.2"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--crop", "some"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--optimizer", "adam"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--memory"}), CLI::ParseError); // with -o
  CHECK_THROWS_WITH(parse({"--batch", "8", "--micro-batch", "4", "--gradients", "immediate"}),
                    Contains("--gradients: found immediate, expected sum"));
  CHECK_THROWS_WITH(parse({"--gradients", "immediate", "--clip", "1"}),
                    Contains("--clip: found 1, expected 0 with --gradients immediate"));
  CHECK(parse({"--gradients", "sum", "--clip", "1"}).options.clip == 1);
  CHECK_THROWS_AS(parse({"--smoothing", "1.5"}), CLI::ParseError);
}

TEST_CASE("what was not given again is taken from the state") {
  const TrainOptions before =
      parse({"--rate", "0.5", "--drop-path", "0.2", "--crop", "pad", "--pad", "2", "--steps", "70",
             "--trainable", "head", "--batch", "16", "--seed", "9"})
          .options;
  const Json saved = Json::parse(toJson(before).dump());

  Parsed now = parse({});
  CHECK(continueFrom(saved, "s", now.given, now.options).empty());
  CHECK(toJson(now.options) == saved);

  now = parse({"--rate", "0.25", "--batch", "16", "--pad", "2"});
  const std::vector<std::string> notes = continueFrom(saved, "s", now.given, now.options);
  CHECK(notes == std::vector<std::string>{"--rate: 0.25 in place of 0.5"});
  CHECK(now.options.rate == 0.25);
  CHECK(now.options.build.trainable == "head");
  CHECK(now.options.dropPath == 0.2);

  now = parse({"--epochs", "3"});
  continueFrom(saved, "s", now.given, now.options);
  CHECK(now.options.steps == 0);
  CHECK(now.options.epochs == 3);
}

TEST_CASE("what cannot change in the middle is refused") {
  const Json saved = toJson(parse({"--batch", "16"}).options);
  for (const std::vector<std::string> &arguments :
       std::vector<std::vector<std::string>>{{"--batch", "32"},
                                             {"--seed", "4"},
                                             {"--optimizer", "sgd"},
                                             {"--ema"},
                                             {"--trainable", "head"},
                                             {"--val-fraction", "0.2"},
                                             {"--no-shuffle"}}) {
    INFO(arguments[0]);
    Parsed now = parse(arguments);
    CHECK_THROWS_WITH(continueFrom(saved, "f.last", now.given, now.options),
                      Contains(arguments[0] + ": found ") && Contains("as in f.last"));
  }
}
