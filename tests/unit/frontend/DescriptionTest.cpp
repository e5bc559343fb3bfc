#include "compiler/frontend/Description.h"
#include "compiler/Error.h"
#include "compiler/frontend/JsonText.h"
#include "tests/support/catch.h"

using namespace cnx;
using Catch::Matchers::Contains;

static ModelDesc parse(const std::string &text) {
  JsonText json("net.json", text);
  return readDescription(JsonFields(json), json.file()).desc;
}

static void refuses(const std::string &text, const std::string &message) {
  CHECK_THROWS_WITH(parse(text), Contains(message));
}

// A field of a V1 description on line 3.
static void refusesField(const std::string &field, const std::string &message) {
  refuses("{\n\"model\": \"convnext\",\n" + field + "\n}", "net.json:3: ");
  refuses("{\n\"model\": \"convnext\",\n" + field + "\n}", message);
}

TEST_CASE("defaults are those of ConvNeXt-T") {
  ModelDesc desc = parse("{\"model\": \"convnext\"}");
  CHECK(desc == ModelDesc{});
  CHECK(desc.depths == std::array<int64_t, 4>{3, 3, 9, 3});
  CHECK(desc.dims == std::array<int64_t, 4>{96, 192, 384, 768});
  CHECK(desc.numClasses == 1000);
  CHECK(desc.layerScaleInit == 1e-6);
  CHECK(desc.height == 224);
}

TEST_CASE("every field") {
  ModelDesc desc = parse(
      R"({ "model": "convnext", "num_classes": 10, "depths": [2, 2, 6, 2], "dims": [64, 128, 256, 512],
    "drop_path": 0.1, "layer_scale_init": 1e-5, "image": [224, 192], "eps_final": 1e-12, "head_hidden_size": 33 })");
  CHECK(desc.version == Version::v1);
  CHECK(desc.numClasses == 10);
  CHECK(desc.depths == std::array<int64_t, 4>{2, 2, 6, 2});
  CHECK(desc.dims == std::array<int64_t, 4>{64, 128, 256, 512});
  CHECK(desc.dropPath == 0.1);
  CHECK(desc.layerScaleInit == 1e-5);
  CHECK(desc.height == 224);
  CHECK(desc.width == 192);
  CHECK(desc.eps == NormEps{1e-6, 1e-6, 1e-12});
  CHECK(desc.headHidden == 33);
}

TEST_CASE("convnextv2 has no layer scale") {
  ModelDesc desc = parse(R"({"model": "convnextv2", "image": 96})");
  CHECK(desc.version == Version::v2);
  CHECK_FALSE(desc.hasLayerScale());
  CHECK(desc.hasGrn());
  CHECK(desc.width == 96);
}

TEST_CASE("parameters of the ecosystem that have one value here") {
  ModelDesc desc =
      parse(R"({"model": "convnext", "in_chans": 3, "kernel_sizes": [7, 7, 7, 7], "mlp_ratio": 4,
    "stem": "patch", "patch_size": 4, "norm": "layernorm", "act": "gelu", "output_stride": 32})");
  CHECK(desc == ModelDesc{});
}

TEST_CASE("what describe writes is read back the same") {
  ModelDesc desc;
  desc.numClasses = 0;
  desc.depths = {1, 2, 3, 4};
  desc.dims = {5, 6, 7, 8};
  desc.dropPath = 0.1;
  desc.layerScaleInit = 0;
  desc.eps = {1e-5, 1e-6, 1e-12};
  desc.headNormFirst = true;
  desc.height = 33;
  CHECK(parse(describe(desc).dump()) == desc);
  ModelDesc v2;
  v2.version = Version::v2;
  v2.layerScaleInit = 0;
  v2.headHidden = 12;
  v2.eps = {1e-5, 1e-5, 1e-5};
  CHECK(parse(describe(v2).dump()) == v2);
}

TEST_CASE("message: no model") {
  refuses("{\"num_classes\": 10}",
          "net.json:1: model: found nothing, expected \"convnext\" or \"convnextv2\"");
}
TEST_CASE("message: another model") {
  refuses("{\n\"model\": \"convnextv3\"}",
          "net.json:2: model: found \"convnextv3\", expected \"convnext\" or "
          "\"convnextv2\"; did you mean 'convnextv2'?");
}
TEST_CASE("message: an unknown field") {
  refusesField("\"depth\": [1,1,1,1]",
               "depth: found an unknown field, expected one of model, num_classes, depths,");
  refusesField("\"depth\": [1,1,1,1]", "did you mean 'depths'?");
}
TEST_CASE("message: a field twice") {
  refuses("{\"model\": \"convnext\",\n\"dims\": [1,2,3,4],\n\n\"dims\": [1,2,3,4]}",
          "net.json:4: dims: found a second time, expected once (first on line 2)");
}
TEST_CASE("message: a field that is null") {
  refusesField("\"dims\": null", "dims: found null, expected a value");
}
TEST_CASE("message: three depths") {
  refusesField("\"depths\": [3,3,9]", "depths: found [3,3,9], expected 4 integers from 1 to 4096");
}
TEST_CASE("message: depths of zero") {
  refusesField("\"depths\": [3,0,9,3]", "depths: found [3,0,9,3], expected 4");
}
TEST_CASE("message: depths in a string") {
  refusesField("\"depths\": \"3,3,9,3\"", "depths: found \"3,3,9,3\", expected 4");
}
TEST_CASE("message: a negative width") {
  refusesField("\"dims\": [96,-192,384,768]", "dims: found [96,-192,384,768], expected 4");
}
TEST_CASE("message: a fractional width") {
  refusesField("\"dims\": [96,192.5,384,768]", "dims: found [96,192.5,384,768]");
}
TEST_CASE("message: a width of another world") {
  refusesField("\"dims\": [96,192,384,18446744073709551615]",
               "expected 4 integers from 1 to 65536");
}
TEST_CASE("message: a drop rate of one") {
  refusesField("\"drop_path\": 1", "drop_path: found 1, expected a number in [0, 1)");
}
TEST_CASE("message: a negative drop rate") {
  refusesField("\"drop_path\": -0.1", "drop_path: found -0.1, expected a number in [0, 1)");
}
TEST_CASE("message: a drop rate in words") {
  refusesField("\"drop_path\": \"low\"", "drop_path: found \"low\", expected a number");
}
TEST_CASE("message: a negative layer scale") {
  refusesField("\"layer_scale_init\": -1e-6",
               "layer_scale_init: found -1e-06, expected a number of at least 0");
}
TEST_CASE("message: a layer scale for convnextv2") {
  refuses("{\"model\": \"convnextv2\", \"layer_scale_init\": 1e-6}",
          "net.json:1: layer_scale_init: found 1e-06, expected 0: convnextv2 has no layer scale");
}
TEST_CASE("message: an image that is too small") {
  refusesField(
      "\"image\": [224, 31]",
      "image: found [224,31], expected [height, width] or one side, each from 32 to 16384");
  refusesField("\"image\": 16", "image: found 16, expected [height, width]");
}
TEST_CASE("message: an image of one side") {
  refusesField("\"image\": [224]", "image: found [224], expected [height, width]");
}
TEST_CASE("message: an image in words") {
  refusesField("\"image\": \"224x224\"", "image: found \"224x224\", expected [height, width]");
}
TEST_CASE("message: negative classes") {
  refusesField("\"num_classes\": -1", "num_classes: found -1, expected an integer from 0");
}
TEST_CASE("message: fractional classes") {
  refusesField("\"num_classes\": 10.5", "num_classes: found 10.5, expected an integer");
}
TEST_CASE("message: eps of zero") {
  refusesField("\"eps\": 0", "eps: found 0, expected a number above 0");
}
TEST_CASE("message: a negative final eps") {
  refusesField("\"eps_final\": -1", "eps_final: found -1, expected a number above 0");
}
TEST_CASE("message: two forms of the head") {
  refusesField("\"head_hidden_size\": 8, \"head_norm_first\": true",
               "head_norm_first: found true, expected false beside head_hidden_size");
}
TEST_CASE("message: a hidden layer without classes") {
  refusesField("\"head_hidden_size\": 8, \"num_classes\": 0",
               "head_hidden_size: found 8, expected 0 where num_classes is 0");
}
TEST_CASE("message: another activation") {
  refusesField("\"act\": \"gelu_tanh\"",
               "act: found \"gelu_tanh\", expected \"gelu_erf\", the only value that is supported");
}
TEST_CASE("message: other kernels") {
  refusesField("\"kernel_sizes\": [7,5,5,3]",
               "kernel_sizes: found [7,5,5,3], expected 7, the only value that is supported");
}
TEST_CASE("message: a flag that is a number") {
  refusesField("\"head_norm_first\": 1", "head_norm_first: found 1, expected true or false");
}
TEST_CASE("message: not an object") {
  refuses("[1, 2]", "net.json:1: found [1,2], expected an object");
}
TEST_CASE("message: not JSON") {
  refuses("{\n\"model\": \"convnext\"\n\"dims\": 3}",
          "net.json:3: found '\"dims\"', expected JSON (syntax error while parsing object");
}
TEST_CASE("message: text that ends early") { refuses("{\n\"model\":", "net.json:2: found"); }
TEST_CASE("message: an empty description") { refuses("", "net.json:1: found"); }
TEST_CASE("message: nesting without end") {
  refuses(std::string(100000, '[') + std::string(100000, ']'),
          "net.json:1: found more than 64 nested arrays and objects");
}
