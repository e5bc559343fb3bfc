#include "compiler/tools/Options.h"

#include "compiler/tools/NpyInput.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <CLI/CLI.hpp>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

CompileOptions parse(std::vector<std::string> arguments) {
  CLI::App app;
  CompileOptions options;
  addModelOptions(app, options);
  addBuildOptions(app, options);
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  app.parse(arguments);
  return options;
}

std::string save(const std::string &path, cnx_io_dtype type, std::vector<uint64_t> shape) {
  size_t bytes = cnx_io_dtype_bits(type) / 8;
  for (uint64_t extent : shape)
    bytes *= extent;
  std::vector<unsigned char> zeros(bytes);
  cnx_rt_error error;
  REQUIRE(cnx_npy_save(path.c_str(), type, int(shape.size()), shape.data(), zeros.data(), &error) ==
          CNX_RT_OK);
  return path;
}

} // namespace

TEST_CASE("options and their defaults") {
  CompileOptions plain = parse({"convnext_tiny"});
  CHECK(plain.model == "convnext_tiny");
  CHECK(plain.network.batches == std::vector<int64_t>{1});
  CHECK(plain.levels.empty());
  CHECK(plain.fusion);
  CHECK(plain.cache);
  CHECK(plain.networkFlags.empty());

  // A list takes one word: the model may follow it.
  CompileOptions full = parse({"--batch", "1,8", "--outputs", "logits,stage3", "--cpu", "v3",
                               "m.json", "--image", "192x320", "--no-fusion", "--no-cache",
                               "--input-format", "u8-nhwc", "--output-layout", "nhwc"});
  CHECK(full.model == "m.json");
  CHECK(full.network.batches == std::vector<int64_t>{1, 8});
  CHECK(full.network.outputs == std::vector<std::string>{"logits", "stage3"});
  CHECK(full.levels == std::vector<Level>{Level::v3});
  CHECK(full.network.image == std::pair<int64_t, int64_t>{192, 320});
  CHECK_FALSE(full.fusion);
  CHECK_FALSE(full.cache);
  CHECK(full.network.inputFormat == InputFormat::u8Nhwc);
  CHECK(full.network.outputLayout == OutputLayout::nhwc);
  CHECK(full.networkFlags == std::vector<std::string>{"--image", "--batch", "--outputs",
                                                      "--output-layout", "--input-format"});
  CHECK(parse({"m", "--image", "64"}).network.image == std::pair<int64_t, int64_t>{64, 64});
}

TEST_CASE("an image size is S or HxW") {
  for (const char *wrong : {"", "x", "64x", "x64", "-64", "0", "64x0", "64 x 64", "64x64x3"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse({"m", std::string("--image=") + wrong}), CLI::ParseError);
  }
}

TEST_CASE("an array of images gives batch and size where the user has not") {
  TemporaryFolder folder;
  NpyInput input(save(folder / "x.npy", CNX_IO_F32, {4, 3, 64, 96}), InputFormat::f32Nchw);
  CompileOptions options = parse({"m"});
  input.setDefaults(options);
  CHECK(options.network.batches == std::vector<int64_t>{4});
  CHECK(options.network.image == std::pair<int64_t, int64_t>{64, 96});
  options = parse({"m", "--batch", "2", "--image", "32"});
  input.setDefaults(options);
  CHECK(options.network.batches == std::vector<int64_t>{2});
  CHECK(options.network.image == std::pair<int64_t, int64_t>{32, 32});

  CHECK_NOTHROW(input.require(2, 64, 96));
  CHECK_THROWS_WITH(input.require(3, 64, 96),
                    Contains("found 4 images, expected a multiple of the batch 3"));
  CHECK_THROWS_WITH(input.require(2, 64, 64), Contains("found images of 64x96, expected 64x64"));
}

TEST_CASE("an array of another type or shape is refused") {
  TemporaryFolder folder;
  const std::string floats = save(folder / "f.npy", CNX_IO_F32, {1, 3, 64, 64});
  const std::string bytes = save(folder / "b.npy", CNX_IO_U8, {1, 64, 64, 3});
  CHECK_NOTHROW(NpyInput(bytes, InputFormat::u8Nhwc));
  CHECK_THROWS_WITH(NpyInput(bytes, InputFormat::f32Nchw),
                    Contains("b.npy: found U8 [1,64,64,3], expected F32 [N,3,H,W]"));
  CHECK_THROWS_WITH(NpyInput(floats, InputFormat::f32Nhwc), Contains("expected F32 [N,H,W,3]"));
  CHECK_THROWS_WITH(NpyInput(save(folder / "r.npy", CNX_IO_F32, {3, 64, 64}), InputFormat::f32Nchw),
                    Contains("found F32 [3,64,64]"));
  CHECK_THROWS_WITH(NpyInput(folder / "none.npy", InputFormat::f32Nchw), Contains("none.npy"));
}
