// From a plan to files, whole: kernels of LLVM text instead of Halide's, everything else as the
// driver calls it.
#include "compiler/codegen/Codegen.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/HalideLike.h"
#include "tests/unit/codegen/SamplePlan.h"
#include "tests/unit/codegen/Workplace.h"

#include <fmt/format.h>

#include <algorithm>

namespace fs = std::filesystem;

namespace cnx {
namespace {

// logits = (first value of the image + first weight) + scalar, in all 16 elements. Model names
// differ, kernels' symbols do not: each archive keeps its own.
Plan smallPlan(const std::string &name, float scalar) {
  const BufferType logits = {{1, 16}, 16, ElementType::f32};
  const BufferType image = {{1, 3, 32, 32}, 32, ElementType::f32};
  Plan plan;
  plan.name = name;
  plan.segments = {{"weights", SegmentKind::weights, 64},
                   {"arena", SegmentKind::arena, 0},
                   {"image", SegmentKind::io, 12288},
                   {"logits", SegmentKind::io, 64}};
  plan.constants = {
      {"bias.packed", SegmentKind::weights, 0, 64, "pad_vector(@bias)", {16}, "head"}};
  plan.kernels = {{"add_n1_x89abcdef",
                   "{\"symbol\": \"add\"}",
                   "single",
                   {Access::read, Access::read, Access::write},
                   1,
                   1,
                   1}};
  PlanProgram program;
  program.name = "forward_b1";
  program.direction = "forward";
  program.batch = 1;
  program.ports = {{2, image, Access::read}, {3, logits, Access::write}};
  program.launches = {{0,
                       0,
                       "head",
                       {{2, 0, image}, {0, 0, {{16}, 16, ElementType::f32}}, {3, 0, logits}},
                       {scalar}}};
  plan.programs = {program};
  return plan;
}

CodegenOptions smallOptions(const Workplace &place, const fs::path &folder) {
  writeBitcode(halideLikeKernel("add_n1_x89abcdef", 2), place / "kernel.bc");
  CodegenOptions options = sampleOptions(folder);
  options.worker = place.write(
      "worker", "#!/bin/sh\ncp " + (place / "kernel.bc").string() +
                    " $3.bc\necho '{\"scratch_bytes\": 256, \"tasks\": 4}' > $3.json\n");
  fs::permissions(options.worker, fs::perms::owner_all);
  options.levels = {Level::v3, Level::v4};
  return options;
}

// A weight file of one value.
void writeWeights(const Workplace &place, const std::string &file, uint64_t build, float value) {
  place.write("weights.c", fmt::format(R"(#include "cnx_rt.h"
#include <stdio.h>
#include <string.h>
int main(void) {{
  cnx_rt_weights_header h = {{CNX_RT_WEIGHTS_MAGIC, {}ull, 64, 0, {{0}}}};
  float v[16] = {{{}f}};
  h.payload_hash = cnx_rt_hash(v, sizeof v);
  FILE *f = fopen("{}", "wb");
  return fwrite(&h, sizeof h, 1, f) != 1 || fwrite(v, sizeof v, 1, f) != 1 || fclose(f);
}}
)",
                                       build, value, file));
  place.run(
      {"cc", "-I" CNX_TEST_HEADERS, "weights.c", CNX_TEST_RUNTIME, "-pthread", "-o", "weights"});
  place.run({"./weights"});
}

} // namespace

TEST_CASE("two models link into one program, and into a shared library, and run") {
  const Workplace place;
  const Plan first = smallPlan("first", 0.5f), second = smallPlan("second", 100);
  const EmittedFiles one = emitAll(first, smallOptions(place, place / "first"));
  CHECK(one.payloadBytes == 64);
  CHECK(one.scratchBytes == 256);
  writeWeights(place, "second.weights",
               emitAll(second, smallOptions(place, place / "second")).build, 2.25f);
  writeWeights(place, "first.weights", one.build, 1.25f);

  place.write("use.c", R"(#include "first/first.h"
#include "second/second.h"
#include <stdio.h>
#define RUN(NAME)                                                                                  \
  {                                                                                                \
    NAME##_weights *w = 0; NAME *c = 0; cnx_rt_error e = {CNX_RT_OK, ""};                          \
    float image[3 * 32 * 32] = {3}, logits[16] = {0};                                              \
    NAME##_outputs o = {sizeof o, logits};                                                         \
    cnx_rt_status s = NAME##_weights_open(#NAME ".weights", CNX_RT_VERIFY, &w, &e);                \
    if (!s) s = NAME##_create(0, w, &c, &e);                                                       \
    if (!s) s = NAME##_forward(c, 1, CNX_RT_EVALUATE, image, &o);                                  \
    printf("%d %s%s %g %g\n", (int)s, e.text, NAME##_message(c), logits[0], logits[15]);           \
    NAME##_destroy(c);                                                                             \
    NAME##_weights_release(w);                                                                     \
  }
void use(void) { RUN(first) RUN(second) }
)");
  place.write("main.c", "void use(void);\nint main(void) { use(); return 0; }\n");
  const std::string a = (place / "first" / "libfirst.a").string();
  const std::string b = (place / "second" / "libsecond.a").string();
  const std::string headers = "-I" CNX_TEST_HEADERS;
  const std::string expected = "0  4.75 4.75\n0  105.25 105.25\n";
  place.run({"cc", headers, "main.c", "use.c", a, b, CNX_TEST_RUNTIME, "-pthread", "-lm", "-o",
             "program"});
  CHECK(place.run({"./program"}) == expected);
  place.run({"cc", "-fPIC", "-shared", "-Wl,-z,defs", headers, "use.c", a, b, CNX_TEST_RUNTIME,
             "-pthread", "-lm", "-o", "libuse.so"});
  place.run({"cc", "main.c", "-L.", "-luse", "-Wl,-rpath,$ORIGIN", "-o", "shared"});
  CHECK(place.run({"./shared"}) == expected);
}

TEST_CASE("an archive shows the model's functions only and needs the runtime only") {
  const Workplace place;
  const EmittedFiles files = emitAll(smallPlan("tiny", 1), smallOptions(place, place / "out"));
  const Symbols symbols = symbolsOf(place, files.archive);
  for (const std::string &name : symbols.defined) {
    INFO(name);
    CHECK(name.rfind("tiny_", 0) == 0);
  }
  for (const char *name :
       {"tiny_create", "tiny_forward", "tiny_weights_open", "tiny_kernels_v3", "tiny_kernels_v4"})
    CHECK(std::count(symbols.defined.begin(), symbols.defined.end(), name) == 1);
  for (const std::string &name : symbols.undefined) {
    INFO(name);
    CHECK((name.rfind("cnx_rt_", 0) == 0 || name.rfind("tiny_kernels_", 0) == 0 ||
           name == "memcpy" || name == "memset" || name == "_GLOBAL_OFFSET_TABLE_"));
  }
  // In a shared library the tables are not symbols at all.
  place.run({"cc", "-shared", "-Wl,--whole-archive", files.archive.string(),
             "-Wl,--no-whole-archive", "-o", "tiny.so"});
  const std::string dynamic = place.run({"nm", "-D", "--defined-only", "tiny.so"});
  CHECK_THAT(dynamic, Catch::Contains(" T tiny_forward"));
  CHECK(dynamic.find("kernels") == std::string::npos);
}

TEST_CASE("two runs give the same bytes, in other folders and with other numbers of jobs") {
  const Workplace here, there;
  const Plan plan = smallPlan("tiny", 1);
  CodegenOptions options = smallOptions(here, here / "out");
  options.jobs = 1;
  const EmittedFiles a = emitAll(plan, options);
  const EmittedFiles b = emitAll(plan, smallOptions(there, there / "a" / "deeper" / "folder"));
  CHECK(readText(a.header) == readText(b.header));
  CHECK(readText(a.source) == readText(b.source));
  CHECK(readText(a.manifest) == readText(b.manifest));
  CHECK(readText(a.archive) == readText(b.archive));
}

TEST_CASE("weights can travel in the archive, aligned and unchanged") {
  const Workplace place;
  CodegenOptions options = smallOptions(place, place / "out");
  options.embeddedWeights =
      place.write("some.weights", std::string(64, 'h') + std::string(67, 'p'));
  const EmittedFiles files = emitAll(smallPlan("tiny", 1), options);
  place.write("main.c", R"(#include "out/tiny.h"
#include <stdio.h>
int main(void) {
  const void *data;
  size_t bytes;
  tiny_embedded_weights(&data, &bytes);
  const char *text = data;
  printf("%d %d %c%c%c\n", (int)bytes, (int)((uintptr_t)data % 64), text[0], text[64], text[130]);
}
)");
  place.run({"cc", "-I" CNX_TEST_HEADERS, "main.c", files.archive.string(), CNX_TEST_RUNTIME,
             "-pthread", "-lm", "-o", "program"});
  CHECK(place.run({"./program"}) == "131 0 hpp\n");
}

TEST_CASE("what the user gave is the user's error") {
  const Workplace place;
  CHECK_THROWS_WITH(emitAll(smallPlan("for", 1), smallOptions(place, place / "out")),
                    Catch::Contains("--name: found 'for'"));
  CodegenOptions options = smallOptions(place, place / "out");
  options.cxx = "no-such-compiler";
  CHECK_THROWS_WITH(emitAll(smallPlan("tiny", 1), options),
                    Catch::Contains("no-such-compiler: cannot be started"));
  options.cxx = "false";
  CHECK_THROWS_WITH(emitAll(smallPlan("tiny", 1), options),
                    Catch::Contains("--cxx: false -std=c++17") && Catch::Contains("exit code 1"));
  options.cxx = "c++";
  options.outputFolder = place.write("file", "") / "out";
  CHECK_THROWS_WITH(emitAll(smallPlan("tiny", 1), options), Catch::Contains("-o: "));
}

} // namespace cnx
