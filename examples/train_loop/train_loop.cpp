// A training loop of an application's own, on the C interface of a compiled network.
//
//   train_loop DIGITS.safetensors OUTPUT.safetensors
//
// The network is `trainer`, compiled with TRAIN (see CMakeLists.txt). It is drawn from a seed,
// trained on nine tenths of the digits, judged on the others, and saved as a checkpoint that `cnx
// run` or timm read.
#include "trainer.h"

#include "read_digits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>

namespace {

constexpr int kBatch = TRAINER_MAX_TRAIN_BATCH;
constexpr int kEpochs = 15;
constexpr double kRate = 3e-3;
constexpr uint64_t kSeed = 1;

struct Destroy {
  void operator()(trainer *network) const { trainer_destroy(network); }
};

int fail(const char *what, const char *message) {
  std::fprintf(stderr, "train_loop: %s: %s\n", what, message);
  return 1;
}

struct Batch {
  std::vector<float> images = std::vector<float>(size_t(kBatch) * TRAINER_IMAGE_ELEMENTS);
  int32_t labels[kBatch];

  // Pictures become images as the checkpoint will say: resized, cropped, normalised. Where there
  // are fewer digits than a batch takes, the rest is ignored: label -1.
  cnx_rt_status fill(const Digits &digits, const std::vector<size_t> &order, size_t first) {
    cnx_image_spec spec;
    trainer_image_spec(&spec);
    for (size_t i = 0; i < kBatch; ++i) {
      const bool there = first + i < order.size();
      const size_t digit = order[there ? first + i : 0];
      const std::vector<uint8_t> rgb = digits.rgb(digit);
      const cnx_image_pixels pixels{rgb.data(), Digits::kSide, Digits::kSide, 0};
      const cnx_rt_status status = cnx_image_prepare_f32(
          &spec, &pixels, CNX_IMAGE_NCHW, images.data() + i * TRAINER_IMAGE_ELEMENTS, nullptr);
      if (status != CNX_RT_OK)
        return status;
      labels[i] = there ? digits.labels[digit] : -1;
    }
    return CNX_RT_OK;
  }
};

// The loss of one step. Memory, threads and kernels were settled when the network was compiled and
// the context made: a step allocates nothing.
cnx_rt_status step(trainer *network, const Batch &batch, double rate, float *loss) {
  cnx_rt_targets targets{};
  targets.struct_size = sizeof targets;
  targets.indices = batch.labels;
  targets.smoothing = 0.1f;
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = rate;
  update.beta1 = 0.9;
  update.beta2 = 0.999;
  update.eps = 1e-8;
  update.decay = 0.05;
  return trainer_train_step(network, kBatch, batch.images.data(), &targets, &update, loss);
}

cnx_rt_status countRight(trainer *network, const Digits &digits, const std::vector<size_t> &order,
                         int &right) {
  Batch batch;
  std::vector<float> logits(size_t(kBatch) * TRAINER_LOGITS_ELEMENTS);
  trainer_outputs outputs{};
  outputs.struct_size = sizeof outputs;
  outputs.logits = logits.data();
  right = 0;
  for (size_t first = 0; first < order.size(); first += kBatch) {
    cnx_rt_status status = batch.fill(digits, order, first);
    if (status == CNX_RT_OK)
      status = trainer_forward(network, kBatch, CNX_RT_EVALUATE, batch.images.data(), &outputs);
    if (status != CNX_RT_OK)
      return status;
    for (int i = 0; i < kBatch; ++i) {
      const float *row = logits.data() + i * TRAINER_LOGITS_ELEMENTS;
      right += std::max_element(row, row + TRAINER_LOGITS_ELEMENTS) - row == batch.labels[i];
    }
  }
  return CNX_RT_OK;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return std::fprintf(stderr, "usage: train_loop DIGITS.safetensors OUTPUT.safetensors\n"), 2;
  Digits digits;
  std::string message;
  if (!readDigits(argv[1], digits, message))
    return fail(argv[1], message.c_str());

  // No weights: the parameters are drawn from the seed.
  cnx_rt_options options{};
  options.struct_size = sizeof options;
  options.seed = kSeed;
  cnx_rt_error error{};
  trainer *created = nullptr;
  if (trainer_create(&options, nullptr, &created, &error) != CNX_RT_OK)
    return fail("create", error.text);
  const std::unique_ptr<trainer, Destroy> network(created);

  std::mt19937_64 random(kSeed);
  std::vector<size_t> order(digits.labels.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::shuffle(order.begin(), order.end(), random);
  const std::vector<size_t> held(order.end() - long(order.size() / 10), order.end());
  order.resize(order.size() - held.size());

  Batch batch;
  const size_t steps = (order.size() + kBatch - 1) / kBatch, total = kEpochs * steps;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    double sum = 0;
    for (size_t i = 0; i < steps; ++i) {
      if (const cnx_rt_status status = batch.fill(digits, order, i * kBatch))
        return fail("image", cnx_rt_status_text(status));
      const double done = double(size_t(epoch) * steps + i) / double(total);
      const double rate = kRate * std::min(20 * (done + 1.0 / double(total)),
                                           0.5 + 0.5 * std::cos(3.14159265 * done));
      float loss = 0;
      if (step(network.get(), batch, rate, &loss) != CNX_RT_OK)
        return fail("train_step", trainer_message(network.get()));
      sum += loss;
    }
    int right = 0;
    if (countRight(network.get(), digits, held, right) != CNX_RT_OK)
      return fail("forward", trainer_message(network.get()));
    std::printf("epoch %2d  loss %.4f  %d of %zu right\n", epoch + 1, sum / double(steps), right,
                held.size());
  }
  if (trainer_save(network.get(), argv[2], 0) != CNX_RT_OK)
    return fail(argv[2], trainer_message(network.get()));
  return 0;
}
