#include "tests/unit/codegen/TrainedNetwork.h"

#include <filesystem>

namespace cnx {
namespace {

constexpr const char *kDescription = R"({
  "model": "convnext@GENERATION@", "num_classes": 10, "depths": [1, 1, 2, 1], "dims": [8, 16, 24, 32],
  "drop_path": 0.2, @SCALE@"image": [32, 32]
})";

constexpr const char *kMain = R"(#include "net.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define TENSORS NET_PARAMETER_COUNT
static PIXEL images[8 * NET_IMAGE_ELEMENTS];
static int32_t labels[8] = {3, 0, 4, -1, 1, 9, 2, 0};
static size_t counts[TENSORS];
typedef struct { float *tensor[TENSORS]; } Values;
static void say(cnx_rt_status s, const net *c) { if (s) printf("%d %s\n", (int)s, net_message(c)); }
static Values get(net *c, cnx_rt_kind kind) {
  Values v;
  for (int t = 0; t < TENSORS; ++t) {
    v.tensor[t] = calloc(counts[t], sizeof(float));
    net_tensor_read(c, kind, t, v.tensor[t], counts[t]);
  }
  return v;
}
static int same(const Values *a, const Values *b) {
  int equal = 1;
  for (int t = 0; t < TENSORS; ++t)
    equal &= memcmp(a->tensor[t], b->tensor[t], counts[t] * sizeof(float)) == 0;
  return equal;
}
static double apart(const Values *a, const Values *b) { /* worst tensor, relative */
  double worst = 0;
  for (int t = 0; t < TENSORS; ++t) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < counts[t]; ++i) {
      difference += pow(a->tensor[t][i] - b->tensor[t][i], 2);
      size += pow(b->tensor[t][i], 2);
    }
    worst = fmax(worst, sqrt(difference / fmax(size, 1e-20)));
  }
  return worst;
}
static cnx_rt_targets targets_of(const int32_t *label) {
  cnx_rt_targets t = {sizeof t, 0, 0, 0.1f, 0};
  t.indices = label;
  return t;
}
static cnx_rt_update values_of(double rate) {
  cnx_rt_update u;
  memset(&u, 0, sizeof u);
  u.struct_size = sizeof u;
  u.rate = rate;
  u.clip_norm = 5;
  if (strcmp(NET_OPTIMIZER, "adamw") == 0) { u.beta1 = 0.9; u.beta2 = 0.999; u.eps = 1e-3; u.decay = 0.05; }
  else u.momentum = 0.9;
  if (NET_EMA) u.ema_decay = 0.5;
  return u;
}
static size_t taken;
static void *take(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  (void)self;
  if (posix_memalign(&memory, alignment < 64 ? 64 : alignment, bytes)) return NULL;
  memset(memory, 0xff, bytes); /* NaN: nobody may read what nobody wrote */
  taken += bytes;
  return memory;
}
static void give(void *self, void *memory, size_t bytes) { (void)self; taken -= bytes; free(memory); }
static net *make(unsigned threads, const char *weights_path, uint64_t seed) {
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
  if (weights_path) s = net_weights_open(weights_path, CNX_RT_VERIFY, &weights, &error);
  if (!s) s = net_create(&options, weights, &c, &error);
  net_weights_release(weights);
  if (s) { printf("create: %d %s\n", (int)s, error.text); exit(1); }
  return c;
}
#if !NET_IMMEDIATE
/* loss and gradients of the first four images, with the same drops each time */
static double loss_of(net *c) {
  net_outputs o;
  cnx_rt_targets t = targets_of(labels);
  float loss = NAN;
  cnx_rt_status s;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  s = net_random(c, 3, 0, 0);
  if (!s) s = net_forward(c, NET_MAX_TRAIN_BATCH, CNX_RT_TRAIN, images, &o);
  if (!s) s = net_loss_backward(c, &t, 0, &loss);
  say(s, c);
  return loss;
}
#endif

int main(void) {
  cnx_rt_status s = CNX_RT_OK;
  cnx_rt_targets t = targets_of(labels);
  cnx_rt_update u = values_of(0.01);
  net_outputs o;
  net *c;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  srand(3);
  for (int i = 0; i < 8 * NET_IMAGE_ELEMENTS; ++i)
    images[i] = sizeof(PIXEL) == 1 ? rand() % 256 : (PIXEL)((rand() % 2001 - 1000) / 500.0);
  for (int i = 0; i < TENSORS; ++i) {
    net_tensor info;
    info.struct_size = sizeof info;
    net_tensor_info(i, &info);
    counts[i] = 1;
    for (int d = 0; d < info.rank; ++d) counts[i] *= (size_t)info.shape[d];
  }
  c = make(2, "net/net.weights", 3);
  (void)s, (void)t, (void)u;
@CALLS@
  net_destroy(c);
  printf("%zu\n", taken);
  return 0;
}
)";

void replace(std::string &text, const std::string &what, const std::string &with) {
  const size_t at = text.find(what);
  if (at != std::string::npos)
    text.replace(at, what.size(), with);
}

// The kernels come from the archive as they are; what calls them is compiled anew.
std::string runSanitized(const Workplace &place, const std::string &pixel) {
  const std::vector<std::string> sanitizers = {"-fsanitize=address,undefined",
                                               "-fno-sanitize-recover=all", "-g1", "-O1"};
  const std::filesystem::path runtime = std::filesystem::path(CNX_TEST_HEADERS).parent_path();
  std::vector<std::string> compile = {
      "cc", "-std=gnu99", "-I" CNX_TEST_HEADERS, "-Inet", pixel, "-c", "main.c", "-o", "main.o"};
  compile.insert(compile.end(), sanitizers.begin(), sanitizers.end());
  place.run(compile);
  std::vector<std::string> link = {
      "c++",    "-std=c++20", "-I" CNX_TEST_HEADERS, "-I" + runtime.parent_path().string(),
      "main.o", "net/net.cpp"};
  for (const char *room : {"rt", "io"})
    for (const auto &file : std::filesystem::directory_iterator(runtime / room))
      if (file.path().extension() == ".cpp")
        link.push_back(file.path().string());
  link.insert(link.end(), sanitizers.begin(), sanitizers.end());
  link.insert(link.end(), {"net/libnet.a", "-pthread", "-lm", "-o", "program"});
  place.run(link, 300);
  return place.run({"env", "ASAN_OPTIONS=detect_leaks=0", "./program"}); // the test's own leak
}

} // namespace

std::string runNetwork(const Workplace &place, const Network &network, const std::string &calls) {
  std::string description = kDescription;
  replace(description, "@GENERATION@", network.generation);
  replace(description, "@SCALE@", network.generation.empty() ? "\"layer_scale_init\": 1, " : "");
  place.write("net.json", description);
  std::vector<std::string> command = {CNX_TEST_EXECUTABLE,
                                      "compile",
                                      "net.json",
                                      "--name",
                                      "net",
                                      "--train",
                                      "--seed",
                                      "7",
                                      "--cpu",
                                      "v3",
                                      "-o",
                                      "net"};
  command.insert(command.end(), network.options.begin(), network.options.end());
  place.run(command, 600);
  std::string text = kMain;
  replace(text, "@CALLS@", calls);
  place.write("main.c", text);
  if (network.sanitized)
    return runSanitized(place, std::string("-DPIXEL=") + network.pixel);
  // A C program: nothing of libstdc++ is there.
  place.run({"cc", "-O1", "-std=gnu99", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror",
             "-I" CNX_TEST_HEADERS, "-Inet", std::string("-DPIXEL=") + network.pixel, "main.c",
             "net/libnet.a", CNX_TEST_IO, CNX_TEST_RUNTIME, "-pthread", "-lm", "-o", "program"});
  return place.run({"./program"});
}

} // namespace cnx
