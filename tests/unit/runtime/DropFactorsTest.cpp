// Drop factors against the generator's known answers, a second implementation of it, and
// statistics.
#include "tests/unit/runtime/TrainNet.h"

#include <cmath>

namespace {

std::vector<float> factors(const TrainNet &net, int batch, int site, double rate) {
  std::vector<float> values(static_cast<size_t>(batch), 99);
  cnx_rt_training_drop_factors(net.get(), batch, site, rate, values.data());
  return values;
}

// Philox from the paper: a round multiplies words 0 and 2 and crosses the halves of the products
// over. The keys of a round are computed from its number.
uint32_t firstWord(uint64_t seed, uint64_t step, uint64_t sample, uint32_t site) {
  uint64_t first = sample & 0xffffffff, second = site, third = step & 0xffffffff,
           fourth = step >> 32;
  for (uint64_t round = 0; round < 10; ++round) {
    uint64_t bump0 = (seed + round * 0x9E3779B9u) & 0xffffffff;
    uint64_t bump1 = ((seed >> 32) + round * 0xBB67AE85u) & 0xffffffff;
    uint64_t product0 = first * 0xD2511F53u, product1 = third * 0xCD9E8D57u;
    uint64_t high0 = product0 >> 32, low0 = product0 & 0xffffffff;
    uint64_t high1 = product1 >> 32, low1 = product1 & 0xffffffff;
    first = high1 ^ second ^ bump0;
    third = high0 ^ fourth ^ bump1;
    second = low1;
    fourth = low0;
  }
  return static_cast<uint32_t>(first);
}

} // namespace

TEST_CASE("drop factors: the generator's known answer decides at its own bit",
          "[runtime][training]") {
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: word 0 is d16cfe09.
  TrainNet net;
  cnx_rt_training_random(net.get(), 0x299f31d0a4093822u, 0x0370734413198a2eu, 0x243f6a88);
  int site = static_cast<int>(0x85a308d3u);
  double word = 0xd16cfe09, scale = std::ldexp(1.0, -32);
  CHECK(factors(net, 1, site, word * scale)[0] ==
        static_cast<float>(1 / (1 - word * scale)));          // u >= threshold: kept
  CHECK(factors(net, 1, site, (word + 0.99) * scale)[0] > 1); // the floor of the threshold
  CHECK(factors(net, 1, site, (word + 1) * scale)[0] == 0);   // u < threshold: dropped
}

TEST_CASE("drop factors: every counter is in its place", "[runtime][training]") {
  TrainNet net;
  for (uint64_t seed : {uint64_t{0}, uint64_t{5}, ~uint64_t{1} << 31})
    for (uint64_t step : {uint64_t{0}, uint64_t{1}, uint64_t{0xffffffff} + 7})
      for (uint64_t sample : {uint64_t{0}, uint64_t{12345}, uint64_t{0xfffffffe}})
        for (int site : {0, 1, 17})
          for (double rate : {0.1, 0.5, 0.999}) {
            cnx_rt_training_random(net.get(), seed, step, sample);
            std::vector<float> found = factors(net, 8, site, rate);
            for (uint64_t n = 0; n < 8; ++n) {
              uint32_t u = firstWord(seed, step, sample + n, static_cast<uint32_t>(site));
              bool kept = u >= static_cast<uint32_t>(std::floor(rate * 4294967296.0));
              CHECK(found[n] == (kept ? static_cast<float>(1 / (1 - rate)) : 0.f));
            }
          }
}

TEST_CASE("drop factors: rate 0 keeps all", "[runtime][training]") {
  TrainNet net;
  CHECK(factors(net, 1000, 2, 0) == std::vector<float>(1000, 1));
}

TEST_CASE("drop factors: micro-batches draw what the whole batch draws", "[runtime][training]") {
  TrainNet net;
  cnx_rt_training_random(net.get(), 3, 9, 100);
  std::vector<float> whole = factors(net, 12, 4, 0.4), pieces;
  for (int size : {5, 1, 6}) {
    std::vector<float> piece = factors(net, size, 4, 0.4);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
    cnx_rt_training_advance(net.get(), size);
  }
  CHECK(pieces == whole);
  cnx_rt_training_random(net.get(), 3, 9, 112);
  CHECK(factors(net, 64, 4, 0.4) != whole);
}

TEST_CASE("drop factors: an update draws anew", "[runtime][training]") {
  TrainNet net;
  std::vector<float> before = factors(net, 64, 0, 0.5);
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.eps = 1e-8;
  REQUIRE(cnx_rt_training_begin_update(net.get(), &update) == CNX_RT_OK);
  std::vector<float> after = factors(net, 64, 0, 0.5);
  CHECK(after != before);
  cnx_rt_training_random(net.get(), 7, 1, 0); // TrainOptions::seed, one step
  CHECK(factors(net, 64, 0, 0.5) == after);
}

TEST_CASE("drop factors: unbiased, and uncorrelated over sample, site and step",
          "[runtime][training]") {
  TrainNet net;
  constexpr int kBatch = 256, kSites = 18, kSteps = 100;
  constexpr double kRate = 0.1, kDraws = double{kBatch} * kSites * kSteps;
  double sum = 0, nextSample = 0, nextSite = 0, nextStep = 0;
  std::vector<std::vector<float>> lastStep;
  for (uint64_t step = 0; step < kSteps; ++step) {
    cnx_rt_training_random(net.get(), 42, step, step * kBatch);
    std::vector<std::vector<float>> sites;
    for (int site = 0; site < kSites; ++site)
      sites.push_back(factors(net, kBatch, site, kRate));
    for (size_t site = 0; site < kSites; ++site)
      for (size_t n = 0; n < kBatch; ++n) {
        double x = sites[site][n] - 1;
        sum += x;
        nextSample += x * (sites[site][(n + 1) % kBatch] - 1);
        nextSite += x * (sites[(site + 1) % kSites][n] - 1);
        if (step > 0)
          nextStep += x * (lastStep[site][n] - 1);
      }
    lastStep = sites;
  }
  // Of one factor: mean 1, variance p / (1 - p). Four standard deviations.
  double variance = kRate / (1 - kRate);
  CHECK(std::abs(sum / kDraws) < 4 * std::sqrt(variance / kDraws));
  for (double product : {nextSample, nextSite, nextStep})
    CHECK(std::abs(product / kDraws) < 4 * variance / std::sqrt(kDraws));
}
