// The commands that run and explain networks.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Npy.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace {

ProgramResult run(const std::vector<std::string> &arguments) {
  ProgramResult result = runCnx(arguments);
  INFO(result.out << result.err);
  REQUIRE(result.exitCode == 0);
  return result;
}

bool has(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("run names digits, with the checkpoint's labels and pre-processing", "[commands]") {
  std::vector<std::string> arguments{"run", CNX_TEST_DIGITS "/model", "--top", "1"};
  std::vector<std::string> labels;
  for (const auto &file : fs::directory_iterator(CNX_TEST_DIGITS "/png")) {
    arguments.push_back(file.path().string());
    const std::string stem = file.path().stem().string(); // INDEX_LABEL
    labels.push_back(stem.substr(stem.find('_') + 1));
  }
  REQUIRE(labels.size() == 40);
  std::istringstream lines(run(arguments).out);
  int right = 0;
  for (const std::string &label : labels) {
    std::string path, probability, named;
    std::getline(lines >> std::ws, path);
    lines >> probability >> named;
    right += named == label;
  }
  CHECK(right >= 39); // the network itself is wrong on 17 of 1000
}

TEST_CASE("run turns arrays into arrays", "[commands]") {
  fs::path folder = testFolder("arrays");
  Vector vector("timm_v1");
  const std::string input = saveNpy(folder / "x.npy", vector.tensor("input"));

  run({"run", vector.model(), "--input", input, "--output", (folder / "y.npy").string()});
  Tensor logits = readNpy(folder / "y.npy");
  CHECK(logits.shape == vector.tensor("logits").shape);
  CHECK(relativeDifference(logits.values, vector.tensor("logits").values) < 1e-5);

  // Several outputs, one image at a time, and from the cache the second time.
  std::vector<std::string> several{
      "run",       vector.model(),  "--input", input, "--output", (folder / "z.npy").string(),
      "--outputs", "stage3,pooled", "--batch", "1"};
  run(several);
  CHECK(run(several).err.empty());
  Tensor stage3 = readNpy(folder / "z.stage3.npy");
  CHECK(stage3.shape == vector.tensor("stage3").shape);
  CHECK(relativeDifference(stage3.values, vector.tensor("stage3").values) < 1e-5);
  CHECK(relativeDifference(readNpy(folder / "z.pooled.npy").values,
                           vector.tensor("pooled").values) < 1e-5);
}

TEST_CASE("a checkpoint that is written anew is not taken from the cache", "[commands]") {
  fs::path folder = testFolder("anew");
  Vector first("timm_v1"), second("torchvision_v1");
  const std::string input = saveNpy(folder / "x.npy", first.tensor("input"));
  const std::string model = (folder / "anew.safetensors").string(),
                    output = (folder / "y.npy").string();
  fs::copy_file(first.model(), model);
  run({"run", model, "--input", input, "--output", output});
  Tensor before = readNpy(output);
  fs::copy_file(second.model(), model, fs::copy_options::overwrite_existing);
  run({"run", model, "--input", input, "--output", output});
  CHECK(relativeDifference(readNpy(output).values, before.values) > 1e-2);
}

TEST_CASE("what a checkpoint says of itself is never an older one's from the cache", "[commands]") {
  fs::path folder = testFolder("said"), model = folder / "model";
  fs::copy(CNX_TEST_DIGITS "/model", model);
  const std::string picture = CNX_TEST_DIGITS "/png/0_6.png";
  auto predicted = [&](bool cache) {
    std::vector<std::string> arguments{"run", model.string(), picture, "--top", "10"};
    if (!cache)
      arguments.push_back("--no-cache");
    return run(arguments).out;
  };
  auto replace = [&](const char *file, const std::string &from, const std::string &to) {
    std::ifstream in(model / file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    std::ofstream(model / file, std::ios::binary) << text.replace(at, from.size(), to);
  };
  const std::string first = predicted(true);
  CHECK(has(first, "  6\n"));

  replace("config.json", "\"6\",", "\"six\",");
  const std::string labelled = predicted(true);
  CHECK(has(labelled, "  six\n"));

  std::string before = labelled;
  const std::pair<const char *, const char *> changes[] = {
      {"\"crop_pct\": 1.0", "\"crop_pct\": 0.8"},
      {"\"interpolation\": \"bicubic\"", "\"interpolation\": \"bilinear\""},
      {"0.3081", "0.5081"},
  };
  for (auto [from, to] : changes) {
    INFO(to);
    replace("config.json", from, to);
    const std::string now = predicted(true);
    CHECK(now != before);
    CHECK(now == predicted(false));
    before = now;
  }

  // Another value in a file of the same size and time: the sign of one gain of the stem's norm.
  const auto written = fs::last_write_time(model / "model.safetensors");
  std::fstream weights(model / "model.safetensors",
                       std::ios::in | std::ios::out | std::ios::binary);
  weights.seekg(-1, std::ios::end);
  const char byte = char(weights.get() ^ 0x80);
  weights.seekp(-1, std::ios::end);
  weights.put(byte);
  weights.close();
  fs::last_write_time(model / "model.safetensors", written);
  CHECK(predicted(true) == predicted(false));
}

TEST_CASE("diff finds every launch within the tolerance, and the first that is not", "[commands]") {
  fs::path folder = testFolder("diff");
  Vector vector("timm_v2");
  const std::string input = saveNpy(folder / "x.npy", vector.tensor("input"));
  for (const char *fusion : {"--explain", "--no-fusion"}) {
    ProgramResult result = run({"diff", vector.model(), "--input", input, fusion});
    CHECK(has(result.out, "launches within 1.0e-05 of the double-precision reference"));
  }
  // Nothing in float32 is that near, so this shows what a wrong kernel would: exit 3 and a
  // reproducer that builds.
  fs::current_path(folder);
  ProgramResult result = runCnx({"diff", vector.model(), "--input", input, "--tolerance", "1e-12"});
  CHECK(result.exitCode == 3);
  CHECK(has(result.err, "launch 0 (stem, kernel stem_"));
  REQUIRE(fs::exists("cnx-bug-1/report.txt"));
  for (const auto &file : fs::directory_iterator("cnx-bug-1"))
    if (file.path().extension() == ".json")
      CHECK(has(run({"kernel", file.path().string()}).out, "from the reference"));
}

TEST_CASE("every kernel of a network alone", "[commands]") {
  fs::path folder = testFolder("kernels");
  for (const char *fusion : {"--explain", "--no-fusion"}) {
    run({"compile", Vector("timm_v2").model(), "--image", "64", "--input-format", "u8-nhwc",
         "--cpu", "v3", fusion, "-o", (folder / "out").string(), "--dump-ir",
         (folder / "dump").string()});
    for (const auto &file : fs::directory_iterator(folder / "dump" / "kernels"))
      if (file.path().string().ends_with(".graph.json")) {
        INFO(file.path());
        CHECK(has(run({"kernel", file.path().string(), "--threads", "2", "--cpu", "v3"}).out,
                  " v3: "));
      }
  }
  // Gradients of weights in their packed forms, in the fashion of each layer.
  run({"compile", Vector("timm_v2").model(), "--image", "32", "--train", "--cpu", "v3", "-o",
       (folder / "out").string(), "--dump-ir", (folder / "train").string()});
  size_t gradients = 0;
  for (const auto &file : fs::directory_iterator(folder / "train" / "kernels"))
    if (const std::string name = file.path().filename().string();
        name.ends_with(".graph.json") && has(name, "grad_")) {
      INFO(file.path());
      CHECK(has(run({"kernel", file.path().string(), "--cpu", "v3"}).out, " v3: "));
      ++gradients;
    }
  CHECK(gradients > 10);
  std::ofstream(folder / "bad.json") << "{\"fusion\": \"single\"}";
  ProgramResult result = runCnx({"kernel", (folder / "bad.json").string()});
  CHECK(result.exitCode == 1);
  CHECK(has(result.err, "kernel graph"));
}

TEST_CASE("inspect shows a network and a build, and checks its weights", "[commands]") {
  fs::path folder = testFolder("inspect");
  const std::string model = Vector("timm_v1").model(), out = (folder / "out").string();
  ProgramResult network = run({"inspect", model, "--image", "64"});
  CHECK(has(network.out, "stages.2.blocks.1"));
  CHECK(has(network.out, "arena of forward_b1"));

  run({"compile", model, "--image", "64", "-o", out, "--name", "net"});
  ProgramResult build = run({"inspect", out});
  CHECK(has(build.err, "checksum"));
  CHECK(has(run({"inspect", out, "--json"}).out, "\"build\""));

  // The page has what --json has, for a network and for a build.
  for (std::vector<std::string> which :
       {std::vector<std::string>{model, "--image", "64"}, std::vector<std::string>{out}}) {
    std::vector<std::string> json{"inspect", "--json"}, html{"inspect", "--html"};
    json.insert(json.end(), which.begin(), which.end());
    html.insert(html.end(), which.begin(), which.end());
    std::istringstream lines(run(json).out);
    const std::string page = run(html).out;
    CHECK(has(page, "<svg"));
    size_t facts = 0;
    for (std::string line; std::getline(lines, line);)
      for (const char *field : {"\"layer\": \"", "\"symbol\": \"", "\"expr\": \"", "\"build\": \""})
        if (const size_t at = line.find(field); at != std::string::npos) {
          const size_t begin = at + std::strlen(field);
          INFO(line);
          CHECK(has(page, line.substr(begin, line.find('"', begin) - begin)));
          ++facts;
        }
    CHECK(facts > 60);
    const fs::path file = folder / "page.html";
    html.insert(html.end(), {"-o", file.string()});
    CHECK(run(html).out.empty());
    std::ifstream written(file);
    CHECK((std::string(std::istreambuf_iterator<char>(written), {}) == page));
  }

  // A launch of a kernel that the manifest does not list.
  const fs::path manifest = fs::path(out) / "net.json";
  std::ifstream file(manifest);
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  std::string bad = good;
  const std::string symbol = "\"kernel\": \"stem";
  REQUIRE(has(bad, symbol));
  std::ofstream(manifest) << bad.replace(bad.find(symbol), symbol.size(), "\"kernel\": \"steam");
  ProgramResult steam = runCnx({"inspect", out, "--html"});
  CHECK(steam.exitCode == 1);
  CHECK(has(steam.err, "found a manifest that cnx has not written"));
  std::ofstream(manifest) << good;

  // One bit of one weight.
  std::fstream weights(fs::path(out) / "net.weights",
                       std::ios::in | std::ios::out | std::ios::binary);
  weights.seekg(1000);
  const char byte = char(weights.get() ^ 1);
  weights.seekp(1000);
  weights.put(byte);
  weights.close();
  ProgramResult broken = runCnx({"inspect", out});
  CHECK(broken.exitCode == 1);
  CHECK(has(broken.err, "net.weights"));

  std::ofstream(fs::path(out) / "net.json") << R"({"build": "1", "programs": 2, "memory": {}})";
  ProgramResult other = runCnx({"inspect", out});
  CHECK(other.exitCode == 1);
  CHECK(has(other.err, "found a manifest that cnx has not written"));
}
