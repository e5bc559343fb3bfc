// The emitted program, compiled and run with kernels that print what they are called with.
#include "compiler/codegen/Emit.h"

#include "tests/support/catch.h"
#include "tests/unit/codegen/SamplePlan.h"
#include "tests/unit/codegen/Workplace.h"

namespace cnx {
namespace {

// Kernels in the plan's order; the table is what LinkKernels would make.
constexpr const char *kKernels = R"(#include <stdio.h>
#include <stdint.h>
extern const char *place(const void *pointer);
static int fail_at = -1, calls;
void fail_kernel(int call) { fail_at = call; calls = 0; }
static int say(const char *name, int batch) {
  printf("%s_n%d", name, batch);
  return calls++ == fail_at ? 7 : 0;
}
#define KERNELS(N)                                                                                 \
  static int stem_conv_n##N(void *worker, const uint8_t *i, const float *w, float *o) {            \
    int status = say("stem_conv", N);                                                              \
    printf(" %s", place(i)); printf(" %s", place(w)); printf(" %s %d\n", place(o), worker != 0);   \
    return status;                                                                                 \
  }                                                                                                \
  static int block_n##N(void *worker, const float *w, float s, float t, float *o) {                \
    int status = say("block", N);                                                                  \
    printf(" %s %g %g", place(w), s, t); printf(" %s %d\n", place(o), worker != 0);                \
    return status;                                                                                 \
  }                                                                                                \
  static int export_n##N(void *worker, const float *i, float *o) {                                 \
    int status = say("export", N);                                                                 \
    printf(" %s", place(i)); printf(" %s %d\n", place(o), worker != 0);                            \
    return status;                                                                                 \
  }                                                                                                \
  static int pool_n##N(void *worker, const float *i, float *o) {                                   \
    int status = say("pool", N);                                                                   \
    printf(" %s", place(i)); printf(" %s %d\n", place(o), worker != 0);                            \
    return status;                                                                                 \
  }                                                                                                \
  static int head_n##N(void *worker, const float *i, const float *w, float *o) {                   \
    int status = say("head", N);                                                                   \
    printf(" %s", place(i)); printf(" %s", place(w)); printf(" %s %d\n", place(o), worker != 0);   \
    return status;                                                                                 \
  }
KERNELS(1)
KERNELS(2)
const void *const sample_kernels_v3[] = {
    (void *)stem_conv_n1, (void *)block_n1, (void *)export_n1, (void *)pool_n1, (void *)head_n1,
    (void *)stem_conv_n2, (void *)block_n2, (void *)export_n2, (void *)pool_n2, (void *)head_n2};
)";

// main.c up to the calls that each test makes with `c` (the context), `o` (its outputs) and `s` (a
// status).
constexpr const char *kMain = R"(#include "sample.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static uint8_t image[2 * SAMPLE_IMAGE_ELEMENTS];
static float logits[2 * SAMPLE_LOGITS_ELEMENTS], pooled[2 * SAMPLE_POOLED_ELEMENTS];
static float stem[2 * SAMPLE_STEM_ELEMENTS];
static unsigned char *weights_base, *arena;
void fail_kernel(int call);

const char *place(const void *pointer) {
  static char text[64];
  const unsigned char *p = pointer;
  if (p == image) return "image";
  if (p == (void *)logits) return "logits";
  if (p == (void *)pooled) return "pooled";
  if (p == (void *)stem) return "stem";
  if (p >= weights_base + 64 && p < weights_base + 64 + SAMPLE_WEIGHT_BYTES)
    sprintf(text, "w+%d", (int)(p - weights_base - 64));
  else if (p >= arena && p < arena + SAMPLE_ARENA_BYTES)
    sprintf(text, "a+%d", (int)(p - arena));
  else
    sprintf(text, "elsewhere");
  return text;
}
static void hook(void *self, int launch, int end) { (void)self; printf("%s%d ", end ? "/" : "", launch); }
static void *take(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  if (posix_memalign(&memory, alignment < 64 ? 64 : alignment, bytes)) return NULL;
  if (bytes == SAMPLE_ARENA_BYTES) *(unsigned char **)self = memory;
  return memory;
}
static void give(void *self, void *memory, size_t bytes) { (void)self; (void)bytes; free(memory); }

int main(void) {
  cnx_rt_weights_header header;
  cnx_rt_options options;
  cnx_rt_error error;
  cnx_rt_status s;
  sample_weights *weights = NULL;
  sample *c = NULL;
  sample_outputs o;
  memset(&header, 0, sizeof header);
  memcpy(header.magic, CNX_RT_WEIGHTS_MAGIC, 8);
  header.build = SAMPLE_BUILD;
  header.payload_bytes = SAMPLE_WEIGHT_BYTES;
  if (posix_memalign((void **)&weights_base, 64, 64 + SAMPLE_WEIGHT_BYTES)) return 2;
  memset(weights_base, 0, 64 + SAMPLE_WEIGHT_BYTES);
  memcpy(weights_base, &header, sizeof header);
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = 1;
  options.allocator_self = &arena;
  options.allocate = take;
  options.release = give;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.logits = logits;
  o.pooled = pooled;
  o.stem = stem;
  (void)hook;
  error.text[0] = 0;
  s = sample_weights_from_memory(weights_base, 64 + SAMPLE_WEIGHT_BYTES, &weights, &error);
  if (!s) s = sample_create(&options, weights, &c, &error);
  sample_weights_release(weights);
  if (s) { printf("%d %s\n", (int)s, error.text); return 1; }
@  sample_destroy(c);
  free(weights_base);
  return 0;
}
)";

// Emits the sample, compiles it with the kernels above and a main that makes `calls`; what that
// prints.
std::string runSample(const std::string &calls) {
  const Workplace place;
  const Plan plan = samplePlan("sample");
  const CodegenOptions options = sampleOptions(place.path());
  place.write("sample.h", emitHeader(plan, options, std::vector<KernelReport>(10)));
  place.write("sample.cpp", emitSource(plan, options));
  place.write("kernels.c", kKernels);
  std::string text = kMain;
  text.replace(text.find('@'), 1, calls);
  place.write("main.c", text);
  const std::string headers = "-I" CNX_TEST_HEADERS;
  for (const char *compiler : {"c++", "clang++"})
    place.run({compiler, "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
               "-fno-exceptions", "-fno-rtti", "-O1", "-fPIC", headers, "-c", "sample.cpp", "-o",
               "sample.o"});
  // A C program, linked by the C compiler: nothing of libstdc++ is there.
  place.run({"cc", "-O1", "-std=gnu99", headers, "main.c", "kernels.c", "sample.o",
             CNX_TEST_RUNTIME, "-pthread", "-lm", "-o", "program"});
  return place.run({"./program"});
}

} // namespace

TEST_CASE("each batch launches its kernels in the plan's order, with the plan's pointers") {
  CHECK(runSample("  sample_forward(c, 1, CNX_RT_EVALUATE, image, &o);\n"
                  "  s = sample_forward(c, 2, CNX_RT_EVALUATE, image, &o);\n"
                  "  printf(\"%d\\n\", (int)s);\n") == "stem_conv_n1 image w+0 a+0 1\n"
                                                       "block_n1 w+9216 1e-06 2 a+0 1\n"
                                                       "export_n1 a+0 stem 1\n"
                                                       "pool_n1 a+0 pooled 1\n"
                                                       "head_n1 pooled w+16896 logits 1\n"
                                                       "stem_conv_n2 image w+0 a+0 1\n"
                                                       "block_n2 w+9216 1e-06 2 a+0 1\n"
                                                       "export_n2 a+0 stem 1\n"
                                                       "pool_n2 a+0 pooled 1\n"
                                                       "head_n2 pooled w+16896 logits 1\n"
                                                       "0\n");
}

TEST_CASE("an output that nobody wants is skipped, or kept in the arena where others need it") {
  CHECK(runSample("  o.stem = NULL;\n  o.pooled = NULL;\n"
                  "  sample_forward(c, 1, CNX_RT_EVALUATE, image, &o);\n"
                  "  o.pooled = pooled;\n  o.logits = NULL;\n"
                  "  sample_forward(c, 1, CNX_RT_EVALUATE, image, &o);\n") ==
        "stem_conv_n1 image w+0 a+0 1\n"
        "block_n1 w+9216 1e-06 2 a+0 1\n"
        "pool_n1 a+0 a+49152 1\n"
        "head_n1 a+49152 w+16896 logits 1\n"
        "stem_conv_n1 image w+0 a+0 1\n"
        "block_n1 w+9216 1e-06 2 a+0 1\n"
        "pool_n1 a+0 pooled 1\n");
}

TEST_CASE("launch hooks see the plan's ids, and nothing runs after a kernel that fails") {
  CHECK(runSample("  sample_destroy(c);\n"
                  "  options.on_launch = hook;\n"
                  "  sample_weights_from_memory(weights_base, 64 + SAMPLE_WEIGHT_BYTES, &weights, "
                  "&error);\n"
                  "  sample_create(&options, weights, &c, &error);\n"
                  "  sample_weights_release(weights);\n"
                  "  fail_kernel(1);\n"
                  "  s = sample_forward(c, 2, CNX_RT_EVALUATE, image, &o);\n"
                  "  printf(\"%s: %s\\n\", cnx_rt_status_text(s) ? \"failed\" : \"\", "
                  "sample_message(c));\n"
                  "  printf(\"%d\\n\", s == CNX_RT_INTERNAL);\n") ==
        "5 stem_conv_n2 image w+0 a+0 1\n"
        "/5 6 block_n2 w+9216 1e-06 2 a+0 1\n"
        "/6 failed: launch 6: its kernel returned 7\n"
        "1\n");
}

TEST_CASE("wrong calls return a status and say why") {
  const std::string say = "printf(\"%d %s\\n\", (int)s, sample_message(c));\n";
  CHECK(runSample("  s = sample_forward(c, 3, CNX_RT_EVALUATE, image, &o); " + say +
                  "  s = sample_forward(c, 1, CNX_RT_TRAIN, image, &o); " + say +
                  "  s = sample_forward(c, 1, CNX_RT_EVALUATE, NULL, &o); " + say +
                  "  s = sample_forward(c, 1, CNX_RT_EVALUATE, image, NULL); " + say +
                  "  o.struct_size = 3;\n"
                  "  s = sample_forward(c, 1, CNX_RT_EVALUATE, image, &o); " +
                  say +
                  "  printf(\"%d\\n\", sample_forward(NULL, 1, CNX_RT_EVALUATE, image, &o) == "
                  "CNX_RT_ARGUMENT);\n"
                  "  { sample *none = NULL; s = sample_create(&options, NULL, &none, &error); "
                  "printf(\"%d %s\\n\", s == CNX_RT_ARGUMENT, error.text); }\n") ==
        "6 forward: batch 3; compiled in: 1, 2\n"
        "9 forward: mode 2, but this build can only evaluate\n"
        "10 forward: images is NULL\n"
        "10 forward: outputs is NULL\n"
        "4 forward: outputs: struct_size is 3, not 32\n"
        "1\n"
        "1 create: weights is NULL\n");
}

TEST_CASE("outputs of an application with another version of the struct") {
  CHECK(runSample("  struct { sample_outputs known; float *more; } longer;\n"
                  "  o.struct_size = sizeof(size_t) + sizeof(float *);\n" // logits alone
                  "  sample_forward(c, 1, CNX_RT_EVALUATE, image, &o);\n"
                  "  memset(&longer, 0, sizeof longer);\n"
                  "  longer.known.struct_size = sizeof longer;\n"
                  "  s = sample_forward(c, 1, CNX_RT_EVALUATE, image, &longer.known);\n"
                  "  printf(\"%d\\n\", (int)s);\n"
                  "  longer.more = logits;\n"
                  "  s = sample_forward(c, 1, CNX_RT_EVALUATE, image, &longer.known);\n"
                  "  printf(\"%d\\n\", s == CNX_RT_ABI);\n") == "stem_conv_n1 image w+0 a+0 1\n"
                                                                "block_n1 w+9216 1e-06 2 a+0 1\n"
                                                                "pool_n1 a+0 a+49152 1\n"
                                                                "head_n1 a+49152 w+16896 logits 1\n"
                                                                "stem_conv_n1 image w+0 a+0 1\n"
                                                                "block_n1 w+9216 1e-06 2 a+0 1\n"
                                                                "pool_n1 a+0 a+49152 1\n"
                                                                "0\n1\n");
}

TEST_CASE("parameters, labels and pre-processing are in the library") {
  CHECK(runSample(
            "  { sample_tensor t; cnx_image_spec p;\n"
            "  t.struct_size = sizeof t;\n"
            "  s = sample_tensor_info(1, &t);\n"
            "  printf(\"%d %s %d %d %d\\n\", sample_tensor_count(), t.name, t.rank, "
            "(int)t.shape[0], (int)t.shape[1]);\n"
            "  printf(\"%d %d\\n\", sample_tensor_info(2, &t) == CNX_RT_ARGUMENT, "
            "sample_tensor_info(-1, &t) == CNX_RT_ARGUMENT);\n"
            "  printf(\"%s|%s|%s|%d\\n\", sample_label(0), sample_label(1), sample_label(2), "
            "sample_label(3) == NULL);\n"
            "  sample_image_spec(&p);\n"
            "  printf(\"%d %d %d %d %d %d %d %g %g\\n\", p.height, p.width, (int)p.resize, "
            "p.resize_height, p.resize_width, (int)p.filter, (int)p.crop, p.mean[2], p.std[1]);\n"
            "  printf(\"%d\\n\", (int)sample_level(c)); }\n") ==
        "2 head.fc.weight 2 10 40\n"
        "1 1\n"
        "tench|a \"quoted\" label?\?/|na\xc3\xafve|1\n"
        "32 64 2 36 73 1 1 0.125 2\n"
        "3\n");
}

} // namespace cnx
