// Ops at the edges of the network, against values by hand.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("relayout moves channels last and back", "[ir]") {
  // [1,2,1,3]: channel 0 holds 0 1 2, channel 1 holds 10 11 12.
  HostTensor first({1, 2, 1, 3}, {0, 1, 2, 10, 11, 12});
  auto last = run(R"((%x: tensor<1x2x1x3xf32>) -> tensor<1x1x3x2xf32> {
    %0 = cnx.relayout %x to "nhwc" : tensor<1x2x1x3xf32>
    return %0 : tensor<1x1x3x2xf32> })",
                  {first});
  CHECK(last[0].shape == std::vector<int64_t>{1, 1, 3, 2});
  CHECK(last[0].values == std::vector<double>{0, 10, 1, 11, 2, 12});

  HostTensor x = noise({2, 3, 4, 5}, 1);
  auto back = run(R"((%x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
    %0 = cnx.relayout %x to "nhwc" : tensor<2x3x4x5xf32>
    %1 = cnx.relayout %0 to "nchw" : tensor<2x4x5x3xf32>
    return %1 : tensor<2x3x4x5xf32> })",
                  {x});
  CHECK(back[0].values == x.values);
}

TEST_CASE("normalize_input shifts and divides a channel", "[ir]") {
  auto y = run(R"((%x: tensor<1x1x2x3xui8>) -> tensor<1x1x2x3xf32> {
    %0 = cnx.normalize_input %x mean = [1.0, 2.0, 3.0] std = [2.0, 4.0, 0.5] : tensor<1x1x2x3xui8>
    return %0 : tensor<1x1x2x3xf32> })",
               {HostTensor({1, 1, 2, 3}, {3, 6, 3, 1, 0, 255})});
  CHECK(y[0].values == std::vector<double>{1, 1, 0, 0, -0.5, 504});
}

TEST_CASE("cast keeps the numbers of bytes", "[ir]") {
  auto y = run(R"((%x: tensor<1x1x1x3xui8>) -> tensor<1x1x1x3xf32> {
    %0 = cnx.cast %x : tensor<1x1x1x3xui8>
    return %0 : tensor<1x1x1x3xf32> })",
               {HostTensor({1, 1, 1, 3}, {0, 128, 255})});
  CHECK(y[0].values == std::vector<double>{0, 128, 255});
}

TEST_CASE("mean_pool takes the mean of a map, each image and channel apart", "[ir]") {
  // Two images of 1x2 pixels and 2 channels.
  auto y = run(R"((%x: tensor<2x1x2x2xf32>) -> tensor<2x2xf32> {
    %0 = cnx.mean_pool %x : tensor<2x1x2x2xf32>
    return %0 : tensor<2x2xf32> })",
               {HostTensor({2, 1, 2, 2}, {1, 10, 3, 20, -1, 0, 1, 5})});
  CHECK(y[0].values == std::vector<double>{2, 15, 0, 2.5});
}
