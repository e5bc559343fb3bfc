// What the compiler of kernels refuses, and what its outputs look like.
#include "compiler/kernels/Compile.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelRunner.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace cnx;
using namespace cnx::test;
using Catch::Contains;

static std::string failure(const KernelGraph &graph) {
  try {
    compileKernel(graph, Level::v3, {});
  } catch (const UserError &error) {
    return error.what();
  }
  return "no error";
}

// Whether a process dies of a read of the byte.
static bool faults(const volatile char *byte) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL); // not the test framework's
    _exit(*byte & 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

TEST_CASE("kernels' arguments in tests: a byte too early and a byte too late fault") {
  const size_t bytes = 5000;
  GuardedBuffer first(bytes, false, 4), last(bytes, true, 4);
  for (const GuardedBuffer *buffer : {&first, &last}) {
    const char *data = static_cast<const char *>(buffer->data());
    CHECK_FALSE(faults(data));
    CHECK_FALSE(faults(data + bytes - 1));
  }
  CHECK(faults(static_cast<const char *>(first.data()) - 1));
  CHECK(faults(static_cast<const char *>(last.data()) + bytes));
}

TEST_CASE("a graph that cannot be built is refused by its symbol and the reason") {
  GraphBuilder b;
  int y = b.linear(b.input({1, 3, 3, 32}), 16);
  b.output(y);
  b.graph.fusion = "single";
  SECTION("an unknown fusion") {
    b.graph.fusion = "everything";
    CHECK_THAT(failure(b.graph),
               Contains("everything_n1_h3_w3_c32") &&
                   Contains("fusion: found 'everything', expected a known fusion"));
  }
  SECTION("an unknown op") {
    b.graph.nodes[0].op = "blur";
    CHECK_THAT(failure(b.graph), Contains("found op 'blur', expected one of the kernels' ops"));
  }
  SECTION("weights that are no panels") {
    b.graph.values[1].shape = {16, 32};
    b.graph.values[1].pitch = 32;
    CHECK_THAT(failure(b.graph), Contains("shape: found 16 x 32, expected panels of P x 32 x 16"));
  }
  SECTION("a vector that is not padded") {
    b.graph.values[2].shape = {10};
    b.graph.values[2].pitch = 10;
    CHECK_THAT(failure(b.graph),
               Contains("found a vector of 10, expected one padded to a multiple of 16"));
  }
  SECTION("an input that may not be overwritten") {
    b.graph.values[static_cast<size_t>(y)].inPlaceOf = 0;
    CHECK_THAT(failure(b.graph),
               Contains("expected an input that only the op of this output reads"));
  }
  SECTION("an element type that is not there yet") {
    b.graph.values[0].type = ElementType::bf16;
    CHECK_THAT(failure(b.graph), Contains("type: found bf16, expected f32 or u8"));
  }
}
