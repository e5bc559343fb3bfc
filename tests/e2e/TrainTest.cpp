// `cnx train`: steps against the frameworks' own, digits learnt, and trainings that stop and go on.
#include "tests/e2e/Checkpoint.h"
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/TrainingFiles.h"
#include "tests/support/catch.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

ProgramResult train(const std::vector<std::string> &arguments) {
  std::vector<std::string> command{"train"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return runCnx(command);
}

void requireTrained(const std::vector<std::string> &arguments) {
  const ProgramResult result = train(arguments);
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  CHECK(result.out.empty());
}

std::string bytesOf(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The log's lines of one kind.
std::vector<Json> logged(const fs::path &path, const std::string &event) {
  std::vector<Json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (Json json = Json::parse(line, nullptr, false); // the last may be half written
        json.is_object() && json.at("event") == event)
      lines.push_back(json);
  return lines;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::string kDigits = CNX_TEST_DIGITS "/digits.json";

} // namespace

// The framework's AdamW on the same batch: rate 1e-3, betas 0.9 and 0.999, eps 1e-8, decay 0.05 on
// weights alone.
TEST_CASE("steps are those of PyTorch", "[train]") {
  for (const char *name : {"timm_v1", "timm_v2", "torchvision_v1", "hf_v2"}) {
    INFO(name);
    const Vector vector(name);
    const fs::path folder = testFolder(std::string("steps_") + name);
    const std::string data =
        saveNpz(folder / "batch.npz", vector.tensor("input"), vector.integers("labels"));
    const std::map<std::string, Tensor> start = readCheckpoint(
        fs::is_directory(vector.model()) ? vector.model() + "/model.safetensors" : vector.model());
    const std::vector<std::string> constant{vector.model(),
                                            "--data",
                                            data,
                                            "--batch",
                                            vector.metadata("batch"),
                                            "--rate",
                                            "1e-3",
                                            "--min-rate",
                                            "1e-3",
                                            "--warmup",
                                            "0",
                                            "--decay",
                                            "0.05",
                                            "--smoothing",
                                            "0",
                                            "--drop-path",
                                            "0",
                                            "--no-shuffle",
                                            "--val-fraction",
                                            "0",
                                            "--num-classes",
                                            vector.metadata("classes")};
    for (const int steps : {1, 3}) {
      INFO(steps << " steps");
      const std::string prefix = "adamw" + std::to_string(steps) + ".";
      const std::vector<std::string> names = vector.namesAfter(prefix);
      if (steps == 3 && names.empty())
        continue; // two of the cases have one step alone
      REQUIRE(names.size() > 50);
      const fs::path output = folder / "trained.safetensors";
      requireTrained(joined(constant, {"--steps", std::to_string(steps), "-o", output.string()}));
      const std::map<std::string, Tensor> trained = readCheckpoint(output);
      CHECK(trained.size() == names.size());
      for (const std::string &parameter : names) {
        INFO(parameter);
        REQUIRE(trained.count(parameter) == 1);
        const Tensor expected = vector.tensor(prefix + parameter), now = trained.at(parameter);
        CHECK(now.shape == expected.shape);
        // Of the way that the parameter went: tiny gradients' noise is large in it (eps 1e-8).
        std::vector<float> way = expected.values, error = expected.values;
        for (size_t i = 0; i < way.size(); ++i) {
          way[i] -= start.at(parameter).values[i];
          error[i] -= now.values[i];
        }
        REQUIRE(normOf(way) > 0);
        CHECK(normOf(error) <= 5e-3 * normOf(way));
      }
    }
    if (!vector.has("losses20"))
      continue;
    const fs::path log = folder / "log.jsonl";
    requireTrained(joined(constant, {"--steps", "20", "-o", (folder / "20.safetensors").string(),
                                     "--log", log.string()}));
    const std::vector<Json> lines = logged(log, "step");
    const std::vector<float> losses = vector.tensor("losses20").values;
    REQUIRE(lines.size() == losses.size());
    for (size_t i = 0; i < losses.size(); ++i)
      CHECK(lines[i]["loss"].get<double>() == Approx(losses[i]).epsilon(1e-3).margin(1e-4));
  }
}

TEST_CASE("digits are learnt, and the result works alone", "[train]") {
  const fs::path folder = testFolder("train_digits");
  const std::string data = saveDigits(folder / "mnist", 800, 1000);
  const fs::path output = folder / "digits.safetensors", log = folder / "log.jsonl",
                 curves = folder / "curves.svg";
  requireTrained({kDigits, "--data",     data,       "-o",           output.string(), "--epochs",
                  "40",    "--batch",    "20",       "--rate",       "6e-3",          "--crop",
                  "pad",   "--pad",      "2",        "--ema",        "--ema-decay",   "0.98",
                  "--log", log.string(), "--curves", curves.string()});
  const std::vector<Json> epochs = logged(log, "epoch"), steps = logged(log, "step");
  REQUIRE(epochs.size() == 40);
  CHECK(steps.size() == 40 * 40);
  CHECK(logged(log, "stop").at(0)["reason"] == "done");
  double best = 0;
  for (const Json &epoch : epochs)
    for (const char *kind : {"validation", "averaged"})
      best = std::max(best, epoch.at(kind).at("accuracy").get<double>());
  CHECK(best > 0.94);
  CHECK(epochs.back()["train"]["loss"] < epochs.front()["train"]["loss"]);
  CHECK_THAT(bytesOf(curves), Contains("<svg") && Contains("averaged"));

  // What was saved is the best evaluation's network: run names the validation digits as well as it.
  const Json info = Json::parse(checkpointMetadata(output, "cnx.model"));
  CHECK(info["description"]["num_classes"] == 10);
  std::vector<std::string> run{"run", output.string(), "--top", "1"};
  std::vector<std::string> labels;
  for (const auto &file : fs::directory_iterator(CNX_TEST_DIGITS "/png")) {
    run.push_back(file.path().string());
    const std::string stem = file.path().stem().string(); // INDEX_LABEL
    labels.push_back(stem.substr(stem.find('_') + 1));
  }
  const ProgramResult result = runCnx(run);
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  std::istringstream lines(result.out);
  int right = 0;
  for (const std::string &label : labels) {
    std::string path, probability, named;
    std::getline(lines >> std::ws, path);
    lines >> probability >> named;
    right += named == label;
  }
  CHECK(right >= 38); // of 40
}

TEST_CASE("a training that stopped goes on as if it had not", "[train]") {
  const fs::path folder = testFolder("train_resume");
  const std::string data = saveDigits(folder / "mnist", 60, 80);
  // Partial batches, an evaluation within each run, everything that is random.
  const std::vector<std::string> options{
      kDigits, "--data", data,    "--batch",       "16",  "--micro-batch", "8",   "--crop",
      "pad",   "--flip", "--ema", "--seed",        "5",   "--drop-path",   "0.3", "--epochs",
      "3",     "--clip", "1",     "--layer-decay", "0.8", "--rate",        "2e-3"};
  const auto output = [&](const std::string &name) { return folder / (name + ".safetensors"); };
  const auto state = [&](const std::string &name) { return folder / (name + ".last.safetensors"); };
  requireTrained(joined(options, {"-o", output("straight").string(), "--threads", "1"}));
  const std::string whole = bytesOf(state("straight")), best = bytesOf(output("straight"));

  SECTION("any number of threads gives the same bits") {
    requireTrained(
        joined(options, {"-o", output("wide").string(), "--threads", "3", "--loaders", "3"}));
    CHECK(bytesOf(state("wide")) == whole);
    CHECK(bytesOf(output("wide")) == best);
  }
  SECTION("stopped within an epoch and at its end, told nothing again but the data") {
    requireTrained(
        joined(options, {"-o", output("parts").string(), "--stop-after", "3", "--threads", "2"}));
    CHECK_FALSE(fs::exists(output("parts"))); // no epoch was complete
    const std::vector<std::string> again{kDigits,
                                         "--data",
                                         data,
                                         "-o",
                                         output("parts").string(),
                                         "--resume",
                                         state("parts").string(),
                                         "--threads",
                                         "1"};
    requireTrained(joined(again, {"--stop-after", "5"})); // step 8: the end of the second epoch
    CHECK(bytesOf(state("parts")) != whole);
    requireTrained(again);
    CHECK(bytesOf(state("parts")) == whole);
    CHECK(bytesOf(output("parts")) == best);
  }
  SECTION("what cannot go on is refused") {
    const auto refused = [&](const std::vector<std::string> &arguments,
                             const std::string &message) {
      const ProgramResult result = train(joined({"-o", output("refused").string()}, arguments));
      CHECK(result.exitCode == 1);
      CHECK_THAT(result.err, Contains(message));
      CHECK_FALSE(fs::exists(state("refused")));
    };
    const std::string last = state("straight");
    refused({kDigits, "--data", data, "--resume", last, "--batch", "32"},
            "--batch: found 32, expected 16, as in ");
    refused({kDigits, "--data", data, "--resume", last, "--seed", "6"}, "--seed: found 6");
    refused({kDigits, "--data", data, "--resume", last, "--image", "64"}, "as in ");
    refused({kDigits, "--data", saveDigits(folder / "other", 50, 80), "--resume", last},
            "--data: found {\"train\":50");
    refused({kDigits, "--data", data, "--resume", output("straight").string()},
            "has no metadata cnx.state");
    fs::resize_file(state("straight"), fs::file_size(state("straight")) / 2);
    refused({kDigits, "--data", data, "--resume", last}, "straight.last.safetensors: ");
  }
}

TEST_CASE("SIGTERM ends a training after its step, and it goes on", "[train]") {
  const fs::path folder = testFolder("train_signal");
  const std::string data = saveDigits(folder / "mnist", 100, 120);
  const auto command = [&](const std::string &name) {
    return std::vector<std::string>{kDigits,
                                    "--data",
                                    data,
                                    "-o",
                                    (folder / name).string(),
                                    "--batch",
                                    "10",
                                    "--epochs",
                                    "40",
                                    "--threads",
                                    "1",
                                    "--log",
                                    (folder / (name + ".jsonl")).string()};
  };
  requireTrained(command("straight.safetensors"));

  ProgramResult result;
  std::thread running([&] { result = train(command("stopped.safetensors")); });
  const fs::path log = folder / "stopped.safetensors.jsonl";
  pid_t process = 0;
  while (logged(log, "step").size() < 15)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process = logged(log, "start").at(0).at("process").get<pid_t>();
  REQUIRE(kill(process, SIGTERM) == 0);
  running.join();
  INFO(result.err);
  CHECK(result.exitCode == 0);
  CHECK_THAT(result.err, Contains("stopped after step") && Contains("--resume"));
  CHECK(logged(log, "stop").at(0)["reason"] == "asked to");
  const size_t steps = logged(log, "step").size();
  CHECK(steps < 400);

  requireTrained(joined(command("stopped.safetensors"),
                        {"--resume", (folder / "stopped.last.safetensors").string()}));
  CHECK(bytesOf(folder / "stopped.last.safetensors") ==
        bytesOf(folder / "straight.last.safetensors"));
  CHECK(logged(log, "step").size() == 400); // none twice
}

TEST_CASE("a loss that is no number ends a training and spoils no file", "[train]") {
  const fs::path folder = testFolder("train_nan");
  const std::string data = saveDigits(folder / "mnist", 40, 60);
  const fs::path output = folder / "f.safetensors", state = folder / "f.last.safetensors";
  const std::vector<std::string> options{kDigits,   "--data", data,       "-o", output.string(),
                                         "--batch", "10",     "--epochs", "50"};
  requireTrained(joined(options, {"--stop-after", "4"}));
  const std::string before = bytesOf(state);
  const std::string kept = fs::exists(output) ? bytesOf(output) : "";
  const ProgramResult result =
      train(joined(options, {"--resume", state.string(), "--rate", "1e30", "--warmup", "0"}));
  CHECK(result.exitCode == 1);
  CHECK_THAT(result.err, Contains("step ") && Contains("--rate"));
  CHECK(bytesOf(state) == before);
  CHECK((fs::exists(output) ? bytesOf(output) : "") == kept);
}

TEST_CASE("a trained network learns other classes from a folder", "[train]") {
  const fs::path folder = testFolder("train_folder");
  for (const auto &file : fs::directory_iterator(CNX_TEST_DIGITS "/png")) {
    const std::string stem = file.path().stem().string(), label = stem.substr(stem.find('_') + 1);
    if (label != "1" && label != "7")
      continue;
    const fs::path part = folder / "data" / (label == "1" ? "one" : "seven");
    fs::create_directories(part);
    fs::copy_file(file.path(), part / file.path().filename());
  }
  const fs::path output = folder / "f.safetensors";
  const std::string model = CNX_TEST_DIGITS "/model";
  const ProgramResult result =
      train({model, "--data", (folder / "data").string(), "-o", output.string(), "--epochs", "15",
             "--batch", "4", "--rate", "1e-3", "--val-fraction", "0.3", "--trainable", "^head"});
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  CHECK_THAT(result.err, Contains("the last linear layer is initialised anew: 2 classes in place "
                                  "of 10"));
  // Frozen parameters are as they were, to the bit.
  const std::map<std::string, Tensor> before = readCheckpoint(model + "/model.safetensors"),
                                      after = readCheckpoint(output);
  REQUIRE(after.size() == before.size());
  for (const auto &[name, tensor] : after) {
    INFO(name);
    if (name.compare(0, 4, "head") != 0)
      CHECK(tensor.values == before.at(name).values);
  }
  CHECK(after.at("head.fc.weight").shape == std::vector<int64_t>{2, 64});
  const Json info = Json::parse(checkpointMetadata(output, "cnx.model"));
  CHECK(info["labels"] == Json{"one", "seven"});
  const ProgramResult run =
      runCnx({"run", output.string(), "--top", "1", CNX_TEST_DIGITS "/png/3_9.png"});
  INFO(run.err);
  REQUIRE(run.exitCode == 0);
  CHECK_THAT(run.out, Contains("one") || Contains("seven"));
}

TEST_CASE("formats and micro-batches change a training by rounding alone", "[train]") {
  const fs::path folder = testFolder("train_formats");
  const std::string data = saveDigits(folder / "mnist", 60, 80);
  // sgd: adamw makes much of the rounding of tiny gradients.
  const std::vector<std::string> options{kDigits, "--data", data,   "--batch", "12", "--optimizer",
                                         "sgd",   "--rate", "0.02", "--steps", "6"};
  const fs::path plain = folder / "plain.safetensors";
  requireTrained(joined(options, {"-o", plain.string()}));
  const std::map<std::string, Tensor> expected = readCheckpoint(plain);
  for (const std::vector<std::string> &variant :
       std::vector<std::vector<std::string>>{{"--input-format", "f32-nhwc"},
                                             {"--input-format", "u8-nhwc"},
                                             {"--micro-batch", "4"},
                                             {"--gradients", "sum"},
                                             {"--gradients", "immediate"},
                                             {"--transposed", "keep"},
                                             {"--no-fusion"}}) {
    INFO(variant[0] << " " << variant.back());
    const fs::path output = folder / "variant.safetensors";
    requireTrained(joined(joined(options, {"-o", output.string()}), variant));
    const std::map<std::string, Tensor> found = readCheckpoint(output);
    REQUIRE(found.size() == expected.size());
    for (const auto &[name, tensor] : expected) {
      INFO(name);
      CHECK(normDifference(found.at(name).values, tensor.values) < 1e-3);
    }
  }
}

TEST_CASE("training says what memory it takes", "[train]") {
  const fs::path folder = testFolder("train_memory");
  const std::string data = saveDigits(folder / "mnist", 40, 60);
  const ProgramResult result = train({kDigits, "--data", data, "--batch", "10", "--memory"});
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  for (const char *line : {"parameters", "gradients", "moments", "activations", "transposed copies",
                           "images ahead", "together"})
    CHECK_THAT(result.out, Contains(line));
}

TEST_CASE("train refuses what does not fit", "[train]") {
  const fs::path folder = testFolder("train_errors");
  const std::string data = saveDigits(folder / "mnist", 40, 60);
  const std::string output = folder / "f.safetensors";
  const auto refused = [&](const std::vector<std::string> &arguments, int exitCode,
                           const std::string &message) {
    const ProgramResult result = train(arguments);
    INFO(result.err);
    CHECK(result.exitCode == exitCode);
    CHECK_THAT(result.err, Contains(message));
    CHECK_FALSE(fs::exists(output));
  };
  refused({kDigits, "--data", data}, 2, "-o");
  refused({kDigits, "-o", output}, 2, "--data");
  refused({kDigits, "--data", (folder / "none").string(), "-o", output}, 1, "does not exist");
  refused({kDigits, "--data", data, "-o", (folder / "none/f").string()}, 1, "does not exist");
  refused({kDigits, "--data", data, "-o", output, "--num-classes", "3"}, 1,
          "--num-classes: found 3, expected 10");
  refused({kDigits, "--data", data, "-o", output, "--batch", "8", "--micro-batch", "3"}, 2,
          "a divisor of --batch 8");
  refused({kDigits, "--data", data, "-o", output, "--trainable", "^nothing$"}, 1, "nothing");
  const Vector vector("timm_v1");
  const std::string floats =
      saveNpz(folder / "floats.npz", vector.tensor("input"), vector.integers("labels"));
  refused({vector.model(), "--data", floats, "-o", output, "--input-format", "u8-nhwc"}, 1,
          "--input-format: found u8-nhwc");
  refused({vector.model(), "--data", floats, "-o", output, "--crop", "resized"}, 1,
          "--crop: found resized");
  refused({vector.model(), "--data", floats, "-o", output, "--image", "96", "--val-fraction", "0"},
          1, "found a float32 image of 64x64, expected the network's 96x96");
}

TEST_CASE("training's options of compile need --train", "[train]") {
  const fs::path folder = testFolder("train_options");
  const auto refused = [&](std::vector<std::string> options, int exitCode,
                           const std::string &message) {
    options.insert(options.begin(), {"compile", kDigits, "-o", (folder / "out").string()});
    const ProgramResult result = runCnx(options);
    INFO(result.err);
    CHECK(result.exitCode == exitCode);
    CHECK_THAT(result.err, Contains(message));
    CHECK_FALSE(fs::exists(folder / "out"));
  };
  refused({"--ema"}, 2, "--train");
  refused({"--trainable", "head"}, 2, "--train");
  refused({"--train", "--trainable", "("}, 1, "--trainable: found '('");
  refused({"--train", "--trainable", "^x"}, 1, "that matches a parameter's name");
  refused({"--gradients", "sum"}, 2, "--train");
  refused({"--transposed", "keep"}, 2, "--train");
  refused({"--train", "--batch", "8", "--micro-batch", "4", "--gradients", "keep"}, 1,
          "--gradients: found keep, expected sum");
  refused({"--train", "--micro-batch", "4", "--gradients", "immediate"}, 1,
          "--gradients: found immediate, expected sum");
  refused({"--train", "--batch", "8", "--micro-batch", "3"}, 1,
          "--micro-batch: found 3, expected one of --batch 8");
}
