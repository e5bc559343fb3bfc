// KernelGraph as text: one line of JSON with sorted keys, and back with checks.
#include "compiler/Error.h"
#include "compiler/kernels/KernelGraph.h"

#include <nlohmann/json.hpp>

#include <set>

namespace cnx {

using nlohmann::json;

static const char *const kTypes[] = {"f32", "u8", "bf16"};
static const char *const kRoles[] = {"input", "weight", "scalar", "output", "internal"};

std::string toJson(const KernelGraph &graph) {
  json values = json::array();
  for (const Value &value : graph.values) {
    json entry = {{"name", value.name},
                  {"shape", value.shape},
                  {"pitch", value.pitch},
                  {"type", kTypes[static_cast<int>(value.type)]},
                  {"role", kRoles[static_cast<int>(value.role)]}};
    if (value.inPlaceOf >= 0)
      entry["in_place_of"] = value.inPlaceOf;
    values.push_back(entry);
  }
  json nodes = json::array();
  for (const Node &node : graph.nodes) {
    json attributes = json::object();
    for (const auto &[name, value] : node.attributes)
      std::visit([&, &key = name](const auto &v) { attributes[key] = v; }, value);
    nodes.push_back({{"op", node.op},
                     {"attributes", attributes},
                     {"inputs", node.inputs},
                     {"outputs", node.outputs}});
  }
  json result = {{"fusion", graph.fusion}, {"values", values}, {"nodes", nodes}};
  if (graph.tiles) {
    result["tiles"] = json::object();
    for (const TileField &field : kTileFields)
      if (const int value = (*graph.tiles).*field.value)
        result["tiles"][field.name] = value;
  }
  return result.dump();
}

[[noreturn]] static void fail(const std::string &where, const std::string &what) {
  throw UserError("kernel graph: " + where + ": " + what);
}

static const json &field(const json &object, const std::string &where, const char *name) {
  if (!object.is_object())
    fail(where, "found " + object.dump() + ", expected an object");
  auto found = object.find(name);
  if (found == object.end())
    fail(where, std::string("found no field '") + name + "', expected one");
  return *found;
}

template <typename T>
static T get(const json &object, const std::string &where, const char *name, const char *expected) {
  const json &value = field(object, where, name);
  try {
    return value.get<T>();
  } catch (const json::exception &) {
    fail(where + "." + name, "found " + value.dump() + ", expected " + expected);
  }
}

template <typename Enum, size_t N>
static Enum getEnum(const json &object, const std::string &where, const char *name,
                    const char *const (&names)[N]) {
  std::string text = get<std::string>(object, where, name, "a name");
  std::string all;
  for (size_t i = 0; i < N; ++i) {
    if (text == names[i])
      return static_cast<Enum>(i);
    all += (i ? ", " : "") + std::string(names[i]);
  }
  fail(where + "." + name, "found '" + text + "', expected one of " + all);
}

static Value parseValue(const json &entry, const std::string &where) {
  Value value;
  value.name = get<std::string>(entry, where, "name", "a string");
  value.shape = get<std::vector<int64_t>>(entry, where, "shape", "a list of extents");
  value.pitch = get<int64_t>(entry, where, "pitch", "an integer");
  value.type = getEnum<ElementType>(entry, where, "type", kTypes);
  value.role = getEnum<Role>(entry, where, "role", kRoles);
  if (entry.contains("in_place_of"))
    value.inPlaceOf = get<int>(entry, where, "in_place_of", "an index");
  for (int64_t extent : value.shape)
    if (extent <= 0 || extent > 0x7fffffff)
      fail(where + ".shape", "found " + std::to_string(extent) + ", expected 1 to 2147483647");
  if (!value.shape.empty() && value.pitch < value.shape.back())
    fail(where + ".pitch", "found " + std::to_string(value.pitch) + ", expected at least " +
                               std::to_string(value.shape.back()));
  return value;
}

static Node parseNode(const json &entry, const std::string &where, const KernelGraph &graph,
                      std::set<int> &defined) {
  Node node;
  node.op = get<std::string>(entry, where, "op", "a string");
  for (const auto &[name, value] : field(entry, where, "attributes").items()) {
    if (value.is_number_integer())
      node.attributes[name] = value.get<int64_t>();
    else if (value.is_number_float())
      node.attributes[name] = value.get<double>();
    else if (value.is_string())
      node.attributes[name] = value.get<std::string>();
    else
      fail(where + ".attributes." + name,
           "found " + value.dump() + ", expected a number or string");
  }
  node.inputs = get<std::vector<int>>(entry, where, "inputs", "a list of indices");
  node.outputs = get<std::vector<int>>(entry, where, "outputs", "a list of indices");
  int count = static_cast<int>(graph.values.size());
  for (int v : node.inputs)
    if (v != -1 && (v < 0 || v >= count || !defined.count(v)))
      fail(where + ".inputs",
           "found " + std::to_string(v) + ", expected an argument, -1 or a value made before");
  for (int v : node.outputs)
    if (v != -1 && (v < 0 || v >= count || !defined.insert(v).second))
      fail(where + ".outputs",
           "found " + std::to_string(v) + ", expected -1 or a value that nothing made before");
  return node;
}

static Tiles parseTiles(const json &object) {
  if (!object.is_object())
    fail("tiles", "found " + object.dump() + ", expected an object");
  Tiles tiles;
  for (const auto &[name, value] : object.items()) {
    const TileField *known = nullptr;
    std::string all;
    for (const TileField &field : kTileFields) {
      if (name == field.name)
        known = &field;
      all += (all.empty() ? "" : ", ") + std::string(field.name);
    }
    if (!known)
      fail("tiles", "found '" + name + "', expected some of " + all);
    if (!value.is_number_integer() || value.get<int64_t>() < 1 || value.get<int64_t>() > 0x7fffffff)
      fail("tiles." + name, "found " + value.dump() + ", expected 1 to 2147483647");
    tiles.*known->value = value.get<int>();
  }
  return tiles;
}

KernelGraph parseKernelGraph(const std::string &text) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error &error) {
    fail("byte " + std::to_string(error.byte), error.what());
  }
  KernelGraph graph;
  graph.fusion = get<std::string>(root, "root", "fusion", "a string");
  if (root.contains("tiles"))
    graph.tiles = parseTiles(root["tiles"]);
  const json &values = field(root, "root", "values");
  const json &nodes = field(root, "root", "nodes");
  std::set<int> defined;
  for (size_t i = 0; i < values.size(); ++i) {
    graph.values.push_back(parseValue(values[i], "values[" + std::to_string(i) + "]"));
    Role role = graph.values.back().role;
    if (role != Role::output && role != Role::internal)
      defined.insert(static_cast<int>(i));
  }
  for (size_t i = 0; i < nodes.size(); ++i)
    graph.nodes.push_back(parseNode(nodes[i], "nodes[" + std::to_string(i) + "]", graph, defined));
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value &value = graph.values[i];
    std::string where = "values[" + std::to_string(i) + "]";
    if (!defined.count(static_cast<int>(i)))
      fail(where, "found no node that makes it, expected one");
    if (value.inPlaceOf != -1 &&
        (value.inPlaceOf < 0 || value.inPlaceOf >= static_cast<int>(graph.values.size()) ||
         graph.values[value.inPlaceOf].role != Role::input))
      fail(where + ".in_place_of",
           "found " + std::to_string(value.inPlaceOf) + ", expected the index of an input");
  }
  return graph;
}

} // namespace cnx
