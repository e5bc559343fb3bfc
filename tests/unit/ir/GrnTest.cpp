// Global response normalisation by hand and against its split form.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <cmath>

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("grn by hand: channels (3,4) and (0,0) over two pixels", "[ir]") {
  // G = (5, 0), mean 2.5, Nrm = (5/(2.5+0.5), 0).
  HostTensor x({1, 1, 2, 2}, {3, 0, 4, 0}), gamma({2}, {3, 7}), beta({2}, {0.5, -1});
  auto y = run(
      R"((%x: tensor<1x1x2x2xf32>, %g: tensor<2xf32>, %b: tensor<2xf32>) -> (tensor<1x1x2x2xf32>, tensor<1x2xf32>) {
    %0 = cnx.grn %x, %g, %b eps = 0.5 : tensor<1x1x2x2xf32>, tensor<2xf32>, tensor<2xf32>
    %1 = cnx.grn_factor %x, %g eps = 0.5 : tensor<1x1x2x2xf32>, tensor<2xf32>
    return %0, %1 : tensor<1x1x2x2xf32>, tensor<1x2xf32> })",
      {x, gamma, beta});
  const double nrm = 5.0 / 3;
  CHECK(distance(y[0], HostTensor({1, 1, 2, 2}, {3 * (1 + 3 * nrm) + 0.5, -1,
                                                 4 * (1 + 3 * nrm) + 0.5, -1})) < 1e-14);
  CHECK(distance(y[1], HostTensor({1, 2}, {1 + 3 * nrm, 1})) < 1e-15);
}

TEST_CASE("grn with zero gamma and beta is the identity", "[ir]") {
  HostTensor x = noise({2, 3, 2, 5}, 1);
  auto y = run(R"((%x: tensor<2x3x2x5xf32>, %z: tensor<5xf32>) -> tensor<2x3x2x5xf32> {
    %0 = cnx.grn %x, %z, %z eps = 1.0e-6 : tensor<2x3x2x5xf32>, tensor<5xf32>, tensor<5xf32>
    return %0 : tensor<2x3x2x5xf32> })",
               {x, HostTensor({5})});
  CHECK(y[0].values == x.values);
}

TEST_CASE("grn keeps images apart and equals its split form", "[ir]") {
  HostTensor x = noise({2, 3, 2, 5}, 1), gamma = noise({5}, 2), beta = noise({5}, 3);
  for (int64_t i = x.size() / 2; i < x.size(); ++i)
    x[i] *= 100; // Nrm of the second image is of its own, so hardly changes
  auto y = run(
      R"((%x: tensor<2x3x2x5xf32>, %g: tensor<5xf32>, %b: tensor<5xf32>) -> (tensor<2x3x2x5xf32>, tensor<2x3x2x5xf32>) {
    %0 = cnx.grn %x, %g, %b eps = 1.0e-6 : tensor<2x3x2x5xf32>, tensor<5xf32>, tensor<5xf32>
    %u = cnx.grn_factor %x, %g eps = 1.0e-6 : tensor<2x3x2x5xf32>, tensor<5xf32>
    %s = cnx.image_scale %x, %u : tensor<2x3x2x5xf32>, tensor<2x5xf32>
    %1 = cnx.channel_bias %s, %b : tensor<2x3x2x5xf32>, tensor<5xf32>
    return %0, %1 : tensor<2x3x2x5xf32>, tensor<2x3x2x5xf32> })",
      {x, gamma, beta});
  CHECK(distance(y[0], y[1]) < 1e-12);

  // The formula once more, column by column with std::hypot.
  for (int64_t n = 0; n < 2; ++n) {
    double norms[5] = {}, total = 0;
    for (int64_t c = 0; c < 5; ++c) {
      for (int64_t p = 0; p < 6; ++p)
        norms[c] = std::hypot(norms[c], x[(n * 6 + p) * 5 + c]);
      total += norms[c];
    }
    for (int64_t c = 0; c < 5; ++c) {
      double value = x.at({n, 2, 1, c});
      CHECK(y[0].at({n, 2, 1, c}) ==
            Approx(value + beta[c] + gamma[c] * value * norms[c] / (total / 5 + 1e-6))
                .epsilon(1e-12));
    }
  }
}

TEST_CASE("norms in place of the map: the same factor, the same gradients", "[ir]") {
  auto y = run(
      R"((%x: tensor<2x3x2x5xf32>, %g: tensor<5xf32>, %du: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<2x5xf32>) {
    %n = cnx.image_norm %x : tensor<2x3x2x5xf32>
    %0 = cnx.grn_factor %x, %g eps = 0.5 : tensor<2x3x2x5xf32>, tensor<5xf32>
    %1 = cnx.grn_factor %n, %g eps = 0.5 : tensor<2x5xf32>, tensor<5xf32>
    %2, %4 = cnx.grn_factor_grad %x, %g, %du eps = 0.5 : tensor<2x3x2x5xf32>, tensor<5xf32>, tensor<2x5xf32>
    %3, %5 = cnx.grn_factor_grad %n, %g, %du eps = 0.5 : tensor<2x5xf32>, tensor<5xf32>, tensor<2x5xf32>
    return %0, %1, %2, %3, %4, %5, %n : tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<2x5xf32> })",
      {noise({2, 3, 2, 5}, 1), noise({5}, 2), noise({2, 5}, 3)});
  for (size_t i = 0; i < 6; i += 2)
    CHECK(distance(y[i], y[i + 1]) == 0);
  const HostTensor x = noise({2, 3, 2, 5}, 1);
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t c = 0; c < 5; ++c) {
      double length = 0;
      for (int64_t p = 0; p < 6; ++p)
        length = std::hypot(length, x[(n * 6 + p) * 5 + c]);
      CHECK(y[6].at({n, c}) == Approx(length).epsilon(1e-14));
    }
}
