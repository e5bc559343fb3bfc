#include "compiler/frontend/JsonText.h"

#include "compiler/Error.h"
#include "compiler/frontend/Nearest.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

using nlohmann::json;

namespace {

constexpr size_t kLongestFound = 80; // characters of a value in a message

std::string foundText(const json &value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= kLongestFound ? text : text.substr(0, kLongestFound) + "...";
}

const json &emptyObject() {
  static const json empty = json::object();
  return empty;
}

} // namespace

JsonFields::JsonFields(const JsonText &source) : JsonFields(source, "", source.value()) {}

JsonFields::JsonFields(const JsonText &source, std::string where, const json &object)
    : text(&source), path(std::move(where)), fields(&object) {
  if (!object.is_object())
    source.fail(path, foundText(object), "an object");
}

std::string JsonFields::pathOf(const std::string &name) const {
  return path.empty() ? name : path + "." + name;
}

std::vector<std::string> JsonFields::names() const {
  std::vector<std::string> result;
  for (const auto &[name, value] : fields->items())
    result.push_back(name);
  return result;
}

bool JsonFields::has(const std::string &name) const {
  auto found = fields->find(name);
  return found != fields->end() && !found->is_null();
}

const json &JsonFields::at(const std::string &name) const { return fields->at(name); }

JsonFields JsonFields::object(const std::string &name) const {
  return {*text, pathOf(name), has(name) ? at(name) : emptyObject()};
}

int JsonFields::line(const std::string &name) const { return text->line(pathOf(name)); }

void JsonFields::fail(const std::string &name, const std::string &expected) const {
  auto found = fields->find(name);
  text->fail(pathOf(name), found == fields->end() ? "nothing" : foundText(*found), expected);
}

void JsonFields::failWith(const std::string &name, const std::string &found,
                          const std::string &expected) const {
  text->fail(pathOf(name), found, expected);
}

std::string JsonFields::string(const std::string &name, const std::string &fallback) const {
  if (!has(name))
    return fallback;
  if (!at(name).is_string())
    fail(name, "a string");
  return at(name).get<std::string>();
}

bool JsonFields::boolean(const std::string &name, bool fallback) const {
  if (!has(name))
    return fallback;
  if (!at(name).is_boolean())
    fail(name, "true or false");
  return at(name).get<bool>();
}

double JsonFields::number(const std::string &name, double fallback) const {
  if (!has(name))
    return fallback;
  if (!at(name).is_number() || !std::isfinite(at(name).get<double>()))
    fail(name, "a number");
  return at(name).get<double>();
}

static bool fitsInteger(const json &value) {
  return value.is_number_integer() &&
         (!value.is_number_unsigned() || value.get<uint64_t>() <= INT64_MAX);
}

int64_t JsonFields::integer(const std::string &name, int64_t fallback) const {
  if (!has(name))
    return fallback;
  if (!fitsInteger(at(name)))
    fail(name, "an integer");
  return at(name).get<int64_t>();
}

std::vector<int64_t> JsonFields::integers(const std::string &name, size_t count, int64_t smallest,
                                          const std::string &expected) const {
  const json &value = has(name) ? at(name) : emptyObject();
  bool fits = value.is_array() && value.size() == count &&
              std::all_of(value.begin(), value.end(), [&](const json &entry) {
                return fitsInteger(entry) && entry.get<int64_t>() >= smallest;
              });
  if (!fits)
    fail(name, expected);
  return value.get<std::vector<int64_t>>();
}

std::vector<double> JsonFields::numbers(const std::string &name, size_t count,
                                        const std::string &expected) const {
  const json &value = has(name) ? at(name) : emptyObject();
  bool fits = value.is_array() && value.size() == count &&
              std::all_of(value.begin(), value.end(), [](const json &entry) {
                return entry.is_number() && std::isfinite(entry.get<double>());
              });
  if (!fits)
    fail(name, expected);
  return value.get<std::vector<double>>();
}

std::vector<std::string> JsonFields::strings(const std::string &name) const {
  if (!has(name))
    return {};
  const json &value = at(name);
  if (!value.is_array() ||
      !std::all_of(value.begin(), value.end(), [](const json &entry) { return entry.is_string(); }))
    fail(name, "an array of strings");
  return value.get<std::vector<std::string>>();
}

void JsonFields::refuseUnknown(const std::vector<std::string> &known) const {
  for (const auto &[name, value] : fields->items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError(fmt::format("{}:{}: {}: found an unknown field, expected one of {}{}",
                                  text->file(), line(name), pathOf(name), fmt::join(known, ", "),
                                  didYouMean(name, known)));
}

} // namespace cnx
