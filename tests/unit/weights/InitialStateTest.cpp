// A context that is created from a seed begins with the bits that the compiler writes for that
// seed.
#include "compiler/weights/WeightSource.h"
#include "compiler/weights/WriteWeights.h"
#include "runtime/include/cnx_rt.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <cstring>

using namespace cnx;

namespace {

struct Row {
  const char *name;
  std::vector<int64_t> shape;
  Parameter::Init init;
  double value;
  cnx_rt_form form;
  cnx_rt_init initForm;
  const char *function;
};

const std::vector<Row> kRows = {
    {"stem.0.weight",
     {40, 3, 4, 4},
     Parameter::Init::truncatedNormal,
     0.02,
     CNX_RT_PANELS,
     CNX_RT_TRUNCATED_NORMAL,
     "pack_panels"},
    {"stem.0.bias", {40}, Parameter::Init::zeros, 0, CNX_RT_VECTOR, CNX_RT_ZEROS, "pad_vector"},
    {"stages.0.blocks.0.conv_dw.weight",
     {40, 1, 7, 7},
     Parameter::Init::truncatedNormal,
     0.02,
     CNX_RT_TAPS,
     CNX_RT_TRUNCATED_NORMAL,
     "pack_taps"},
    {"stages.0.blocks.0.norm.weight",
     {40},
     Parameter::Init::ones,
     0,
     CNX_RT_VECTOR,
     CNX_RT_ONES,
     "pad_vector"},
    {"stages.0.blocks.0.gamma",
     {40},
     Parameter::Init::constant,
     1e-6,
     CNX_RT_VECTOR,
     CNX_RT_CONSTANT,
     "pad_vector"},
    {"head.fc.weight",
     {21, 40},
     Parameter::Init::truncatedNormal,
     0.7,
     CNX_RT_PANELS,
     CNX_RT_TRUNCATED_NORMAL,
     "pack_panels"},
};

constexpr uint64_t kSeed = 0xfedcba9876543210u;

} // namespace

TEST_CASE("a seed means the same to the compiler and to the runtime, to the bit") {
  std::vector<Parameter> parameters;
  std::vector<PackedWeight> weights;
  std::vector<cnx_rt_parameter> described;
  int64_t end = 0;
  for (const Row &row : kRows) {
    Parameter p;
    p.name = row.name;
    p.shape = row.shape;
    p.init = row.init;
    p.initValue = row.value;
    p.seed = kSeed;
    parameters.push_back(p);
    cnx_rt_parameter d{};
    d.name = row.name;
    d.form = row.form;
    d.rank = static_cast<int>(row.shape.size());
    std::copy(row.shape.begin(), row.shape.end(), d.shape);
    d.offset = static_cast<size_t>(end);
    int64_t floats = (row.shape[0] + 15) / 16 * 16 * (p.size() / row.shape[0]);
    d.floats = static_cast<size_t>(floats);
    d.init = row.initForm;
    d.init_value = row.value;
    described.push_back(d);
    weights.push_back({end, floats * 4, std::string(row.function) + "(@" + row.name + ")"});
    end += (floats * 4 + 1023) / 1024 * 1024;
  }
  TemporaryFolder folder;
  std::string path = folder / "m.weights";
  writeWeightFile(path, weights, WeightSource(parameters), 77, end);
  cnx_rt_weights *file = nullptr;
  REQUIRE(cnx_rt_weights_open(path.c_str(), 0, 77, static_cast<uint64_t>(end), &file, nullptr) ==
          CNX_RT_OK);

  const void *const table[1] = {nullptr};
  cnx_rt_model model = {"m", 0, 0, {table, nullptr}};
  cnx_rt_context *context = nullptr;
  cnx_rt_options options{};
  options.struct_size = sizeof options;
  options.seed = kSeed;
  REQUIRE(cnx_rt_context_create(&model, &options, &context, nullptr) == CNX_RT_OK);
  cnx_rt_train_model trained{};
  trained.parameters = described.data();
  trained.count = static_cast<int>(described.size());
  trained.floats = static_cast<size_t>(end) / 4;
  trained.moments = 2;
  trained.description = "{}";
  cnx_rt_training *training = nullptr;
  cnx_rt_error error{};
  cnx_rt_status status = cnx_rt_training_create(&trained, context, nullptr, &training, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
  const float *drawn = cnx_rt_training_segment(training, CNX_RT_PARAMETER);
  CHECK(std::memcmp(drawn, cnx_rt_weights_payload(file), static_cast<size_t>(end)) == 0);
  CHECK(drawn[0] != 0);
  cnx_rt_training_destroy(training);
  cnx_rt_context_destroy(context);
  cnx_rt_weights_release(file);
}
