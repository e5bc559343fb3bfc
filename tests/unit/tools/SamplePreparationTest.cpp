#include "compiler/tools/data/SamplePreparation.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <map>
#include <set>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

constexpr int kSide = 8;

cnx_image_spec specOf(int side) {
  cnx_image_spec spec{};
  spec.struct_size = sizeof spec;
  spec.height = spec.width = side;
  spec.resize = CNX_IMAGE_RESIZE_SHORTER;
  spec.resize_height = spec.resize_width = side;
  for (int c = 0; c < 3; ++c) {
    spec.mean[c] = 0.1f * float(c + 1);
    spec.std[c] = 0.5f;
  }
  return spec;
}

// No two pixels alike, none black.
RgbImage picture(int height, int width) {
  RgbImage image{width, height, {}};
  for (int i = 0; i < height * width * 3; ++i)
    image.pixels.push_back(uint8_t(1 + i % 255));
  return image;
}

RandomStream randomOf(uint32_t epoch, uint32_t sample) {
  return {9, RandomStream::Purpose::augment, epoch, sample};
}

std::vector<uint8_t> bytesOf(const SamplePreparation &preparation, const RgbImage &image,
                             uint32_t epoch, uint32_t sample) {
  std::vector<uint8_t> input(preparation.inputBytes());
  preparation.augment(image, "image", randomOf(epoch, sample), input.data());
  return input;
}

// The picture moved, and mirrored afterwards, one pixel after another.
std::vector<uint8_t> moved(const RgbImage &image, int down, int right, bool flip) {
  std::vector<uint8_t> result;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const int fromY = y - down, fromX = (flip ? image.width - 1 - x : x) - right;
        const bool inside = fromY >= 0 && fromY < image.height && fromX >= 0 && fromX < image.width;
        result.push_back(inside ? image.pixels[size_t((fromY * image.width + fromX) * 3 + c)] : 0);
      }
  return result;
}

std::string textOf(const std::vector<uint8_t> &bytes) { return {bytes.begin(), bytes.end()}; }

} // namespace

TEST_CASE("evaluation normalises by the model's mean and deviation") {
  const SamplePreparation preparation(specOf(kSide), InputFormat::f32Nchw, false, {});
  REQUIRE(preparation.inputBytes() == 3 * kSide * kSide * sizeof(float));
  const RgbImage image = picture(kSide, kSide);
  std::vector<float> input(3 * kSide * kSide);
  preparation.evaluate(image, "image", input.data());
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < kSide * kSide; ++i)
      CHECK(input[size_t(c * kSide * kSide + i)] ==
            Approx((image.pixels[size_t(i * 3 + c)] / 255.0 - 0.1 * (c + 1)) / 0.5));
}

TEST_CASE("a flip mirrors every layout, half of the time") {
  Augmentation flip;
  flip.flip = true;
  const RgbImage image = picture(kSide, kSide);
  const SamplePreparation bytes(specOf(kSide), InputFormat::u8Nhwc, false, flip);
  const SamplePreparation first(specOf(kSide), InputFormat::f32Nchw, false, flip);
  const SamplePreparation last(specOf(kSide), InputFormat::f32Nhwc, false, flip);
  int flipped = 0;
  for (uint32_t sample = 0; sample < 400; ++sample) {
    const std::vector<uint8_t> input = bytesOf(bytes, image, 0, sample);
    const bool mirrored = input == moved(image, 0, 0, true);
    flipped += mirrored;
    REQUIRE((mirrored || input == image.pixels));
    std::vector<float> nchw(3 * kSide * kSide), nhwc(nchw.size());
    first.augment(image, "image", randomOf(0, sample), nchw.data());
    last.augment(image, "image", randomOf(0, sample), nhwc.data());
    for (int i = 0; i < kSide * kSide; ++i)
      for (int c = 0; c < 3; ++c) {
        REQUIRE(nhwc[size_t(i * 3 + c)] == nchw[size_t(c * kSide * kSide + i)]);
        REQUIRE(nhwc[size_t(i * 3 + c)] ==
                Approx((input[size_t(i * 3 + c)] / 255.0 - 0.1 * (c + 1)) / 0.5));
      }
  }
  CHECK(std::abs(flipped - 200) < 60); // six standard deviations
}

TEST_CASE("a padded crop moves the image within its bounds, and every move comes") {
  Augmentation pad;
  pad.crop = Augmentation::Crop::pad;
  pad.pad = 2;
  pad.flip = true;
  const RgbImage image = picture(kSide, kSide);
  std::map<std::string, std::tuple<int, int, bool>> expected;
  for (int down = -2; down <= 2; ++down)
    for (int right = -2; right <= 2; ++right)
      for (bool flip : {false, true})
        expected[textOf(moved(image, down, right, flip))] = {down, right, flip};
  REQUIRE(expected.size() == 50);
  const SamplePreparation preparation(specOf(kSide), InputFormat::u8Nhwc, false, pad);
  std::set<std::tuple<int, int, bool>> seen;
  for (uint32_t sample = 0; sample < 1000; ++sample) {
    const auto found = expected.find(textOf(bytesOf(preparation, image, 0, sample)));
    REQUIRE(found != expected.end());
    seen.insert(found->second);
  }
  CHECK(seen.size() == 50);
}

TEST_CASE("what moves in is black before it is normalised") {
  Augmentation pad;
  pad.crop = Augmentation::Crop::pad;
  pad.pad = kSide; // most of the image is gone
  const SamplePreparation preparation(specOf(kSide), InputFormat::f32Nchw, false, pad);
  const RgbImage image = picture(kSide, kSide);
  int black = 0;
  for (uint32_t sample = 0; sample < 50; ++sample) {
    std::vector<float> input(3 * kSide * kSide);
    preparation.augment(image, "image", randomOf(0, sample), input.data());
    black += int(std::count_if(input.begin(), input.begin() + kSide * kSide,
                               [](float value) { return value == Approx(-0.1 / 0.5); }));
  }
  CHECK(black > 1000);
}

TEST_CASE("a resized crop shows a part of the image, of an allowed area and aspect") {
  Augmentation resized;
  resized.crop = Augmentation::Crop::resized;
  resized.area = {0.2, 0.6};
  constexpr int height = 60, width = 80;
  RandomStream random = randomOf(0, 0);
  std::set<int> lefts;
  for (int i = 0; i < 2000; ++i) {
    const CropWindow window = resizedCrop(resized, height, width, random);
    REQUIRE(window.left >= 0);
    REQUIRE(window.top >= 0);
    REQUIRE(window.left + window.width <= width);
    REQUIRE(window.top + window.height <= height);
    const double area = double(window.width) * window.height / (height * width);
    REQUIRE(area > 0.18); // sides are rounded to pixels
    REQUIRE(area < 0.63);
    const double aspect = double(window.width) / window.height;
    REQUIRE(aspect > 0.71);
    REQUIRE(aspect < 1.41);
    lefts.insert(window.left);
  }
  CHECK(lefts.size() > 40);

  // Nothing of these fits: the largest central window of the nearest allowed aspect.
  const CropWindow wide = resizedCrop(Augmentation{.area = {1, 1}}, 10, 100, random);
  CHECK(wide.height == 10);
  CHECK(wide.width == 13);
  CHECK(wide.left == 43);
  const CropWindow high = resizedCrop(Augmentation{.area = {1, 1}}, 100, 10, random);
  CHECK(high.width == 10);
  CHECK(high.height == 13);

  // A flat image stays flat under any crop; the size is the network's.
  const SamplePreparation preparation(specOf(kSide), InputFormat::u8Nhwc, false, resized);
  const RgbImage flat{width, height, std::vector<uint8_t>(size_t(width) * height * 3, 77)};
  CHECK(bytesOf(preparation, flat, 0, 3) == std::vector<uint8_t>(kSide * kSide * 3, 77));
}

TEST_CASE("augmentation depends on epoch and sample alone") {
  Augmentation all;
  all.crop = Augmentation::Crop::resized;
  all.flip = true;
  const SamplePreparation preparation(specOf(kSide), InputFormat::u8Nhwc, false, all);
  const RgbImage image = picture(30, 40);
  const auto input = bytesOf(preparation, image, 1, 2);
  CHECK(input == bytesOf(preparation, image, 1, 2));
  CHECK(input != bytesOf(preparation, image, 2, 2));
  CHECK(input != bytesOf(preparation, image, 1, 3));
}

TEST_CASE("digits of 28 pixels stand in the middle of 32, larger networks enlarge them") {
  const RgbImage digit = picture(28, 28);
  const SamplePreparation padding(specOf(32), InputFormat::u8Nhwc, true, {});
  std::vector<uint8_t> input(padding.inputBytes());
  padding.evaluate(digit, "digit", input.data());
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) {
      const bool inside = y >= 2 && y < 30 && x >= 2 && x < 30;
      REQUIRE(input[size_t((y * 32 + x) * 3)] ==
              (inside ? digit.pixels[size_t(((y - 2) * 28 + x - 2) * 3)] : 0));
    }
  const RgbImage flat{28, 28, std::vector<uint8_t>(28 * 28 * 3, 200)};
  const SamplePreparation enlarging(specOf(64), InputFormat::u8Nhwc, true, {});
  input.resize(enlarging.inputBytes());
  enlarging.evaluate(flat, "digit", input.data());
  CHECK(input == std::vector<uint8_t>(input.size(), 200));
}

TEST_CASE("float images are moved and mirrored, zero comes in, and their size is the network's") {
  Augmentation pad;
  pad.crop = Augmentation::Crop::pad;
  pad.pad = 1;
  FloatImage image{kSide, kSide, {}};
  for (int i = 0; i < 3 * kSide * kSide; ++i)
    image.values.push_back(float(i + 1));
  const SamplePreparation preparation(specOf(kSide), InputFormat::f32Nchw, false, pad);
  std::vector<float> input(image.values.size());
  preparation.evaluate(image, "x[0]", input.data());
  CHECK(input == image.values);
  std::set<std::vector<float>> expected, seen;
  for (int down = -1; down <= 1; ++down)
    for (int right = -1; right <= 1; ++right) {
      std::vector<float> shift;
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < kSide; ++y)
          for (int x = 0; x < kSide; ++x) {
            const int fromY = y - down, fromX = x - right;
            const bool inside = fromY >= 0 && fromY < kSide && fromX >= 0 && fromX < kSide;
            shift.push_back(inside ? image.values[size_t((c * kSide + fromY) * kSide + fromX)] : 0);
          }
      expected.insert(shift);
    }
  for (uint32_t sample = 0; sample < 200; ++sample) {
    preparation.augment(image, "x[0]", randomOf(0, sample), input.data());
    seen.insert(input);
  }
  CHECK(seen == expected);

  const SamplePreparation other(specOf(kSide + 1), InputFormat::f32Nchw, false, {});
  CHECK_THROWS_WITH(other.evaluate(image, "d.npz: x[0]", input.data()),
                    Contains("d.npz: x[0]: found a float32 image of 8x8, expected the network's "
                             "9x9"));
}
