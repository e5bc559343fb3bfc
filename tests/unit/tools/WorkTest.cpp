#include "compiler/tools/Work.h"
#include "compiler/tools/MemoryMap.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

using namespace cnx;

namespace {

Value value(std::vector<int64_t> shape, Role role) {
  Value made;
  made.pitch = shape.back();
  made.shape = std::move(shape);
  made.role = role;
  return made;
}

} // namespace

TEST_CASE("convolutions and linear layers count, all else does not") {
  KernelGraph graph;
  graph.values = {value({2, 8, 8, 6}, Role::input),     value({7, 7, 16}, Role::weight),
                  value({2, 8, 8, 6}, Role::internal),  value({1, 24, 16}, Role::weight),
                  value({2, 4, 4, 10}, Role::internal), value({2, 4, 4, 10}, Role::internal),
                  value({3, 10, 16}, Role::weight),     value({2, 4, 4, 40}, Role::output)};
  graph.nodes = {
      {"dwconv", {{"kernel", int64_t(7)}}, {0, 1, -1}, {2}},
      {"patch_conv", {{"kernel", int64_t(2)}, {"features", int64_t(10)}}, {2, 3, -1}, {4}},
      {"gelu", {}, {4}, {5}},
      {"linear", {{"features", int64_t(40)}}, {5, 6, -1}, {7}}};
  CHECK(multiplyAccumulates(graph) ==
        2 * 8 * 8 * 6 * 49 + 2 * 4 * 4 * 10 * (4 * 6) + 2 * 4 * 4 * 40 * 10);
}

TEST_CASE("gradients of convolutions and linear layers count what their layers do") {
  KernelGraph graph;
  graph.values = {value({2, 4, 4, 40}, Role::input),
                  value({2, 4, 4, 10}, Role::input),
                  value({1, 40, 16}, Role::weight),
                  value({2, 4, 4, 10}, Role::output),
                  value({3, 10, 16}, Role::output),
                  value({2, 9, 9, 6}, Role::input),
                  value({2, 24, 16}, Role::weight),
                  value({2, 9, 9, 6}, Role::output),
                  value({1, 24, 16}, Role::output),
                  value({7, 7, 16}, Role::weight),
                  value({2, 9, 9, 6}, Role::output),
                  value({7, 7, 16}, Role::output),
                  value({2, 4, 4, 10}, Role::internal),
                  value({40, 10}, Role::weight),
                  value({40}, Role::output)};
  const int64_t linear = 2 * 4 * 4 * 40 * 10, patch = 2 * 4 * 4 * 10 * (4 * 6),
                depthwise = 2 * 9 * 9 * 6 * 49;
  auto count = [&](Node node) {
    graph.nodes = {std::move(node)};
    return multiplyAccumulates(graph);
  };
  CHECK(count({"linear_grad_input", {}, {0, 13}, {3}}) == linear);
  CHECK(count({"linear", {{"features", int64_t(10)}}, {0, 2, -1}, {3}}) == linear);
  CHECK(count({"linear_grad_weight", {}, {0, 1}, {4}}) == linear);
  // The ninth row and column of the map belong to no patch.
  CHECK(count({"patch_conv_grad_input",
               {{"kernel", int64_t(2)},
                {"channels", int64_t(6)},
                {"height", int64_t(9)},
                {"width", int64_t(9)}},
               {1, 6},
               {7}}) == patch);
  CHECK(count({"patch_conv_grad_weight", {{"kernel", int64_t(2)}}, {1, 5}, {8}}) == patch);
  CHECK(count({"dwconv_grad_input", {{"kernel", int64_t(7)}}, {5, 9}, {10}}) == depthwise);
  CHECK(count({"dwconv_grad_weight", {{"kernel", int64_t(7)}}, {5, 7}, {11}}) == depthwise);
  CHECK(count({"sum_rows", {}, {0}, {14}}) == 0);
}

TEST_CASE("a buffer lives from the launch that writes it to the last that reads it") {
  auto manifest = nlohmann::ordered_json::parse(R"({"kernels": [
    {"symbol": "make", "access": ["r", "w"]}, {"symbol": "change", "access": ["r", "rw"]}]})");
  auto program = nlohmann::ordered_json::parse(R"({"launches": [
    {"id": 0, "layer": "a", "kernel": "make", "arguments": [
      {"segment": "image", "offset": 0, "shape": [1, 3], "pitch": 3, "type": "f32"},
      {"segment": "arena", "offset": 0, "shape": [2, 40], "pitch": 48, "type": "f32"}]},
    {"id": 1, "layer": "b", "kernel": "make", "arguments": [
      {"segment": "arena", "offset": 0, "shape": [2, 40], "pitch": 48, "type": "f32"},
      {"segment": "arena", "offset": 384, "shape": [1, 16], "pitch": 16, "type": "f32"}]},
    {"id": 2, "layer": "c", "kernel": "change", "arguments": [
      {"segment": "arena", "offset": 0, "shape": [2, 40], "pitch": 48, "type": "f32"},
      {"segment": "arena", "offset": 384, "shape": [1, 16], "pitch": 16, "type": "f32"}]},
    {"id": 3, "layer": "d", "kernel": "make", "arguments": [
      {"segment": "arena", "offset": 384, "shape": [1, 16], "pitch": 16, "type": "f32"},
      {"segment": "arena", "offset": 0, "shape": [1, 16], "pitch": 16, "type": "f32"}]}]})");
  std::vector<ArenaBuffer> buffers = arenaBuffers(manifest, program);
  REQUIRE(buffers.size() == 3);
  CHECK(buffers[0].bytes == 2 * 48 * 4);
  CHECK(buffers[0].layer == "a");
  CHECK(buffers[0].lastLaunch == 2);
  CHECK(buffers[1].firstLaunch == 1);
  CHECK(buffers[1].lastLaunch == 3); // changed in place on the way
  CHECK(buffers[2].offset == 0);
  CHECK(buffers[2].firstLaunch == 3);
}
