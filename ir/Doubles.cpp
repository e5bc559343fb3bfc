#include "ir/Doubles.h"

#include "llvm/ADT/StringExtras.h"

#include <bit>
#include <charconv>
#include <cmath>

using namespace mlir;

namespace cnx {
namespace {

std::string textOf(double value) {
  if (!std::isfinite(value)) // MLIR writes and reads these as their bits
    return "0x" + llvm::utohexstr(std::bit_cast<uint64_t>(value));
  char buffer[32];
  std::string text(buffer, std::to_chars(std::begin(buffer), std::end(buffer), value).ptr);
  if (text.find('.') == std::string::npos) // MLIR's literals have a point
    text.insert(std::min(text.find('e'), text.size()), ".0");
  return text;
}

} // namespace

void printDoubles(OpAsmPrinter &printer, Operation *, DenseF64ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(values.asArrayRef(), printer,
                        [&](double value) { printer << textOf(value); });
  printer << ']';
}

ParseResult parseDoubles(OpAsmParser &parser, DenseF64ArrayAttr &values) {
  SmallVector<double> list;
  auto number = [&] { return parser.parseFloat(list.emplace_back()); };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, number))
    return failure();
  values = DenseF64ArrayAttr::get(parser.getContext(), list);
  return success();
}

} // namespace cnx
