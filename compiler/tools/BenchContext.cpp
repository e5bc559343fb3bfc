#include "compiler/tools/BenchContext.h"

#include "compiler/Error.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Cores.h"

#include <chrono>
#include <fmt/format.h>

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

BenchContext::BenchContext(const BuiltModel &built, std::vector<int> cores, cnx_rt_options options)
    : built_(built), cores_(std::move(cores)), model_(built.sharedObject(), built.name()) {
  const std::set<int> before = threadsOfThisProcess();
  options.threads = unsigned(cores_.size());
  holdThisThread(cores_); // earlier work has pinned it
  model_.create(built.weights(), options);
  pinNewThreads(before, cores_);

  const InterfaceFacts &facts = built.facts();
  const int64_t batch = facts.batches.back();
  image_.resize(size_t(facts.image.elements * batch));
  for (size_t i = 0; i < image_.size(); ++i)
    image_[i] = float(i % 251) / 125 - 1;
  for (const OutputFacts &output : facts.outputs)
    outputs_.emplace_back(size_t(output.elements * batch));
  for (std::vector<float> &output : outputs_)
    pointers_.push_back(output.data());
}

double BenchContext::pass(int64_t batch) {
  const auto start = std::chrono::steady_clock::now();
  model_.forward(int(batch), image_.data(), pointers_);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace cnx
