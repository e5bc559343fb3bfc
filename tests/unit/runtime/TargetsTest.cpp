// Targets and weights of samples against their definition, and what is refused.
#include "tests/unit/runtime/TrainNet.h"

#include <cmath>
#include <limits>

using Catch::Matchers::Contains;

namespace {

constexpr int kClasses = 5;

cnx_rt_targets indices(const std::vector<int32_t> &values) {
  cnx_rt_targets targets{};
  targets.struct_size = sizeof targets;
  targets.indices = values.data();
  return targets;
}

cnx_rt_targets soft(const std::vector<float> &values) {
  cnx_rt_targets targets{};
  targets.struct_size = sizeof targets;
  targets.soft = values.data();
  return targets;
}

struct Rows {
  std::vector<float> targets, weight;
};

Rows fill(const TrainNet &net, const cnx_rt_targets &given, int batch) {
  Rows rows{std::vector<float>(static_cast<size_t>(batch * kClasses), 99),
            std::vector<float>(static_cast<size_t>(batch), 99)};
  cnx_rt_status status = cnx_rt_training_targets(net.get(), &given, batch, kClasses,
                                                 rows.targets.data(), rows.weight.data());
  INFO(net.message());
  REQUIRE(status == CNX_RT_OK);
  return rows;
}

// The message of a refusal, after which both arrays are as before.
std::string refused(const TrainNet &net, const cnx_rt_targets *given, int batch,
                    cnx_rt_status expected = CNX_RT_ARGUMENT) {
  std::vector<float> targets(static_cast<size_t>(batch * kClasses), 99);
  std::vector<float> weight(static_cast<size_t>(batch), 99);
  CHECK(cnx_rt_training_targets(net.get(), given, batch, kClasses, targets.data(), weight.data()) ==
        expected);
  CHECK(targets == std::vector<float>(targets.size(), 99));
  CHECK(weight == std::vector<float>(weight.size(), 99));
  return net.message();
}

} // namespace

TEST_CASE("targets: class indices become one-hot rows of equal weight", "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {4, 0, 2};
  Rows rows = fill(net, indices(classes), 3);
  for (int n = 0; n < 3; ++n)
    for (int k = 0; k < kClasses; ++k)
      CHECK(rows.targets[static_cast<size_t>(n * kClasses + k)] ==
            (classes[static_cast<size_t>(n)] == k ? 1.f : 0.f));
  CHECK(rows.weight == std::vector<float>(3, 1.f / 3));
}

TEST_CASE("targets: smoothing takes from the class and gives to all", "[runtime][training]") {
  TrainNet net;
  for (float smoothing : {0.1f, 0.5f, 1.f}) {
    std::vector<int32_t> classes = {3};
    cnx_rt_targets given = indices(classes);
    given.smoothing = smoothing;
    Rows rows = fill(net, given, 1);
    long double s = smoothing;
    for (int k = 0; k < kClasses; ++k)
      CHECK(rows.targets[static_cast<size_t>(k)] ==
            static_cast<float>(k == 3 ? 1 - s + s / kClasses : s / kClasses));
  }
}

TEST_CASE("targets: soft rows are taken as they are, or smoothed", "[runtime][training]") {
  TrainNet net;
  std::vector<float> values = {0.25f, 0.75f, 0, 0, 0, 3, -1, 0.1f, 0, 2};
  Rows rows = fill(net, soft(values), 2);
  CHECK(rows.targets == values);
  CHECK(rows.weight == std::vector<float>{0.5f, 0.5f});
  cnx_rt_targets given = soft(values);
  given.smoothing = 0.1f;
  rows = fill(net, given, 2);
  for (size_t i = 0; i < values.size(); ++i) {
    long double s = given.smoothing;
    CHECK(rows.targets[i] == static_cast<float>((1 - s) * values[i] + s / kClasses));
  }
}

TEST_CASE("targets: an ignored sample has weight 0, no targets, and does not count",
          "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {1, -1, 2, -1};
  cnx_rt_targets given = indices(classes);
  given.smoothing = 0.2f;
  Rows rows = fill(net, given, 4);
  CHECK(rows.weight == std::vector<float>{0.5f, 0, 0.5f, 0});
  for (size_t k = 0; k < kClasses; ++k) {
    CHECK(rows.targets[kClasses + k] == 0);
    CHECK(rows.targets[3 * kClasses + k] == 0);
  }
}

TEST_CASE("targets: where all are ignored every weight and target is 0", "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {-1, -1};
  for (float divisor : {0.f, 8.f}) {
    cnx_rt_targets given = indices(classes);
    given.divisor = divisor;
    given.smoothing = 0.1f;
    Rows rows = fill(net, given, 2);
    CHECK(rows.weight == std::vector<float>(2, 0));
    CHECK(rows.targets == std::vector<float>(2 * kClasses, 0));
  }
}

TEST_CASE("targets: a divisor stands for the whole batch's samples", "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {1, -1, 2};
  cnx_rt_targets given = indices(classes);
  given.divisor = 7;
  CHECK(fill(net, given, 3).weight == std::vector<float>{1.f / 7, 0, 1.f / 7});
}

TEST_CASE("targets: an index out of range is named with its sample", "[runtime][training]") {
  TrainNet net;
  for (int32_t wrong :
       {5, -2, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
    std::vector<int32_t> classes = {0, 1, wrong};
    cnx_rt_targets given = indices(classes);
    CHECK(refused(net, &given, 3) == "targets: sample 2: found class " + std::to_string(wrong) +
                                         ", expected 0 to 4, or -1 to ignore it");
  }
}

TEST_CASE("targets: a soft target that is not finite is named", "[runtime][training]") {
  TrainNet net;
  for (float wrong : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(2 * kClasses, 0.2f);
    values[kClasses + 3] = wrong;
    cnx_rt_targets given = soft(values);
    CHECK_THAT(refused(net, &given, 2), Contains("sample 1: found ") &&
                                            Contains(std::isnan(wrong) ? "nan" : "inf") &&
                                            Contains("for class 3, expected a finite number"));
  }
}

TEST_CASE("targets: arguments that make no sense are refused", "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {0};
  std::vector<float> values(kClasses, 0.2f);
  CHECK_THAT(refused(net, nullptr, 1), Contains("NULL is given"));
  cnx_rt_targets given = indices(classes);
  given.soft = values.data();
  CHECK_THAT(refused(net, &given, 1), Contains("both indices and soft are given"));
  given.indices = nullptr;
  given.soft = nullptr;
  CHECK_THAT(refused(net, &given, 1), Contains("neither indices nor soft"));
  for (float smoothing : {-0.1f, 1.1f, std::nanf("")}) {
    given = indices(classes);
    given.smoothing = smoothing;
    CHECK_THAT(refused(net, &given, 1), Contains("smoothing is ") && Contains("expected 0 to 1"));
  }
  for (float divisor : {-1.f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    given = indices(classes);
    given.divisor = divisor;
    CHECK_THAT(refused(net, &given, 1), Contains("divisor is "));
  }
  given = indices(classes);
  given.struct_size = 1;
  CHECK_THAT(refused(net, &given, 1, CNX_RT_ABI), Contains("targets: struct_size is 1"));
}

TEST_CASE("targets: a struct that ends before smoothing and divisor has neither",
          "[runtime][training]") {
  TrainNet net;
  std::vector<int32_t> classes = {1, 2};
  cnx_rt_targets given = indices(classes);
  given.smoothing = 0.5f;
  given.divisor = 100;
  given.struct_size = offsetof(cnx_rt_targets, smoothing);
  Rows rows = fill(net, given, 2);
  CHECK(rows.weight == std::vector<float>{0.5f, 0.5f});
  CHECK(rows.targets[1] == 1);
}
