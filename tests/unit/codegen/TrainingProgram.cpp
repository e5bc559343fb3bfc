#include "tests/unit/codegen/TrainingProgram.h"

#include "compiler/codegen/Emit.h"
#include "tests/unit/codegen/SamplePlan.h"

namespace cnx {
namespace {

// The network of TrainingPlan.h in double, from the checkpoint's layout: a judge of its own.
constexpr const char *kReference = R"(
typedef struct { float w1[24], b1[8], w2[40], b2[5]; } Values; /* in the plan's order */
typedef struct { double logits[40], w1[24], b1[8], w2[40], b2[5], x[24]; } Result;
static double reference(const Values *p, int n, const float *image, const float *factor,
                        const float *targets, const float *weight, Result *r) {
  double loss = 0;
  memset(r, 0, sizeof *r);
  for (int i = 0; i < n; ++i) {
    const float *x = image + 3072 * i;
    double h[8], dh[8], z[5], dz[5], total = 0, mass = 0;
    for (int j = 0; j < 8; ++j) {
      h[j] = p->b1[j];
      for (int k = 0; k < 3; ++k) h[j] += (double)p->w1[3 * j + k] * x[k];
      h[j] *= factor ? factor[i] : 1;
      dh[j] = 0;
    }
    for (int j = 0; j < 5; ++j) {
      z[j] = p->b2[j];
      for (int k = 0; k < 8; ++k) z[j] += p->w2[8 * j + k] * h[k];
      r->logits[5 * i + j] = z[j];
      total += exp(z[j]);
      if (targets) mass += targets[5 * i + j];
    }
    for (int j = 0; j < 5 && targets; ++j) {
      loss -= weight[i] * targets[5 * i + j] * (z[j] - log(total));
      dz[j] = weight[i] * (exp(z[j]) / total * mass - targets[5 * i + j]);
      r->b2[j] += dz[j];
      for (int k = 0; k < 8; ++k) {
        r->w2[8 * j + k] += dz[j] * h[k];
        dh[k] += dz[j] * p->w2[8 * j + k];
      }
    }
    for (int j = 0; j < 8; ++j) {
      dh[j] *= factor ? factor[i] : 1;
      r->b1[j] += dh[j];
      for (int k = 0; k < 3; ++k) {
        r->w1[3 * j + k] += dh[j] * x[k];
        r->x[3 * i + k] += dh[j] * p->w1[3 * j + k];
      }
    }
  }
  return loss;
}
)";

constexpr const char *kMain = R"(#include "net.h"
#include "cnx_io.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern float seen_factors[64];
@REFERENCE@
static const size_t counts[4] = {24, 8, 40, 5};
static float image[8 * NET_IMAGE_ELEMENTS];
static int32_t labels[8] = {3, 0, 4, -1, 1, 2, 2, 0};
static float *field(Values *v, int tensor) {
  return tensor == 0 ? v->w1 : tensor == 1 ? v->b1 : tensor == 2 ? v->w2 : v->b2;
}
static void get(net *c, cnx_rt_kind kind, Values *v) {
  memset(v, 0, sizeof *v);
  for (int t = 0; t < 4; ++t) net_tensor_read(c, kind, t, field(v, t), counts[t]);
}
static void say(cnx_rt_status s, const net *c) { printf("%d %s\n", (int)s, s ? net_message(c) : ""); }
/* largest difference over the largest wanted value */
static void near_to(const char *name, const float *got, const double *wanted, int n) {
  double off = 0, largest = 1e-30;
  for (int i = 0; i < n; ++i) {
    largest = fmax(largest, fabs(wanted[i]));
    off = fmax(off, fabs(got[i] - wanted[i]));
    if (!(got[i] == got[i])) off = 1e30;
  }
  if (off <= 3e-6 * largest && largest > 1e-6) printf("%s ok\n", name);
  else printf("%s: off by %g of %g\n", name, off, largest);
}
static void gradients_near(net *c, const Result *r) {
  Values g;
  get(c, CNX_RT_GRADIENT, &g);
  near_to("w1", g.w1, r->w1, 24);
  near_to("b1", g.b1, r->b1, 8);
  near_to("b2", g.b2, r->b2, 5);
}
/* one-hot rows of labels and weights of 1 / divisor */
static void rows_of(const int32_t *label, int n, double divisor, float *targets, float *weight) {
  memset(targets, 0, sizeof(float) * 5 * n);
  for (int i = 0; i < n; ++i) {
    weight[i] = label[i] < 0 ? 0 : 1 / divisor;
    if (label[i] >= 0) targets[5 * i + label[i]] = 1;
  }
}
static cnx_rt_targets classes_of(const int32_t *label) {
  cnx_rt_targets t = {sizeof t, 0, 0, 0, 0};
  t.indices = label;
  return t;
}
static cnx_rt_update values_of(double rate) {
  cnx_rt_update u;
  memset(&u, 0, sizeof u);
  u.struct_size = sizeof u;
  u.rate = rate;
  if (strcmp(NET_OPTIMIZER, "adamw") == 0) { u.beta1 = 0.9; u.beta2 = 0.999; u.eps = 1e-8; }
  else u.momentum = 0.9;
  u.decay = 0.05;
  u.ema_decay = NET_EMA ? 0.75 : 0;
  return u;
}
static size_t taken, most;
static void *take(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  (void)self;
  if (posix_memalign(&memory, alignment < 64 ? 64 : alignment, bytes)) return NULL;
  memset(memory, 0xa5, bytes); /* nobody may count on zeros */
  taken += bytes;
  most = taken > most ? taken : most;
  return memory;
}
static void give(void *self, void *memory, size_t bytes) {
  (void)self;
  taken -= bytes;
  free(memory);
}
static unsigned char *file;
static net *make(unsigned threads, int with_weights, uint64_t seed) {
  cnx_rt_options options;
  cnx_rt_error error = {CNX_RT_OK, ""};
  net_weights *weights = NULL;
  net *c = NULL;
  cnx_rt_status s = CNX_RT_OK;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = threads;
  options.allocate = take;
  options.release = give;
  options.seed = seed;
  if (with_weights) s = net_weights_from_memory(file, 64 + NET_WEIGHT_BYTES, &weights, &error);
  if (!s) s = net_create(&options, weights, &c, &error);
  net_weights_release(weights);
  if (s) printf("create: %d %s\n", (int)s, error.text);
  return c;
}
/* Frozen: raw fc2.weight, its panels, ones; then the image of the parameters. Else ones, then that. */
static float random_value(void) { return (float)(rand() % 2001 - 1000) / 2000; }
static void write_file(void) {
  cnx_rt_weights_header header;
  float w2[40], *payload, *flat;
  const int frozen = NET_WEIGHT_BYTES == 768 + 3072;
  if (posix_memalign((void **)&file, 64, 64 + NET_WEIGHT_BYTES)) exit(2);
  memset(file, 0, 64 + NET_WEIGHT_BYTES);
  memset(&header, 0, sizeof header);
  memcpy(header.magic, CNX_RT_WEIGHTS_MAGIC, 8);
  header.build = NET_BUILD;
  header.payload_bytes = NET_WEIGHT_BYTES;
  memcpy(file, &header, sizeof header);
  payload = (float *)(file + 64);
  flat = payload + (frozen ? 768 : 64) / 4;
  for (int j = 0; j < 8; ++j)
    for (int k = 0; k < 3; ++k) flat[16 * k + j] = random_value();
  for (int j = 0; j < 8; ++j) flat[256 + j] = random_value();
  for (int j = 0; j < 5; ++j) flat[(frozen ? 512 : 768) + j] = random_value();
  for (int i = 0; i < 40; ++i) w2[i] = random_value();
  for (int i = 0; i < 40; ++i) (frozen ? payload + 48 : flat + 512)[16 * (i % 8) + i / 8] = w2[i];
  if (frozen) memcpy(payload, w2, sizeof w2);
  for (int i = 0; i < 5; ++i) payload[(frozen ? 704 / 4 : 0) + i] = 1;
}

int main(void) {
  cnx_rt_status s = CNX_RT_OK;
  net *c;
  srand(5);
  for (int i = 0; i < 8 * NET_IMAGE_ELEMENTS; ++i) image[i] = 4 * random_value();
  write_file();
  c = make(1, 1, 11);
  (void)s, (void)near_to, (void)gradients_near, (void)rows_of, (void)classes_of, (void)values_of;
  (void)labels, (void)say, (void)reference;
  if (c == NULL) return 1;
@CALLS@
  net_destroy(c);
  if (taken != 0) printf("%zu bytes are left\n", taken);
  free(file);
  return 0;
}
)";

void replace(std::string &text, const std::string &what, const std::string &with) {
  text.replace(text.find(what), what.size(), with);
}

} // namespace

CodegenOptions trainingOptions(const Workplace &place, int64_t microBatch) {
  CodegenOptions options = sampleOptions(place.path());
  options.microBatch = microBatch;
  return options;
}

std::string runTraining(const Workplace &place, const TrainingVariant &variant,
                        const std::string &calls, int64_t microBatch) {
  const Plan plan = trainingPlan(variant);
  const CodegenOptions options = trainingOptions(place, microBatch);
  place.write("net.h", emitHeader(plan, options, std::vector<KernelReport>(plan.kernels.size())));
  place.write("net.cpp", emitSource(plan, options));
  place.write("kernels.c", trainingKernels(variant));
  std::string text = kMain;
  replace(text, "@REFERENCE@", kReference);
  replace(text, "@CALLS@", calls);
  place.write("main.c", text);
  const std::string headers = "-I" CNX_TEST_HEADERS;
  for (const char *compiler : {"clang++", "c++"})
    place.run({compiler, "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror",
               "-fno-exceptions", "-fno-rtti", "-O1", "-fPIC", headers, "-c", "net.cpp", "-o",
               "net.o"});
  place.run({"cc", "-O1", "-std=gnu99", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror",
             headers, "main.c", "kernels.c", "net.o", CNX_TEST_IO, CNX_TEST_RUNTIME, "-pthread",
             "-lm", "-o", "program"});
  return place.run({"./program"});
}

std::string runTraining(const std::string &calls, const TrainingVariant &variant,
                        int64_t microBatch) {
  const Workplace place;
  return runTraining(place, variant, calls, microBatch);
}

} // namespace cnx
