#include "compiler/tools/MemoryMapSvg.h"

#include "compiler/tools/Html.h"
#include "compiler/tools/MemoryMap.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

// In the units of the drawing.
constexpr double kLeft = 70, kTop = 8, kWidth = 890, kHeight = 320, kRight = 30, kBottom = 90;
constexpr double kLabelWidth = 12; // of a part's name, which stands upright

// Colours that tell neighbouring parts of the network apart, on white and on black.
constexpr const char *kColours[] = {"#6fa8dc", "#f6b26b", "#93c47d", "#c27ba0",
                                    "#76a5af", "#e06666", "#b4a7d6", "#d5b84c"};

// "stages.2.blocks.5.mlp" belongs to "stages.2", "head.fc#bwd" to "head".
std::string partOf(const std::string &path) {
  const std::string layer = path.substr(0, path.find('#'));
  size_t dot = layer.find('.');
  if (layer.compare(0, dot, "stages") == 0 && dot != std::string::npos)
    dot = layer.find('.', dot + 1);
  return layer.substr(0, dot);
}

// A round number of bytes, so that at most six lines stand in the drawing.
double tick(double bytes) {
  double step = 1;
  while (step * 6 < bytes)
    step *= 2;
  return step;
}

class Drawing {
public:
  Drawing(const Json &m, const Json &p)
      : manifest(m), program(p), arena(p.at("arena_bytes").get<double>()) {
    for (const Json &launch : program.at("launches"))
      column.emplace(launch.at("id").get<int64_t>(), column.size());
  }

  std::string draw() {
    if (arena <= 0 || column.empty())
      return {};
    add("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"memory over time\" "
        "font-size=\"11\">\n",
        kLeft + kWidth + kRight, kTop + kHeight + kBottom);
    addAddresses();
    addParts();
    for (const ArenaBuffer &buffer : arenaBuffers(manifest, program))
      addBuffer(buffer);
    add("<rect fill=\"none\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n</svg>\n", kLeft, kTop,
        kWidth, kHeight);
    return text;
  }

private:
  const Json &manifest, &program;
  double arena;
  std::map<int64_t, size_t> column; // of a launch's id
  std::map<std::string, size_t> parts;
  std::string text;

  template <typename... Values> void add(fmt::format_string<Values...> format, Values &&...values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
  }
  double x(double launch) const { return kLeft + kWidth * launch / double(column.size()); }
  double y(double address) const { return kTop + kHeight * address / arena; }

  void addAddresses() {
    for (double at = 0; at <= arena; at += tick(arena))
      add("<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
          "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
          kLeft, kLeft + kWidth, y(at), kLeft - 5, y(at) + 4, byteText(at));
  }

  // Where each part of the network begins, and its name.
  void addParts() {
    std::string before;
    double label = 0;
    for (const Json &launch : program.at("launches")) {
      const std::string part = partOf(launch.at("layer"));
      parts.emplace(part, parts.size());
      if (part == before)
        continue;
      before = part;
      const double at = x(double(column.at(launch.at("id"))));
      label = std::max(at, label + kLabelWidth);
      add("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>"
          "<text transform=\"translate({3:.1f} {4}) rotate(80)\">{5} ({6})</text>\n",
          at, kTop, kTop + kHeight + 6, label, kTop + kHeight + 12, htmlText(part),
          launch.at("id").get<int64_t>());
    }
  }

  void addBuffer(const ArenaBuffer &buffer) {
    const double first = x(double(column.at(buffer.firstLaunch))),
                 last = x(double(column.at(buffer.lastLaunch)) + 1);
    const double top = y(double(buffer.offset)), bottom = y(double(buffer.offset + buffer.bytes));
    add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "fill=\"{}\"><title>{}: {} at {}, launches {} to {}</title></rect>\n",
        first, top, last - first, std::max(bottom - top, 0.5),
        kColours[parts[partOf(buffer.layer)] % std::size(kColours)], htmlText(buffer.layer),
        byteText(double(buffer.bytes)), buffer.offset, buffer.firstLaunch, buffer.lastLaunch);
  }
};

} // namespace

std::string memoryMapSvg(const Json &manifest, const Json &program) {
  return Drawing(manifest, program).draw();
}

} // namespace cnx
