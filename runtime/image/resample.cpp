// Weights and both passes as in Pillow's src/libImaging/Resample.c: double weights normalised to
// sum 1, rounded to 22 fractional bits, sums in 32 bits, rounded and clipped to 8 bits after each
// pass.
#include "runtime/image/resample.h"

#include <stdlib.h>

namespace cnx::image {
namespace {

constexpr int fractionBits = 32 - 8 - 2;

double cubic(double x) {
  constexpr double a = -0.5;
  x = x < 0 ? -x : x;
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double triangle(double x) {
  x = x < 0 ? -x : x;
  return x < 1 ? 1 - x : 0;
}

int ceiling(double x) {
  int whole = static_cast<int>(x);
  return whole < x ? whole + 1 : whole;
}

uint8_t clip(int32_t sum) {
  sum >>= fractionBits;
  return static_cast<uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

constexpr int32_t half = 1 << (fractionBits - 1);

} // namespace

Weights::~Weights() {
  free(windows);
  free(values);
}

bool Weights::compute(cnx_image_filter filter, int inputs, int outputs, int begin, int end) {
  double scale = static_cast<double>(inputs) / outputs;
  double filterScale = scale < 1 ? 1 : scale;
  double support = (filter == CNX_IMAGE_BICUBIC ? 2.0 : 1.0) * filterScale;
  double inverse = 1.0 / filterScale;
  from = begin;
  to = end;
  stride = ceiling(support) * 2 + 1;
  size_t count = static_cast<size_t>(end - begin), perOutput = static_cast<size_t>(stride);
  windows = static_cast<Window *>(malloc(count * sizeof(Window)));
  values = static_cast<int32_t *>(calloc(count * perOutput, sizeof(int32_t)));
  double *exact = static_cast<double *>(malloc(perOutput * sizeof(double)));
  bool enough = windows && values && exact;
  for (int i = begin; enough && i < end; ++i) {
    double centre = (i + 0.5) * scale;
    int first = static_cast<int>(centre - support + 0.5);
    first = first < 0 ? 0 : first;
    int last = static_cast<int>(centre + support + 0.5);
    last = last > inputs ? inputs : last;
    double sum = 0;
    for (int k = 0; k < last - first; ++k) {
      double x = (k + first - centre + 0.5) * inverse;
      exact[k] = filter == CNX_IMAGE_BICUBIC ? cubic(x) : triangle(x);
      sum += exact[k];
    }
    int32_t *fixed = values + (i - begin) * int64_t{stride};
    for (int k = 0; k < last - first; ++k) {
      double weight = sum != 0 ? exact[k] / sum : exact[k];
      fixed[k] = static_cast<int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << fractionBits));
    }
    windows[i - begin] = {first, last - first};
  }
  free(exact);
  return enough;
}

int Weights::lastInput() const {
  const Window &last = windows[to - from - 1];
  return last.first + last.count;
}

void resampleRow(const Weights &weights, int begin, int end, const uint8_t *input,
                 uint8_t *output) {
  for (int i = begin; i < end; ++i) {
    const Window &window = weights.window(i);
    const int32_t *weight = weights.weights(i);
    const uint8_t *pixel = input + size_t{3} * static_cast<size_t>(window.first);
    int32_t red = half, green = half, blue = half;
    for (int k = 0; k < window.count; ++k, pixel += 3) {
      red += pixel[0] * weight[k];
      green += pixel[1] * weight[k];
      blue += pixel[2] * weight[k];
    }
    *output++ = clip(red);
    *output++ = clip(green);
    *output++ = clip(blue);
  }
}

void combineRows(const Window &window, const int32_t *weights, const uint8_t *rows, size_t rowBytes,
                 size_t bytes, uint8_t *output) {
  // Blocks of columns keep the sums in registers and the loads along the rows.
  constexpr size_t block = 64;
  for (size_t at = 0; at < bytes; at += block) {
    size_t length = bytes - at < block ? bytes - at : block;
    int32_t sums[block];
    for (size_t i = 0; i < length; ++i)
      sums[i] = half;
    for (int k = 0; k < window.count; ++k) {
      const uint8_t *row = rows + static_cast<size_t>(window.first + k) * rowBytes + at;
      for (size_t i = 0; i < length; ++i)
        sums[i] += row[i] * weights[k];
    }
    for (size_t i = 0; i < length; ++i)
      output[at + i] = clip(sums[i]);
  }
}

} // namespace cnx::image
