// A recursive descent over the grammar in WeightExpr.h.
#include "compiler/Error.h"
#include "compiler/weights/WeightExpr.h"
#include "compiler/weights/WeightFunctions.h"

#include <charconv>
#include <fmt/format.h>

namespace cnx {

namespace {

constexpr int kDeepest = 64; // nesting; the compiler writes four levels

class Parser {
public:
  explicit Parser(std::string_view source) : text(source) {}

  WeightExpr parse() {
    WeightExpr expr = expression(0);
    skipSpace();
    if (at != text.size())
      fail("the end");
    return expr;
  }

private:
  std::string_view text;
  size_t at = 0;

  [[noreturn]] void fail(const std::string &expected) const {
    std::string found = at < text.size() ? fmt::format("'{}'", text[at]) : "the end";
    throw UserError(fmt::format("weight expression '{}': column {}: found {}, expected {}", text,
                                at + 1, found, expected));
  }

  void skipSpace() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      ++at;
  }

  bool accept(char c) {
    skipSpace();
    if (at == text.size() || text[at] != c)
      return false;
    ++at;
    return true;
  }

  void expect(char c) {
    if (!accept(c))
      fail(fmt::format("'{}'", c));
  }

  std::string word() {
    size_t start = at;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) ||
                                std::string_view("._$-").find(text[at]) != std::string_view::npos))
      ++at;
    if (at == start)
      fail("a name");
    return std::string(text.substr(start, at - start));
  }

  std::string quoted() {
    std::string name;
    while (at < text.size() && text[at] != '"') {
      if (text[at] == '\\')
        ++at;
      if (at < text.size())
        name += text[at++];
    }
    if (at == text.size())
      fail("'\"'");
    ++at;
    return name;
  }

  double number() {
    skipSpace();
    double value = 0;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc())
      fail("a number");
    at = static_cast<size_t>(end - text.data());
    return value;
  }

  WeightExpr expression(int depth) {
    if (depth > kDeepest)
      fail(fmt::format("at most {} nested calls", kDeepest));
    WeightExpr expr;
    if (accept('@')) {
      expr.kind = WeightExpr::Kind::parameter;
      if (at < text.size() && text[at] == '"') {
        ++at;
        expr.name = quoted();
      } else {
        expr.name = word();
      }
      return expr;
    }
    if (accept('[')) {
      expr.kind = WeightExpr::Kind::literal;
      do
        expr.literal.push_back(number());
      while (accept(','));
      expect(']');
      return expr;
    }
    skipSpace();
    size_t start = at;
    expr.kind = WeightExpr::Kind::call;
    expr.name = word();
    const WeightFunction *function = findWeightFunction(expr.name);
    if (!function) {
      at = start;
      fail("a function, '@' or '['");
    }
    expect('(');
    do
      expr.operands.push_back(expression(depth + 1));
    while (accept(','));
    expect(')');
    if (expr.operands.size() < function->minOperands ||
        expr.operands.size() > function->maxOperands) {
      at = start;
      fail(fmt::format("{} to {} operands of {} instead of {}", function->minOperands,
                       function->maxOperands, expr.name, expr.operands.size()));
    }
    return expr;
  }
};

} // namespace

WeightExpr parseWeightExpr(std::string_view text) { return Parser(text).parse(); }

} // namespace cnx
