#include "compiler/tools/InspectPage.h"

#include "compiler/kernels/KernelGraph.h"
#include "compiler/tools/Html.h"
#include "compiler/tools/MemoryMap.h"
#include "compiler/tools/MemoryMapSvg.h"
#include "compiler/tools/Work.h"

#include <fmt/format.h>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *kStyle =
#include "compiler/tools/InspectPage.css.inc"
    ;

// A JSON value as one short text: a list with commas, an object as "key value".
std::string plain(const Json &value) {
  if (value.is_string())
    return value.get<std::string>();
  if (!value.is_structured())
    return value.dump();
  std::string text;
  for (const auto &[key, each] : value.items())
    text += (text.empty() ? "" : ", ") + (value.is_object() ? key + " " : "") + plain(each);
  return text;
}

int64_t elements(const Json &shape) {
  int64_t n = 1;
  for (int64_t extent : shape)
    n *= extent;
  return n;
}

struct Cell {
  std::string text;                                   // not yet escaped
  enum Kind { word, name, code, number } kind = word; // a name stays on one line
  std::string exact = {};                             // shown on hovering
};
Cell name(const Json &value) { return {plain(value), Cell::name}; }
Cell code(const Json &value) { return {plain(value), Cell::code}; }
Cell number(const Json &value) { return {plain(value), Cell::number}; }
Cell figure(std::string text) { return {std::move(text), Cell::number}; }
Cell bytes(const Json &value) {
  return {byteText(value.get<double>()), Cell::number, plain(value) + " bytes"};
}

class Page {
public:
  explicit Page(const Json &m) : manifest(m) {
    for (const Json &kernel : manifest.at("kernels"))
      work[kernel.at("symbol")] = multiplyAccumulates(parseKernelGraph(kernel.at("graph").dump()));
  }

  std::string write() {
    const std::string title = htmlText(plain(manifest.at("name")));
    add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
        "<title>{0}</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n",
        title, kStyle);
    head();
    for (const Json &program : manifest.at("programs"))
      addProgram(program);
    kernels();
    weights();
    rest();
    add("</body></html>\n");
    return std::move(text);
  }

private:
  const Json &manifest;
  std::map<std::string, int64_t> work; // multiply-accumulates of a kernel's launch
  std::string text;

  template <typename... Values> void add(fmt::format_string<Values...> format, Values &&...values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
  }

  // '>' before a title: a column of figures, set to the right.
  void beginTable(const std::vector<std::string> &titles) {
    add("<table><thead><tr>");
    for (const std::string &title : titles)
      add("<th{}>{}</th>", title[0] == '>' ? " class=\"n\"" : "",
          htmlText(title.substr(title[0] == '>')));
    add("</tr></thead><tbody>\n");
  }
  void cells(const std::vector<Cell> &row) {
    for (const Cell &cell : row)
      add("<td{}{}>{}</td>",
          cell.kind == Cell::number ? " class=\"n\""
          : cell.kind == Cell::name ? " class=\"name\""
          : cell.kind == Cell::code ? " class=\"code\""
                                    : "",
          cell.exact.empty() ? "" : " title=\"" + htmlText(cell.exact) + "\"", htmlText(cell.text));
  }
  void row(const std::vector<Cell> &list) {
    add("<tr>");
    cells(list);
    add("</tr>\n");
  }
  void endTable() { add("</tbody></table>\n"); }

  void head() {
    int64_t scalars = 0;
    for (const Json &parameter : manifest.at("parameters"))
      scalars += elements(parameter.at("shape"));
    add("<table><tbody>\n");
    for (const char *field : {"cnx", "build", "options", "levels", "batches"})
      row({{field, Cell::word}, code(manifest.at(field))});
    for (const char *field : {"inputs", "outputs"})
      for (const Json &port : manifest.at(field))
        row({{field, Cell::word}, code(port)});
    row({{"parameters", Cell::word},
         code(fmt::format("{} in {} tensors", scalars, manifest.at("parameters").size()))});
    for (const auto &[purpose, size] : manifest.at("memory").items())
      row({{"memory: " + purpose, Cell::word},
           size.is_number() ? Cell{byteText(size), Cell::code, plain(size) + " bytes"}
                            : code(size)});
    endTable();
  }

  void addProgram(const Json &program) {
    int64_t total = 0;
    for (const Json &launch : program.at("launches"))
      total += work[launch.at("kernel")];
    add("<h2>{}</h2>\n<p>{}, batch {}: {} launches, {:.3f} GMACs, {:.3f} GFLOP, {} moved</p>\n",
        htmlText(plain(program.at("name"))), htmlText(plain(program.at("direction"))),
        plain(program.at("batch")), program.at("launches").size(), double(total) * 1e-9,
        program.at("flops").get<double>() * 1e-9, byteText(program.at("bytes")));
    add("<h3>Memory over time: {} of arena</h3>\n{}", byteText(program.at("arena_bytes")),
        memoryMapSvg(manifest, program));
    add("<details><summary>Buffers</summary>\n");
    beginTable({">offset", ">bytes", ">launches", "written by"});
    for (const ArenaBuffer &buffer : arenaBuffers(manifest, program))
      row({number(buffer.offset), number(buffer.bytes),
           figure(fmt::format("{}-{}", buffer.firstLaunch, buffer.lastLaunch)),
           name(buffer.layer)});
    endTable();
    add("</details>\n<h3>Launches</h3>\n");
    beginTable({">id", "layer", ">MMACs", ">share", ">flops", ">moved", "kernel and arguments"});
    for (const Json &launch : program.at("launches"))
      addLaunch(launch, total);
    endTable();
  }

  void addLaunch(const Json &launch, int64_t total) {
    const std::string kernel = launch.at("kernel");
    const double share = total ? 100.0 * double(work[kernel]) / double(total) : 0;
    add("<tr>");
    cells({number(launch.at("id")), name(launch.at("layer")),
           figure(fmt::format("{:.2f}", double(work[kernel]) * 1e-6))});
    add("<td class=\"n bar\" style=\"--share: {0:.1f}%\">{0:.1f}%</td>", share);
    cells({number(launch.at("flops")), bytes(launch.at("bytes"))});
    add("<td class=\"code\"><details><summary><a href=\"#{0}\">{0}</a></summary>",
        htmlText(kernel));
    for (const Json &argument : launch.at("arguments"))
      add("{} + {}: {}[{}] pitch {}<br/>", htmlText(plain(argument.at("segment"))),
          plain(argument.at("offset")), htmlText(plain(argument.at("type"))),
          htmlText(plain(argument.at("shape"))), plain(argument.at("pitch")));
    if (!launch.at("scalars").empty())
      add("scalars: {}", htmlText(plain(launch.at("scalars"))));
    add("</details></td></tr>\n");
  }

  void kernels() {
    std::map<std::string, int> launches;
    for (const Json &program : manifest.at("programs"))
      for (const Json &launch : program.at("launches"))
        ++launches[launch.at("kernel")];
    add("<h2>{} kernels</h2>\n", manifest.at("kernels").size());
    beginTable({"fusion", ">launches", ">MMACs", ">flops", ">moved", ">scratch", ">tasks",
                "symbol and graph"});
    for (const Json &kernel : manifest.at("kernels")) {
      const std::string symbol = kernel.at("symbol");
      // Known once the kernels are built.
      const bool built = kernel.contains("scratch_bytes");
      add("<tr id=\"{}\">", htmlText(symbol));
      cells({name(kernel.at("fusion")), number(launches[symbol]),
             figure(fmt::format("{:.2f}", double(work[symbol]) * 1e-6)), number(kernel.at("flops")),
             bytes(kernel.at("bytes")), built ? number(kernel.at("scratch_bytes")) : figure("-"),
             built && kernel.contains("tasks") ? number(kernel.at("tasks")) : figure("-")});
      add("<td class=\"code\"><details><summary>{}</summary>access {}, {} scalars<br/>",
          htmlText(symbol), htmlText(plain(kernel.at("access"))), plain(kernel.at("scalars")));
      addGraph(kernel.at("graph"));
      add("</details></td></tr>\n");
    }
    endTable();
  }

  // "t1 = patch_conv(t0, w0, w1) features 8, kernel 4"
  void addGraph(const Json &graph) {
    const Json &values = graph.at("values");
    auto named = [&](const Json &indices) {
      std::string list;
      for (int64_t index : indices)
        list += (list.empty() ? "" : ", ") +
                (index < 0 ? "-" : plain(values.at(size_t(index)).at("name")));
      return list;
    };
    for (const Json &node : graph.at("nodes"))
      add("{} = {}({}) {}<br/>", htmlText(named(node.at("outputs"))),
          htmlText(plain(node.at("op"))), htmlText(named(node.at("inputs"))),
          htmlText(plain(node.at("attributes"))));
    for (const Json &value : values)
      add("{}<br/>", htmlText(plain(value)));
  }

  void weights() {
    add("<h2>Weights</h2>\n<details><summary>{} packed</summary>\n",
        manifest.at("constants").size());
    beginTable({"name", "layer", ">offset", ">bytes", ">shape", "made of"});
    for (const Json &constant : manifest.at("constants"))
      row({name(constant.at("name")), name(constant.at("layer")), number(constant.at("offset")),
           number(constant.at("bytes")), number(constant.at("shape")), code(constant.at("expr"))});
    endTable();
    add("</details>\n<details><summary>{} parameters</summary>\n",
        manifest.at("parameters").size());
    beginTable({"name", ">shape", "more"});
    for (Json parameter : manifest.at("parameters")) {
      const Cell own = name(parameter.at("name")), shape = number(parameter.at("shape"));
      parameter.erase("name");
      parameter.erase("shape");
      row({own, shape, code(parameter)});
    }
    endTable();
    add("</details>\n");
  }

  // What has no form of its own here: the model's description and pre-processing, and parts of
  // other kinds of builds.
  void rest() {
    static const std::set<std::string> shown{
        "cnx",     "name",   "build",      "options",   "levels",  "batches", "inputs",
        "outputs", "memory", "parameters", "constants", "kernels", "programs"};
    for (const auto &[key, value] : manifest.items())
      if (!shown.count(key))
        add("<h2>{}</h2>\n<pre>{}</pre>\n", htmlText(key), htmlText(value.dump(1)));
  }
};

} // namespace

std::string inspectPage(const Json &manifest) { return Page(manifest).write(); }

} // namespace cnx
