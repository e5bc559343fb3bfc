#include "compiler/kernels/KernelGraph.h"

#include "compiler/Error.h"

#include <algorithm>
#include <set>

namespace cnx {

int64_t Value::elements() const {
  if (shape.empty())
    return 1;
  int64_t n = pitch;
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    n *= shape[i];
  return n;
}

static const AttributeValue &attribute(const Node &node, const std::string &name) {
  auto found = node.attributes.find(name);
  if (found == node.attributes.end())
    throw UserError("kernel graph: " + node.op + ": found no attribute '" + name +
                    "', expected one");
  return found->second;
}

int64_t Node::integer(const std::string &name) const {
  if (const auto *value = std::get_if<int64_t>(&attribute(*this, name)))
    return *value;
  throw UserError("kernel graph: " + op + ": " + name + ": found no integer, expected an integer");
}

double Node::number(const std::string &name) const {
  const AttributeValue &value = attribute(*this, name);
  if (const auto *real = std::get_if<double>(&value))
    return *real;
  if (const auto *whole = std::get_if<int64_t>(&value))
    return static_cast<double>(*whole);
  throw UserError("kernel graph: " + op + ": " + name + ": found a string, expected a number");
}

int KernelGraph::producer(int value) const {
  for (size_t n = 0; n < nodes.size(); ++n)
    if (std::find(nodes[n].outputs.begin(), nodes[n].outputs.end(), value) !=
        nodes[n].outputs.end())
      return static_cast<int>(n);
  return -1;
}

std::vector<int> KernelGraph::users(int value) const {
  std::vector<int> result;
  for (size_t n = 0; n < nodes.size(); ++n)
    if (std::find(nodes[n].inputs.begin(), nodes[n].inputs.end(), value) != nodes[n].inputs.end())
      result.push_back(static_cast<int>(n));
  return result;
}

std::vector<int> KernelGraph::arguments() const {
  std::set<int> overwritten;
  for (const Value &value : values)
    if (value.role == Role::output && value.inPlaceOf >= 0)
      overwritten.insert(value.inPlaceOf);
  std::vector<int> result;
  for (Role role : {Role::input, Role::weight, Role::scalar, Role::output})
    for (size_t v = 0; v < values.size(); ++v)
      if (values[v].role == role && !overwritten.count(static_cast<int>(v)))
        result.push_back(static_cast<int>(v));
  return result;
}

void canonicalise(KernelGraph &graph) {
  std::map<Role, int> count;
  const std::map<Role, std::string> prefix = {{Role::input, "i"},
                                              {Role::weight, "w"},
                                              {Role::scalar, "s"},
                                              {Role::output, "o"},
                                              {Role::internal, "t"}};
  for (Value &value : graph.values)
    value.name = prefix.at(value.role) + std::to_string(count[value.role]++);
}

std::vector<double> liftScalars(KernelGraph &graph) {
  std::map<double, int> scalarOf;
  std::vector<double> result;
  for (Node &node : graph.nodes) {
    auto found = node.attributes.find("eps");
    if (found == node.attributes.end())
      continue;
    double eps = node.number("eps");
    auto [entry, isNew] = scalarOf.try_emplace(eps, static_cast<int>(graph.values.size()));
    if (isNew) {
      Value scalar;
      scalar.name = std::string("s").append(std::to_string(result.size()));
      scalar.role = Role::scalar;
      graph.values.push_back(scalar);
      result.push_back(eps);
    }
    node.inputs.push_back(entry->second);
    node.attributes.erase(found);
  }
  return result;
}

bool mayOverwrite(const KernelGraph &graph, int output, int input) {
  static const std::set<std::string> elementwise = {
      "affine",    "gelu",          "gelu_grad",    "scale", "add",
      "drop_path", "channel_bias",  "image_scale",  "adamw", "sgd",
      "average",   "scale_outputs", "unfold_affine"};
  const Value &out = graph.values[output];
  const Value &in = graph.values[input];
  if (out.role != Role::output || in.role != Role::input || out.shape != in.shape ||
      out.pitch != in.pitch || out.type != in.type || out.pitch % kChannelPad)
    return false;
  std::vector<int> readers = graph.users(input);
  int producer = graph.producer(output);
  return readers.size() == 1 && readers[0] == producer &&
         elementwise.count(graph.nodes[producer].op) && graph.users(output).empty();
}

KernelGraph extractGroup(const KernelGraph &function, const std::vector<int> &nodes,
                         const std::string &fusion, std::vector<int> *values) {
  std::set<int> inside(nodes.begin(), nodes.end());
  std::set<int> used, made;
  for (int n : nodes) {
    for (int v : function.nodes[n].inputs)
      if (v >= 0)
        used.insert(v);
    for (int v : function.nodes[n].outputs)
      if (v >= 0) {
        used.insert(v);
        made.insert(v);
      }
  }
  KernelGraph group;
  group.fusion = fusion;
  std::map<int, int> indexOf;
  if (values)
    values->clear();
  for (int v : used) {
    indexOf[v] = static_cast<int>(group.values.size());
    Value value = function.values[v];
    value.inPlaceOf = -1;
    if (made.count(v)) {
      std::vector<int> users = function.users(v);
      bool exported =
          value.role == Role::output ||
          std::any_of(users.begin(), users.end(), [&](int n) { return !inside.count(n); });
      value.role = exported ? Role::output : Role::internal;
    } else if (value.role == Role::internal || value.role == Role::output) {
      value.role = Role::input;
    }
    group.values.push_back(value);
    if (values)
      values->push_back(v);
  }
  for (int n : nodes) {
    Node node = function.nodes[n];
    for (int &v : node.inputs)
      v = v < 0 ? -1 : indexOf.at(v);
    for (int &v : node.outputs)
      v = v < 0 ? -1 : indexOf.at(v);
    group.nodes.push_back(node);
  }
  return group;
}

// 64-bit FNV-1a, folded: stable across platforms and releases, which std::hash is not.
static uint32_t textHash(const std::string &text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3u;
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

// n1_h56_w56_c96 of the value that has most of the picture: the first activation read, or what is
// written.
static std::string shapeText(const std::vector<int64_t> &shape) {
  static const char *const names[5] = {"", "c", "nc", "nxc", "nhwc"};
  std::string text;
  for (size_t i = 0; i < shape.size(); ++i)
    text.append("_")
        .append(1, shape.size() <= 4 ? names[shape.size()][i] : 'd')
        .append(std::to_string(shape[i]));
  return text;
}

std::string kernelSymbol(const KernelGraph &graph) {
  std::string name =
      graph.fusion == "single" && graph.nodes.size() == 1 ? graph.nodes[0].op : graph.fusion;
  const Value *in = nullptr, *out = nullptr;
  for (const Value &value : graph.values) {
    if (value.role == Role::input && !in)
      in = &value;
    if (value.role == Role::output)
      out = &value;
  }
  if (in)
    name += shapeText(in->shape);
  if (out && (!in || out->shape != in->shape))
    name += "_to" + shapeText(out->shape);
  static const char digits[] = "0123456789abcdef";
  uint32_t hash = textHash(toJson(graph));
  name += "_x";
  for (int shift = 28; shift >= 0; shift -= 4)
    name += digits[hash >> shift & 15];
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name;
}

const char *levelName(Level level) { return level == Level::v3 ? "v3" : "v4"; }

} // namespace cnx
