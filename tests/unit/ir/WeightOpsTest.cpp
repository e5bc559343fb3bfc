// Arithmetic on weights at run time: by hand, packed as plain, and as the gradients that it
// unfolds.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

TEST_CASE("weight arithmetic by hand", "[ir]") {
  const HostTensor w({2, 3}, {1, 2, 3, 4, 5, 6}), g({2, 3}, {1, 0, 2, 0, -1, 1}),
      in({3}, {1, 10, 100}), bias({3}, {3, 2, 1}), out({2}, {2, -1}), sums({2}, {10, 20});
  auto y = run(
      R"((%w: tensor<2x3xf32>, %g: tensor<2x3xf32>, %i: tensor<3xf32>, %b: tensor<3xf32>, %o: tensor<2xf32>, %s: tensor<2xf32>)
      -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<3xf32>, tensor<3xf32>) {
    %0 = cnx.scale_outputs %w, %o : tensor<2x3xf32>, tensor<2xf32>
    %1 = cnx.scale_outputs %s, %o : tensor<2xf32>, tensor<2xf32>
    %2 = cnx.scale_inputs %w, %i channels = 3 : tensor<2x3xf32>, tensor<3xf32>
    %3 = cnx.unfold_affine %g, %i, %s, %b channels = 3 : tensor<2x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>
    %4 = cnx.dot_outputs %w, %g : tensor<2x3xf32>, tensor<2x3xf32>
    %5 = cnx.dot_outputs %w, %g, %o, %s : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>
    %6 = cnx.dot_inputs %w, %g channels = 3 : tensor<2x3xf32>, tensor<2x3xf32>
    %7 = cnx.apply_transposed %w, %s channels = 3 : tensor<2x3xf32>, tensor<2xf32>
    return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<2x3xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<3xf32>, tensor<3xf32> })",
      {w, g, in, bias, out, sums});
  CHECK(y[0].values == std::vector<double>{2, 4, 6, -4, -5, -6});
  CHECK(y[1].values == std::vector<double>{20, -20});
  CHECK(y[2].values == std::vector<double>{1, 20, 300, 4, 50, 600});
  CHECK(y[3].values == std::vector<double>{31, 20, 210, 60, 30, 120});
  CHECK(y[4].values == std::vector<double>{7, 1});
  CHECK(y[5].values == std::vector<double>{27, -19});
  CHECK(y[6].values == std::vector<double>{1, -5, 12});
  CHECK(y[7].values == std::vector<double>{90, 120, 150});
}

TEST_CASE("weight arithmetic on panels is that on the plain weight", "[ir]") {
  // A convolution's [20,3,2,2] in panels [2,12,16]: every result is packed at the end, or before.
  auto y = run(
      R"((%w: tensor<20x3x2x2xf32>, %g: tensor<20x3x2x2xf32>, %i: tensor<3xf32>, %b: tensor<3xf32>, %o: tensor<20xf32>, %s: tensor<20xf32>)
      -> (tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<32xf32>, tensor<32xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) {
    %pw = cnx.pack_panels %w : tensor<20x3x2x2xf32>
    %pg = cnx.pack_panels %g : tensor<20x3x2x2xf32>
    %pi = cnx.pad_vector %i : tensor<3xf32>
    %pb = cnx.pad_vector %b : tensor<3xf32>
    %po = cnx.pad_vector %o : tensor<20xf32>
    %ps = cnx.pad_vector %s : tensor<20xf32>
    %0 = cnx.scale_outputs %w, %o : tensor<20x3x2x2xf32>, tensor<20xf32>
    %q0 = cnx.pack_panels %0 : tensor<20x3x2x2xf32>
    %q1 = cnx.scale_outputs %pw, %po : tensor<2x12x16xf32>, tensor<32xf32>
    %2 = cnx.scale_inputs %w, %i channels = 3 : tensor<20x3x2x2xf32>, tensor<3xf32>
    %q2 = cnx.pack_panels %2 : tensor<20x3x2x2xf32>
    %q3 = cnx.scale_inputs %pw, %pi channels = 3 : tensor<2x12x16xf32>, tensor<16xf32>
    %4 = cnx.unfold_affine %g, %i, %s, %b channels = 3 : tensor<20x3x2x2xf32>, tensor<3xf32>, tensor<20xf32>, tensor<3xf32>
    %q4 = cnx.pack_panels %4 : tensor<20x3x2x2xf32>
    %q5 = cnx.unfold_affine %pg, %pi, %ps, %pb channels = 3 : tensor<2x12x16xf32>, tensor<16xf32>, tensor<32xf32>, tensor<16xf32>
    %6 = cnx.dot_outputs %w, %g, %o, %s : tensor<20x3x2x2xf32>, tensor<20x3x2x2xf32>, tensor<20xf32>, tensor<20xf32>
    %q6 = cnx.pad_vector %6 : tensor<20xf32>
    %q7 = cnx.dot_outputs %pw, %pg, %po, %ps : tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<32xf32>, tensor<32xf32>
    %8 = cnx.dot_inputs %w, %g channels = 3 : tensor<20x3x2x2xf32>, tensor<20x3x2x2xf32>
    %q8 = cnx.pad_vector %8 : tensor<3xf32>
    %q9 = cnx.dot_inputs %pw, %pg channels = 3 : tensor<2x12x16xf32>, tensor<2x12x16xf32>
    %10 = cnx.apply_transposed %w, %s channels = 3 : tensor<20x3x2x2xf32>, tensor<20xf32>
    %q10 = cnx.pad_vector %10 : tensor<3xf32>
    %q11 = cnx.apply_transposed %pw, %ps channels = 3 : tensor<2x12x16xf32>, tensor<32xf32>
    return %q0, %q1, %q2, %q3, %q4, %q5, %q6, %q7, %q8, %q9, %q10, %q11 : tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<32xf32>, tensor<32xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> })",
      {noise({20, 3, 2, 2}, 1), noise({20, 3, 2, 2}, 2), noise({3}, 3), noise({3}, 4),
       noise({20}, 5), noise({20}, 6)});
  for (size_t i = 0; i < y.size(); i += 2) {
    INFO(i);
    CHECK(distance(y[i], HostTensor(y[i].shape)) > 0);
    CHECK(distance(y[i], y[i + 1]) < 1e-14);
  }
}

TEST_CASE("transposed panels take a gain along", "[ir]") {
  // Of a convolution's inputs: [20,3,2,2], one gain a channel for all taps; and of its outputs.
  auto y = run(
      R"((%w: tensor<20x3x2x2xf32>, %i: tensor<3xf32>, %o: tensor<20xf32>) -> (tensor<1x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32>) {
    %p = cnx.pack_panels %w : tensor<20x3x2x2xf32>
    %0 = cnx.scale_inputs %w, %i channels = 3 : tensor<20x3x2x2xf32>, tensor<3xf32>
    %1 = cnx.transpose %0 : tensor<20x3x2x2xf32>
    %2 = cnx.pack_panels %1 : tensor<12x20xf32>
    %pi = cnx.pad_vector %i : tensor<3xf32>
    %3 = cnx.transpose_panels %p, %pi of "inputs" features = 20 channels = 3 : tensor<2x12x16xf32>, tensor<16xf32>
    %4 = cnx.scale_outputs %w, %o : tensor<20x3x2x2xf32>, tensor<20xf32>
    %5 = cnx.transpose %4 : tensor<20x3x2x2xf32>
    %6 = cnx.pack_panels %5 : tensor<12x20xf32>
    %po = cnx.pad_vector %o : tensor<20xf32>
    %7 = cnx.transpose_panels %p, %po of "outputs" features = 20 : tensor<2x12x16xf32>, tensor<32xf32>
    return %2, %3, %6, %7 : tensor<1x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32> })",
      {noise({20, 3, 2, 2}, 1), noise({3}, 2), noise({20}, 3)});
  CHECK(distance(y[0], y[1]) == 0);
  CHECK(distance(y[2], y[3]) == 0);
  CHECK(distance(y[0], y[2]) > 0);
}

TEST_CASE("gradients of a layer behind an affine, unfolded", "[ir]") {
  // dw, dgain and dbias of linear(affine(x; g, b); w) directly, and from gradients as if there were
  // no affine.
  auto y = run(
      R"((%dy: tensor<7x5xf32>, %x: tensor<7x6xf32>, %w: tensor<5x6xf32>, %g: tensor<6xf32>, %b: tensor<6xf32>)
      -> (tensor<5x6xf32>, tensor<5x6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) {
    %n = cnx.affine %x, %g, %b : tensor<7x6xf32>, tensor<6xf32>, tensor<6xf32>
    %0 = cnx.linear_grad_weight %dy, %n : tensor<7x5xf32>, tensor<7x6xf32>
    %dn = cnx.linear_grad_input %dy, %w : tensor<7x5xf32>, tensor<5x6xf32>
    %2 = cnx.sum_rows_product %dn, %x : tensor<7x6xf32>, tensor<7x6xf32>
    %4 = cnx.sum_rows %dn : tensor<7x6xf32>
    %G = cnx.linear_grad_weight %dy, %x : tensor<7x5xf32>, tensor<7x6xf32>
    %S = cnx.sum_rows %dy : tensor<7x5xf32>
    %1 = cnx.unfold_affine %G, %g, %S, %b channels = 6 : tensor<5x6xf32>, tensor<6xf32>, tensor<5xf32>, tensor<6xf32>
    %3 = cnx.dot_inputs %w, %G channels = 6 : tensor<5x6xf32>, tensor<5x6xf32>
    %5 = cnx.apply_transposed %w, %S channels = 6 : tensor<5x6xf32>, tensor<5xf32>
    return %0, %1, %2, %3, %4, %5 : tensor<5x6xf32>, tensor<5x6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32> })",
      {noise({7, 5}, 1), noise({7, 6}, 2), noise({5, 6}, 3), noise({6}, 4), noise({6}, 5)});
  for (size_t i = 0; i < y.size(); i += 2)
    CHECK(distance(y[i], y[i + 1]) < 1e-14);
}

TEST_CASE("flops of weight arithmetic", "[ir]") {
  auto flops = [](const std::string &op) {
    Program program("func.func @f(%w: tensor<5x3x2x2xf32>, %o: tensor<5xf32>, %i: tensor<3xf32>, "
                    "%p: tensor<1x12x16xf32>) {\n" +
                    op + "\nreturn }");
    return mlir::cast<ir::CostOpInterface>(program.function().getBody().front().front()).getFlops();
  };
  const std::string w = "tensor<5x3x2x2xf32>", o = "tensor<5xf32>", i = "tensor<3xf32>";
  CHECK(flops("%0 = cnx.scale_outputs %w, %o : " + w + ", " + o) == 60);
  CHECK(flops("%0 = cnx.scale_inputs %w, %i channels = 3 : " + w + ", " + i) == 60);
  CHECK(flops("%0 = cnx.unfold_affine %w, %i, %o, %i channels = 3 : " + w + ", " + i + ", " + o +
              ", " + i) == 180);
  CHECK(flops("%0 = cnx.dot_outputs %w, %w : " + w + ", " + w) == 120);
  CHECK(flops("%0 = cnx.dot_outputs %w, %w, %o, %o : " + w + ", " + w + ", " + o + ", " + o) ==
        130);
  CHECK(flops("%0 = cnx.dot_inputs %w, %w channels = 3 : " + w + ", " + w) == 120);
  CHECK(flops("%0 = cnx.apply_transposed %w, %o channels = 3 : " + w + ", " + o) == 120);
  CHECK(flops("%0 = cnx.transpose_panels %p features = 5 : tensor<1x12x16xf32>") == 0);
  CHECK(flops("%0 = cnx.transpose_panels %p, %o of \"outputs\" features = 5 : "
              "tensor<1x12x16xf32>, tensor<5xf32>") == 60);
}
