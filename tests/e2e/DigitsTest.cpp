// The trained digit classifier names every held-out digit as the framework does.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Levels.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr int kDigits = 1000, kClasses = 10, kSide = 28, kPad = 2, kImage = 32, kBatch = 100;

struct HeldOut {
  std::vector<uint8_t> images, labels;
  std::vector<float> logits;
};

template <typename T>
std::vector<T> read(const cnx_io_safetensors *file, const char *name, size_t size) {
  const cnx_io_tensor *tensor = cnx_io_safetensors_find(file, name);
  REQUIRE(tensor);
  REQUIRE(tensor->bytes == size * sizeof(T));
  std::vector<T> values(size);
  std::memcpy(values.data(), tensor->data, tensor->bytes);
  return values;
}

HeldOut readHeldOut() {
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error;
  REQUIRE(cnx_io_safetensors_open(CNX_TEST_DIGITS "/heldout.safetensors", &file, &error) ==
          CNX_RT_OK);
  HeldOut held{read<uint8_t>(file, "images", kDigits * kSide * kSide),
               read<uint8_t>(file, "labels", kDigits),
               read<float>(file, "logits", kDigits * kClasses)};
  cnx_io_safetensors_close(file);
  return held;
}

// 0 outside the digit.
uint8_t padded(const HeldOut &held, int digit, int y, int x) {
  y -= kPad, x -= kPad;
  return y < 0 || x < 0 || y >= kSide || x >= kSide
             ? 0
             : held.images[size_t((digit * kSide + y) * kSide + x)];
}

int best(const float *logits) { return int(std::max_element(logits, logits + kClasses) - logits); }

void judge(const std::vector<float> &logits, const HeldOut &held) {
  CHECK(relativeDifference(logits, held.logits) < 1e-5);
  int same = 0, right = 0;
  for (int digit = 0; digit < kDigits; ++digit) {
    int named = best(&logits[size_t(digit * kClasses)]);
    same += named == best(&held.logits[size_t(digit * kClasses)]);
    right += named == held.labels[size_t(digit)];
  }
  CHECK(same == kDigits);
  CHECK(right == 983); // what examples/digits/README.md says of the framework
}

// image: T in the format's order, one batch at a time.
template <typename T>
std::vector<float> classify(const CompiledModel &model, const std::vector<T> &images) {
  std::vector<float> logits;
  for (size_t first = 0; first < kDigits; first += kBatch) {
    ForwardResult result = model.forward(kBatch, &images[first * (images.size() / kDigits)],
                                         {size_t(kBatch) * kClasses}, 2);
    INFO(result.message);
    REQUIRE(result.status == 0);
    logits.insert(logits.end(), result.outputs[0].begin(), result.outputs[0].end());
  }
  return logits;
}

} // namespace

TEST_CASE("digits, float images", "[digits]") {
  HeldOut held = readHeldOut();
  std::vector<float> images;
  for (int digit = 0; digit < kDigits; ++digit)
    for (int channel = 0; channel < 3; ++channel)
      for (int y = 0; y < kImage; ++y)
        for (int x = 0; x < kImage; ++x)
          images.push_back((padded(held, digit, y, x) / 255.0f - 0.1307f) / 0.3081f);
  CompiledModel model("digits", CNX_TEST_DIGITS "/model", {"logits"}, {"--batch", "100"});
  for (const Level &level : levels()) {
    INFO(level.name);
    LevelChoice choice(level);
    judge(classify(model, images), held);
  }
}

TEST_CASE("digits, bytes whose mean and deviation are folded into the stem", "[digits]") {
  HeldOut held = readHeldOut();
  std::vector<uint8_t> images;
  for (int digit = 0; digit < kDigits; ++digit)
    for (int y = 0; y < kImage; ++y)
      for (int x = 0; x < kImage; ++x)
        images.insert(images.end(), 3, padded(held, digit, y, x));
  CompiledModel model("digits_u8", CNX_TEST_DIGITS "/model", {"logits"},
                      {"--batch", "100", "--input-format", "u8-nhwc"});
  for (const Level &level : levels()) {
    INFO(level.name);
    LevelChoice choice(level);
    judge(classify(model, images), held);
  }
}
