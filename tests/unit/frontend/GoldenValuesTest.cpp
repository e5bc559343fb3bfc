// The original repository's code, run in double on a small network whose parameters are hashes of
// their names: logits that this project did not compute.
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"
#include "tests/unit/frontend/ReferenceRun.h"

#include <cmath>

using namespace cnx;
using namespace cnx::test;

namespace {

uint64_t fnv1a64(const std::string &text) {
  uint64_t h = 14695981039346656037u;
  for (unsigned char byte : text)
    h = (h ^ byte) * 1099511628211u;
  return h;
}

uint64_t splitmix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

double value(const std::string &name, size_t i) {
  return static_cast<double>(splitmix64(fnv1a64(name) + i) >> 11) * 0x1p-53 * 2 - 1;
}

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The stated distribution of every parameter, under the original repository's names.
void fill(Tensors &tensors, const std::string &name, const std::vector<int64_t> &shape) {
  size_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<size_t>(extent);
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) {
    double v = value(name, i);
    if (name.find(".grn.") != std::string::npos)
      v *= 0.5;
    else if (endsWith(name, ".gamma"))
      v = 0.5 + 0.25 * v;
    else if (shape.size() >= 2)
      v *= std::sqrt(3.0 * static_cast<double>(shape[0]) / static_cast<double>(count));
    else if (endsWith(name, ".bias"))
      v *= 0.1;
    else
      v = 1 + 0.1 * v;
    values.push_back(static_cast<float>(v));
  }
  tensors.add(name, shape, values);
}

std::vector<double> logits(bool v2, int64_t height, int64_t width) {
  Sizes sizes{{1, 1, 2, 1}, {8, 16, 24, 32}, 10, v2};
  Tensors tensors = fairNetwork(sizes);
  for (const std::string &name : tensors.names())
    fill(tensors, name, tensors.shape(name));
  TemporaryFolder folder;
  tensors.save(folder / "golden.safetensors");
  ModelOptions options;
  options.image = {{height, width}};
  options.batches = {2};
  Model model = loadModel(folder / "golden.safetensors", options);
  std::vector<double> image;
  for (size_t i = 0; i < static_cast<size_t>(2 * 3 * height * width); ++i)
    image.push_back(value("input", i));
  return runReference(model, options, image).at("logits");
}

void check(const std::vector<double> &found, const std::vector<double> &expected) {
  REQUIRE(found.size() == expected.size());
  // The parameters are rounded to float32 in the file: hence 1e-6 and not 1e-10.
  for (size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).margin(1e-6).epsilon(0));
}

} // namespace

TEST_CASE("the generator is the stated one") {
  CHECK(fnv1a64("input") == 2214555572463777371u);
  CHECK(value("input", 0) == Approx(-0.80436331468492361).epsilon(1e-15));
  CHECK(value("input", 2) == Approx(0.14816889661933086).epsilon(1e-15));
}

TEST_CASE("golden logits of V1, 64 x 64") {
  check(logits(false, 64, 64),
        {1.0323073221, 0.3300494608,  -0.5484719233, -0.4230729813, -0.2693627919,
         0.8932697270, -1.4566074530, 0.9649189290,  -0.8731568520, -0.2942266669,
         0.8060934220, 1.0727229454,  -1.0223885177, 0.9200694411,  -1.6972528320,
         1.6714648344, -0.9095420103, -1.2028761202, 0.1937895431,  0.6862773380});
}

TEST_CASE("golden logits of V1, 70 x 61") {
  check(logits(false, 70, 61),
        {0.0557715529, 0.6170795455,  1.2636309280,  -0.6387314572, 0.1739898400,
         0.2562255316, -0.4439262364, -0.2709125331, 0.3454338487,  1.6095379113,
         0.0560671716, 2.3505261925,  -0.8239388970, 0.0820503782,  -0.3715665227,
         1.2822754163, -1.7066596704, -0.1230773279, -0.5024798942, 1.3254889406});
}

TEST_CASE("golden logits of V2, 64 x 64") {
  check(logits(true, 64, 64),
        {0.9494007511,  0.4661327993,  0.5027028464, -0.3347736303, -0.2288511663,
         -0.6334269493, -0.6112261559, 0.3188937737, -0.3776348085, 0.7056087003,
         0.5102554718,  0.4948937935,  0.1844439928, 0.0329164826,  0.5562804103,
         0.4142450267,  1.0672429338,  0.5751557720, 0.1649476390,  0.8074332399});
}

TEST_CASE("golden logits of V2, 70 x 61") {
  check(logits(true, 70, 61),
        {-0.9061210266, 0.5725696411,  -0.2312788694, -1.8022564731, 1.6404678423,
         -0.3117302324, -0.2933303737, 1.4448851886,  -0.0656918520, 1.2716962749,
         -0.2559480187, 1.0455964249,  -0.8453358482, -0.3442483110, 1.4129560309,
         0.1249375227,  -0.4590412982, 1.6290390646,  -1.4040706936, 0.9680836732});
}
