// A training object of a small made-up network that has every form of parameter, and no kernels.
#pragma once

#include "tests/unit/runtime/Context.h"

#include <string>

struct TrainOptions {
  int moments = 2; // adamw
  bool ema = true;
  bool frozen = false;     // the first parameter is, and stands in the weight file
  bool fromPayload = true; // else initialised from `seed`
  uint64_t seed = 7;
};

struct TrainingClose {
  void operator()(cnx_rt_training *training) const { cnx_rt_training_destroy(training); }
};

// Where element `i`, in PyTorch order, of a parameter lies in its form: the definition of the
// forms, by index.
size_t placeOf(const cnx_rt_parameter &parameter, size_t i);
size_t elementsOf(const cnx_rt_parameter &parameter);

class TrainNet {
public:
  explicit TrainNet(const TrainOptions &options = {}, const cnx_rt_options *context = nullptr);
  TrainNet(const TrainNet &) = delete;
  TrainNet &operator=(const TrainNet &) = delete;

  cnx_rt_training *get() const { return training.get(); }
  const cnx_rt_train_model &model() const { return facts; }
  const cnx_rt_parameter &parameter(int i) const { return parameters[static_cast<size_t>(i)]; }
  int count() const { return facts.count; }
  const void *payload() const { return packed; }
  size_t blocks() const { return facts.floats / CNX_RT_UPDATE_BLOCK; }
  std::string message() const { return cnx_rt_context_message(context.get()); }

  // Of a segment, padding and gaps included; empty where the build has none.
  std::vector<float> flat(cnx_rt_kind kind) const;
  // Every segment, table and scalar: what may not change when something is refused.
  std::vector<float> everything() const;
  std::vector<float> read(cnx_rt_kind kind, int tensor) const;
  void write(cnx_rt_kind kind, int tensor, const std::vector<float> &values);
  // Different values in every tensor of every kind, positive for second moments.
  void scramble(unsigned seed);
  // Some update of the parameters that depends on all of the state, as a training step does.
  void step(unsigned gradients);

  // The value of element i of a tensor in the weight file.
  static float value(int tensor, size_t i);

private:
  void describe(const TrainOptions &options);

  std::vector<cnx_rt_parameter> parameters;
  std::vector<float> memory;
  float *packed = nullptr; // the payload: 64-byte aligned, in `memory`
  cnx_rt_train_model facts{};
  Context context;
  std::unique_ptr<cnx_rt_training, TrainingClose> training;
};
