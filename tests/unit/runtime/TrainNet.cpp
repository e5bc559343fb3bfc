#include "tests/unit/runtime/TrainNet.h"

#include <cmath>
#include <random>

namespace {

constexpr size_t kBlockBytes = 1024, kParamOffset = 512;

size_t ceil16(int64_t n) { return static_cast<size_t>((n + 15) / 16 * 16); }

cnx_rt_parameter describeParameter(const char *name, cnx_rt_form form,
                                   const std::vector<int64_t> &shape, cnx_rt_init init,
                                   double value) {
  cnx_rt_parameter made{};
  made.name = name;
  made.form = form;
  made.rank = static_cast<int>(shape.size());
  size_t row = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    made.shape[i] = shape[i];
    row *= i > 0 ? static_cast<size_t>(shape[i]) : 1;
  }
  made.floats = ceil16(shape[0]) * row;
  made.init = init;
  made.init_value = value;
  made.decay = form != CNX_RT_VECTOR;
  return made;
}

} // namespace

size_t elementsOf(const cnx_rt_parameter &parameter) {
  size_t count = 1;
  for (int i = 0; i < parameter.rank; ++i)
    count *= static_cast<size_t>(parameter.shape[i]);
  return count;
}

size_t placeOf(const cnx_rt_parameter &p, size_t i) {
  size_t extents[4] = {1, 1, 1, 1}, index[4];
  for (int d = 0; d < p.rank; ++d)
    extents[d] = static_cast<size_t>(p.shape[d]);
  for (int d = 4; d-- > 0; i /= extents[d])
    index[d] = i % extents[d];
  auto [n, c, u, v] = index;
  size_t k = extents[3], inputs = extents[1];
  if (p.form == CNX_RT_PANELS) // [n / 16][(u * k + v) * inputs + c][n % 16]
    return ((n / 16 * (extents[2] * k * inputs)) + ((u * k + v) * inputs + c)) * 16 + n % 16;
  if (p.form == CNX_RT_TAPS) // [u][v][n]
    return (u * k + v) * ceil16(p.shape[0]) + n;
  return ((n * inputs + c) * extents[2] + u) * k + v;
}

float TrainNet::value(int tensor, size_t i) {
  return static_cast<float>(tensor + 1) + static_cast<float>(i) / 4096;
}

void TrainNet::describe(const TrainOptions &options) {
  parameters = {
      describeParameter("stem.0.weight", CNX_RT_PANELS, {20, 3, 2, 2}, CNX_RT_TRUNCATED_NORMAL,
                        0.02),
      describeParameter("stem.0.bias", CNX_RT_VECTOR, {20}, CNX_RT_ZEROS, 0),
      describeParameter("conv_dw.weight", CNX_RT_TAPS, {20, 1, 3, 3}, CNX_RT_TRUNCATED_NORMAL,
                        0.02),
      describeParameter("norm.weight", CNX_RT_VECTOR, {20}, CNX_RT_ONES, 0),
      describeParameter("gamma", CNX_RT_VECTOR, {20}, CNX_RT_CONSTANT, 1e-6),
      describeParameter("head.fc.weight", CNX_RT_PANELS, {37, 20}, CNX_RT_TRUNCATED_NORMAL, 0.02),
      describeParameter("head.fc.bias", CNX_RT_VECTOR, {37}, CNX_RT_ZEROS, 0),
  };
  parameters[4].stored_rank = 4;
  parameters[4].stored_shape[0] = parameters[4].stored_shape[1] = parameters[4].stored_shape[2] = 1;
  parameters[4].stored_shape[3] = 20;
  size_t end = 0;
  for (cnx_rt_parameter &p : parameters) {
    if (options.frozen && &p == &parameters[0]) {
      p.form = CNX_RT_DENSE;
      p.floats = elementsOf(p);
      p.offset = kParamOffset + 64 * kBlockBytes;
      continue;
    }
    p.offset = end;
    end += (p.floats * sizeof(float) + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }
  facts.parameters = parameters.data();
  facts.count = static_cast<int>(parameters.size());
  facts.floats = end / sizeof(float);
  facts.moments = options.moments;
  facts.ema = options.ema;
  facts.build = 0x1234;
  facts.description = "{\"model\":\"test\"}";
  facts.param_offset = kParamOffset;
  REQUIRE(end < 64 * kBlockBytes);

  memory.assign(20000, 0);
  packed = memory.data();
  while (reinterpret_cast<uintptr_t>(packed) % 64 != 0)
    ++packed;
  for (int t = 0; t < facts.count; ++t) {
    const cnx_rt_parameter &p = parameters[static_cast<size_t>(t)];
    size_t first = (p.form == CNX_RT_DENSE ? 0 : kParamOffset) + p.offset;
    for (size_t i = 0; i < elementsOf(p); ++i)
      packed[first / sizeof(float) + placeOf(p, i)] = value(t, i);
  }
}

TrainNet::TrainNet(const TrainOptions &options, const cnx_rt_options *contextOptions) {
  describe(options);
  cnx_rt_options given = contextOptions ? *contextOptions : testOptions(1);
  given.seed = options.seed;
  context = makeContext(given);
  cnx_rt_training *made = nullptr;
  cnx_rt_error error{};
  cnx_rt_status status = cnx_rt_training_create(
      &facts, context.get(), options.fromPayload ? packed : nullptr, &made, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
  training.reset(made);
}

std::vector<float> TrainNet::flat(cnx_rt_kind kind) const {
  const float *segment = cnx_rt_training_segment(training.get(), kind);
  return segment ? std::vector<float>(segment, segment + facts.floats) : std::vector<float>();
}

std::vector<float> TrainNet::everything() const {
  std::vector<float> all;
  auto add = [&](const float *values, size_t count) {
    all.insert(all.end(), values, values + count);
  };
  for (int kind = 0; kind <= CNX_RT_EMA; ++kind) {
    std::vector<float> segment = flat(static_cast<cnx_rt_kind>(kind));
    add(segment.data(), segment.size());
  }
  add(cnx_rt_training_rates(training.get()), blocks());
  add(cnx_rt_training_decays(training.get()), blocks());
  add(cnx_rt_training_scalars(training.get()), CNX_RT_SCALARS);
  std::vector<float> factors(64); // they show seed, step and sample
  cnx_rt_training_drop_factors(training.get(), 64, 3, 0.5, factors.data());
  add(factors.data(), factors.size());
  return all;
}

std::vector<float> TrainNet::read(cnx_rt_kind kind, int tensor) const {
  std::vector<float> values(elementsOf(parameter(tensor)));
  REQUIRE(cnx_rt_training_read(training.get(), kind, tensor, values.data(), values.size()) ==
          CNX_RT_OK);
  return values;
}

void TrainNet::write(cnx_rt_kind kind, int tensor, const std::vector<float> &values) {
  REQUIRE(cnx_rt_training_write(training.get(), kind, tensor, values.data(), values.size()) ==
          CNX_RT_OK);
}

void TrainNet::scramble(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (int kind = 0; kind <= CNX_RT_EMA; ++kind)
    for (int t = 0; t < count(); ++t) {
      if (parameter(t).form == CNX_RT_DENSE || flat(static_cast<cnx_rt_kind>(kind)).empty())
        continue;
      std::vector<float> values(elementsOf(parameter(t)));
      for (float &v : values)
        v = kind == CNX_RT_MOMENT2 ? std::abs(normal(random)) : normal(random);
      write(static_cast<cnx_rt_kind>(kind), t, values);
    }
}

void TrainNet::step(unsigned gradients) {
  cnx_rt_training *t = training.get();
  std::vector<float> factors(4);
  cnx_rt_training_drop_factors(t, 4, 1, 0.3, factors.data());
  cnx_rt_training_advance(t, 4);
  std::mt19937 random(gradients);
  std::normal_distribution<float> normal;
  float *g = cnx_rt_training_segment(t, CNX_RT_GRADIENT);
  for (int i = 0; i < count(); ++i)
    if (parameter(i).form != CNX_RT_DENSE)
      for (size_t k = 0; k < elementsOf(parameter(i)); ++k)
        g[parameter(i).offset / sizeof(float) + placeOf(parameter(i), k)] =
            normal(random) * factors[k % 4];
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = 1e-2;
  update.decay = 0.05;
  if (facts.moments == 2) {
    update.beta1 = 0.9;
    update.beta2 = 0.99;
    update.eps = 1e-8;
  } else {
    update.momentum = 0.9;
  }
  update.ema_decay = facts.ema ? 0.9 : 0;
  REQUIRE(cnx_rt_training_begin_update(t, &update) == CNX_RT_OK);
  const float *s = cnx_rt_training_scalars(t);
  const float *rates = cnx_rt_training_rates(t), *decays = cnx_rt_training_decays(t);
  float *p = cnx_rt_training_segment(t, CNX_RT_PARAMETER);
  float *m = cnx_rt_training_segment(t, CNX_RT_MOMENT1);
  float *v = cnx_rt_training_segment(t, CNX_RT_MOMENT2);
  float *e = cnx_rt_training_segment(t, CNX_RT_EMA);
  for (size_t i = 0; i < facts.floats; ++i) {
    float rate = s[1] * rates[i / CNX_RT_UPDATE_BLOCK];
    float decay = s[2] * decays[i / CNX_RT_UPDATE_BLOCK];
    if (v) {
      p[i] -= p[i] * rate * decay;
      m[i] += s[3] * (g[i] - m[i]);
      v[i] = s[4] * v[i] + s[5] * g[i] * g[i];
      p[i] -= rate / s[7] * m[i] / (std::sqrt(v[i]) / s[8] + s[6]);
    } else {
      m[i] = s[9] * m[i] + (g[i] + decay * p[i]);
      p[i] -= rate * m[i];
    }
    if (e)
      e[i] += s[10] * (p[i] - e[i]);
  }
}
