// The presets against published counts: parameters of timm's own models and multiply-accumulates at
// 224.
#include "compiler/frontend/Presets.h"
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/catch.h"

#include <cmath>
#include <map>

using namespace cnx;
using Catch::Matchers::Contains;

TEST_CASE("every preset has the published number of parameters and multiply-accumulates") {
  struct Published {
    int64_t parameters;
    double gmacs;
  };
  const std::map<std::string, Published> published = {
      {"convnext_atto", {3695520, 0.547}},       {"convnext_femto", {5217784, 0.780}},
      {"convnext_pico", {9045672, 1.367}},       {"convnext_nano", {15593560, 2.446}},
      {"convnext_tiny", {28589128, 4.456}},      {"convnext_tiny_hnf", {28589128, 4.456}},
      {"convnext_small", {50223688, 8.684}},     {"convnext_base", {88591464, 15.355}},
      {"convnext_large", {197767336, 34.361}},   {"convnext_large_mlp", {200128168, 34.364}},
      {"convnext_xlarge", {350196968, 60.921}},  {"convnext_xxlarge", {846471016, 151.570}},
      {"convnextv2_atto", {3708400, 0.547}},     {"convnextv2_femto", {5233240, 0.780}},
      {"convnextv2_pico", {9066280, 1.367}},     {"convnextv2_nano", {15623800, 2.446}},
      {"convnextv2_tiny", {28635496, 4.456}},    {"convnextv2_small", {50318440, 8.684}},
      {"convnextv2_base", {88717800, 15.355}},   {"convnextv2_large", {197956840, 34.361}},
      {"convnextv2_huge", {660289640, 114.922}},
  };
  CHECK(presets().size() == published.size());
  for (const Preset &row : presets()) {
    INFO(row.name);
    REQUIRE(published.count(row.name) == 1);
    CHECK(parameterCount(row.desc) == published.at(row.name).parameters);
    CHECK(std::round(static_cast<double>(multiplyAccumulates(row.desc)) / 1e6) / 1e3 ==
          Approx(published.at(row.name).gmacs).margin(1e-9));
  }
}

TEST_CASE("multiply-accumulates at other sizes") {
  ModelDesc tiny = preset("convnext_tiny").desc;
  tiny.height = tiny.width = 288;
  CHECK(static_cast<double>(multiplyAccumulates(tiny)) / 1e9 == Approx(7.365).margin(5e-4));
  ModelDesc huge = preset("convnextv2_huge").desc;
  huge.height = huge.width = 512;
  CHECK(static_cast<double>(multiplyAccumulates(huge)) / 1e9 == Approx(600.4).margin(0.05));
}

TEST_CASE("a preset's parameters have timm's names and are initialised") {
  Model model = loadModel("convnextv2_atto", {});
  CHECK(model.name == "convnextv2_atto");
  CHECK(model.scheme == "timm");
  CHECK(model.parameters.size() == 10 * 12 + 20);
  int64_t count = 0;
  std::map<std::string, Parameter> byName;
  for (const Parameter &p : model.parameters) {
    count += p.size();
    byName[p.name] = p;
  }
  CHECK(count == 3708400);
  Parameter fc1 = byName.at("stages.2.blocks.5.mlp.fc1.weight");
  CHECK(fc1.init == Parameter::Init::truncatedNormal);
  CHECK(fc1.initValue == 0.02);
  CHECK(fc1.shape == std::vector<int64_t>{640, 160});
  CHECK(byName.at("stages.2.blocks.5.mlp.fc1.bias").init == Parameter::Init::zeros);
  CHECK(byName.at("stages.2.blocks.5.mlp.grn.weight").init == Parameter::Init::zeros);
  CHECK(byName.at("stages.2.blocks.5.norm.weight").init == Parameter::Init::ones);
  CHECK(byName.at("stages.2.blocks.5.norm.bias").init == Parameter::Init::zeros);
}

TEST_CASE("presets differ where timm's do") {
  CHECK(loadModel("convnext_xxlarge", {}).desc.eps == NormEps{1e-5, 1e-5, 1e-5});
  CHECK(loadModel("convnext_tiny_hnf", {}).parameters[178].name == "norm_pre.weight");
  Model tiny = loadModel("convnext_tiny", {});
  CHECK(tiny.desc.eps == NormEps{});
  for (const Parameter &p : tiny.parameters)
    if (p.name == "stages.0.blocks.0.gamma") {
      CHECK(p.init == Parameter::Init::constant);
      CHECK(p.initValue == 1e-6);
    }
}

TEST_CASE("options change a preset") {
  ModelOptions options;
  options.numClasses = 10;
  options.image = {{256, 192}};
  options.eps = 1e-5;
  options.seed = 42;
  options.name = "mine";
  Model model = loadModel("convnext_large_mlp", options);
  CHECK(model.name == "mine");
  CHECK(model.desc.numClasses == 10);
  CHECK(model.desc.height == 256);
  CHECK(model.desc.width == 192);
  CHECK(model.desc.eps == NormEps{1e-5, 1e-5, 1e-5});
  CHECK(model.parameters.front().seed == 42);
  CHECK(model.parameters.back().shape == std::vector<int64_t>{10});
}

static void refuses(const std::string &name, const std::string &message) {
  CHECK_THROWS_WITH(loadModel(name, {}), Contains(message));
}

TEST_CASE("message: a typo in a preset's name") {
  refuses("convnext_tny",
          "convnext_tny: neither a file nor a preset; did you mean 'convnext_tiny'?");
  refuses("convnetx_base", "did you mean 'convnext_base'?");
  refuses("ConvNeXtV2_huge", "did you mean 'convnextv2_huge'?");
}
TEST_CASE("message: a name that is nothing like a preset's") {
  refuses("resnet50",
          "resnet50: neither a file nor a preset; expected one that `cnx models` lists");
}
TEST_CASE("message: a name with a tag of weights") {
  refuses("convnext_tiny.fb_in1k", "did you mean 'convnext_tiny'? Weights come from a file");
}
TEST_CASE("message: published networks that are not plain") {
  refuses("convnext_atto_ols",
          "convnext_atto_ols: not supported: its stem is two overlapping 3x3 convolutions");
  refuses("convnext_atto_rms", "its norms are RMSNorm");
  refuses("convnext_zepto_rms", "its norms are timm's SimpleNorm");
  refuses("convnext_isotropic_base", "isotropic networks have one stage");
  refuses("test_convnext", "its activation is the tanh form of GELU");
  refuses("test_convnext3", "its activation is SiLU");
}
TEST_CASE("message: options out of range") {
  ModelOptions options;
  options.image = {{31, 224}};
  CHECK_THROWS_WITH(loadModel("convnext_tiny", options),
                    "--image: found 31x224, expected sides from 32 to 16384");
  options = {};
  options.numClasses = -1;
  CHECK_THROWS_WITH(loadModel("convnext_tiny", options),
                    Contains("--num-classes: found -1, expected an integer from 0"));
  options = {};
  options.eps = 0;
  CHECK_THROWS_WITH(loadModel("convnext_tiny", options),
                    "--eps: found 0, expected a number above 0");
  options = {};
  options.name = "my-net";
  CHECK_THROWS_WITH(loadModel("convnext_tiny", options),
                    "--name: found 'my-net', expected a C identifier such as 'my_net'");
}
