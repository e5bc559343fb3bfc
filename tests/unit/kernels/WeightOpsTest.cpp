// Arithmetic on packed weights and their gradients: each op alone, and added to an earlier sum.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/BackwardBuilder.h"
#include "tests/unit/kernels/SingleOp.h"

using namespace cnx;
using namespace cnx::test;

namespace {

// Panels of `outputs`, `taps` x `channels` inputs.
struct Form {
  int64_t outputs, channels, taps;
  Shape panels() const { return {(outputs + 15) / 16, taps * channels, 16}; }
  Shape ofOutputs() const { return {padChannels(outputs)}; }
  Shape ofInputs() const { return {padChannels(channels)}; }
};

// No side a multiple of 16; wide blocks; more inputs than one sum takes; taps.
const std::vector<Form> kForms = {{40, 23, 1},  {96, 384, 1}, {10, 3, 16},   {33, 17, 4},
                                  {24, 192, 4}, {16, 64, 1},  {17, 3200, 1}, {1000, 40, 1}};

} // namespace

TEST_CASE("gains of outputs") {
  for (const Form &form : kForms)
    Single("scale_outputs")
        .packed(form.panels())
        .packed(form.ofOutputs())
        .result(form.panels())
        .check();
  Single("scale_outputs").packed({48}).packed({48}).result({48}).check();
}

TEST_CASE("gradients unfolded from an affine") {
  for (const Form &form : kForms)
    Single("unfold_affine")
        .attribute("channels", form.channels)
        .packed(form.panels())
        .packed(form.ofInputs())
        .packed(form.ofOutputs())
        .packed(form.ofInputs())
        .result(form.panels())
        .check();
}

TEST_CASE("sums over inputs") {
  for (const Form &form : kForms) {
    Single("dot_outputs")
        .packed(form.panels())
        .packed(form.panels())
        .result(form.ofOutputs())
        .check();
    Single("dot_outputs")
        .packed(form.panels())
        .packed(form.panels())
        .packed(form.ofOutputs())
        .packed(form.ofOutputs())
        .result(form.ofOutputs())
        .check();
  }
}

TEST_CASE("sums over outputs and taps") {
  for (const Form &form : kForms) {
    Single("dot_inputs")
        .attribute("channels", form.channels)
        .packed(form.panels())
        .packed(form.panels())
        .result(form.ofInputs())
        .check();
    Single("apply_transposed")
        .attribute("channels", form.channels)
        .packed(form.panels())
        .packed(form.ofOutputs())
        .result(form.ofInputs())
        .check();
  }
}

TEST_CASE("transposed panels with a gain") {
  auto transposed = [](const Form &form, const std::string &of) {
    Single single("transpose_panels");
    single.attribute("features", form.outputs).attribute("of", of);
    if (form.taps > 1)
      single.attribute("channels", form.channels);
    const int64_t depth = form.taps * form.channels;
    single.packed(form.panels())
        .packed(of == "inputs" ? form.ofInputs() : form.ofOutputs())
        .result({(depth + 15) / 16, form.outputs, 16})
        .check();
  };
  for (const Form &form : kForms) {
    transposed(form, "inputs");
    transposed(form, "outputs");
  }
}

TEST_CASE("global response normalisation by norms") {
  for (const Shape &map : {Shape{2, 5, 3, 40}, Shape{1, 1, 1, 23}, Shape{3, 4, 7, 192}}) {
    const Shape norms = {map[0], map[3]}, vector = {padChannels(map[3])};
    Single("image_norm").input(map).result(norms).check();
    Single("grn_factor").attribute("eps", 1e-6).input(norms).weight(vector).result(norms).check();
    Single("grn_factor_grad")
        .attribute("eps", 1e-6)
        .input(norms)
        .weight(vector)
        .input(norms)
        .result(norms)
        .result(vector)
        .check();
  }
}

namespace {

// A function's graph whose ops are one kernel.
void checkFused(BackwardBuilder &b, int out, const std::string &fusion) {
  b.output(out, true);
  Group group = groupOf(b.graph, fusion);
  REQUIRE(group.graph.nodes.size() == b.graph.nodes.size());
  checkKernel(group.graph);
}

} // namespace

TEST_CASE("added to an earlier sum, in place") {
  for (const Form &form : {Form{40, 23, 1}, Form{33, 17, 4}, Form{96, 128, 1}}) {
    BackwardBuilder b;
    const int outputs = b.packed(form.ofOutputs());
    auto weight = [&] { return b.packed(form.panels()); };
    SECTION("gains, " + std::to_string(form.outputs)) {
      checkFused(b, b.accumulated(b.onWeights("scale_outputs", {weight(), outputs}, form.panels())),
                 "pointwise");
    }
    SECTION("gains of a bias, " + std::to_string(form.outputs)) {
      const int bias = b.packed(form.ofOutputs());
      checkFused(b, b.accumulated(b.onWeights("scale_outputs", {bias, outputs}, form.ofOutputs())),
                 "pointwise");
    }
    SECTION("an affine, " + std::to_string(form.outputs)) {
      const int gain = b.packed(form.ofInputs()), bias = b.packed(form.ofInputs());
      checkFused(b,
                 b.accumulated(b.onWeights("unfold_affine", {weight(), gain, outputs, bias},
                                           form.panels(), form.channels)),
                 "pointwise");
    }
    SECTION("sums over inputs, " + std::to_string(form.outputs)) {
      const int gradient = b.packed(form.panels()), sums = b.packed(form.ofOutputs());
      checkFused(b,
                 b.accumulated(b.onWeights("dot_outputs", {weight(), gradient, outputs, sums},
                                           form.ofOutputs())),
                 "grad_sum");
    }
    SECTION("sums over outputs, " + std::to_string(form.outputs)) {
      checkFused(b,
                 b.accumulated(b.onWeights("apply_transposed", {weight(), outputs}, form.ofInputs(),
                                           form.channels)),
                 "grad_sum");
    }
  }
}
