// The page of `cnx inspect --html`: well-formed, self-contained, complete, and safe against names.
#include "compiler/tools/InspectPage.h"
#include "compiler/tools/Html.h"
#include "compiler/tools/MemoryMapSvg.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <vector>

using namespace cnx;
using Json = nlohmann::ordered_json;
using Catch::Matchers::Contains;

namespace {

constexpr const char *kHostile = "<script>alert(\"1\")</script>&amp;'\x01";

// Two launches: the second reads what the first has written at 0 and writes behind it.
Json manifest() {
  return Json::parse(R"json({
    "cnx": "0.1.0", "name": "net", "build": "0123456789abcdef", "options": "--batch 1",
    "levels": ["v3"], "batches": [1],
    "inputs": [{"name": "image", "format": "f32-nhwc", "type": "f32", "shape": [32, 32, 3]}],
    "outputs": [{"name": "logits", "type": "f32", "shape": [10]}],
    "memory": {"weights": 4096, "arena": 3000000},
    "parameters": [{"name": "head.fc.weight", "shape": [10, 16]}],
    "constants": [{"name": "head.fc.weight.packed", "offset": 64, "bytes": 1024, "shape": [1, 16, 16],
                   "layer": "head.fc", "expr": "pack_panels(@head.fc.weight)"}],
    "kernels": [{"symbol": "gelu_x1", "fusion": "single", "access": ["r", "w"], "scalars": 0,
                 "flops": 7, "bytes": 2048, "scratch_bytes": 128, "tasks": {"v3": 5},
                 "graph": {"fusion": "single",
                           "nodes": [{"op": "gelu", "attributes": {}, "inputs": [0], "outputs": [1]}],
                           "values": [{"name": "i0", "shape": [1, 16], "pitch": 16, "type": "f32", "role": "input"},
                                      {"name": "o0", "shape": [1, 16], "pitch": 16, "type": "f32", "role": "output"}]}}],
    "programs": [{"name": "forward_b1", "direction": "forward", "batch": 1, "flops": 14, "bytes": 4096,
                  "arena_bytes": 192, "launches": [
      {"id": 40, "layer": "stages.0.blocks.0.mlp", "kernel": "gelu_x1", "flops": 7, "bytes": 2048, "scalars": [],
       "arguments": [{"segment": "image", "offset": 0, "shape": [1, 16], "pitch": 16, "type": "f32"},
                     {"segment": "arena", "offset": 0, "shape": [1, 16], "pitch": 16, "type": "f32"}]},
      {"id": 41, "layer": "head.fc", "kernel": "gelu_x1", "flops": 7, "bytes": 2048, "scalars": [0.25],
       "arguments": [{"segment": "arena", "offset": 0, "shape": [1, 16], "pitch": 16, "type": "f32"},
                     {"segment": "arena", "offset": 128, "shape": [1, 16], "pitch": 16, "type": "f32"}]}]}],
    "info": {"labels": ["ant"], "preprocessing": {"crop_pct": 0.875}},
    "training": {"optimizer": "adamw"}})json");
}

// Tags in order, each end tag closing the last open one. Throws where the text is no such thing.
std::vector<std::string> tags(const std::string &page) {
  static const std::regex tag(R"(<(/?)([a-z0-9]+)((?: [A-Za-z0-9-]+="[^"<>]*")*)(/?)>)");
  std::vector<std::string> open, all;
  size_t at = page.find('\n') + 1; // behind the DOCTYPE
  for (std::smatch match; at < page.size(); at += size_t(match.length())) {
    at = page.find('<', at);
    if (at == std::string::npos)
      break;
    if (!std::regex_search(page.begin() + long(at), page.end(), match, tag,
                           std::regex_constants::match_continuous))
      throw std::runtime_error("no tag: " + page.substr(at, 60));
    const std::string name = match[2];
    if (match[1].length()) {
      if (open.empty() || open.back() != name)
        throw std::runtime_error("closes what is not open: " + page.substr(at, 60));
      open.pop_back();
    } else {
      all.push_back(name);
      if (!match[4].length())
        open.push_back(name);
    }
  }
  if (!open.empty())
    throw std::runtime_error("never closed: " + open.back());
  return all;
}

// Every string and number below a value.
void leaves(const Json &value, std::vector<std::string> &found) {
  if (value.is_structured())
    for (const Json &each : value)
      leaves(each, found);
  else
    found.push_back(value.is_string() ? value.get<std::string>() : value.dump());
}

} // namespace

TEST_CASE("text between tags and in quotes is escaped") {
  CHECK(htmlText(kHostile) ==
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;\uFFFD");
  CHECK(htmlText("a\n\tä") == "a\n\tä");
}

TEST_CASE("the page is well-formed and refers to nothing outside itself") {
  const std::string page = inspectPage(manifest());
  const std::vector<std::string> all = tags(page);
  for (const char *tag : {"svg", "table", "rect", "details"})
    CHECK(std::count(all.begin(), all.end(), tag) > 0);
  for (const char *word :
       {"http:", "https:", "//", "src=", "url(", "@import", "<script", "<link"}) {
    INFO(word);
    CHECK(page.find(word) == std::string::npos);
  }
  const std::regex reference("href=\"([^\"]*)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), reference), end; it != end; ++it)
    CHECK(page.find("id=\"" + (*it)[1].str().substr(1) + "\"") != std::string::npos);
}

TEST_CASE("whatever the manifest says stands on the page") {
  const std::string page = inspectPage(manifest());
  std::vector<std::string> facts;
  leaves(manifest(), facts);
  CHECK(facts.size() > 80);
  for (const std::string &fact : facts) {
    INFO(fact);
    CHECK(page.find(htmlText(fact)) != std::string::npos);
  }
}

TEST_CASE("no name, wherever it stands, becomes a part of the page") {
  const std::vector<std::string> before = tags(inspectPage(manifest()));
  // Each string in turn, but those that must name something.
  Json flat = manifest().flatten();
  const std::regex kept(".*(kernel|symbol|op|role|type|fusion|segment|access.*)$");
  int changed = 0;
  for (auto &[path, value] : flat.items()) {
    if (!value.is_string() || std::regex_match(path, kept))
      continue;
    Json hostile = flat;
    hostile[path] = kHostile;
    INFO(path);
    const std::string page = inspectPage(hostile.unflatten());
    CHECK(page.find("<script") == std::string::npos);
    CHECK(tags(page) == before);
    ++changed;
  }
  CHECK(changed > 15);
}

TEST_CASE("the memory map draws each buffer at its address, while it lives") {
  const Json all = manifest();
  const std::string svg = memoryMapSvg(all, all.at("programs")[0]);
  const std::regex rectangle("<rect x=\"([0-9.]+)\" y=\"([0-9.]+)\" width=\"([0-9.]+)\" "
                             "height=\"([0-9.]+)\" fill=\"#[0-9a-f]+\">"
                             "<title>([^<]*)</title>");
  std::vector<std::smatch> found;
  for (std::sregex_iterator it(svg.begin(), svg.end(), rectangle), end; it != end; ++it)
    found.push_back(*it);
  REQUIRE(found.size() == 2);
  auto number = [&](int which, int part) { return std::stod(found[size_t(which)][size_t(part)]); };
  // 192 bytes and two launches: the first buffer is the upper third of both, the second the lower
  // third of the right half.
  CHECK(number(0, 3) == Approx(2 * number(1, 3)));
  CHECK(number(1, 1) == Approx(number(0, 1) + number(1, 3)));
  CHECK(number(0, 4) == Approx(number(1, 4)).margin(0.11));
  CHECK(number(1, 2) - number(0, 2) == Approx(2 * number(0, 4)).margin(0.11));
  CHECK(found[0][5] == "stages.0.blocks.0.mlp: 64 B at 0, launches 40 to 41");
  CHECK(found[1][5] == "head.fc: 64 B at 128, launches 41 to 41");
}

TEST_CASE("a program without an arena has no memory map") {
  Json all = manifest();
  all["programs"][0]["arena_bytes"] = 0;
  CHECK(memoryMapSvg(all, all.at("programs")[0]).empty());
  CHECK_NOTHROW(tags(inspectPage(all)));
}
