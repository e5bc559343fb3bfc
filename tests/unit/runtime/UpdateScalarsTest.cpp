// The scalars of an update against long double arithmetic, clipping, and what is refused.
#include "tests/unit/runtime/TrainNet.h"

#include <cfloat>
#include <cmath>
#include <limits>

using Catch::Matchers::Contains;

namespace {

cnx_rt_update adamw() {
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = 4e-3;
  update.beta1 = 0.9;
  update.beta2 = 0.999;
  update.eps = 1e-8;
  update.decay = 0.05;
  update.ema_decay = 0.9999;
  return update;
}

cnx_rt_update sgd() {
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = 0.1;
  update.momentum = 0.9;
  update.decay = 1e-4;
  return update;
}

std::vector<float> scalars(const TrainNet &net, const cnx_rt_update &update) {
  cnx_rt_status status = cnx_rt_training_begin_update(net.get(), &update);
  INFO(net.message());
  REQUIRE(status == CNX_RT_OK);
  const float *found = cnx_rt_training_scalars(net.get());
  return {found, found + CNX_RT_SCALARS};
}

std::string refused(const TrainNet &net, const cnx_rt_update *update, cnx_rt_status expected) {
  std::vector<float> before = net.everything();
  CHECK(cnx_rt_training_begin_update(net.get(), update) == expected);
  CHECK(net.everything() == before);
  return net.message();
}

} // namespace

TEST_CASE("update: adamw's scalars are those of long double arithmetic", "[runtime][training]") {
  TrainNet net;
  for (uint64_t done : {uint64_t{0}, uint64_t{1}, uint64_t{9}, uint64_t{999}, uint64_t{31337},
                        uint64_t{999999}, uint64_t{1} << 40})
    for (double beta2 : {0.0, 0.95, 0.999, 0.9999999}) {
      cnx_rt_training_random(net.get(), 0, done, 0);
      cnx_rt_update update = adamw();
      update.beta2 = beta2;
      std::vector<float> s = scalars(net, update);
      auto t = static_cast<long double>(done + 1);
      auto close = [](float found, long double expected) { // half a unit, and the power's own error
        CHECK(std::abs(found - expected) <= 6.1e-8L * std::abs(expected));
      };
      CHECK(s[0] == 1);
      CHECK(s[1] == static_cast<float>(update.rate));
      CHECK(s[2] == static_cast<float>(update.decay));
      close(s[3], 1 - static_cast<long double>(update.beta1));
      CHECK(s[4] == static_cast<float>(beta2));
      close(s[5], 1 - static_cast<long double>(beta2));
      CHECK(s[6] == static_cast<float>(update.eps));
      close(s[7], 1 - std::pow(static_cast<long double>(update.beta1), t));
      close(s[8], std::sqrt(1 - std::pow(static_cast<long double>(beta2), t)));
      CHECK(s[9] == 0);
      close(s[10], 1 - static_cast<long double>(update.ema_decay));
      CHECK(std::vector<float>(s.begin() + 11, s.end()) == std::vector<float>(5, 0));
    }
}

TEST_CASE("update: each one counts a step", "[runtime][training]") {
  TrainNet net;
  for (int t = 1; t <= 5; ++t)
    CHECK(scalars(net, adamw())[7] == static_cast<float>(1 - std::pow(0.9, t)));
}

TEST_CASE("update: sgd's scalars", "[runtime][training]") {
  TrainNet net({.moments = 1, .ema = false});
  std::vector<float> expected(CNX_RT_SCALARS, 0);
  expected[0] = 1;
  expected[1] = 0.1f;
  expected[2] = 1e-4f;
  expected[9] = 0.9f;
  CHECK(scalars(net, sgd()) == expected);
}

TEST_CASE("update: clipping scales down what is longer, and only that", "[runtime][training]") {
  TrainNet net;
  cnx_rt_update update = adamw();
  update.clip_norm = 5;
  float *squares = cnx_rt_training_squares(net.get());
  for (double norm : {0.0, 4.9, 5.1, 1e3, 1e18}) {
    double sum = 0;
    for (size_t b = 0; b < net.blocks(); ++b) {
      squares[b] = static_cast<float>(norm * norm / static_cast<double>(net.blocks()));
      sum += squares[b];
    }
    double expected = std::min(1.0, 5 / (std::sqrt(sum) + 1e-6));
    CHECK(scalars(net, update)[0] == static_cast<float>(expected));
  }
  update.clip_norm = 0;
  CHECK(scalars(net, update)[0] == 1);
}

TEST_CASE("update: a norm that is not finite is refused, and nothing has changed",
          "[runtime][training]") {
  TrainNet net;
  cnx_rt_update update = adamw();
  update.clip_norm = 1;
  float *squares = cnx_rt_training_squares(net.get());
  for (float wrong : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    squares[net.blocks() - 1] = 0;
    scalars(net, adamw());
    squares[net.blocks() - 1] = wrong;
    for (double clip : {1.0, 0.0}) {
      update.clip_norm = clip;
      CHECK_THAT(refused(net, &update, CNX_RT_NOT_FINITE),
                 Contains("the squared norm of the gradients is ") &&
                     Contains(std::isnan(wrong) ? "nan" : "inf"));
    }
  }
  update.clip_norm = 1;
  std::fill(squares, squares + net.blocks(), FLT_MAX); // no overflow in double
  CHECK(scalars(net, update)[0] > 0);
}

TEST_CASE("update: values out of range are named", "[runtime][training]") {
  TrainNet net;
  struct Case {
    double cnx_rt_update::*field;
    double value;
    const char *message;
  };
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  for (const Case &c : {
           Case{&cnx_rt_update::rate, -1, "rate is -1, expected at least 0 and at most"},
           Case{&cnx_rt_update::rate, nan, "rate is nan"},
           Case{&cnx_rt_update::rate, infinity, "rate is inf"},
           Case{&cnx_rt_update::beta1, 1, "beta1 is 1, expected at least 0 and below 1"},
           Case{&cnx_rt_update::beta2, -0.1, "beta2 is -0.1"},
           Case{&cnx_rt_update::eps, 0, "eps is 0, expected at least 1.17549e-38"},
           Case{&cnx_rt_update::eps, 1e-40, "eps is 1e-40"},
           Case{&cnx_rt_update::decay, 1e39, "decay is 1e+39"},
           Case{&cnx_rt_update::clip_norm, nan, "clip_norm is nan"},
           Case{&cnx_rt_update::ema_decay, 1.5,
                "ema_decay is 1.5, expected at least 0 and at most 1"},
       }) {
    cnx_rt_update update = adamw();
    update.*c.field = c.value;
    CHECK_THAT(refused(net, &update, CNX_RT_ARGUMENT), Contains(c.message));
  }
  CHECK_THAT(refused(net, nullptr, CNX_RT_ARGUMENT), Contains("NULL is given"));
  cnx_rt_update update = adamw();
  update.struct_size = 3;
  CHECK_THAT(refused(net, &update, CNX_RT_ABI), Contains("update: struct_size is 3"));
}

TEST_CASE("update: what the build cannot do is unsupported", "[runtime][training]") {
  TrainNet plain({.moments = 1, .ema = false});
  cnx_rt_update update = adamw();
  CHECK_THAT(refused(plain, &update, CNX_RT_UNSUPPORTED),
             Contains("beta1 is 0.9, expected 0: this build has sgd"));
  update = sgd();
  update.ema_decay = 0.99;
  CHECK_THAT(refused(plain, &update, CNX_RT_UNSUPPORTED),
             Contains("ema_decay is 0.99, expected 0: this build has sgd and no averages"));
  TrainNet net;
  update = adamw();
  update.momentum = 0.9;
  CHECK_THAT(refused(net, &update, CNX_RT_UNSUPPORTED),
             Contains("momentum is 0.9, expected 0: this build has adamw"));
}
