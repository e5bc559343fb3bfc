// Lists of doubles in the text of a dump: the same bits when it is read again.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <limits>
#include <random>

using namespace cnx;

static std::string printed(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream(text) << *op;
  return text;
}

static std::string constantText(const std::string &list) {
  test::Program program("func.func @f() { %0 = cnx.constant " + list + "\n return }");
  return printed(program.first<ir::ConstantOp>());
}

TEST_CASE("any double reads back from its text with the same bits") {
  using Limits = std::numeric_limits<double>;
  std::vector<double> values{0.0,
                             -0.0,
                             0.485 * 255,
                             0.1,
                             1.0 / 3,
                             1e22,
                             1e-7,
                             Limits::max(),
                             Limits::min(),
                             Limits::denorm_min(),
                             -123456789.0,
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN()};
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i)
    values.push_back(std::bit_cast<double>(random()));

  test::Program program("func.func @f() { %0 = cnx.constant [1.0]\n return }");
  auto constant = program.first<ir::ConstantOp>();
  for (double value : values) {
    constant.setValues({value});
    test::Program again("func.func @f() { " + printed(constant) + "\n return }");
    const double read = again.first<ir::ConstantOp>().getValues()[0];
    INFO(printed(constant));
    CHECK(std::bit_cast<uint64_t>(read) == std::bit_cast<uint64_t>(value));
  }
}

TEST_CASE("the text of a double is as short as it can be") {
  CHECK(constantText("[123.675, 1.0, 0.1]") == "%0 = cnx.constant [123.675, 1.0, 0.1]");
  CHECK(constantText("[0.000001, 1.5e-300]") == "%0 = cnx.constant [1.0e-06, 1.5e-300]");
}
