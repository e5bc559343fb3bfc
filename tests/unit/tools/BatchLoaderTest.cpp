#include "compiler/tools/data/BatchLoader.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"

#include <atomic>
#include <chrono>
#include <set>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

constexpr int kSide = 4;

// Every image of one grey; reading takes a while, another while for each sample.
class Slow : public DataSource {
public:
  explicit Slow(size_t count) : count_(count) {}
  size_t size() const override { return count_; }
  int label(size_t sample) const override { return int(sample % 7); }
  std::string name(size_t sample) const override { return "image " + std::to_string(sample); }
  DataImage read(size_t sample) const override {
    ++reads;
    std::this_thread::sleep_for(std::chrono::microseconds(sample * 7919 % 300));
    if (sample == broken)
      throw UserError(name(sample) + ": is broken");
    return RgbImage{kSide, kSide, std::vector<uint8_t>(kSide * kSide * 3, uint8_t(sample))};
  }
  mutable std::atomic<int> reads{0};
  size_t broken = size_t(-1);

private:
  size_t count_;
};

SamplePreparation preparationOf(const Augmentation &augmentation = {}) {
  cnx_image_spec spec{};
  spec.struct_size = sizeof spec;
  spec.height = spec.width = kSide;
  for (float &deviation : spec.std)
    deviation = 1;
  return {spec, InputFormat::u8Nhwc, false, augmentation};
}

// 0, 1, 2 ... in batches; the last one may be smaller.
BatchLoader::Sequence counting(size_t samples, size_t batch) {
  return [=, next = size_t(0)]() mutable -> std::optional<BatchPlan> {
    if (next >= samples)
      return std::nullopt;
    BatchPlan plan;
    for (; plan.samples.size() < batch && next < samples; ++next)
      plan.samples.push_back(next);
    return plan;
  };
}

// Once so many images have been read, time for more.
int readsAfter(const Slow &source, int reads) {
  while (source.reads < reads)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return source.reads;
}

} // namespace

TEST_CASE("batches come in order, whichever thread was first") {
  const Slow source(101);
  const SamplePreparation preparation = preparationOf();
  for (unsigned threads : {1u, 2u, 5u}) {
    INFO(threads);
    BatchLoader loader(source, preparation, {.batch = 4, .threads = threads, .ahead = 3},
                       counting(101, 4));
    size_t expected = 0;
    while (const Batch *batch = loader.next()) {
      REQUIRE(batch->labels.size() == 4);
      REQUIRE(batch->images.size() == 4 * kSide * kSide * 3);
      REQUIRE(batch->count == std::min<size_t>(4, 101 - expected));
      for (size_t i = 0; i < 4; ++i) {
        const size_t sample = i < batch->count ? expected + i : expected; // padded by the first
        REQUIRE(batch->images[i * kSide * kSide * 3] == sample);
        REQUIRE(batch->labels[i] == (i < batch->count ? int(sample % 7) : -1));
      }
      expected += batch->count;
    }
    CHECK(expected == 101);
    CHECK(loader.next() == nullptr);
  }
}

TEST_CASE("augmented batches are the same for any number of threads") {
  Augmentation pad;
  pad.crop = Augmentation::Crop::pad;
  pad.pad = 3;
  const Slow source(60);
  const SamplePreparation preparation = preparationOf(pad);
  std::set<std::vector<std::vector<unsigned char>>> runs;
  for (unsigned threads : {1u, 2u, 4u}) {
    BatchLoader loader(source, preparation,
                       {.batch = 7, .threads = threads, .ahead = 4, .augmentSeed = 12},
                       counting(60, 7));
    std::vector<std::vector<unsigned char>> images;
    while (const Batch *batch = loader.next())
      images.push_back(batch->images);
    runs.insert(images);
  }
  CHECK(runs.size() == 1);
}

TEST_CASE("no more is prepared ahead than was asked for") {
  const Slow source(1000);
  const SamplePreparation preparation = preparationOf();
  BatchLoader loader(source, preparation, {.batch = 5, .threads = 4, .ahead = 2},
                     counting(1000, 5));
  CHECK(readsAfter(source, 10) == 10);
  REQUIRE(loader.next());
  CHECK(readsAfter(source, 15) == 15);
}

TEST_CASE("a broken image is reported when its batch comes") {
  Slow source(100);
  source.broken = 42;
  const SamplePreparation preparation = preparationOf();
  BatchLoader loader(source, preparation, {.batch = 10, .threads = 3, .ahead = 8},
                     counting(100, 10));
  for (int i = 0; i < 4; ++i)
    REQUIRE(loader.next());
  CHECK_THROWS_WITH(loader.next(), Contains("image 42: is broken"));
}

TEST_CASE("a loader can be left at any time") {
  const Slow source(100000);
  const SamplePreparation preparation = preparationOf();
  for (int taken : {0, 1, 3}) {
    BatchLoader loader(source, preparation, {.batch = 50, .threads = 3, .ahead = 1000},
                       counting(100000, 50));
    for (int i = 0; i < taken; ++i)
      REQUIRE(loader.next());
  }
  CHECK(source.reads < 50000);
}
