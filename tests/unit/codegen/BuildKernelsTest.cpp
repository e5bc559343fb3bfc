// Worker processes, their cache and their failures; the worker is a shell script.
#include "compiler/codegen/BuildKernels.h"

#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Subprocess.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/SamplePlan.h"
#include "tests/unit/codegen/Workplace.h"

#include <algorithm>
#include <chrono>

namespace fs = std::filesystem;

namespace cnx {
namespace {

// A worker that writes a line to `calls` and then does `body` with $1 graph, $2 level, $3 prefix.
CodegenOptions withWorker(const Workplace &place, const std::string &body) {
  CodegenOptions options = sampleOptions(place.path());
  options.worker = place.write("worker", "#!/bin/sh\necho \"$2 $(basename $3)\" >> " +
                                             (place / "calls").string() + "\n" + body + "\n");
  fs::permissions(options.worker, fs::perms::owner_all);
  options.cacheFolder = place / "cache" / "kernels";
  options.levels = {Level::v3, Level::v4};
  options.cache = true;
  options.jobs = 4;
  fs::create_directories(place / "build");
  return options;
}

constexpr const char *kGood = "cat $1 > $3.bc\n"
                              "if [ $2 = v3 ]; then n=64; else n=128; fi\n"
                              "echo \"{\\\"scratch_bytes\\\": $n, \\\"tasks\\\": 3}\" > $3.json";

size_t calls(const Workplace &place) {
  if (!fs::exists(place / "calls"))
    return 0;
  const std::string text = readText(place / "calls");
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string failure(const Plan &plan, const CodegenOptions &options, const fs::path &folder,
                    std::string *reproducer = nullptr) {
  try {
    buildKernels(plan, options, folder);
  } catch (const InternalError &error) {
    if (reproducer != nullptr)
      *reproducer = error.reproducer;
    return error.what();
  }
  return "";
}

} // namespace

TEST_CASE("every kernel is built once a level, and reports come in the plan's order") {
  const Workplace place;
  const Plan plan = samplePlan("sample");
  const CodegenOptions options = withWorker(place, kGood);
  const BuiltKernels built = buildKernels(plan, options, place / "build");
  CHECK(calls(place) == 20);
  CHECK(built.fromCache == 0);
  REQUIRE(built.bitcode.size() == 2);
  REQUIRE(built.reports.size() == 10);
  for (size_t k = 0; k < 10; ++k) {
    CHECK(readText(built.bitcode[1][k]) == plan.kernels[k].graphJson);
    CHECK(built.reports[k].scratchBytes == 128);
    CHECK(built.reports[k].tasks == std::vector<int64_t>{3, 3});
  }
}

TEST_CASE("a second build takes its kernels from the cache, a changed worker does not") {
  const Workplace place;
  const Plan plan = samplePlan("sample");
  CodegenOptions options = withWorker(place, kGood);
  buildKernels(plan, options, place / "build");
  fs::create_directories(place / "again");
  const BuiltKernels again = buildKernels(plan, options, place / "again");
  CHECK(calls(place) == 20);
  CHECK(again.fromCache == 20);
  CHECK(readText(again.bitcode[0][3]) == plan.kernels[3].graphJson);
  CHECK(again.reports[3].scratchBytes == 128);

  options.cache = false;
  CHECK(buildKernels(plan, options, place / "again").fromCache == 0);
  CHECK(calls(place) == 40);

  options.cache = true;
  place.write("worker", readText(options.worker) + "# another build of the worker\n");
  CHECK(buildKernels(plan, options, place / "again").fromCache == 0);
  CHECK(calls(place) == 60);
}

TEST_CASE("two graphs of one hash are not taken for each other") {
  const Workplace place;
  Plan plan = samplePlan("sample");
  const CodegenOptions options = withWorker(place, kGood);
  buildKernels(plan, options, place / "build");
  for (const auto &entry : fs::directory_iterator(options.cacheFolder))
    place.write("cache/kernels/" + entry.path().filename().string() + "/graph.json", "another");
  CHECK(buildKernels(plan, options, place / "build").fromCache == 0);
}

TEST_CASE("a worker that fails, crashes, hangs or lies is named with its graph") {
  const Plan plan = samplePlan("sample");
  {
    const Workplace place;
    const CodegenOptions options = withWorker(
        place, std::string("case $3 in *pool_n1*) echo bad tile; exit 3;; esac\n") + kGood);
    std::string reproducer;
    CHECK_THAT(failure(plan, options, place / "build", &reproducer),
               Catch::Contains("kernel pool_n1_x0123abcd (v3): ") &&
                   Catch::Contains("exit code 3\nbad tile"));
    CHECK(readText(reproducer) == plan.kernels[3].graphJson);
  }
  {
    const Workplace place;
    CHECK_THAT(failure(plan, withWorker(place, "kill -SEGV $$"), place / "build"),
               Catch::Contains("signal 11"));
  }
  {
    const Workplace place;
    CodegenOptions options = withWorker(place, "sleep 60 & wait");
    options.kernelSeconds = 1;
    options.jobs = 1;
    const auto start = std::chrono::steady_clock::now();
    CHECK_THAT(failure(plan, options, place / "build"), Catch::Contains("no end after 1 s"));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
    CHECK(calls(place) == 1); // nothing is started after a failure
  }
  {
    const Workplace place;
    CHECK_THAT(failure(plan, withWorker(place, "echo nonsense > $3.json"), place / "build"),
               Catch::Contains("kernel stem_conv_n1_x0123abcd: "));
  }
  const Workplace place;
  CodegenOptions options = withWorker(place, kGood);
  options.worker = place / "absent";
  CHECK_THROWS_WITH(buildKernels(plan, options, place / "build"),
                    Catch::Contains("absent: cannot be started"));
}

TEST_CASE("graphs and lowered statements go to the dump folder") {
  const Workplace place;
  const Plan plan = samplePlan("sample");
  CodegenOptions options = withWorker(
      place, std::string(kGood) + "\n[ \"$4 $5\" = '--prefetch --stmt' ] && echo loops > $3.stmt");
  options.dumpFolder = place / "dump" / "kernels";
  buildKernels(plan, options, place / "build");
  CHECK(readText(options.dumpFolder / "head_n2_x0123abcd.graph.json") == plan.kernels[9].graphJson);
  CHECK(readText(options.dumpFolder / "head_n2_x0123abcd.v4.stmt") == "loops\n");
}

TEST_CASE("a long output is cut, and its end is kept") {
  const SubprocessResult result =
      runSubprocess({"sh", "-c", "yes line | head -c 1000000; echo; echo the end; exit 5"}, {}, 60);
  CHECK(result.exitCode == 5);
  CHECK(result.output.size() < 200000);
  CHECK_THAT(result.output, Catch::EndsWith("the end\n"));
}

} // namespace cnx
