// What a training step consists of, from real plans: its arithmetic against what the network's
// description says.
#include "compiler/Error.h"
#include "compiler/tools/BenchWork.h"
#include "compiler/tools/Compile.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>
#include <set>

using namespace cnx;

namespace {

// A small network's plan for training three images at once.
struct TrainingPlan {
  TemporaryFolder folder;
  std::unique_ptr<CompileJob> job;

  TrainingPlan(const std::string &model, bool ema) {
    const std::filesystem::path path = folder.path() / "net.json";
    std::ofstream(path) << R"({"model": ")" << model << R"(", "depths": [1, 1, 2, 1],
      "dims": [24, 40, 72, 104], "num_classes": 10, "image": [64, 96]})";
    CompileOptions options;
    options.model = path.string();
    options.network.train = true;
    options.network.batches = {3};
    options.training.ema = ema;
    job = std::make_unique<CompileJob>(options);
  }
};

// A layer's products are there again in the gradient of what it read, and in that of its weight.
// Nobody asks for the image's gradient.
double expectedFlops(const ModelDesc &desc, int64_t batch) {
  const int64_t stem = (desc.height / kStemPatch) * (desc.width / kStemPatch) * desc.dims[0] *
                       (3 * kStemPatch * kStemPatch);
  return 2.0 * double(batch) * double(3 * multiplyAccumulates(desc) - stem);
}

} // namespace

TEST_CASE("a step is three times a pass, less the image's gradient", "[bench]") {
  const std::string model = GENERATE("convnext", "convnextv2");
  CAPTURE(model);
  const TrainingPlan training(model, false);
  const Plan &plan = training.job->plan();
  const ModelDesc &desc = training.job->model()->desc;
  const BenchWork step = stepWork(plan, 3, 3);
  CHECK(step.train);
  CHECK(flopsOf(plan, step) == expectedFlops(desc, 3));
  // In parts the same work, many times.
  const BenchWork parts = stepWork(plan, 12, 3);
  CHECK(parts.batch == 12);
  CHECK(parts.part == 3);
  CHECK(flopsOf(plan, parts) == expectedFlops(desc, 12));

  for (const PlanProgram &program : plan.programs)
    if (program.direction == "forward") {
      const BenchWork pass = forwardWork(program);
      CHECK(!pass.train);
      CHECK(pass.part == 3);
      CHECK(flopsOf(plan, pass) == 2.0 * 3 * double(multiplyAccumulates(desc)));
    }
}

TEST_CASE("a step's launches come by section, each of a part as often as there are parts",
          "[bench]") {
  const bool ema = GENERATE(false, true);
  const TrainingPlan training("convnext", ema);
  const BenchWork step = stepWork(training.job->plan(), 6, 3);
  std::vector<std::string> sections;
  std::set<int64_t> ids;
  size_t updates = 0;
  for (const BenchLaunch &each : step.launches) {
    ids.insert(each.launch->id);
    if (sections.empty() || sections.back() != each.section)
      sections.push_back(each.section);
    CHECK(each.times == (each.section == "update" ? 1 : 2));
    updates += each.section == "update";
  }
  CHECK(sections == std::vector<std::string>{"forward", "loss", "backward", "update"});
  CHECK(ids.size() == step.launches.size());
  CHECK(updates == (ema ? 3 : 2)); // squares, the optimiser, averages
}

TEST_CASE("parts that do not fit are refused", "[bench]") {
  const TrainingPlan training("convnext", false);
  const Plan &plan = training.job->plan();
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH(stepWork(plan, 7, 3), Contains("found 3") && Contains("divisor of --batch 7"));
  CHECK_THROWS_WITH(stepWork(plan, 4, 2), Contains("found 2") && Contains("trains: 3"));
}
