// Each function against its definition, written out by index: logical element by logical element,
// and zero elsewhere.
#include "compiler/weights/WeightFunctions.h"
#include "compiler/Error.h"
#include "tests/support/catch.h"

using namespace cnx;

static WeightArray numbered(Shape shape, double first) {
  WeightArray a{shape, {}};
  for (int64_t i = 0; i < elementCount(shape); ++i)
    a.values.push_back(first + static_cast<double>(i));
  return a;
}

static WeightArray call(const char *name, const std::vector<WeightArray> &operands) {
  const WeightFunction *function = findWeightFunction(name);
  REQUIRE(function);
  std::vector<Shape> shapes;
  for (const WeightArray &a : operands)
    shapes.push_back(a.shape);
  WeightArray value = function->evaluate(operands);
  CHECK(value.shape == function->shape(shapes));
  CHECK(static_cast<int64_t>(value.values.size()) == elementCount(value.shape));
  return value;
}

static double at(const WeightArray &a, std::vector<int64_t> index) {
  int64_t flat = 0;
  for (size_t i = 0; i < index.size(); ++i)
    flat = flat * a.shape[i] + index[i];
  return a.values.at(static_cast<size_t>(flat));
}

TEST_CASE("fold_in scales inputs") {
  WeightArray w = numbered({3, 5}, 1), g = numbered({5}, 2), y = call("fold_in", {w, g});
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t k = 0; k < 5; ++k)
      CHECK(at(y, {n, k}) == at(w, {n, k}) * at(g, {k}));
}

TEST_CASE("fold_in scales every tap of an input") {
  WeightArray w = numbered({2, 3, 2, 2}, 1), g = numbered({3}, 2), y = call("fold_in", {w, g});
  for (int64_t o = 0; o < 2; ++o)
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t u = 0; u < 2; ++u)
        for (int64_t v = 0; v < 2; ++v)
          CHECK(at(y, {o, c, u, v}) == at(w, {o, c, u, v}) * at(g, {c}));
}

TEST_CASE("fold_out scales outputs of matrices and vectors") {
  WeightArray w = numbered({3, 5}, 1), s = numbered({3}, 2), y = call("fold_out", {w, s});
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t k = 0; k < 5; ++k)
      CHECK(at(y, {n, k}) == at(w, {n, k}) * at(s, {n}));
  CHECK(call("fold_out", {numbered({3}, 1), s}).values == std::vector<double>{2, 6, 12});
}

TEST_CASE("fold_bias adds what beta contributes") {
  WeightArray b = numbered({2}, 100), w = numbered({2, 3, 2, 2}, 1), beta = numbered({3}, 5);
  WeightArray with = call("fold_bias", {b, w, beta}), without = call("fold_bias", {w, beta});
  for (int64_t o = 0; o < 2; ++o) {
    double sum = 0;
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t tap = 0; tap < 4; ++tap)
        sum += at(w, {o, c, tap / 2, tap % 2}) * at(beta, {c});
    CHECK(at(without, {o}) == sum);
    CHECK(at(with, {o}) == 100 + o + sum);
  }
}

TEST_CASE("pack_panels of a linear layer") {
  WeightArray w = numbered({20, 3}, 1), y = call("pack_panels", {w});
  REQUIRE(y.shape == Shape{2, 3, 16});
  for (int64_t n = 0; n < 32; ++n)
    for (int64_t k = 0; k < 3; ++k)
      CHECK(at(y, {n / 16, k, n % 16}) == (n < 20 ? at(w, {n, k}) : 0));
}

TEST_CASE("pack_panels of a convolution") {
  WeightArray w = numbered({17, 3, 2, 2}, 1), y = call("pack_panels", {w});
  REQUIRE(y.shape == Shape{2, 12, 16});
  for (int64_t o = 0; o < 32; ++o)
    for (int64_t u = 0; u < 2; ++u)
      for (int64_t v = 0; v < 2; ++v)
        for (int64_t c = 0; c < 3; ++c)
          CHECK(at(y, {o / 16, (u * 2 + v) * 3 + c, o % 16}) == (o < 17 ? at(w, {o, c, u, v}) : 0));
}

TEST_CASE("pack_taps puts channels last") {
  WeightArray w = numbered({5, 1, 3, 3}, 1), y = call("pack_taps", {w});
  REQUIRE(y.shape == Shape{3, 3, 16});
  for (int64_t u = 0; u < 3; ++u)
    for (int64_t v = 0; v < 3; ++v)
      for (int64_t c = 0; c < 16; ++c)
        CHECK(at(y, {u, v, c}) == (c < 5 ? at(w, {c, 0, u, v}) : 0));
}

TEST_CASE("pad_vector appends zeros") {
  WeightArray y = call("pad_vector", {numbered({18}, 1)});
  REQUIRE(y.shape == Shape{32});
  CHECK(y.values[17] == 18);
  CHECK(std::vector<double>(y.values.begin() + 18, y.values.end()) == std::vector<double>(14, 0));
  CHECK(call("pad_vector", {numbered({16}, 1)}).values == numbered({16}, 1).values);
}

TEST_CASE("transpose turns matrices, and convolutions with taps before channels") {
  WeightArray w = numbered({3, 5}, 1), y = call("transpose", {w});
  REQUIRE(y.shape == Shape{5, 3});
  for (int64_t k = 0; k < 5; ++k)
    for (int64_t n = 0; n < 3; ++n)
      CHECK(at(y, {k, n}) == at(w, {n, k}));
  WeightArray conv = numbered({4, 3, 2, 2}, 1), z = call("transpose", {conv});
  REQUIRE(z.shape == Shape{12, 4});
  for (int64_t u = 0; u < 2; ++u)
    for (int64_t v = 0; v < 2; ++v)
      for (int64_t c = 0; c < 3; ++c)
        for (int64_t o = 0; o < 4; ++o)
          CHECK(at(z, {(u * 2 + v) * 3 + c, o}) == at(conv, {o, c, u, v}));
}

static void refuses(const char *name, const std::vector<Shape> &operands) {
  CHECK_THROWS_AS(findWeightFunction(name)->shape(operands), UserError);
}

TEST_CASE("functions refuse operands of other shapes") {
  refuses("fold_in", {{2, 3}, {2}});
  refuses("fold_in", {{2, 3, 4}, {3}});
  refuses("fold_in", {{2, 3, 2, 3}, {3}});
  refuses("fold_out", {{2, 3}, {3}});
  refuses("fold_out", {{}, {1}});
  refuses("fold_bias", {{3}, {2, 3}, {3}});
  refuses("fold_bias", {{2, 3}, {2}});
  refuses("pack_panels", {{4}});
  refuses("pack_taps", {{4, 2, 3, 3}});
  refuses("pad_vector", {{4, 4}});
  refuses("transpose", {{4}});
  refuses("transpose", {{4, 3, 2, 3}});
}
