#include "compiler/frontend/JsonText.h"

#include "compiler/Error.h"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>

namespace cnx {

namespace {

using nlohmann::json;

constexpr size_t kDeepest = 64; // nesting; whoever prints a value goes down it by recursion

// Feeds the parser and counts the lines that it has taken. The parser reads one character beyond a
// number, but a key ends with its quote, so the count is exact when a key is reported.
class CountingIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  CountingIterator(const char *where, int *counter) : at(where), line(counter) {}
  reference operator*() const { return *at; }
  CountingIterator &operator++() {
    if (*at == '\n')
      ++*line;
    ++at;
    return *this;
  }
  bool operator==(const CountingIterator &other) const { return at == other.at; }
  bool operator!=(const CountingIterator &other) const { return at != other.at; }

private:
  const char *at;
  int *line;
};

// Follows the parser: which field begins where, and whether it was there before.
class FieldLines : public nlohmann::json_sax<json> {
public:
  FieldLines(std::string name, const int &counter) : file(std::move(name)), current(counter) {}
  std::map<std::string, int> lines;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t &) override { return value(); }
  bool string(string_t &) override { return value(); }
  bool binary(binary_t &) override { return value(); }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }

  bool key(string_t &name) override {
    std::string parent = scopes.back().path;
    std::string path = parent.empty() ? name : parent + "." + name;
    auto [earlier, isNew] = lines.emplace(path, current);
    if (!isNew)
      throw UserError(
          fmt::format("{}:{}: {}: found a second time, expected once (first on line {})", file,
                      current, path, earlier->second));
    next = path;
    return true;
  }

  bool parse_error(std::size_t, const std::string &token,
                   const nlohmann::detail::exception &error) override {
    std::string what = error.what();
    size_t reason = what.find("syntax error");
    throw UserError(
        fmt::format("{}:{}: found {}, expected JSON{}", file, current,
                    token.empty() ? "the end" : "'" + token + "'",
                    reason == std::string::npos ? "" : " (" + what.substr(reason) + ")"));
  }

private:
  struct Scope {
    std::string path;
    bool isArray;
    int entries;
  };
  std::string file;
  const int &current;
  std::vector<Scope> scopes;
  std::string next; // path of the value that comes

  bool open(bool isArray) {
    if (scopes.size() == kDeepest)
      throw UserError(fmt::format("{}:{}: found more than {} nested arrays and objects", file,
                                  current, kDeepest));
    std::string path = pathOfValue();
    scopes.push_back({path, isArray, 0});
    return true;
  }
  bool close() {
    scopes.pop_back();
    return true;
  }
  bool value() {
    pathOfValue();
    return true;
  }
  std::string pathOfValue() {
    if (!scopes.empty() && scopes.back().isArray)
      return fmt::format("{}[{}]", scopes.back().path, scopes.back().entries++);
    return std::exchange(next, {});
  }
};

} // namespace

JsonText::JsonText(std::string file, const std::string &text) : fileName(std::move(file)) {
  int line = 1;
  FieldLines reader(fileName, line);
  CountingIterator begin(text.data(), &line), end(text.data() + text.size(), &line);
  json::sax_parse(begin, end, &reader);
  lines = std::move(reader.lines);
  root = json::parse(text);
}

JsonText JsonText::read(const std::string &file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw UserError(file + ": cannot be opened");
  std::ostringstream text;
  text << stream.rdbuf();
  return JsonText(file, text.str());
}

int JsonText::line(const std::string &path) const {
  auto found = lines.find(path);
  return found == lines.end() ? 1 : found->second;
}

void JsonText::fail(const std::string &path, const std::string &found,
                    const std::string &expected) const {
  throw UserError(fmt::format("{}:{}: {}found {}, expected {}", fileName, line(path),
                              path.empty() ? "" : path + ": ", found, expected));
}

} // namespace cnx
