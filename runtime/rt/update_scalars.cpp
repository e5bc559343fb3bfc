// The scalars of one update, in double and rounded once.
#include "runtime/rt/sized_struct.h"
#include "runtime/rt/square_root.h"
#include "runtime/rt/training.h"

#include <float.h>

namespace {

// The places of the scalars (cnx_rt_training_scalars).
enum Scalar {
  gradientFactor,
  rate,
  decay,
  oneMinusBeta1,
  beta2,
  oneMinusBeta2,
  eps,
  bias1,
  rootBias2,
  momentum,
  oneMinusAverage
};

struct Field {
  const char *name;
  double value;
  bool used; // by this build's optimiser; else it must be 0
  double least, most;
  bool below; // less than `most`, rather than at most
};

// base^exponent for a base in [0, 1), by squaring: the same on every machine. Its relative error is
// some exponent * 2^-53, but the larger the exponent, the smaller the power, and 1 - base^exponent
// keeps an absolute one of some 2^-53 / (1 - base).
double power(double base, uint64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1)
      result *= base;
  return result;
}

class Update {
public:
  Update(cnx_rt_training *owner, const cnx_rt_update &update) : training(owner), given(update) {}

  cnx_rt_status check() {
    bool adamw = training->model->moments == 2, ema = training->model->ema != 0;
    const char *optimizer = adamw ? "adamw" : "sgd";
    const Field fields[] = {
        {"rate", given.rate, true, 0, FLT_MAX, false},
        {"beta1", given.beta1, adamw, 0, 1, true},
        {"beta2", given.beta2, adamw, 0, 1, true},
        // Smaller ones are flushed to zero, and 0 / 0 would be in every place of padding.
        {"eps", given.eps, adamw, static_cast<double>(FLT_MIN), FLT_MAX, false},
        {"decay", given.decay, true, 0, FLT_MAX, false},
        {"momentum", given.momentum, !adamw, 0, 1, true},
        {"clip_norm", given.clip_norm, true, 0, FLT_MAX, false},
        {"ema_decay", given.ema_decay, ema, 0, 1, false},
    };
    for (const Field &field : fields) {
      if (!field.used && field.value != 0)
        return cnx_rt_context_fail(training->context, CNX_RT_UNSUPPORTED,
                                   "update: %s is %g, expected 0: this build has %s%s", field.name,
                                   field.value, optimizer, ema ? "" : " and no averages");
      bool inside = field.value >= field.least && field.value <= field.most &&
                    !(field.below && field.value == field.most);
      if (field.used && !inside)
        return cnx_rt_context_fail(
            training->context, CNX_RT_ARGUMENT, "update: %s is %g, expected at least %g and %s %g",
            field.name, field.value, field.least, field.below ? "below" : "at most", field.most);
    }
    return CNX_RT_OK;
  }

  // The sum is in the blocks' order and in double: the same for every number of threads. Clipped or
  // not, what is no number must not reach the parameters.
  cnx_rt_status clip() {
    if (training->model->gradients == CNX_RT_GRADIENTS_USED) {
      if (given.clip_norm == 0)
        return CNX_RT_OK;
      return cnx_rt_context_fail(training->context, CNX_RT_UNSUPPORTED,
                                 "update: clip_norm is %g, expected 0: in this build parameters "
                                 "change before all gradients are there, and their norm",
                                 given.clip_norm);
    }
    double sum = 0;
    for (size_t block = 0; block < cnx_rt_blocks(training); ++block)
      sum += static_cast<double>(training->squares[block]);
    if (!__builtin_isfinite(sum))
      return cnx_rt_context_fail(
          training->context, CNX_RT_NOT_FINITE,
          "update: the squared norm of the gradients is %g; nothing has changed", sum);
    double wanted = given.clip_norm / (cnx_rt_square_root(sum) + 1e-6);
    if (given.clip_norm > 0 && wanted < 1)
      factor = wanted;
    return CNX_RT_OK;
  }

  void fill() {
    uint64_t step = ++training->step;
    double scalars[CNX_RT_SCALARS] = {};
    scalars[gradientFactor] = factor;
    scalars[rate] = given.rate;
    scalars[decay] = given.decay;
    if (training->model->moments == 2) {
      scalars[oneMinusBeta1] = 1 - given.beta1;
      scalars[beta2] = given.beta2;
      scalars[oneMinusBeta2] = 1 - given.beta2;
      scalars[eps] = given.eps;
      scalars[bias1] = 1 - power(given.beta1, step);
      scalars[rootBias2] = cnx_rt_square_root(1 - power(given.beta2, step));
    } else {
      scalars[momentum] = given.momentum;
    }
    if (training->model->ema)
      scalars[oneMinusAverage] = 1 - given.ema_decay;
    for (int i = 0; i < CNX_RT_SCALARS; ++i)
      training->scalars[i] = static_cast<float>(scalars[i]);
  }

private:
  cnx_rt_training *training;
  const cnx_rt_update &given;
  double factor = 1;
};

} // namespace

extern "C" cnx_rt_status cnx_rt_training_begin_update(cnx_rt_training *training,
                                                      const cnx_rt_update *given) {
  if (!given)
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT, "update: NULL is given");
  cnx_rt_update known;
  if (cnx_rt_status status =
          cnx_rt_context_read_sized(training->context, given, &known, sizeof known, "update"))
    return status;
  Update update(training, known);
  cnx_rt_status status = update.check();
  if (!status)
    status = update.clip();
  if (!status)
    update.fill();
  return status;
}
