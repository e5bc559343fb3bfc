// Compiled with -ffp-contract=off, so that no compiler fuses a product and a sum.
#include "runtime/rt/initialise.h"

#include "runtime/rt/philox.h"
#include "runtime/rt/square_root.h"

#include <string.h>

namespace {

// log(u) for u in [2^-32, 1]: u = m * 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh(s) with
// s = (m-1)/(m+1). The first term left out is below s^25/25 < 3e-21.
double naturalLog(double u) {
  constexpr double ln2 = 0.693147180559945309417232121458;
  uint64_t bits;
  memcpy(&bits, &u, sizeof bits);
  int exponent = static_cast<int>(bits >> 52) - 1022;
  bits = (bits & 0xFFFFFFFFFFFFFu) | uint64_t{1022} << 52;
  double m; // in [1/2, 1)
  memcpy(&m, &bits, sizeof m);
  if (m < 0.707106781186547524400844362105) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int n = 23; n >= 1; n -= 2)
    sum = sum * square + 1.0 / n;
  return exponent * ln2 + 2 * s * sum;
}

struct SineCosine {
  double sine, cosine;
};

// Of 2*pi*turn for turn in [0, 1): reduced exactly to an eighth of a turn, then Taylor's series;
// the first terms left out are below (pi/4)^21/21! < 2e-22.
SineCosine sineCosine(double turn) {
  constexpr double twoPi = 6.28318530717958647692528676656;
  int quarter = static_cast<int>(turn * 4 + 0.5);
  double x = twoPi * (turn - quarter / 4.0), square = x * x;
  double sine = 1, cosine = 1;
  for (int n = 19; n >= 3; n -= 2)
    sine = 1 - sine * square / (n * (n - 1));
  for (int n = 20; n >= 2; n -= 2)
    cosine = 1 - cosine * square / (n * (n - 1));
  sine *= x;
  switch (quarter & 3) {
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

uint64_t fnv1a64(const char *text) {
  uint64_t hash = 14695981039346656037u;
  for (; *text; ++text)
    hash = (hash ^ static_cast<unsigned char>(*text)) * 1099511628211u;
  return hash;
}

// Element i comes from the words of counter (i/4, attempt, hash of the name): independent of the
// other parameters.
void truncatedNormal(double deviation, uint64_t seed, const char *name, float *values,
                     size_t count) {
  uint64_t stream = fnv1a64(name);
  for (size_t first = 0; first < count; first += 4) {
    size_t lanes = count - first < 4 ? count - first : 4, missing = lanes;
    bool drawn[4] = {};
    for (uint32_t attempt = 0; missing > 0; ++attempt) {
      cnx_rt_random_words random =
          cnx_rt_philox({{static_cast<uint32_t>(first / 4), attempt, static_cast<uint32_t>(stream),
                          static_cast<uint32_t>(stream >> 32)}},
                        seed);
      cnx_rt_normal_pair low = cnx_rt_normal_pair_of(random.word[0], random.word[1]);
      cnx_rt_normal_pair high = cnx_rt_normal_pair_of(random.word[2], random.word[3]);
      const double normal[4] = {low.first, low.second, high.first, high.second};
      for (size_t lane = 0; lane < lanes; ++lane) {
        double value = normal[lane] * deviation;
        if (drawn[lane] || value < -2 || value > 2)
          continue;
        values[first + lane] = static_cast<float>(value);
        drawn[lane] = true;
        --missing;
      }
    }
  }
}

void fill(float *values, size_t count, float value) {
  for (size_t i = 0; i < count; ++i)
    values[i] = value;
}

} // namespace

extern "C" {

cnx_rt_normal_pair cnx_rt_normal_pair_of(uint32_t radius, uint32_t angle) {
  constexpr double unit = 1.0 / 4294967296.0;
  double r = cnx_rt_square_root(-2 * naturalLog((radius + 1.0) * unit));
  SineCosine direction = sineCosine(angle * unit);
  return {r * direction.cosine, r * direction.sine};
}

void cnx_rt_initialise(cnx_rt_init init, double value, uint64_t seed, const char *name,
                       float *values, size_t count) {
  switch (init) {
  case CNX_RT_ZEROS:
    return fill(values, count, 0);
  case CNX_RT_ONES:
    return fill(values, count, 1);
  case CNX_RT_CONSTANT:
    return fill(values, count, static_cast<float>(value));
  case CNX_RT_TRUNCATED_NORMAL:
    return truncatedNormal(value, seed, name, values, count);
  }
}

} // extern "C"
