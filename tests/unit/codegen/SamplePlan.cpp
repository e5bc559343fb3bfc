#include "tests/unit/codegen/SamplePlan.h"

namespace cnx {
namespace {

enum Segment { weights, arena, image, logits, pooled, stem };
enum Kernel { stemConv, block, exportMap, pool, head };

BufferType dense(std::vector<int64_t> shape, ElementType type = ElementType::f32) {
  const int64_t pitch = shape.back();
  return {std::move(shape), pitch, type};
}

BufferType activation(int64_t batch) { return {{batch, 8, 16, 40}, 48, ElementType::f32}; }

PlanProgram program(int64_t batch, int64_t firstId, int firstKernel) {
  const PlanArgument x = {arena, 0, activation(batch)};
  const PlanArgument picture = {image, 0, dense({batch, 32, 64, 3}, ElementType::u8)};
  const PlanArgument pooledOut = {pooled, 0, dense({batch, 40})};
  const auto weight = [](int64_t offset, std::vector<int64_t> shape) {
    return PlanArgument{weights, offset, dense(std::move(shape))};
  };
  PlanProgram result;
  result.name = "forward_b" + std::to_string(batch);
  result.direction = "forward";
  result.batch = batch;
  result.ports = {{image, dense({batch, 32, 64, 3}, ElementType::u8), Access::read},
                  {logits, dense({batch, 10}), Access::write},
                  {pooled, dense({batch, 40}), Access::write},
                  {stem, dense({batch, 40, 8, 16}), Access::write}};
  result.launches = {
      {firstId, firstKernel + stemConv, "stem", {picture, weight(0, {3, 48, 16}), x}, {}},
      {firstId + 1,
       firstKernel + block,
       "stages.0.blocks.0.mlp",
       {weight(9216, {3, 40, 16}), x},
       {1e-6f, 2}},
      {firstId + 2, firstKernel + exportMap, "stem", {x, {stem, 0, dense({batch, 40, 8, 16})}}, {}},
      {firstId + 3, firstKernel + pool, "head.pool", {x, pooledOut}, {}},
      {firstId + 4,
       firstKernel + head,
       "head.fc",
       {pooledOut, weight(16896, {1, 40, 16}), {logits, 0, dense({batch, 10})}},
       {}},
  };
  result.arenaBytes = x.type.bytes();
  return result;
}

} // namespace

Plan samplePlan(const std::string &name) {
  Plan plan;
  plan.name = name;
  plan.info = R"({"labels": ["tench", "a \"quoted\" label??/", "naïve"],
    "preprocessing": {"height": 32, "width": 64, "resize": "cover", "resize_height": 36,
    "resize_width": 73, "interpolation": "bilinear", "crop_rounding": "down",
    "mean": [0.5, 0.25, 0.125], "std": [1, 2, 0.5]}})";
  plan.parameters = {{"stem.weight", {40, 3, 4, 4}, {}, "", "", Parameter::Init::zeros, 0, 0},
                     {"head.fc.weight", {10, 40}, {}, "", "", Parameter::Init::ones, 0, 0}};
  plan.segments = {{"weights", SegmentKind::weights, 19456}, {"arena", SegmentKind::arena, 49152},
                   {"image", SegmentKind::io, 12288},        {"logits", SegmentKind::io, 80},
                   {"pooled", SegmentKind::io, 320},         {"stem", SegmentKind::io, 40960}};
  plan.constants = {{"stem.weight.packed",
                     SegmentKind::weights,
                     0,
                     9216,
                     "pack_panels(@stem.weight)",
                     {3, 48, 16},
                     "stem"},
                    {"stages.0.blocks.0.mlp.fc1.weight.packed",
                     SegmentKind::weights,
                     9216,
                     7680,
                     "pack_panels(@fc1)",
                     {3, 40, 16},
                     "stages.0.blocks.0.mlp"},
                    {"head.fc.weight.packed",
                     SegmentKind::weights,
                     16896,
                     2560,
                     "pack_panels(@head.fc.weight)",
                     {1, 40, 16},
                     "head"}};
  for (const std::string batch : {"n1", "n2"}) {
    const auto add = [&](const std::string &kind, std::vector<Access> access, int scalars) {
      const std::string symbol = kind + "_" + batch + "_x0123abcd";
      plan.kernels.push_back({symbol, "{\"symbol\":\"" + symbol + "\"}", "single",
                              std::move(access), scalars, 100, 200});
    };
    add("stem_conv", {Access::read, Access::read, Access::write}, 0);
    add("block", {Access::read, Access::readWrite}, 2);
    add("export", {Access::read, Access::write}, 0);
    add("pool", {Access::read, Access::write}, 0);
    add("head", {Access::read, Access::read, Access::write}, 0);
  }
  plan.programs = {program(1, 0, 0), program(2, 5, 5)};
  return plan;
}

CodegenOptions sampleOptions(const std::filesystem::path &folder) {
  CodegenOptions options;
  options.levels = {Level::v3};
  options.outputFolder = folder;
  options.runtimeInclude = CNX_TEST_HEADERS;
  options.cache = false;
  return options;
}

} // namespace cnx
