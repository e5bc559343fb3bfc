#include "compiler/kernels/KernelGraph.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"
#include "tests/unit/kernels/GraphBuilder.h"

using namespace cnx;
using namespace cnx::test;

static std::vector<std::string> argumentNames(const KernelGraph &graph) {
  std::vector<std::string> names;
  for (int v : graph.arguments())
    names.push_back(graph.values[static_cast<size_t>(v)].name);
  return names;
}

static KernelGraph residual(bool inPlace) {
  GraphBuilder b;
  int h = b.input({1, 3, 3, 64}), x = b.input({1, 3, 3, 16});
  int y = b.add(b.linear(b.layerNorm(h), 16), x);
  b.output(y);
  if (inPlace)
    b.graph.values[static_cast<size_t>(y)].inPlaceOf = x;
  b.graph.fusion = "gemm_residual";
  return b.graph;
}

TEST_CASE("arguments stand by role, and an overwritten input is its output") {
  KernelGraph graph = residual(false);
  CHECK(liftScalars(graph) == std::vector<double>{1e-6});
  canonicalise(graph);
  CHECK(argumentNames(graph) == std::vector<std::string>{"i0", "i1", "w0", "w1", "s0", "o0"});
  graph = residual(true);
  liftScalars(graph);
  canonicalise(graph);
  CHECK(argumentNames(graph) == std::vector<std::string>{"i0", "w0", "w1", "s0", "o0"});
}

TEST_CASE("equal eps share a scalar, others do not") {
  GraphBuilder b;
  int x = b.input({2, 16});
  b.output(b.layerNorm(b.layerNorm(b.layerNorm(x, 1e-6), 1e-5), 1e-6));
  CHECK(liftScalars(b.graph) == std::vector<double>{1e-6, 1e-5});
  const std::vector<Node> &nodes = b.graph.nodes;
  CHECK(nodes[0].inputs.back() == nodes[2].inputs.back());
  CHECK(nodes[0].inputs.back() != nodes[1].inputs.back());
  CHECK(nodes[0].attributes.count("eps") == 0);
}

TEST_CASE("text comes back as it was") {
  const KernelGraph graph = residual(true);
  const std::string text = toJson(graph);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(toJson(parseKernelGraph(text)) == text);
  const KernelGraph back = parseKernelGraph(text);
  CHECK(back.nodes[0].number("eps") == 1e-6);
  CHECK(back.nodes[1].integer("features") == 16);
}

TEST_CASE("symbols are C identifiers that spell the shape and differ with the graph") {
  const KernelGraph graph = residual(false);
  const std::string symbol = kernelSymbol(graph);
  CHECK(symbol.rfind("gemm_residual_n1_h3_w3_c64_to_n1_h3_w3_c16_x", 0) == 0);
  CHECK(symbol.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos);
  CHECK(symbol == kernelSymbol(parseKernelGraph(toJson(graph))));
  CHECK(symbol != kernelSymbol(residual(true)));
}

TEST_CASE("what may be overwritten") {
  GraphBuilder b;
  int x = b.input({1, 3, 3, 16}), other = b.input({1, 3, 3, 32}),
      image = b.input({1, 3, 3, 3}, true);
  int sum = b.add(b.linear(x, 16), x), scaled = b.scale(other), rows = b.layerNorm(other);
  int dense = b.affine(image);
  for (int v : {sum, scaled, rows, dense})
    b.output(v);
  CHECK_FALSE(mayOverwrite(b.graph, sum, x));        // the product reads it too
  CHECK_FALSE(mayOverwrite(b.graph, scaled, other)); // so does the norm
  CHECK_FALSE(mayOverwrite(b.graph, rows, other));   // a norm reads whole rows
  CHECK_FALSE(mayOverwrite(b.graph, dense, image));  // other pitch
  CHECK_FALSE(mayOverwrite(b.graph, sum, other));    // other shape
  GraphBuilder alone;
  int a = alone.input({1, 3, 3, 16}), c = alone.gelu(a);
  CHECK_FALSE(mayOverwrite(alone.graph, c, a)); // not an output
  alone.output(c);
  CHECK(mayOverwrite(alone.graph, c, a));
}

TEST_CASE("a group of a function takes its values' roles from its border") {
  GraphBuilder b;
  int x = b.input({1, 5, 5, 16});
  int hidden = b.linear(x, 64), active = b.gelu(hidden), y = b.linear(active, 16);
  b.output(y);
  std::vector<int> values;
  KernelGraph group = extractGroup(b.graph, {0, 1}, "gemm_gelu", &values);
  REQUIRE(group.nodes.size() == 2);
  const auto roleOf = [&](int value) {
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] == value)
        return group.values[i].role;
    FAIL("value " << value << " is not in the group");
    return Role::internal;
  };
  CHECK(roleOf(x) == Role::input);
  CHECK(roleOf(hidden) == Role::internal);
  CHECK(roleOf(active) == Role::output);
  group = extractGroup(b.graph, {1, 2}, "tail", &values);
  CHECK(roleOf(hidden) == Role::input);
  CHECK(roleOf(active) == Role::internal);
  CHECK(roleOf(y) == Role::output);
}

static std::string failure(const std::string &text) {
  try {
    parseKernelGraph(text);
  } catch (const UserError &error) {
    return error.what();
  }
  return "no error";
}

static std::string withValue(const std::string &value, const std::string &nodes = "[]") {
  return R"({"fusion":"single","values":[)" + value + R"(],"nodes":)" + nodes + "}";
}

TEST_CASE("what is wrong with a graph's text is named") {
  const std::string good = R"({"name":"i0","shape":[2,16],"pitch":16,"type":"f32","role":"input"})";
  CHECK(failure("{").find("kernel graph: byte 2: ") == 0);
  CHECK(failure("{}") == "kernel graph: root: found no field 'fusion', expected one");
  CHECK(failure("[]") == "kernel graph: root: found [], expected an object");
  CHECK(failure(R"({"fusion":1})") == "kernel graph: root.fusion: found 1, expected a string");
  CHECK(failure(
            withValue(R"({"name":"i0","shape":[2,-1],"pitch":16,"type":"f32","role":"input"})")) ==
        "kernel graph: values[0].shape: found -1, expected 1 to 2147483647");
  CHECK(
      failure(withValue(R"({"name":"i0","shape":[2,16],"pitch":8,"type":"f32","role":"input"})")) ==
      "kernel graph: values[0].pitch: found 8, expected at least 16");
  CHECK(failure(
            withValue(R"({"name":"i0","shape":[2,16],"pitch":16,"type":"f64","role":"input"})")) ==
        "kernel graph: values[0].type: found 'f64', expected one of f32, u8, bf16");
  CHECK(failure(withValue(
            R"({"name":"t0","shape":[2,16],"pitch":16,"type":"f32","role":"internal"})")) ==
        "kernel graph: values[0]: found no node that makes it, expected one");
  CHECK(
      failure(withValue(
          R"({"name":"i0","shape":[2,16],"pitch":16,"type":"f32","role":"input","in_place_of":7})")) ==
      "kernel graph: values[0].in_place_of: found 7, expected the index of an input");
  CHECK(failure(withValue(good, R"([{"op":"gelu","attributes":{},"inputs":[3],"outputs":[]}])")) ==
        "kernel graph: nodes[0].inputs: found 3, expected an argument, -1 or a value made before");
  CHECK(failure(withValue(good, R"([{"op":"gelu","attributes":{},"inputs":[0],"outputs":[0]}])")) ==
        "kernel graph: nodes[0].outputs: found 0, expected -1 or a value that nothing made before");
  CHECK(failure(withValue(good,
                          R"([{"op":"gelu","attributes":{"a":[]},"inputs":[0],"outputs":[]}])")) ==
        "kernel graph: nodes[0].attributes.a: found [], expected a number or string");
}

TEST_CASE("tiles are part of the text, and of the symbol, where there are some") {
  KernelGraph graph = residual(true);
  const std::string plain = toJson(graph), symbol = kernelSymbol(graph);
  CHECK(plain.find("tiles") == std::string::npos);
  graph.tiles = Tiles{};
  graph.tiles->rows = 7;
  graph.tiles->hiddenWidth = 32;
  const KernelGraph back = parseKernelGraph(toJson(graph));
  REQUIRE(back.tiles);
  CHECK(*back.tiles == *graph.tiles);
  CHECK(kernelSymbol(back) != symbol);
}

TEST_CASE("tiles that are none are refused") {
  const std::string text = toJson(residual(false));
  const auto failure = [&](const std::string &tiles) -> std::string {
    try {
      parseKernelGraph(text.substr(0, text.size() - 1) + ",\"tiles\":" + tiles + "}");
    } catch (const UserError &error) {
      return error.what();
    }
    return "no error";
  };
  CHECK_THAT(failure("[7]"), Catch::Contains("tiles: found [7], expected an object"));
  CHECK_THAT(failure("{\"row\":7}"),
             Catch::Contains("tiles: found 'row', expected some of rows, width"));
  CHECK_THAT(failure("{\"rows\":0}"),
             Catch::Contains("tiles.rows: found 0, expected 1 to 2147483647"));
  CHECK_THAT(failure("{\"rows\":\"7\"}"), Catch::Contains("tiles.rows: found \"7\", expected"));
}
