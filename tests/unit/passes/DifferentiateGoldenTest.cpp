// Gradients of the golden networks against what PyTorch printed in float64: every parameter's norm
// and first element, the loss, the norm of the image's gradient, to the last digit printed.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/GoldenNet.h"
#include "tests/unit/passes/DifferentiateRun.h"

#include "mlir/IR/Verifier.h"

#include <cmath>
#include <map>

using namespace cnx;
using namespace cnx::test;

namespace {

struct Golden {
  const char *parameter, *norm[2], *first[2]; // V1, V2
};

const Golden kGradients[] = {
#define GOLDEN(parameter, norm1, first1, norm2, first2)                                            \
  {parameter, {norm1, norm2}, {first1, first2}},
#include "tests/unit/passes/DifferentiateGolden.inc"
#undef GOLDEN
};

// Half a unit of the last of the eight digits behind the point of 1.23456789e-03, and a little for
// PyTorch's own rounding.
bool agrees(double found, const std::string &printed) {
  const double expected = std::stod(printed);
  const double unit = std::pow(10, std::stoi(printed.substr(printed.find('e') + 1)) - 8);
  return std::abs(found - expected) <= 0.51 * unit + 1e-14;
}

struct Run {
  bool v2;
  int64_t height, width;
  double loss, imageNorm;
};

const Run kRuns[] = {{false, 64, 64, 3.430807080864, 1.204202062906},
                     {false, 70, 61, 3.308230307001, 1.329395309877},
                     {true, 64, 64, 2.540763520790, 1.057782030943},
                     {true, 70, 61, 2.983092442221, 1.067055263414}};

} // namespace

TEST_CASE("golden losses and gradients, smoothing 0.1, to every printed digit") {
  for (const Run &run : kRuns) {
    INFO((run.v2 ? "V2 " : "V1 ") << run.height << "x" << run.width);
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<ir::CnxDialect, mlir::func::FuncDialect>();
    GoldenNet net(&context, run.v2, run.height, run.width);
    REQUIRE(differentiate(*net.module, "", true).empty());
    REQUIRE(mlir::succeeded(mlir::verify(*net.module)));
    ir::NamedTensors inputs{{"image", GoldenNet::image(run.height, run.width)}};
    addLabels(inputs, {3, 7}, 10, 0.1);
    auto results = ir::evaluate(functionNamed(*net.module, "train_b2"), inputs,
                                [&](const std::string &name) { return net.values(name); });
    REQUIRE(mlir::succeeded(results));
    CHECK(std::abs(results->at("loss")[0] - run.loss) < 6e-13);
    CHECK(std::abs(norm(results->at("grad_input")) - run.imageNorm) < 6e-13);
    CHECK(results->size() == net.shapes.size() + 3);
    if (run.height != 64) // gradients were printed of the other two
      continue;
    size_t found = 0;
    for (const Golden &golden : kGradients) {
      const std::string expectedNorm = golden.norm[run.v2], expectedFirst = golden.first[run.v2];
      if (expectedNorm.empty())
        continue;
      INFO(golden.parameter);
      const ir::HostTensor &gradient = results->at(std::string("grad.") + golden.parameter);
      ++found;
      CHECK(agrees(norm(gradient), expectedNorm));
      CHECK(agrees(gradient[0], expectedFirst));
    }
    CHECK(found == net.shapes.size());
  }
}
