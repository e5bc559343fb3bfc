#include "compiler/weights/WeightSource.h"
#include "compiler/Error.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/weights/Tensors.h"

#include <cmath>
#include <limits>

using namespace cnx;
using Catch::Matchers::Contains;

static Parameter stored(const std::string &name, const Shape &shape, const std::string &file) {
  Parameter p;
  p.name = name;
  p.shape = shape;
  p.file = file;
  p.tensor = name;
  return p;
}

TEST_CASE("values of a file") {
  TemporaryFolder folder;
  test::Tensors tensors;
  tensors.add("w", {2, 3, 1, 1}, {1, 2, 3, 4, 5, 6});
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("w", {2, 3}, folder / "m.safetensors")});
  CHECK(source.values("w") == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(source.array("w").shape == Shape{2, 3});
}

TEST_CASE("half precision is widened exactly") {
  TemporaryFolder folder;
  test::Tensors tensors;
  // 1, -2, largest, smallest normal, smallest subnormal, largest subnormal, -0, infinity, NaN
  tensors.addHalves("h", CNX_IO_F16, {9},
                    {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x8000, 0x7c00, 0x7e00});
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("h", {9}, folder / "m.safetensors")});
  std::vector<float> v = source.values("h");
  CHECK(std::vector<float>(v.begin(), v.begin() + 6) ==
        std::vector<float>{1, -2, 65504, 0x1p-14f, 0x1p-24f, 1023 * 0x1p-24f});
  CHECK((v[6] == 0 && std::signbit(v[6])));
  CHECK(v[7] == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(v[8]));
}

TEST_CASE("bfloat16 is widened exactly") {
  TemporaryFolder folder;
  test::Tensors tensors;
  tensors.addHalves("h", CNX_IO_BF16, {4}, {0x3f80, 0xc049, 0x0001, 0x7f80});
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("h", {4}, folder / "m.safetensors")});
  CHECK(source.values("h") ==
        std::vector<float>{1, -3.140625f, 0x1p-133f, std::numeric_limits<float>::infinity()});
}

TEST_CASE("a parameter without a file is initialised") {
  Parameter p;
  p.name = "norm.weight";
  p.shape = {3};
  p.init = Parameter::Init::ones;
  CHECK(WeightSource({p}).values("norm.weight") == std::vector<float>{1, 1, 1});
}

TEST_CASE("message: a parameter that is not there") {
  CHECK_THROWS_WITH(WeightSource({}).values("w"), Contains("w: found nowhere in the model"));
}
TEST_CASE("message: two parameters of one name") {
  CHECK_THROWS_WITH(WeightSource({stored("w", {1}, "f"), stored("w", {1}, "f")}),
                    Contains("w: found twice, expected once"));
}
TEST_CASE("message: a file that has gone") {
  TemporaryFolder folder;
  WeightSource source({stored("w", {1}, folder / "gone.safetensors")});
  CHECK_THROWS_WITH(source.values("w"), Contains("gone.safetensors"));
}
TEST_CASE("message: a tensor that has gone") {
  TemporaryFolder folder;
  test::Tensors tensors;
  tensors.add("v", {1}, {1});
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("w", {1}, folder / "m.safetensors")});
  CHECK_THROWS_WITH(source.values("w"), Contains("m.safetensors: w: found no such tensor"));
}
TEST_CASE("message: a tensor of another shape") {
  TemporaryFolder folder;
  test::Tensors tensors;
  tensors.add("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("w", {2, 3}, folder / "m.safetensors")});
  CHECK_THROWS_WITH(source.values("w"), Contains("w: found shape [3, 2], expected [2, 3]"));
}
TEST_CASE("message: a tensor of integers") {
  TemporaryFolder folder;
  test::Tensors tensors;
  int64_t value = 5;
  tensors.addBytes("w", CNX_IO_I64, {1}, &value, sizeof value);
  tensors.save(folder / "m.safetensors");
  WeightSource source({stored("w", {1}, folder / "m.safetensors")});
  CHECK_THROWS_WITH(source.values("w"), Contains("w: found type I64, expected F32, F16 or BF16"));
}
