#include "tests/unit/codegen/TrainingPlan.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {
namespace {

// Places in the flat segments.
constexpr int64_t kFc1Weight = 0, kFc1Bias = 1024,
                  kFc2Weight = 2048; // the last where it is trained
int64_t fc2Bias(const TrainingVariant &variant) { return variant.frozen ? 2048 : 3072; }

BufferType dense(std::vector<int64_t> shape) {
  const int64_t pitch = shape.back();
  return {std::move(shape), pitch, ElementType::f32};
}

BufferType rows(int64_t batch, int64_t channels) {
  return {{batch, channels}, 16, ElementType::f32};
}

// The plan under construction: segments by name, kernels by symbol.
struct Sketch {
  Plan plan;
  int64_t flatBytes = 0;
  int64_t nextId = 0;

  int segment(const std::string &name) const {
    for (size_t i = 0; i < plan.segments.size(); ++i)
      if (plan.segments[i].name == name)
        return static_cast<int>(i);
    return -1;
  }
  PlanArgument at(const std::string &name, int64_t offset, BufferType type) const {
    return {segment(name), offset, std::move(type)};
  }
  PlanArgument port(const std::string &name, std::vector<int64_t> shape) const {
    return at(name, 0, dense(std::move(shape)));
  }
  PlanArgument flat(const std::string &name) const {
    return at(name, 0, dense({flatBytes / 1024, 256}));
  }
  // `access`: one letter an argument, r, w or u (update in place).
  void launch(PlanProgram &program, Section section, const std::string &symbol,
              const std::string &layer, const std::string &access, std::vector<PlanArgument> args) {
    size_t k = 0;
    while (k < plan.kernels.size() && plan.kernels[k].symbol != symbol)
      ++k;
    if (k == plan.kernels.size()) {
      PlanKernel kernel;
      kernel.symbol = symbol;
      kernel.graphJson = "{\"symbol\":\"" + symbol + "\"}";
      kernel.fusion = "single";
      for (const char letter : access)
        kernel.access.push_back(letter == 'r'   ? Access::read
                                : letter == 'w' ? Access::write
                                                : Access::readWrite);
      plan.kernels.push_back(kernel);
    }
    for (size_t i = 0; i < args.size(); ++i)
      if (plan.segments[static_cast<size_t>(args[i].segment)].kind == SegmentKind::io)
        addPort(program, args[i], plan.kernels[k].access[i]);
    program.launches.push_back(
        {nextId++, static_cast<int>(k), layer, std::move(args), {}, section});
  }
  static void addPort(PlanProgram &program, const PlanArgument &argument, Access access) {
    for (const PlanPort &port : program.ports)
      if (port.segment == argument.segment)
        return;
    program.ports.push_back({argument.segment, argument.type, access});
  }
};

// x, h and logits of both directions, each on 64 bytes a row and image behind the other.
struct Places {
  int64_t batch;
  PlanArgument operator()(const Sketch &sketch, int slot, int64_t channels) const {
    return sketch.at("arena", slot * batch * 64, rows(batch, channels));
  }
};

void forwardPass(Sketch &sketch, PlanProgram &program, const TrainingVariant &variant, bool drops) {
  const int64_t n = program.batch;
  const Places place{n};
  const std::string suffix = fmt::format("_n{}_x0123abcd", n);
  const PlanArgument weight2 = variant.frozen ? sketch.at("weights", 192, dense({1, 8, 16}))
                                              : sketch.at("param", kFc2Weight, dense({1, 8, 16}));
  const int64_t ones = variant.frozen ? 704 : 0;
  sketch.launch(program, Section::forward, "features" + suffix, "stem", "rw",
                {sketch.port("image", {n, 32, 32, 3}), place(sketch, 0, 3)});
  sketch.launch(program, Section::forward, "fc1" + suffix, "head.fc1", "rrrw",
                {place(sketch, 0, 3), sketch.at("param", kFc1Weight, dense({1, 3, 16})),
                 sketch.at("param", kFc1Bias, dense({16})), place(sketch, 1, 8)});
  if (drops)
    sketch.launch(program, Section::forward, "drop" + suffix, "head.drop_path", "ru",
                  {sketch.port("drop_path.3", {n}), place(sketch, 1, 8)});
  if (program.direction == "forward")
    sketch.launch(program, Section::forward, "export8" + suffix, "head.fc1", "rw",
                  {place(sketch, 1, 8), sketch.port("hidden", {n, 8})});
  sketch.launch(program, Section::forward, "fc2" + suffix, "head.fc2", "rrrw",
                {place(sketch, 1, 8), weight2, sketch.at("param", fc2Bias(variant), dense({16})),
                 place(sketch, 2, 5)});
  sketch.launch(program, Section::forward, "export5" + suffix, "head.fc2", "rrw",
                {place(sketch, 2, 5), sketch.at("weights", ones, dense({16})),
                 sketch.port("logits", {n, 5})});
}

void backwardPass(Sketch &sketch, PlanProgram &program, const TrainingVariant &variant) {
  const int64_t n = program.batch;
  const Places place{n};
  const std::string suffix = fmt::format("_n{}_x0123abcd", n);
  const PlanArgument weight2 = variant.frozen ? sketch.at("weights", 192, dense({1, 8, 16}))
                                              : sketch.at("param", kFc2Weight, dense({1, 8, 16}));
  const auto gradient = [&](int64_t offset, std::vector<int64_t> shape) {
    return sketch.at("grad", offset, dense(std::move(shape)));
  };
  sketch.launch(program, Section::loss, "loss" + suffix, "loss", "rrrww",
                {place(sketch, 2, 5), sketch.port("targets", {n, 5}), sketch.port("weight", {n}),
                 sketch.port("loss", {1}), place(sketch, 3, 5)});
  const auto add = [&](const std::string &kernel, const std::string &layer,
                       const std::string &access, std::vector<PlanArgument> args) {
    sketch.launch(program, Section::backward, kernel + suffix, layer + "#bwd", access,
                  std::move(args));
  };
  add("sum5", "head.fc2", "ru", {place(sketch, 3, 5), gradient(fc2Bias(variant), {16})});
  if (!variant.frozen)
    add("outer2", "head.fc2", "rru",
        {place(sketch, 1, 8), place(sketch, 3, 5), gradient(kFc2Weight, {1, 8, 16})});
  add("back2", "head.fc2", "rrw", {place(sketch, 3, 5), weight2, place(sketch, 4, 8)});
  add("drop", "head.drop_path", "ru", {sketch.port("drop_path.3", {n}), place(sketch, 4, 8)});
  add("outer1", "head.fc1", "rru",
      {place(sketch, 0, 3), place(sketch, 4, 8), gradient(kFc1Weight, {1, 3, 16})});
  add("sum8", "head.fc1", "ru", {place(sketch, 4, 8), gradient(kFc1Bias, {16})});
  if (variant.inputGradient)
    add("back1", "stem", "rrw",
        {place(sketch, 4, 8), sketch.at("param", kFc1Weight, dense({1, 3, 16})),
         sketch.port("grad_input", {n, 32, 32, 3})});
}

void addSegments(Sketch &sketch, const TrainingVariant &variant) {
  std::vector<PlanSegment> &segments = sketch.plan.segments;
  segments = {{"weights", SegmentKind::weights, variant.frozen ? 768 : 64},
              {"arena", SegmentKind::arena, 5 * 64 * 8},
              {"param", SegmentKind::param, sketch.flatBytes},
              {"grad", SegmentKind::grad, sketch.flatBytes},
              {"image", SegmentKind::io, 0},
              {"drop_path.3", SegmentKind::io, 0, 0.25}};
  for (const char *name : {"logits", "hidden", "targets", "weight", "loss"})
    segments.push_back({name, SegmentKind::io, 0});
  if (variant.inputGradient)
    segments.push_back({"grad_input", SegmentKind::io, 0});
  segments.push_back({"moment1", SegmentKind::opt, sketch.flatBytes});
  if (!variant.sgd)
    segments.push_back({"moment2", SegmentKind::opt, sketch.flatBytes});
  if (variant.ema)
    segments.push_back({"ema", SegmentKind::opt, sketch.flatBytes});
  for (const char *name : {"rate", "decay", "squares"})
    segments.push_back({name, SegmentKind::io, sketch.flatBytes / 256});
  segments.push_back({"scalars", SegmentKind::io, 64});
}

void addConstants(Plan &plan, const TrainingVariant &variant) {
  const SegmentKind param = SegmentKind::param, weights = SegmentKind::weights;
  plan.constants = {
      {"fc1.weight.trained",
       param,
       kFc1Weight,
       192,
       "pack_panels(@fc1.weight)",
       {1, 3, 16},
       "head.fc1"},
      {"fc1.bias.trained", param, kFc1Bias, 64, "pad_vector(@fc1.bias)", {16}, "head.fc1"},
      {"fc2.bias.trained", param, fc2Bias(variant), 64, "pad_vector(@fc2.bias)", {16}, "head.fc2"}};
  const std::string ones = "pad_vector([1, 1, 1, 1, 1])";
  if (variant.frozen) {
    plan.constants.push_back({"fc2.weight.frozen", weights, 0, 160, "@fc2.weight", {5, 8}, "head"});
    plan.constants.push_back({"fc2.weight.packed",
                              weights,
                              192,
                              512,
                              "pack_panels(@fc2.weight)",
                              {1, 8, 16},
                              "head.fc2"});
    plan.constants.push_back({"constant.packed", weights, 704, 64, ones, {16}, "head.fc2"});
  } else {
    plan.constants.push_back({"fc2.weight.trained",
                              param,
                              kFc2Weight,
                              512,
                              "pack_panels(@fc2.weight)",
                              {1, 8, 16},
                              "head.fc2"});
    plan.constants.push_back({"constant.packed", weights, 0, 64, ones, {16}, "head.fc2"});
  }
}

void addUpdates(Sketch &sketch, const TrainingVariant &variant) {
  const int64_t blocks = sketch.flatBytes / 1024;
  const auto program = [&](const std::string &name) {
    PlanProgram made;
    made.name = made.direction = name;
    return made;
  };
  PlanProgram update = program("update");
  std::vector<PlanArgument> args = {
      sketch.flat("grad"),          sketch.port("rate", {blocks}), sketch.port("decay", {blocks}),
      sketch.port("scalars", {16}), sketch.flat("param"),          sketch.flat("moment1")};
  if (!variant.sgd)
    args.push_back(sketch.flat("moment2"));
  sketch.launch(update, Section::forward, variant.sgd ? "sgd_x0123abcd" : "adamw_x0123abcd",
                "update", variant.sgd ? "rrrruu" : "rrrruuu", std::move(args));
  sketch.plan.programs.push_back(std::move(update));
  if (variant.ema) {
    PlanProgram average = program("average");
    sketch.launch(average, Section::forward, "average_x0123abcd", "average", "rru",
                  {sketch.flat("param"), sketch.port("scalars", {16}), sketch.flat("ema")});
    sketch.plan.programs.push_back(std::move(average));
  }
  PlanProgram squares = program("squares");
  sketch.launch(squares, Section::forward, "squares_x0123abcd", "squares", "rw",
                {sketch.flat("grad"), sketch.port("squares", {blocks})});
  sketch.plan.programs.push_back(std::move(squares));
}

} // namespace

Plan trainingPlan(const TrainingVariant &variant) {
  Sketch sketch;
  sketch.flatBytes = variant.frozen ? 3072 : 4096;
  Plan &plan = sketch.plan;
  plan.name = "net";
  plan.info = R"({"description": {"model": "net \"of tests\""}, "labels": []})";
  const Parameter::Init normal = Parameter::Init::truncatedNormal;
  plan.parameters = {{"fc1.weight", {8, 3}, {}, "", "", normal, 0.02, 7},
                     {"fc1.bias", {8}, {}, "", "", Parameter::Init::zeros, 0, 7},
                     {"fc2.weight", {5, 8}, {}, "", "", normal, 0.02, 7},
                     {"fc2.bias", {5}, {1, 5}, "", "", Parameter::Init::constant, 0.5, 7}};
  addSegments(sketch, variant);
  addConstants(plan, variant);
  for (const int64_t batch : variant.evaluationBatches) {
    PlanProgram program;
    program.name = fmt::format("forward_b{}", batch);
    program.direction = "forward";
    program.batch = batch;
    forwardPass(sketch, program, variant, /*drops=*/false);
    program.arenaBytes = 3 * 64 * batch;
    plan.programs.push_back(std::move(program));
  }
  for (const int64_t batch : variant.trainBatches) {
    PlanProgram program;
    program.name = fmt::format("train_b{}", batch);
    program.direction = "train";
    program.batch = batch;
    forwardPass(sketch, program, variant, true);
    backwardPass(sketch, program, variant);
    program.arenaBytes = 5 * 64 * batch;
    plan.programs.push_back(std::move(program));
  }
  addUpdates(sketch, variant);
  return plan;
}

std::string trainingKernels(const TrainingVariant &variant) {
  std::string text = R"(#include "cnx_rt.h"
#include <math.h>
#include <string.h>
float seen_factors[64]; /* of the last drop launch */
typedef struct { const float *a, *b, *c, *d; float *x, *y, *z; int n; } Work;
static int loop(void *worker, int (*task)(void *, int, uint8_t *), int extent, Work *work) {
  return cnx_rt_do_par_for(worker, task, 0, extent, (uint8_t *)work);
}
/* y[n] = b + sum over k of x[n][k] * w[k][:], rows of 16 */
static void linear(int n, int inputs, const float *x, const float *w, const float *b, float *y) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 16; ++j) {
      float sum = b[j];
      for (int k = 0; k < inputs; ++k) sum += x[16 * i + k] * w[16 * k + j];
      y[16 * i + j] = sum;
    }
}
/* x[n][k] = sum over j of dy[n][j] * w[k][j] */
static void back(int n, int inputs, const float *dy, const float *w, float *x) {
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < inputs; ++k) {
      float sum = 0;
      for (int j = 0; j < 16; ++j) sum += dy[16 * i + j] * w[16 * k + j];
      x[16 * i + k] = sum;
    }
}
static int outer_row(void *worker, int k, uint8_t *closure) {
  const Work *o = (const Work *)closure;
  (void)worker;
  for (int j = 0; j < 16; ++j) {
    float sum = 0;
    for (int i = 0; i < o->n; ++i) sum += o->a[16 * i + k] * o->b[16 * i + j];
    o->x[16 * k + j] += sum;
  }
  return 0;
}
static int adamw_block(void *worker, int block, uint8_t *closure) {
  const Work *u = (const Work *)closure;
  const float *s = u->d;
  const float rate = s[1] * u->b[block];
  (void)worker;
  for (int i = 256 * block; i < 256 * block + 256; ++i) {
    const float g = u->a[i] * s[0];
    float p = u->x[i];
    p -= p * (rate * s[2] * u->c[block]);
    u->y[i] += s[3] * (g - u->y[i]);
    u->z[i] = s[4] * u->z[i] + s[5] * g * g;
    u->x[i] = p - rate / s[7] * u->y[i] / (sqrtf(u->z[i]) / s[8] + s[6]);
  }
  return 0;
}
static int sgd_block(void *worker, int block, uint8_t *closure) {
  const Work *u = (const Work *)closure;
  const float *s = u->d;
  (void)worker;
  for (int i = 256 * block; i < 256 * block + 256; ++i) {
    const float g = u->a[i] * s[0] + s[2] * u->c[block] * u->x[i];
    u->y[i] = s[9] * u->y[i] + g;
    u->x[i] -= s[1] * u->b[block] * u->y[i];
  }
  return 0;
}
#define BLOCKS @BLOCKS@
static int adamw(void *worker, const float *g, const float *rate, const float *decay,
                 const float *scalars, float *p, float *m, float *v) {
  Work work = {g, rate, decay, scalars, p, m, v, 0};
  return loop(worker, adamw_block, BLOCKS, &work);
}
static int sgd(void *worker, const float *g, const float *rate, const float *decay,
               const float *scalars, float *p, float *m) {
  Work work = {g, rate, decay, scalars, p, m, 0, 0};
  return loop(worker, sgd_block, BLOCKS, &work);
}
static int average(void *worker, const float *p, const float *scalars, float *e) {
  (void)worker;
  for (int i = 0; i < 256 * BLOCKS; ++i) e[i] += scalars[10] * (p[i] - e[i]);
  return 0;
}
static int squares(void *worker, const float *g, float *sums) {
  (void)worker;
  for (int block = 0; block < BLOCKS; ++block) {
    sums[block] = 0;
    for (int i = 256 * block; i < 256 * block + 256; ++i) sums[block] += g[i] * g[i];
  }
  return 0;
}
#define KERNELS(N)                                                                                 \
  static int features_n##N(void *worker, const float *image, float *x) {                           \
    (void)worker;                                                                                  \
    memset(x, 0, 64 * N);                                                                          \
    for (int i = 0; i < N; ++i) memcpy(x + 16 * i, image + 3072 * i, 12);                          \
    return 0;                                                                                      \
  }                                                                                                \
  static int fc1_n##N(void *worker, const float *x, const float *w, const float *b, float *y) {    \
    (void)worker;                                                                                  \
    linear(N, 3, x, w, b, y);                                                                      \
    return 0;                                                                                      \
  }                                                                                                \
  static int fc2_n##N(void *worker, const float *x, const float *w, const float *b, float *y) {    \
    (void)worker;                                                                                  \
    linear(N, 8, x, w, b, y);                                                                      \
    return 0;                                                                                      \
  }                                                                                                \
  static int drop_n##N(void *worker, const float *factor, float *x) {                              \
    (void)worker;                                                                                  \
    memcpy(seen_factors, factor, sizeof(float) * N);                                               \
    for (int i = 0; i < 16 * N; ++i) x[i] *= factor[i / 16];                                       \
    return 0;                                                                                      \
  }                                                                                                \
  static int export8_n##N(void *worker, const float *x, float *y) {                                \
    (void)worker;                                                                                  \
    for (int i = 0; i < N; ++i) memcpy(y + 8 * i, x + 16 * i, 32);                                 \
    return 0;                                                                                      \
  }                                                                                                \
  static int export5_n##N(void *worker, const float *x, const float *one, float *y) {              \
    (void)worker;                                                                                  \
    for (int i = 0; i < N; ++i)                                                                    \
      for (int k = 0; k < 5; ++k) y[5 * i + k] = x[16 * i + k] * one[k];                           \
    return 0;                                                                                      \
  }                                                                                                \
  static int loss_n##N(void *worker, const float *z, const float *targets, const float *weight,    \
                       float *loss, float *dz) {                                                   \
    double total = 0;                                                                              \
    (void)worker;                                                                                  \
    memset(dz, 0, 64 * N);                                                                         \
    for (int i = 0; i < N; ++i) {                                                                  \
      double sum = 0, mass = 0;                                                                    \
      if (weight[i] == 0) continue;                                                                \
      for (int k = 0; k < 5; ++k) {                                                                \
        sum += exp(z[16 * i + k]);                                                                 \
        mass += targets[5 * i + k];                                                                \
      }                                                                                            \
      for (int k = 0; k < 5; ++k) {                                                                \
        total -= weight[i] * targets[5 * i + k] * (z[16 * i + k] - log(sum));                      \
        dz[16 * i + k] = weight[i] * (exp(z[16 * i + k]) / sum * mass - targets[5 * i + k]);       \
      }                                                                                            \
    }                                                                                              \
    *loss = total;                                                                                 \
    return 0;                                                                                      \
  }                                                                                                \
  static int sum_n##N(void *worker, const float *x, float *sum) {                                  \
    (void)worker;                                                                                  \
    for (int i = 0; i < 16 * N; ++i) sum[i % 16] += x[i];                                          \
    return 0;                                                                                      \
  }                                                                                                \
  static int outer1_n##N(void *worker, const float *x, const float *dy, float *dw) {               \
    Work work = {x, dy, 0, 0, dw, 0, 0, N};                                                        \
    return loop(worker, outer_row, 3, &work);                                                      \
  }                                                                                                \
  static int outer2_n##N(void *worker, const float *x, const float *dy, float *dw) {               \
    Work work = {x, dy, 0, 0, dw, 0, 0, N};                                                        \
    return loop(worker, outer_row, 8, &work);                                                      \
  }                                                                                                \
  static int back2_n##N(void *worker, const float *dy, const float *w, float *dx) {                \
    (void)worker;                                                                                  \
    memset(dx, 0, 64 * N);                                                                         \
    back(N, 8, dy, w, dx);                                                                         \
    return 0;                                                                                      \
  }                                                                                                \
  static int back1_n##N(void *worker, const float *dy, const float *w, float *image) {             \
    float x[16 * N];                                                                               \
    (void)worker;                                                                                  \
    back(N, 3, dy, w, x);                                                                          \
    memset(image, 0, sizeof(float) * 3072 * N);                                                    \
    for (int i = 0; i < N; ++i) memcpy(image + 3072 * i, x + 16 * i, 12);                          \
    return 0;                                                                                      \
  }
)";
  text.replace(text.find("@BLOCKS@"), 8, variant.frozen ? "3" : "4");
  std::vector<int64_t> batches = variant.evaluationBatches;
  for (const int64_t batch : variant.trainBatches)
    if (std::find(batches.begin(), batches.end(), batch) == batches.end())
      batches.push_back(batch);
  for (const int64_t batch : batches)
    text += fmt::format("KERNELS({})\n", batch);
  text += "const void *const net_kernels_v3[] = {";
  for (const PlanKernel &kernel : trainingPlan(variant).kernels) {
    std::string name = kernel.symbol.substr(0, kernel.symbol.rfind("_x"));
    if (name.rfind("sum", 0) == 0)
      name = "sum" + name.substr(name.rfind("_n"));
    text += fmt::format("\n    (void *){},", name);
  }
  return text + "\n};\n";
}

} // namespace cnx
