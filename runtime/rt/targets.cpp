// What the loss kernel reads: a row of targets and a weight a sample.
#include "runtime/rt/sized_struct.h"
#include "runtime/rt/training.h"

namespace {

class Targets {
public:
  Targets(cnx_rt_training *owner, const cnx_rt_targets &targets, int samples, int width)
      : training(owner), given(targets), batch(samples), classes(width) {}

  cnx_rt_status check() {
    if (!given.indices == !given.soft)
      return fail("%s", given.soft ? "both indices and soft are given, expected one"
                                   : "neither indices nor soft is given");
    if (!(given.smoothing >= 0 && given.smoothing <= 1))
      return fail("smoothing is %g, expected 0 to 1", static_cast<double>(given.smoothing));
    if (!(given.divisor >= 0) || !__builtin_isfinite(given.divisor))
      return fail("divisor is %g, expected 0 or a positive number",
                  static_cast<double>(given.divisor));
    return given.indices ? checkIndices() : checkSoft();
  }

  void fill(float *targets, float *weight) const {
    int valid = 0;
    for (int n = 0; n < batch; ++n)
      valid += !ignored(n);
    double divisor = given.divisor > 0 ? static_cast<double>(given.divisor) : valid;
    for (int n = 0; n < batch; ++n) {
      weight[n] = ignored(n) ? 0 : static_cast<float>(1 / divisor);
      row(n, targets + offset(n));
    }
  }

private:
  template <typename... Values> cnx_rt_status fail(const char *format, Values... values) {
    char text[160];
    __builtin_snprintf(text, sizeof text, format, values...);
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT, "targets: %s", text);
  }

  cnx_rt_status checkIndices() {
    for (int n = 0; n < batch; ++n)
      if (given.indices[n] < -1 || given.indices[n] >= classes)
        return fail("sample %d: found class %d, expected 0 to %d, or -1 to ignore it", n,
                    given.indices[n], classes - 1);
    return CNX_RT_OK;
  }

  cnx_rt_status checkSoft() {
    for (int n = 0; n < batch; ++n)
      for (int k = 0; k < classes; ++k) {
        float value = given.soft[offset(n) + static_cast<size_t>(k)];
        if (!__builtin_isfinite(value))
          return fail("sample %d: found %g for class %d, expected a finite number", n,
                      static_cast<double>(value), k);
      }
    return CNX_RT_OK;
  }

  bool ignored(int n) const { return given.indices && given.indices[n] == -1; }

  size_t offset(int n) const { return static_cast<size_t>(n) * static_cast<size_t>(classes); }

  void row(int n, float *target) const {
    double smoothing = static_cast<double>(given.smoothing), rest = smoothing / classes;
    for (int k = 0; k < classes; ++k) {
      double share = given.soft
                         ? static_cast<double>(given.soft[offset(n) + static_cast<size_t>(k)])
                         : given.indices[n] == k;
      target[k] = ignored(n) ? 0 : static_cast<float>((1 - smoothing) * share + rest);
    }
  }

  cnx_rt_training *training;
  const cnx_rt_targets &given;
  int batch, classes;
};

} // namespace

extern "C" cnx_rt_status cnx_rt_training_targets(cnx_rt_training *training,
                                                 const cnx_rt_targets *given, int batch,
                                                 int classes, float *targets, float *weight) {
  if (!given)
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT, "targets: NULL is given");
  cnx_rt_targets known;
  if (cnx_rt_status status =
          cnx_rt_context_read_sized(training->context, given, &known, sizeof known, "targets"))
    return status;
  Targets rows(training, known, batch, classes);
  cnx_rt_status status = rows.check();
  if (!status)
    rows.fill(targets, weight);
  return status;
}
