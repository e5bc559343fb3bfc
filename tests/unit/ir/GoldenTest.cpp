// Whole networks against PyTorch's float64 logits: the four vectors below were printed by the
// original code.
#include "ir/Reference.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/GoldenNet.h"
#include "tests/unit/ir/Text.h"

#include "mlir/IR/Verifier.h"

using namespace cnx;
using namespace cnx::test;

namespace {

struct Golden {
  bool v2;
  int64_t height, width;
  std::vector<double> logits; // [2,10]
};

const Golden goldens[] = {
    {false, 64, 64, {1.0323073221, 0.3300494608,  -0.5484719233, -0.4230729813, -0.2693627919,
                     0.8932697270, -1.4566074530, 0.9649189290,  -0.8731568520, -0.2942266669,
                     0.8060934220, 1.0727229454,  -1.0223885177, 0.9200694411,  -1.6972528320,
                     1.6714648344, -0.9095420103, -1.2028761202, 0.1937895431,  0.6862773380}},
    {false, 70, 61, {0.0557715529, 0.6170795455,  1.2636309280,  -0.6387314572, 0.1739898400,
                     0.2562255316, -0.4439262364, -0.2709125331, 0.3454338487,  1.6095379113,
                     0.0560671716, 2.3505261925,  -0.8239388970, 0.0820503782,  -0.3715665227,
                     1.2822754163, -1.7066596704, -0.1230773279, -0.5024798942, 1.3254889406}},
    {true, 64, 64, {0.9494007511,  0.4661327993,  0.5027028464, -0.3347736303, -0.2288511663,
                    -0.6334269493, -0.6112261559, 0.3188937737, -0.3776348085, 0.7056087003,
                    0.5102554718,  0.4948937935,  0.1844439928, 0.0329164826,  0.5562804103,
                    0.4142450267,  1.0672429338,  0.5751557720, 0.1649476390,  0.8074332399}},
    {true, 70, 61, {-0.9061210266, 0.5725696411,  -0.2312788694, -1.8022564731, 1.6404678423,
                    -0.3117302324, -0.2933303737, 1.4448851886,  -0.0656918520, 1.2716962749,
                    -0.2559480187, 1.0455964249,  -0.8453358482, -0.3442483110, 1.4129560309,
                    0.1249375227,  -0.4590412982, 1.6290390646,  -1.4040706936, 0.9680836732}},
};

} // namespace

TEST_CASE("the generator of golden weights", "[ir]") {
  CHECK(fnv1a64("input") == 2214555572463777371u);
  CHECK(val("input", 0) == -0.80436331468492361);
  CHECK(val("input", 1) == -0.70504279257016367);
  CHECK(val("input", 2) == 0.14816889661933086);
}

TEST_CASE("golden networks have the published number of parameters", "[ir]") {
  Context context;
  for (bool v2 : {false, true}) {
    int64_t total = 0;
    for (const auto &[name, shape] : GoldenNet(&context.mlir(), v2, 64, 64).shapes)
      total += ir::HostTensor(shape).size();
    CHECK(total == (v2 ? 32818 : 32090));
  }
}

TEST_CASE("the reference reproduces PyTorch's logits to every printed digit", "[ir]") {
  Context context;
  for (const Golden &golden : goldens) {
    INFO((golden.v2 ? "V2 " : "V1 ") << golden.height << "x" << golden.width);
    GoldenNet net(&context.mlir(), golden.v2, golden.height, golden.width);
    REQUIRE(mlir::succeeded(mlir::verify(*net.module)));
    auto results = ir::evaluate(net.module->lookupSymbol<mlir::func::FuncOp>("forward_b2"),
                                {{"image", GoldenNet::image(golden.height, golden.width)}},
                                [&](const std::string &name) { return net.values(name); });
    REQUIRE(mlir::succeeded(results));
    // Ten digits are printed.
    CHECK(distance(results->at("logits"), ir::HostTensor({2, 10}, golden.logits)) < 1e-9);
  }
}
