#include "compiler/codegen/Names.h"

#include "compiler/Error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cnx {
namespace {

const std::set<std::string_view> kKeywords = {
    "alignas",     "alignof",      "and",       "and_eq",
    "asm",         "auto",         "bitand",    "bitor",
    "bool",        "break",        "case",      "catch",
    "char",        "char16_t",     "char32_t",  "char8_t",
    "class",       "co_await",     "co_return", "co_yield",
    "compl",       "concept",      "const",     "const_cast",
    "consteval",   "constexpr",    "constinit", "continue",
    "decltype",    "default",      "delete",    "do",
    "double",      "dynamic_cast", "else",      "enum",
    "explicit",    "export",       "extern",    "false",
    "float",       "for",          "friend",    "goto",
    "if",          "inline",       "int",       "long",
    "main",        "mutable",      "namespace", "new",
    "noexcept",    "not",          "not_eq",    "nullptr",
    "operator",    "or",           "or_eq",     "private",
    "protected",   "public",       "register",  "reinterpret_cast",
    "requires",    "restrict",     "return",    "short",
    "signed",      "sizeof",       "static",    "static_assert",
    "static_cast", "struct",       "switch",    "template",
    "this",        "thread_local", "throw",     "true",
    "try",         "typedef",      "typeid",    "typename",
    "typeof",      "union",        "unsigned",  "using",
    "virtual",     "void",         "volatile",  "wchar_t",
    "while",       "xor",          "xor_eq"};

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool isNumber(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// A layer's backward ops are marked: "head.fc#bwd".
std::string withoutMark(const std::string &layer) { return layer.substr(0, layer.find('#')); }

// Length of the block's part of a layer path.
size_t blockLength(const std::string &layer) {
  std::string_view previous;
  size_t first = layer.size();
  for (size_t at = 0; at <= layer.size();) {
    const size_t end = std::min(layer.find('.', at), layer.size());
    const std::string_view part = std::string_view(layer).substr(at, end - at);
    if (at == 0)
      first = end;
    if (part == "downsample" || (isNumber(part) && previous == "blocks"))
      return end;
    previous = part;
    at = end + 1;
  }
  return first;
}

} // namespace

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '_' && isWordCharacter(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  }
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result.front())))
    result = "n" + result;
  return result;
}

std::string upperCase(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

const std::set<std::string> &frameNames() {
  static const std::set<std::string> names = {
      "Handle",  "In",         "InOut",  "Kernels", "Out",    "Outputs",       "Run",
      "a",       "context",    "e",      "forward", "g",      "handle_offset", "int64_t",
      "k",       "labels",     "launch", "m",       "memcpy", "model_facts",   "options",
      "p",       "parameters", "run",    "size_t",  "t",      "training",      "uint16_t",
      "uint8_t", "v",          "w",      "weights"};
  return names;
}

void checkModelName(const std::string &name) {
  const bool word = !name.empty() && std::all_of(name.begin(), name.end(), isWordCharacter) &&
                    !std::isdigit(static_cast<unsigned char>(name.front()));
  if (!word || name.front() == '_' || name.find("__") != std::string::npos ||
      name.rfind("cnx_", 0) == 0 || kKeywords.count(name) != 0 || frameNames().count(name) != 0)
    throw UserError(fmt::format(
        "--name: found '{}', expected a C identifier that is no keyword and no name of the emitted "
        "code's own (run, options, weights ...), has no __ and begins neither with _ nor with cnx_",
        name));
}

std::string NameScope::take(std::string_view wish) {
  const std::string base = identifier(wish);
  std::string name = kKeywords.count(base) != 0 ? base + "_" : base;
  for (int i = 2; !used.insert(name).second; ++i)
    name = fmt::format("{}_{}", base, i);
  return name;
}

std::string lastComponent(const std::string &layer) {
  const size_t dot = layer.rfind('.');
  return dot == std::string::npos ? layer : layer.substr(dot + 1);
}

std::string blockOf(const std::string &layer) {
  const std::string path = withoutMark(layer);
  return path.substr(0, blockLength(path));
}

std::string withinBlock(const std::string &layer) {
  const std::string path = withoutMark(layer);
  const size_t length = blockLength(path);
  return length < path.size() ? path.substr(length + 1) : "";
}

} // namespace cnx
