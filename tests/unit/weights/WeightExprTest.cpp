#include "compiler/weights/WeightExpr.h"
#include "compiler/Error.h"
#include "tests/support/catch.h"

using namespace cnx;
using Catch::Matchers::Contains;

static std::string reprint(const std::string &text) {
  return printWeightExpr(parseWeightExpr(text));
}

TEST_CASE("an expression prints as it was written") {
  for (std::string text : {
           "@stem.0.weight",
           "pack_panels(fold_in(@stages.0.blocks.0.mlp.fc1.weight, "
           "@stages.0.blocks.0.norm.weight))",
           "pad_vector(fold_bias(@b, @w, @beta))",
           "fold_bias(@w, [-0.485, 1e-300, 0.1])",
           "@\"odd name, with \\\"quotes\\\"\"",
       })
    CHECK(reprint(text) == text);
}

TEST_CASE("spaces do not matter") {
  CHECK(reprint("  pack_panels ( @w ) ") == "pack_panels(@w)");
  CHECK(reprint("fold_in(@w,[1,  2])") == "fold_in(@w, [1, 2])");
}

TEST_CASE("numbers keep every bit") {
  WeightExpr expr;
  expr.literal = {1.0 / 3, 5e-324, -0.0, 1.7976931348623157e308};
  WeightExpr again = parseWeightExpr(printWeightExpr(expr));
  CHECK(again.literal == expr.literal);
  CHECK(std::signbit(again.literal[2]));
}

TEST_CASE("parameters of an expression, each once") {
  CHECK(parametersOf(parseWeightExpr("fold_bias(fold_out(@b, @g), fold_out(@w, @g), @beta)")) ==
        std::vector<std::string>{"b", "g", "w", "beta"});
}

TEST_CASE("evaluation goes through every level") {
  auto parameter = [](const std::string &name) -> WeightArray {
    if (name == "w")
      return {{2, 3}, {1, 2, 3, 4, 5, 6}};
    return {{3}, {10, 100, 1000}};
  };
  WeightArray value = evaluate(parseWeightExpr("fold_out(fold_in(@w, @g), [1, 0.5])"), parameter);
  CHECK(value.shape == Shape{2, 3});
  CHECK(value.values == std::vector<double>{10, 200, 3000, 20, 250, 3000});
}

TEST_CASE("the shape of an expression is that of its value") {
  auto shape = [](const std::string &name) -> Shape {
    return name == "w" ? Shape{20, 12, 2, 2} : Shape{12};
  };
  CHECK(shapeOf(parseWeightExpr("pack_panels(fold_in(@w, @g))"), shape) == Shape{2, 48, 16});
  CHECK(shapeOf(parseWeightExpr("pad_vector(fold_bias(@w, @g))"), shape) == Shape{32});
}

static void refuses(const std::string &text, const std::string &message) {
  CHECK_THROWS_WITH(parseWeightExpr(text), Contains(message));
}

TEST_CASE("message: an unknown function") {
  refuses("pack_pannels(@w)", "column 1: found 'p', expected a function");
}
TEST_CASE("message: a missing operand") {
  refuses("fold_in(@w)", "column 1: found 'f', expected 2 to 2 operands of fold_in instead of 1");
}
TEST_CASE("message: a missing bracket") {
  refuses("pack_panels(@w", "column 15: found the end, expected ')'");
}
TEST_CASE("message: text after the end") {
  refuses("@w @v", "column 4: found '@', expected the end");
}
TEST_CASE("message: an open quote") { refuses("@\"w", "found the end, expected '\"'"); }
TEST_CASE("message: not a number") { refuses("[1, x]", "column 5: found 'x', expected a number"); }
TEST_CASE("message: too deep") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "pad_vector(";
  refuses(text, "at most 64 nested calls");
}
TEST_CASE("message: shapes that do not fit") {
  auto parameter = [](const std::string &) -> WeightArray { return {{2, 2}, {1, 2, 3, 4}}; };
  CHECK_THROWS_WITH(evaluate(parseWeightExpr("fold_in(@w, [1, 2, 3])"), parameter),
                    "fold_in: found operands [2, 2], [3], expected a matrix [N, K] or [N, K, k, k] "
                    "and a vector [K]");
}
