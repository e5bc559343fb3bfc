#include "compiler/codegen/LinkKernels.h"

#include "compiler/codegen/InternalError.h"
#include "tests/support/catch.h"
#include "tests/unit/codegen/HalideLike.h"
#include "tests/unit/codegen/Workplace.h"

#include <fmt/format.h>

namespace cnx {
namespace {

// Two kernels, of one and two inputs.
LinkRequest sampleRequest(const Workplace &place, Level level) {
  writeBitcode(halideLikeKernel("one", 1), place / "one.bc");
  writeBitcode(halideLikeKernel("two", 2), place / "two.bc");
  LinkRequest request;
  request.table = std::string("sample_kernels_") + levelName(level);
  request.level = level;
  request.kernels = {{"two", place / "two.bc", 2, 1, 1}, {"one", place / "one.bc", 1, 1, 1}};
  request.object = place / (request.table + ".o");
  return request;
}

// Links `text` alone and returns what is wrong with it.
std::string complaint(const std::string &text, KernelBitcode kernel) {
  const Workplace place;
  writeBitcode(text, place / "kernel.bc");
  kernel.path = place / "kernel.bc";
  LinkRequest request;
  request.table = "table";
  request.kernels = {kernel};
  request.object = place / "table.o";
  try {
    linkKernels(request);
  } catch (const InternalError &error) {
    CHECK_FALSE(std::filesystem::exists(request.object));
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("a level's object has one global symbol and needs the runtime alone") {
  for (const Level level : {Level::v3, Level::v4}) {
    const Workplace place;
    const LinkRequest request = sampleRequest(place, level);
    linkKernels(request);
    const Symbols symbols = symbolsOf(place, request.object);
    CHECK(symbols.defined == std::vector<std::string>{request.table});
    CHECK(symbols.undefined == std::vector<std::string>{"cnx_rt_do_par_for", "cnx_rt_scratch_free",
                                                        "cnx_rt_scratch_malloc"});
    const std::string all = place.run({"nm", request.object.string()});
    CHECK_THAT(all, Catch::Contains(" t one.task0") && Catch::Contains(" t two\n"));
    CHECK(all.find("par_for_") == std::string::npos); // Halide's counters are gone
    CHECK(all.find(".body") == std::string::npos);    // inlined into the wrapper
    CHECK_THAT(place.run({"readelf", "-sW", request.object.string()}),
               Catch::Contains("HIDDEN") && Catch::Contains(request.table));
  }
}

TEST_CASE("the table's functions take plain pointers and floats") {
  const Workplace place;
  const LinkRequest request = sampleRequest(place, Level::v3);
  linkKernels(request);
  place.write("main.c", R"(#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
extern const void *const sample_kernels_v3[2];
static int allocations;
void *cnx_rt_scratch_malloc(void *w, size_t n) { (void)w; allocations++; return aligned_alloc(64, n); }
void cnx_rt_scratch_free(void *w, void *p) { (void)w; allocations--; free(p); }
int cnx_rt_do_par_for(void *w, int (*f)(void *, int, uint8_t *), int min, int extent, uint8_t *c) {
  int status = *(int *)w;
  for (int i = min + extent; i-- > min;) status |= f(w, i, c);
  return status;
}
int main(void) {
  int (*two)(void *, const float *, const float *, float, float *) = (void *)sample_kernels_v3[0];
  int (*one)(void *, const float *, float, float *) = (void *)sample_kernels_v3[1];
  float a = 3, b = 5, out[17] = {0};
  int worker = 0;
  int status = two(&worker, &a, &b, 0.5f, out);
  printf("%d %g %g %g\n", status, out[0], out[15], out[16]);
  worker = 9;
  status = one(&worker, &a, 1.0f, out + 1);
  printf("%d %g %g %g %d\n", status, out[0], out[1], out[16], allocations);
}
)");
  place.run({"cc", "-fPIE", "-pie", "main.c", request.object.string(), "-o", "program"});
  CHECK(place.run({"./program"}) == "0 8.5 8.5 0\n9 8.5 4 4 0\n");
}

TEST_CASE("equal requests give equal objects, wherever the bitcode stands") {
  const Workplace here, there;
  linkKernels(sampleRequest(here, Level::v4));
  linkKernels(sampleRequest(there, Level::v4));
  CHECK(readText(here / "sample_kernels_v4.o") == readText(there / "sample_kernels_v4.o"));
}

TEST_CASE("the kernels as they stand in the object can be read, one file a kernel") {
  const Workplace place;
  LinkRequest request = sampleRequest(place, Level::v4);
  request.dumpFolder = place.path();
  linkKernels(request);
  const std::string ir = readText(place / "one.v4.ll");
  CHECK_THAT(ir, Catch::Contains("@one(") && Catch::Contains("@one.task0(") &&
                     Catch::Contains("\"target-cpu\"=\"x86-64-v4\"") &&
                     Catch::Contains("\"prefer-vector-width\"=\"512\""));
  CHECK(ir.find("@two") == std::string::npos);
  CHECK(ir.find("alloca [56 x i8]") == std::string::npos); // the buffers have vanished
  CHECK_THAT(readText(place / "one.v4.s"), Catch::Contains("one.task0:"));
}

TEST_CASE("a prefetch means the level-2 cache, whatever Halide wrote") {
  const Workplace place;
  LinkRequest request = sampleRequest(place, Level::v3);
  std::string text = replaced(halideLikeKernel("one", 1), "declare ptr @halide_malloc",
                              "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)\n"
                              "declare ptr @halide_malloc");
  text = replaced(text, "  %status = call",
                  "  call void @llvm.prefetch.p0(ptr %out, i32 0, i32 0, i32 1)\n"
                  "  %status = call");
  writeBitcode(text, place / "one.bc");
  request.dumpFolder = place.path();
  linkKernels(request);
  const std::string assembly = readText(place / "one.v3.s");
  CHECK_THAT(assembly, Catch::Contains("prefetcht1"));
  CHECK(assembly.find("prefetchnta") == std::string::npos);
}

TEST_CASE("bitcode that breaks a kernel's promises is our bug, with the kernel's name") {
  const std::string good = halideLikeKernel("k", 1);
  CHECK(complaint(good, {"k", {}, 1, 1, 1}).empty());
  CHECK_THAT(complaint(good, {"other", {}, 1, 1, 1}),
             Catch::Contains("kernel other: ") && Catch::Contains("does not define it"));
  CHECK_THAT(complaint(good, {"k", {}, 2, 1, 1}),
             Catch::Contains("kernel k: its bitcode takes 4 arguments, expected 5"));
  CHECK_THAT(complaint(good, {"k", {}, 1, 0, 2}),
             Catch::Contains("kernel k: argument 1 of its bitcode is not a pointer"));
  CHECK_THAT(
      complaint(replaced(good, "ptr %o0.buffer, i64 16", "ptr %o0.buffer, i64 24"),
                {"k", {}, 1, 1, 1}),
      Catch::Contains("kernel k: its bitcode reads more of argument 2 than the host pointer"));
  const std::string libm = replaced(
      replaced(good, "declare void @halide_free",
               "declare float @tanhf(float)\ndeclare void @halide_free"),
      "%again = load float, ptr %scratch, align 4",
      "%before = load float, ptr %scratch, align 4\n  %again = call float @tanhf(float %before)");
  CHECK_THAT(complaint(libm, {"k", {}, 1, 1, 1}), Catch::Contains("tanhf"));

  const Workplace place;
  place.write("broken.bc", "no bitcode");
  LinkRequest request;
  request.table = "table";
  request.kernels = {{"k", place / "broken.bc", 1, 1, 1}};
  request.object = place / "table.o";
  CHECK_THROWS_AS(linkKernels(request), InternalError);
  request.kernels = {{"k", place / "absent.bc", 1, 1, 1}};
  CHECK_THROWS_AS(linkKernels(request), InternalError);
}

} // namespace cnx
