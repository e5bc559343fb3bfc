// Text of C and C++ as clang-format leaves it (LLVM style, 100 columns), so that emitted files need
// no tool after us.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cnx {

class Writer {
public:
  static constexpr size_t kColumns = 100;

  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    put(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  void blank() { text += '\n'; }
  // Text with its own line breaks, as it is.
  void raw(std::string_view block) { text += block; }

  // One line that ends in `{`, and what follows is indented by one step more.
  template <typename... Arguments>
  void open(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    line(format, std::forward<Arguments>(arguments)...);
    ++depth;
  }
  void close(std::string_view end = "}") {
    --depth;
    put(end);
  }
  void indent() { ++depth; }
  void unindent() { --depth; }

  // `// ...` lines, filled to the right margin. In C headers the same in /* */.
  void comment(std::string_view words);
  void blockComment(std::string_view words);

  // head + "(" + arguments + ")" + tail, with as many arguments on a line as fit, continued under
  // the first.
  void call(const std::string &head, const std::vector<std::string> &arguments,
            std::string_view tail = ";");

  // A function (or with "};" a lambda) of one statement: on one line where that fits.
  void oneLiner(const std::string &head, const std::string &statement, std::string_view end = "}");

  // Lines of code with a comment behind each (empty: none); the comments stand in a column.
  // Comments come with their `//` or `/* */`.
  struct Row {
    std::string code;
    std::string comment;
  };
  void rows(const std::vector<Row> &table);

  std::string take() { return std::move(text); }

private:
  void put(std::string_view code);

  std::string text;
  int depth = 0;
};

// Text between double quotes, for a C string literal.
std::string cString(std::string_view value);

} // namespace cnx
