#include "compiler/tools/BenchContext.h"

#include "compiler/Error.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Cores.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <random>

namespace cnx {

std::vector<int> firstCores(unsigned threads) {
  static const std::vector<int> all = availableCores(); // before anything is pinned
  if (threads > all.size())
    throw UserError(
        fmt::format("--threads: found {}, but this process may run on {} core{}: threads that "
                    "share a core measure nothing",
                    threads, all.size(), all.size() == 1 ? "" : "s"));
  return {all.begin(), all.begin() + long(threads)};
}

BenchContext::BenchContext(const BuiltModel &built, std::vector<int> cores, cnx_rt_options options,
                           int64_t images)
    : built_(built), cores_(std::move(cores)), model_(built.sharedObject(), built.name()) {
  const std::set<int> before = threadsOfThisProcess();
  options.threads = unsigned(cores_.size());
  holdThisThread(cores_); // earlier work has pinned it
  model_.create(built.weights(), options);
  pinNewThreads(before, cores_);

  const InterfaceFacts &facts = built.facts();
  std::minstd_rand random;
  std::uniform_real_distribution<float> noise(-1, 1);
  image_.resize(size_t(facts.image.elements * images));
  std::generate(image_.begin(), image_.end(), [&] { return noise(random); });
  for (const OutputFacts &output : facts.outputs)
    outputs_.emplace_back(size_t(output.elements * images));
  for (std::vector<float> &output : outputs_)
    pointers_.push_back(output.data());
  if (!facts.training)
    return;
  std::uniform_int_distribution<int32_t> label(0, int32_t(facts.training->classes) - 1);
  labels_.resize(size_t(images));
  std::generate(labels_.begin(), labels_.end(), [&] { return label(random); });
}

double BenchContext::pass(const BenchWork &work) {
  const auto start = std::chrono::steady_clock::now();
  if (work.train)
    step(work);
  else
    model_.forward(int(work.batch), image_.data(), pointers_);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The rate is so small that all steps meet the same numbers.
static cnx_rt_update updateValues(const TrainingFacts &training) {
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = 1e-7;
  update.decay = 0.05;
  if (training.moments == 2) {
    update.beta1 = 0.9;
    update.beta2 = 0.999;
    update.eps = 1e-8;
  } else {
    update.momentum = 0.9;
  }
  update.ema_decay = training.ema ? 0.9999 : 0;
  return update;
}

// As a step of `cnx train`.
void BenchContext::step(const BenchWork &work) {
  const ImageFacts &image = built_.facts().image;
  const TrainingFacts &training = *built_.facts().training;
  const size_t bytes = size_t(image.elements * elementBytes(image.type));
  cnx_rt_targets targets{};
  targets.struct_size = sizeof targets;
  targets.smoothing = 0.1f;
  targets.divisor = float(work.batch);
  const cnx_rt_update update = updateValues(training);
  for (int64_t first = 0; first < work.batch; first += work.part) {
    targets.indices = labels_.data() + first;
    model_.forward(int(work.part),
                   reinterpret_cast<const char *>(image_.data()) + size_t(first) * bytes, pointers_,
                   CNX_RT_TRAIN);
    if (training.isImmediate())
      model_.lossUpdate(targets, update);
    else
      model_.lossBackward(targets, first ? CNX_RT_ACCUMULATE : 0);
  }
  if (!training.isImmediate())
    model_.update(update);
}

} // namespace cnx
