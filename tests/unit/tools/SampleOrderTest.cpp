#include "compiler/tools/data/SampleOrder.h"

#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/RandomStream.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

using namespace cnx;

namespace {

// Classes in turn: sample i has class i % classes.
class Counted : public DataSource {
public:
  Counted(size_t count, int classes) : count_(count), classes_(classes) {}
  size_t size() const override { return count_; }
  int label(size_t sample) const override { return int(sample) % classes_; }
  DataImage read(size_t) const override { return RgbImage{}; }
  std::string name(size_t) const override { return ""; }

private:
  size_t count_;
  int classes_;
};

std::vector<size_t> upTo(size_t count) {
  std::vector<size_t> samples(count);
  std::iota(samples.begin(), samples.end(), size_t(0));
  return samples;
}

std::vector<size_t> sorted(std::vector<size_t> samples) {
  std::sort(samples.begin(), samples.end());
  return samples;
}

} // namespace

TEST_CASE("the validation part has its share of each class") {
  const Counted source(103, 4); // 26, 26, 26 and 25 of a class
  std::vector<size_t> train = upTo(103), validation;
  splitByClass(source, 0.2, 7, train, validation);
  std::map<int, int> held;
  for (size_t sample : validation)
    ++held[source.label(sample)];
  CHECK(held == std::map<int, int>{{0, 5}, {1, 5}, {2, 5}, {3, 5}});
  std::vector<size_t> both = train;
  both.insert(both.end(), validation.begin(), validation.end());
  CHECK(sorted(both) == upTo(103));
  CHECK(train == sorted(train));

  std::vector<size_t> again = upTo(103), sameHeld, otherHeld;
  splitByClass(source, 0.2, 7, again, sameHeld);
  CHECK(sameHeld == validation);
  again = upTo(103);
  splitByClass(source, 0.2, 8, again, otherHeld);
  CHECK(otherHeld != validation);
}

TEST_CASE("a class is never held out whole") {
  const Counted source(3, 3);
  std::vector<size_t> train = upTo(3), validation;
  splitByClass(source, 0.9, 1, train, validation);
  CHECK(train == upTo(3));
  CHECK(validation.empty());
}

TEST_CASE("an epoch's order is a permutation of its own") {
  const auto first = epochOrder(upTo(1000), true, 3, 0),
             second = epochOrder(upTo(1000), true, 3, 1);
  CHECK(sorted(first) == upTo(1000));
  CHECK(sorted(second) == upTo(1000));
  CHECK(first != second);
  CHECK(first == epochOrder(upTo(1000), true, 3, 0));
  CHECK(first != epochOrder(upTo(1000), true, 4, 0));
  CHECK(epochOrder(upTo(10), false, 3, 5) == upTo(10));
  CHECK(epochOrder({}, true, 3, 0).empty());
}

TEST_CASE("shuffling favours no place") {
  // 24 orders of four, 240 draws of each expected: five standard deviations are 76.
  std::map<std::vector<size_t>, int> seen;
  for (uint64_t epoch = 0; epoch < 5760; ++epoch)
    ++seen[epochOrder(upTo(4), true, 11, epoch)];
  CHECK(seen.size() == 24);
  for (const auto &[order, count] : seen)
    CHECK(std::abs(count - 240) < 76);
}

TEST_CASE("batches cover each epoch once, the last one smaller") {
  TrainingOrder order(upTo(10), 4, true, 5);
  CHECK(order.batchesAnEpoch() == 3);
  for (uint64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<size_t> seen;
    for (size_t size : {4u, 4u, 2u}) {
      BatchPlan plan = order.next();
      CHECK(plan.epoch == epoch);
      REQUIRE(plan.samples.size() == size);
      seen.insert(seen.end(), plan.samples.begin(), plan.samples.end());
    }
    CHECK(seen == epochOrder(upTo(10), true, 5, epoch));
  }
  TrainingOrder later(upTo(10), 4, true, 5);
  for (int i = 0; i < 5; ++i)
    order.next(), later.next();
  TrainingOrder sought(upTo(10), 4, true, 5);
  sought.seek(5);
  CHECK(sought.next().samples == later.next().samples);
}

TEST_CASE("random numbers depend on all that they are for") {
  using Purpose = RandomStream::Purpose;
  std::set<uint32_t> firsts;
  for (uint64_t seed : {1, 2})
    for (Purpose purpose : {Purpose::split, Purpose::shuffle, Purpose::augment})
      for (uint32_t epoch : {0, 1})
        for (uint32_t item : {0, 1})
          firsts.insert(RandomStream(seed, purpose, epoch, item).next());
  CHECK(firsts.size() == 24);

  RandomStream random(1, Purpose::augment, 0, 0);
  double sum = 0;
  int counts[3] = {};
  for (int i = 0; i < 30000; ++i) {
    const double u = random.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    ++counts[random.below(3)];
  }
  CHECK(std::abs(sum / 30000 - 0.5) < 0.01); // six standard deviations
  for (int count : counts)
    CHECK(std::abs(count - 10000) < 500);
}
