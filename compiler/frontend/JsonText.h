// A JSON file whose every field knows its line, for messages that name file, line, field, found and
// expected.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cnx {

class JsonText {
public:
  // Throws UserError where the text is not JSON or names a field twice.
  JsonText(std::string file, const std::string &text);
  static JsonText read(const std::string &file);

  const std::string &file() const { return fileName; }
  const nlohmann::json &value() const { return root; }

  // Line of a field by its path ("pretrained_cfg.mean"), 1 where it is unknown.
  int line(const std::string &path) const;

  // "FILE:LINE: FIELD: found FOUND, expected EXPECTED"
  [[noreturn]] void fail(const std::string &path, const std::string &found,
                         const std::string &expected) const;

private:
  std::string fileName;
  nlohmann::json root;
  std::map<std::string, int> lines;
};

// The fields of one object of a JsonText, each asked for by name, type and range. A field that is
// absent or null gives the fallback.
class JsonFields {
public:
  explicit JsonFields(const JsonText &text);
  JsonFields(const JsonText &text, std::string path, const nlohmann::json &object);

  std::vector<std::string> names() const;  // null ones too
  bool has(const std::string &name) const; // and is not null
  const nlohmann::json &at(const std::string &name) const;
  JsonFields object(const std::string &name) const; // an empty one where it is absent

  std::string string(const std::string &name, const std::string &fallback) const;
  bool boolean(const std::string &name, bool fallback) const;
  double number(const std::string &name, double fallback) const;
  int64_t integer(const std::string &name, int64_t fallback) const;
  // As many entries as asked for, all of which `accept`.
  std::vector<int64_t> integers(const std::string &name, size_t count, int64_t smallest,
                                const std::string &expected) const;
  std::vector<double> numbers(const std::string &name, size_t count,
                              const std::string &expected) const;
  std::vector<std::string> strings(const std::string &name) const;

  int line(const std::string &name) const;
  [[noreturn]] void fail(const std::string &name,
                         const std::string &expected) const; // found: the value itself
  [[noreturn]] void failWith(const std::string &name, const std::string &found,
                             const std::string &expected) const;
  // Refuses fields that are none of `known`, with the nearest of them.
  void refuseUnknown(const std::vector<std::string> &known) const;

private:
  const JsonText *text;
  std::string path; // of the object; empty for the root
  const nlohmann::json *fields;

  std::string pathOf(const std::string &name) const;
};

} // namespace cnx
