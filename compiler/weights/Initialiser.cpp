// Compiled with -ffp-contract=off, so that no compiler fuses a product and a sum.
#include "compiler/weights/Initialiser.h"

#include "compiler/weights/Philox.h"

#include <algorithm>
#include <cmath>

namespace cnx {

namespace {

// log(u) for u in (0, 1]: u = m * 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh(s) with s =
// (m-1)/(m+1). The first term left out is below s^25/25 < 3e-21.
double naturalLog(double u) {
  constexpr double kLn2 = 0.693147180559945309417232121458;
  int exponent;
  double m = std::frexp(u, &exponent);
  if (m < 0.707106781186547524400844362105) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int n = 23; n >= 1; n -= 2)
    sum = sum * square + 1.0 / n;
  return exponent * kLn2 + 2 * s * sum;
}

struct SineCosine {
  double sine, cosine;
};

// Of 2*pi*turn for turn in [0, 1): reduced exactly to an eighth of a turn, then Taylor's series;
// the first terms left out are below (pi/4)^21/21! < 2e-22.
SineCosine sineCosine(double turn) {
  constexpr double kTwoPi = 6.28318530717958647692528676656;
  double quarter = std::floor(turn * 4 + 0.5);
  double x = kTwoPi * (turn - quarter / 4), square = x * x;
  double sine = 1, cosine = 1;
  for (int n = 19; n >= 3; n -= 2)
    sine = 1 - sine * square / (n * (n - 1));
  for (int n = 20; n >= 2; n -= 2)
    cosine = 1 - cosine * square / (n * (n - 1));
  sine *= x;
  switch (static_cast<int>(quarter) & 3) {
  case 0:
    return {sine, cosine};
  case 1:
    return {cosine, -sine};
  case 2:
    return {-sine, -cosine};
  default:
    return {-cosine, sine};
  }
}

uint64_t fnv1a64(const std::string &text) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char byte : text)
    hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

} // namespace

NormalPair normalPair(uint32_t radius, uint32_t angle) {
  constexpr double kUnit = 1.0 / 4294967296.0;
  double r = std::sqrt(-2 * naturalLog((radius + 1.0) * kUnit));
  SineCosine direction = sineCosine(angle * kUnit);
  return {r * direction.cosine, r * direction.sine};
}

// Element i comes from the words of counter (i/4, attempt, hash of the name): independent of the
// other parameters.
static void truncatedNormal(const Parameter &parameter, std::span<float> values) {
  constexpr double kBound = 2;
  uint64_t stream = fnv1a64(parameter.name);
  for (size_t first = 0; first < values.size(); first += 4) {
    size_t count = std::min<size_t>(4, values.size() - first);
    bool missing[4] = {true, true, true, true};
    for (uint32_t attempt = 0; std::any_of(missing, missing + count, [](bool b) { return b; });
         ++attempt) {
      PhiloxCounter words =
          philox4x32({static_cast<uint32_t>(first / 4), attempt, static_cast<uint32_t>(stream),
                      static_cast<uint32_t>(stream >> 32)},
                     parameter.seed);
      NormalPair low = normalPair(words[0], words[1]), high = normalPair(words[2], words[3]);
      double drawn[4] = {low.first, low.second, high.first, high.second};
      for (size_t lane = 0; lane < count; ++lane) {
        double value = drawn[lane] * parameter.initValue;
        if (missing[lane] && std::abs(value) <= kBound) {
          values[first + lane] = static_cast<float>(value);
          missing[lane] = false;
        }
      }
    }
  }
}

void initialise(const Parameter &parameter, std::span<float> values) {
  switch (parameter.init) {
  case Parameter::Init::zeros:
    std::fill(values.begin(), values.end(), 0.f);
    return;
  case Parameter::Init::ones:
    std::fill(values.begin(), values.end(), 1.f);
    return;
  case Parameter::Init::constant:
    std::fill(values.begin(), values.end(), static_cast<float>(parameter.initValue));
    return;
  case Parameter::Init::truncatedNormal:
    truncatedNormal(parameter, values);
    return;
  }
}

} // namespace cnx
