// Weight files, opened by the runtime's own reader.
#include "compiler/weights/WriteWeights.h"
#include "compiler/Error.h"
#include "compiler/weights/WeightSource.h"
#include "runtime/include/cnx_rt.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <cstring>
#include <fstream>

using namespace cnx;
using Catch::Matchers::Contains;

static Parameter constant(const std::string &name, const std::vector<int64_t> &shape,
                          double value) {
  Parameter p;
  p.name = name;
  p.shape = shape;
  p.init = Parameter::Init::constant;
  p.initValue = value;
  return p;
}

static const WeightSource &source() {
  static const WeightSource s({constant("w", {3, 2}, 0.5), constant("b", {3}, 0.25)});
  return s;
}

static const std::vector<PackedWeight> kWeights = {{192, 64, "pad_vector(@b)"},
                                                   {0, 128, "pack_panels(@w)"}};

TEST_CASE("the runtime opens and verifies what was written") {
  TemporaryFolder folder;
  std::string path = folder / "m.weights";
  writeWeightFile(path, kWeights, source(), 77, 256);
  cnx_rt_weights *weights = nullptr;
  cnx_rt_error error{};
  REQUIRE(cnx_rt_weights_open(path.c_str(), CNX_RT_VERIFY, 77, 256, &weights, &error) == CNX_RT_OK);
  const auto *payload = static_cast<const float *>(cnx_rt_weights_payload(weights));
  for (int i = 0; i < 64; ++i) {
    bool isWeight = i < 32 && i % 16 < 3, isBias = i >= 48 && i < 51;
    CHECK(payload[i] == (isWeight ? 0.5f : isBias ? 0.25f : 0.f));
  }
  cnx_rt_weights_release(weights);
}

TEST_CASE("equal weights give equal bytes, and nothing is left beside the file") {
  TemporaryFolder folder;
  auto bytes = [&](const char *name) {
    writeWeightFile(folder / name, kWeights, source(), 77, 256);
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  std::string first = bytes("a.weights");
  CHECK(first.size() == 64 + 256);
  CHECK(first == bytes("b.weights"));
  CHECK(first == bytes("a.weights")); // over an older one
  std::filesystem::directory_iterator entries(
      std::filesystem::path(folder / "a.weights").parent_path());
  CHECK(std::distance(entries, {}) == 2);
}

TEST_CASE("an expression is rounded once") {
  TemporaryFolder folder;
  // (1 + 2^-24) rounds to 1 in float; times (1 - 2^-24) it must be taken before rounding.
  WeightSource one({constant("v", {1}, 1)});
  writeWeightFile(folder / "m.weights",
                  {{0, 4, "fold_out(fold_out(@v, [1.00000005960464477539]), [16777216])"}}, one, 0,
                  64);
  std::ifstream stream(folder / "m.weights", std::ios::binary);
  stream.seekg(64);
  float value = 0;
  stream.read(reinterpret_cast<char *>(&value), sizeof value);
  CHECK(value == 16777216.f); // 16777217 exactly, a tie, which goes to even
  writeWeightFile(folder / "m.weights",
                  {{0, 4, "fold_out(fold_out(@v, [1.00000005960464477539]), [33554434])"}}, one, 0,
                  64);
  std::ifstream again(folder / "m.weights", std::ios::binary);
  again.seekg(64);
  again.read(reinterpret_cast<char *>(&value), sizeof value);
  CHECK(value == 33554436.f); // 33554436.0000001; rounding the inner product first gives 33554434
}

TEST_CASE("message: overlapping weights") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(writeWeightFile(folder / "m.weights",
                                    {{0, 128, "pack_panels(@w)"}, {64, 64, "pad_vector(@b)"}},
                                    source(), 0, 256),
                    Contains("found 64 bytes at offset 64, expected a multiple of 64 from 128 on"));
}
TEST_CASE("message: a weight beyond the end") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(
      writeWeightFile(folder / "m.weights", {{192, 128, "pack_panels(@w)"}}, source(), 0, 256),
      Contains("an end within 256"));
}
TEST_CASE("message: a weight of another size") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(
      writeWeightFile(folder / "m.weights", {{0, 64, "pack_panels(@w)"}}, source(), 0, 256),
      Contains("pack_panels(@w): found shape [1, 2, 16], expected 64 bytes"));
  CHECK_FALSE(std::filesystem::exists(folder / "m.weights"));
}
TEST_CASE("message: a folder that is not there") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(writeWeightFile(folder / "none/m.weights", kWeights, source(), 0, 256),
                    Contains("m.weights: cannot be created"));
}
