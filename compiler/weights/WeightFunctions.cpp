#include "compiler/weights/WeightFunctions.h"

#include "compiler/Error.h"
#include "compiler/kernels/KernelGraph.h"
#include "compiler/weights/Bf16.h"

namespace cnx {

namespace {

using Shapes = std::vector<Shape>;
using Arrays = std::vector<WeightArray>;

constexpr int64_t kPanel = kChannelPad; // outputs of a weight panel

[[noreturn]] void misfit(const char *function, const Shapes &operands, const char *expected) {
  std::string found;
  for (const Shape &shape : operands)
    found += (found.empty() ? "" : ", ") + formatShape(shape);
  throw UserError(std::string(function) + ": found operands " + found + ", expected " + expected);
}

// A linear layer's [N, K] or a convolution's [Co, Ci, k, k].
bool isMatrix(const Shape &s) { return s.size() == 2 || (s.size() == 4 && s[2] == s[3]); }
bool isVector(const Shape &s, int64_t extent) { return s.size() == 1 && s[0] == extent; }
int64_t taps(const Shape &matrix) { return matrix.size() == 4 ? matrix[2] * matrix[3] : 1; }

// fold_in(w, g): w[n, k] * g[k], the same factor for every tap of a convolution.
Shape foldInShape(const Shapes &s) {
  if (!isMatrix(s[0]) || !isVector(s[1], s[0][1]))
    misfit("fold_in", s, "a matrix [N, K] or [N, K, k, k] and a vector [K]");
  return s[0];
}
WeightArray foldIn(const Arrays &a) {
  WeightArray y = a[0];
  int64_t inputs = y.shape[1], area = taps(y.shape);
  for (size_t i = 0; i < y.values.size(); ++i)
    y.values[i] *= a[1].values[i / area % inputs];
  return y;
}

// fold_out(w, s): w[n, ...] * s[n].
Shape foldOutShape(const Shapes &s) {
  if (s[0].empty() || !isVector(s[1], s[0][0]))
    misfit("fold_out", s, "an array [N, ...] and a vector [N]");
  return s[0];
}
WeightArray foldOut(const Arrays &a) {
  WeightArray y = a[0];
  size_t row = y.values.size() / y.shape[0];
  for (size_t i = 0; i < y.values.size(); ++i)
    y.values[i] *= a[1].values[i / row];
  return y;
}

// fold_bias(b, w, beta) = b[n] + sum over k and taps of w[n, k, u, v] * beta[k]; b may be left out.
Shape foldBiasShape(const Shapes &s) {
  const Shape &w = s[s.size() - 2];
  if (!isMatrix(w) || !isVector(s.back(), w[1]) || (s.size() == 3 && !isVector(s[0], w[0])))
    misfit("fold_bias", s,
           "an optional vector [N], a matrix [N, K] or [N, K, k, k] and a vector [K]");
  return {w[0]};
}
WeightArray foldBias(const Arrays &a) {
  const WeightArray &w = a[a.size() - 2], &beta = a.back();
  int64_t outputs = w.shape[0], inputs = w.shape[1], area = taps(w.shape);
  WeightArray y{{outputs}, a.size() == 3 ? a[0].values : std::vector<double>(outputs)};
  for (int64_t n = 0; n < outputs; ++n) {
    double sum = 0;
    for (int64_t i = 0; i < inputs * area; ++i)
      sum += w.values[n * inputs * area + i] * beta.values[i / area];
    y.values[n] += sum;
  }
  return y;
}

// pack_panels(w): [ceil(N/16), K, 16], zero beyond N; of a convolution K runs over (u*k + v)*Ci +
// c.
Shape packPanelsShape(const Shapes &s) {
  if (!isMatrix(s[0]))
    misfit("pack_panels", s, "a matrix [N, K] or [N, K, k, k]");
  return {padChannels(s[0][0]) / kPanel, s[0][1] * taps(s[0]), kPanel};
}
WeightArray packPanels(const Arrays &a) {
  const WeightArray &w = a[0];
  int64_t outputs = w.shape[0], inputs = w.shape[1], area = taps(w.shape), depth = inputs * area;
  WeightArray y{packPanelsShape({w.shape}), {}};
  y.values.resize(elementCount(y.shape));
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t tap = 0; tap < area; ++tap)
        y.values[(n / kPanel * depth + tap * inputs + c) * kPanel + n % kPanel] =
            w.values[(n * inputs + c) * area + tap];
  return y;
}

// pack_taps(w): a depthwise kernel [C, 1, k, k] to [k, k, C padded to 16].
Shape packTapsShape(const Shapes &s) {
  if (s[0].size() != 4 || s[0][1] != 1)
    misfit("pack_taps", s, "a depthwise kernel [C, 1, k, k]");
  return {s[0][2], s[0][3], padChannels(s[0][0])};
}
WeightArray packTaps(const Arrays &a) {
  const WeightArray &w = a[0];
  WeightArray y{packTapsShape({w.shape}), {}};
  y.values.resize(elementCount(y.shape));
  int64_t channels = w.shape[0], area = w.shape[2] * w.shape[3], pitch = y.shape[2];
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t tap = 0; tap < area; ++tap)
      y.values[tap * pitch + c] = w.values[c * area + tap];
  return y;
}

// pad_vector(v): zeros up to a multiple of 16.
Shape padVectorShape(const Shapes &s) {
  if (s[0].size() != 1)
    misfit("pad_vector", s, "a vector [N]");
  return {padChannels(s[0][0])};
}
WeightArray padVector(const Arrays &a) {
  WeightArray y = a[0];
  y.shape = padVectorShape({y.shape});
  y.values.resize(y.shape[0]);
  return y;
}

// transpose(w): [K, N]; of a convolution [k*k*Ci, N], whose row is (u*k + v)*Ci + c.
Shape transposeShape(const Shapes &s) {
  if (!isMatrix(s[0]))
    misfit("transpose", s, "a matrix [N, K] or [N, K, k, k]");
  return {s[0][1] * taps(s[0]), s[0][0]};
}
WeightArray transpose(const Arrays &a) {
  const WeightArray &w = a[0];
  WeightArray y{transposeShape({w.shape}), {}};
  y.values.resize(elementCount(y.shape));
  int64_t outputs = w.shape[0], inputs = w.shape[1], area = taps(w.shape);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t tap = 0; tap < area; ++tap)
        y.values[(tap * inputs + c) * outputs + n] = w.values[(n * inputs + c) * area + tap];
  return y;
}

// round_bf16(w): every element the nearest bfloat16.
Shape roundShape(const Shapes &s) { return s[0]; }
WeightArray round(const Arrays &a) {
  WeightArray y = a[0];
  for (double &x : y.values)
    x = bf16Value(roundBf16(x));
  return y;
}

constexpr WeightFunction kFunctions[] = {
    {"fold_in", 2, 2, foldInShape, foldIn},
    {"fold_out", 2, 2, foldOutShape, foldOut},
    {"fold_bias", 2, 3, foldBiasShape, foldBias},
    {"pack_panels", 1, 1, packPanelsShape, packPanels},
    {"pack_taps", 1, 1, packTapsShape, packTaps},
    {"pad_vector", 1, 1, padVectorShape, padVector},
    {"round_bf16", 1, 1, roundShape, round},
    {"transpose", 1, 1, transposeShape, transpose},
};

} // namespace

const WeightFunction *findWeightFunction(std::string_view name) {
  for (const WeightFunction &function : kFunctions)
    if (function.name == name)
      return &function;
  return nullptr;
}

} // namespace cnx
