#include "compiler/codegen/SourceNames.h"

#include "compiler/codegen/Names.h"

#include <fmt/format.h>

#include <map>

namespace cnx {

std::string nameWithin(const std::string &layer, const std::string &rest) {
  const bool number = !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
  return number ? lastComponent(layer) + "_" + rest : rest;
}

std::string pointerOf(const PlanSegment &segment) {
  switch (segment.kind) {
  case SegmentKind::weights:
    return "w";
  case SegmentKind::param:
    return "p";
  case SegmentKind::grad:
    return "g";
  case SegmentKind::opt:
    return segment.name == "moment1" ? "m" : segment.name == "moment2" ? "v" : "e";
  case SegmentKind::arena:
    return "a";
  case SegmentKind::derived:
    return "t";
  case SegmentKind::io:
    break;
  }
  return "";
}

std::string programName(const PlanProgram &program, Section section) {
  const std::string name = identifier(program.name);
  if (section == Section::forward)
    return name;
  const std::string part = section == Section::loss ? "loss" : "backward";
  return name.rfind("train", 0) == 0 ? part + name.substr(5) : part + "_" + name;
}

std::string withoutPurpose(std::string name) {
  for (const std::string_view purpose : {".packed", ".trained", ".frozen"})
    if (const size_t at = name.rfind(purpose); at != std::string::npos)
      return name.erase(at, purpose.size());
  return name;
}

std::vector<std::string> kernelNames(const Plan &plan) {
  const auto shorten = [](const std::string &symbol) {
    const size_t at = symbol.rfind("_x");
    const bool hash = at != std::string::npos && symbol.size() == at + 10 &&
                      symbol.find_first_not_of("0123456789abcdef", at + 2) == std::string::npos;
    return hash ? symbol.substr(0, at) : symbol;
  };
  std::map<std::string, int> count;
  for (const PlanKernel &kernel : plan.kernels)
    ++count[shorten(kernel.symbol)];
  std::vector<std::string> names;
  for (const PlanKernel &kernel : plan.kernels) {
    const std::string name = shorten(kernel.symbol);
    names.push_back(count[name] == 1 ? name : kernel.symbol);
  }
  return names;
}

std::string cType(ElementType type) {
  return type == ElementType::f32 ? "float" : type == ElementType::u8 ? "uint8_t" : "uint16_t";
}

std::string floatLiteral(float value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + "f";
}

} // namespace cnx
