#include "tests/unit/fusions/LoopNest.h"

#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace cnx::test {

std::string withoutCounters(const std::string &name) {
  // A part of a sum (rfactor) has its counter before its ending.
  static const std::regex counter("\\$[0-9]+|_[0-9]+(?=_intm)");
  return std::regex_replace(name, counter, "");
}

int64_t Place::elements() const {
  int64_t product = 1;
  for (int64_t extent : extents)
    product *= extent;
  return product;
}

int64_t Place::iterations() const {
  int64_t product = 1;
  for (const Scope &scope : scopes)
    product *= scope.extent;
  return product;
}

namespace {

struct Task {
  std::vector<Scope> scopes; // where its loop stands
  int64_t extent = 1;
};

// "float32 * 48 * 7"
std::vector<int64_t> extentsOf(const std::string &type, const std::string &line) {
  std::istringstream in(type);
  std::vector<int64_t> extents;
  std::string word;
  in >> word;
  while (in >> word) {
    int64_t extent = 0;
    if (word != "*" || !(in >> extent))
      throw std::runtime_error("a storage of unknown size: " + line);
    extents.push_back(extent);
  }
  return extents;
}

int64_t extentOf(const std::string &text) {
  return text.find_first_not_of("0123456789") == std::string::npos ? std::stoll(text) : 1;
}

class Reader {
public:
  explicit Reader(LoopNest &n) : nest(n) {}

  void read(const std::string &line) {
    static const std::regex call(
        ".*halide_do_par_for\\(\\(halide_task_t\\)::([^,]+), [^,]+, ([^,]+),.*");
    std::smatch match;
    if (line.find("halide_do_par_for") != std::string::npos && std::regex_match(line, match, call))
      tasks[match[1]] = {places(), extentOf(match[2])};
    static const std::regex allocate("^ *allocate ([^\\[]+)\\[([^\\]]*)\\].*$");
    if (line.find("allocate") != std::string::npos && std::regex_match(line, match, allocate))
      nest.storages.push_back({withoutCounters(match[1]), places(), extentsOf(match[2], line)});
    if (!line.empty() && line[line.find_first_not_of(' ')] == '}')
      open.pop_back();
    if (!line.empty() && line.back() == '{')
      open.push_back(enter(line));
  }

  // A task's body is a function of its own, which stands before the one that starts it.
  void joinFunctions() {
    for (std::vector<Place> *places : {&nest.productions, &nest.storages})
      for (Place &place : *places)
        while (!place.scopes.empty() && tasks.count(place.scopes[0].name)) {
          const Task &task = tasks.at(place.scopes[0].name);
          place.scopes[1].extent = task.extent;
          place.scopes.erase(place.scopes.begin());
          place.scopes.insert(place.scopes.begin(), task.scopes.begin(), task.scopes.end());
        }
  }

private:
  std::vector<Scope> places() const {
    std::vector<Scope> result;
    for (const std::vector<Scope> &scopes : open)
      result.insert(result.end(), scopes.begin(), scopes.end());
    return result;
  }

  // What the brace at the end of the line opens; nothing for an `if` or a consumption.
  std::vector<Scope> enter(const std::string &line) {
    static const std::regex loop("^ *[a-z]+ ?\\(([^,]+), [^,]+, ([^,]+)\\) \\{$");
    static const std::regex production("^ *produce ([^ ]+) \\{$");
    static const std::regex function("^internal func ([^ ]+) \\(__user_context, ([^,]+), .*$");
    std::smatch match;
    if (std::regex_match(line, match, production)) {
      const Scope scope{false, withoutCounters(match[1]), 1};
      nest.productions.push_back({scope.name, places()});
      return {scope};
    }
    if (std::regex_match(line, match, loop)) {
      nest.loops.push_back(withoutCounters(match[1]));
      return {{true, nest.loops.back(), extentOf(match[2])}};
    }
    if (std::regex_match(line, match, function)) {
      nest.loops.push_back(withoutCounters(match[2]));
      return {{false, match[1], 1}, {true, nest.loops.back(), 1}};
    }
    return {};
  }

  LoopNest &nest;
  std::vector<std::vector<Scope>> open; // one entry a brace
  std::map<std::string, Task> tasks;    // by the name of their function
};

} // namespace

LoopNest::LoopNest(const std::string &stmt) {
  Reader reader(*this);
  std::istringstream in(stmt);
  for (std::string line; std::getline(in, line);)
    reader.read(line);
  reader.joinFunctions();
}

std::vector<const Place *> LoopNest::of(const std::vector<Place> &places,
                                        const std::string &stage) {
  std::vector<const Place *> result;
  for (const Place &place : places)
    if (place.stage == stage)
      result.push_back(&place);
  return result;
}

} // namespace cnx::test
