#include "compiler/kernels/Stages.h"

#include "compiler/Error.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

static int narrow(int64_t value) {
  if (value < 0 || value > 0x7fffffff)
    throw UserError("kernel graph: found an extent of " + std::to_string(value) +
                    ", expected at most 2147483647");
  return static_cast<int>(value);
}

static bool looksAtNeighbours(const Node &node) {
  return node.op == "relayout" || node.op.rfind("patch_conv", 0) == 0 ||
         node.op.rfind("dwconv", 0) == 0; // their gradients too
}

// Values that have a parameter's packed form. Of odd rank is a row statistic ([N,H,W], [N]) as
// well, so the op that makes or reads a value decides.
static std::set<int> packedValues(const KernelGraph &graph) {
  static const std::set<std::string> readsWeights = {
      "linear", "patch_conv", "patch_conv_grad_input", "dwconv",     "dwconv_grad_input",
      "affine", "scale",      "channel_bias",          "grn_factor", "grn_factor_grad"};
  // Arithmetic on weights, a gradient's sum among it: all that these ops read and make is packed.
  static const std::set<std::string> onWeights = {
      "add",         "transpose_panels", "scale_outputs",   "unfold_affine",
      "dot_outputs", "dot_inputs",       "apply_transposed"};
  static const std::set<std::string> makesWeights = {
      "linear_grad_weight", "patch_conv_grad_weight", "dwconv_grad_weight", "sum_rows",
      "sum_rows_product",   "grn_factor_grad",        "softmax_xent"};
  std::set<int> result;
  auto insert = [&](int value) {
    if (value >= 0 && graph.values[value].shape.size() % 2 == 1)
      result.insert(value);
  };
  for (size_t v = 0; v < graph.values.size(); ++v)
    if (graph.values[v].role == Role::weight)
      result.insert(static_cast<int>(v));
  for (const Node &node : graph.nodes) {
    if (readsWeights.count(node.op))
      std::for_each(node.inputs.begin() + 1, node.inputs.end(), insert);
    if (onWeights.count(node.op))
      std::for_each(node.inputs.begin(), node.inputs.end(), insert);
    if (onWeights.count(node.op) || makesWeights.count(node.op))
      std::for_each(node.outputs.begin(), node.outputs.end(), insert);
    if (node.op == "adamw" || node.op == "sgd") { // all but rate, decay and scalars
      std::for_each(node.inputs.begin(), node.inputs.end() - 3, insert);
      std::for_each(node.outputs.begin(), node.outputs.end(), insert);
    }
  }
  return result;
}

Stages::Stages(const KernelGraph &graph, int stripWidth)
    : graph_(graph), stripWidth_(stripWidth), packed_(packedValues(graph)) {
  for (const Node &node : graph_.nodes) {
    spatial_ |= looksAtNeighbours(node);
    if (node.op == "relayout") {
      auto to = node.attributes.find("to");
      bool toNchw = to != node.attributes.end() && to->second == AttributeValue("nchw");
      image_[toNchw ? node.outputs[0] : node.inputs[0]] = true;
    }
  }
  for (size_t v = 0; v < graph_.values.size(); ++v)
    bindArgument(static_cast<int>(v));
  std::map<std::string, int> count;
  for (const Node &node : graph_.nodes) {
    BuildOp build = findOp(node.op);
    if (!build)
      throw UserError("kernel graph: found op '" + node.op + "', expected one of the kernels' ops");
    build(*this, node, node.op + std::to_string(count[node.op]++));
  }
  for (size_t v = 0; v < graph_.values.size(); ++v)
    if (graph_.values[v].role == Role::output)
      bindOutput(static_cast<int>(v));
}

bool Stages::isImage(int value) const { return image_.count(value) != 0; }

// Activations [N,H,W,C], [N,C] and packed values; not images, row statistics [N,H,W] and per-image
// factors [N].
bool Stages::hasChannels(int value) const {
  return isPacked(value) || (graph_.values[value].shape.size() % 2 == 0 && !isImage(value));
}

// [N,H,W,C] and [N,H,W] become (c, m) and (m) in a group of row-wise ops.
bool Stages::flattened(int value) const {
  return !spatial_ && !isPacked(value) && graph_.values[value].shape.size() >= 3;
}

int64_t Stages::rowsPerImage(int value) const {
  const std::vector<int64_t> &shape = graph_.values[value].shape;
  return shape.size() >= 3 ? shape[1] * shape[2] : 1;
}

int64_t Stages::rowExtent(int value) const {
  const std::vector<int64_t> &shape = graph_.values[value].shape;
  if (isPacked(value))
    return shape.size() == 3 ? shape[1] : 1;
  if (shape.size() < 3)
    return shape[0];
  return flattened(value) ? shape[0] * shape[1] * shape[2] : shape[2];
}

Expr Stages::imageOf(int value, const Row &row) const {
  if (row.size() == 3 || graph_.values[value].shape.size() < 3)
    return row.back();
  return row[0] / narrow(rowsPerImage(value));
}

std::vector<Var> Stages::rowVars(int value) const {
  if (isPacked(value)) {
    if (graph_.values[value].shape.size() == 3)
      return {k, p};
    return {};
  }
  if (graph_.values[value].shape.size() < 3)
    return {spatial_ ? n : m};
  if (flattened(value))
    return {m};
  return {x, y, n};
}

std::vector<Var> Stages::vars(int value) const {
  if (isImage(value))
    return {x, y, c, n};
  std::vector<Var> result = rowVars(value);
  result.insert(result.begin(), c);
  return result;
}

std::vector<Expr> Stages::withChannel(const Expr &channel, const Row &row) {
  std::vector<Expr> result = row;
  result.insert(result.begin(), channel);
  return result;
}

// Bounds, strides and alignment of a buffer as promises: only its host pointer is read at run time.
void Stages::describe(OutputImageParam buffer, int index) const {
  const Value &v = graph_.values[index];
  std::vector<std::pair<int64_t, int64_t>> dims; // extent, stride; innermost first
  int64_t stride = 1;
  for (size_t i = 0; i < v.shape.size(); ++i) {
    int64_t extent = v.shape[v.shape.size() - 1 - i];
    // The innermost dimension is as wide as the memory where its pad lanes are read and written.
    if (i == 0 && v.pitch % kChannelPad == 0 && hasChannels(index))
      extent = v.pitch;
    dims.push_back({extent, stride});
    stride *= i == 0 ? v.pitch : extent;
  }
  if (flattened(index)) {
    bool channels = hasChannels(index);
    if (!channels && v.pitch != v.shape.back())
      throw UserError("kernel graph: " + v.name + ": pitch: found " + std::to_string(v.pitch) +
                      ", expected " + std::to_string(v.shape.back()) +
                      " (row statistics are dense)");
    int64_t rows = v.shape[0] * v.shape[1] * v.shape[2];
    if (channels)
      dims = {dims[0], {rows, v.pitch}};
    else
      dims = {{rows, 1}};
  }
  // The second value of a stage has the first one's bounds.
  const bool first = !element_.count(index) || element_.at(index) == 0;
  for (size_t i = 0; i < dims.size(); ++i) {
    Internal::Dimension dim = buffer.dim(static_cast<int>(i));
    if (first)
      dim.set_bounds(0, narrow(dims[i].first));
    dim.set_stride(narrow(dims[i].second));
  }
  // A dense activation may be the caller's, of which only the elements' alignment is known; packed
  // values and padded activations lie inside, at multiples of 64 bytes.
  const bool inside = v.type != ElementType::u8 &&
                      (v.role == Role::weight || (isPacked(index) && v.pitch % kChannelPad == 0) ||
                       v.pitch != v.shape.back());
  buffer.set_host_alignment(inside ? 64 : v.type == ElementType::u8 ? 1 : 4);
}

void Stages::bindArgument(int index) {
  const Value &v = graph_.values[index];
  if (v.role == Role::output || v.role == Role::internal)
    return;
  if (v.role == Role::scalar) {
    scalars_.emplace(index, Param<float>(v.name));
    return;
  }
  if (v.type == ElementType::bf16 && v.role != Role::weight)
    throw UserError("kernel graph: " + v.name + ": type: found bf16, expected f32 or u8");
  int rank = static_cast<int>(v.shape.size());
  if (flattened(index))
    rank = rank == 4 ? 2 : 1;
  Type type = v.type == ElementType::u8     ? Type(UInt(8))
              : v.type == ElementType::bf16 ? Type(UInt(16))
                                            : Type(Float(32));
  ImageParam param(type, rank, v.name);
  describe(param, index);
  params_.emplace(index, param);
}

Expr Stages::at(int value, const std::vector<Expr> &indices) {
  auto func = funcs_.find(value);
  if (func != funcs_.end()) {
    auto element = element_.find(value);
    if (element == element_.end())
      return func->second(indices);
    return func->second(indices)[element->second];
  }
  Expr element = params_.at(value)(indices);
  if (graph_.values[value].type == ElementType::bf16) // the upper half of a float32
    return reinterpret<float>(cast<uint32_t>(element) << 16);
  return element;
}

Expr Stages::read(int value, Expr channel, const Row &row) {
  const Value &v = graph_.values[value];
  if (v.pitch % kChannelPad && !funcs_.count(value))
    channel = min(channel, narrow(v.shape.back() - 1));
  return at(value, withChannel(channel, row));
}

Expr Stages::readRepeatingRows(int value, Expr channel, const Row &row) {
  Row clamped = row;
  clamped[0] = min(row[0], narrow(rowExtent(value) - 1));
  return read(value, channel, clamped);
}

Expr Stages::vector(int value, Expr channel) {
  const Value &v = graph_.values[value];
  if (v.shape.size() != 1 || v.pitch % kChannelPad)
    throw UserError("kernel graph: " + v.name + ": found a vector of " + std::to_string(v.pitch) +
                    ", expected one padded to a multiple of " + std::to_string(kChannelPad));
  return at(value, {channel});
}

Expr Stages::epsilon(const Node &node, size_t operand) {
  if (node.inputs.size() > operand && node.inputs[operand] >= 0)
    return scalars_.at(node.inputs[operand]);
  return static_cast<float>(node.number("eps"));
}

static std::string funcName(std::string role) {
  std::replace(role.begin(), role.end(), '.', '_');
  return role;
}

Func Stages::inner(const std::string &role) {
  Func f(funcName(role));
  roles_[role] = f;
  order_.push_back(role);
  return f;
}

Func Stages::remember(const std::string &role, int result, Func f) {
  roles_[role] = f;
  order_.push_back(role);
  if (result >= 0) {
    funcs_[result] = f;
    roleOfValue_[result] = role;
  }
  return f;
}

Func Stages::define(const std::string &role, int result,
                    const std::function<Expr(Expr, const Row &)> &body) {
  Func f(funcName(role));
  std::vector<Var> formal = vars(result);
  std::vector<Var> rows = isImage(result) ? std::vector<Var>{x, y, n} : rowVars(result);
  Row row(rows.begin(), rows.end());
  int overwritten = graph_.values[result].inPlaceOf;
  if (overwritten < 0 || graph_.values[result].role != Role::output) {
    f(formal) = body(c, row);
    return remember(role, result, f);
  }
  requireOverwritable(result);
  f(formal) = undef<float>();
  funcs_[overwritten] = f;
  f(formal) = body(c, row);
  return remember(role, result, f);
}

Func Stages::defineTogether(const std::string &role, const std::vector<int> &results,
                            const std::function<std::vector<Expr>(Expr, const Row &)> &body) {
  Func f(funcName(role));
  std::vector<Var> formal = vars(results.at(0)), rows = rowVars(results[0]);
  auto inPlace = [&](int result) { return graph_.values[result].inPlaceOf; };
  if (std::any_of(results.begin(), results.end(), [&](int r) { return inPlace(r) >= 0; }))
    f(formal) = Tuple(std::vector<Expr>(results.size(), undef<float>()));
  for (size_t i = 0; i < results.size(); ++i) {
    const Value &value = graph_.values[results[i]];
    if (value.role != Role::output || (i && results[i] < results[i - 1]))
      throw UserError("kernel graph: " + role + ": found " + value.name +
                      ", expected an output, in the results' order");
    element_[results[i]] = static_cast<int>(i);
    if (inPlace(results[i]) < 0)
      continue;
    requireOverwritable(results[i]);
    funcs_[value.inPlaceOf] = f;
    element_[value.inPlaceOf] = static_cast<int>(i);
  }
  f(formal) = Tuple(body(c, Row(rows.begin(), rows.end())));
  for (int result : results)
    remember(role, result, f);
  return f;
}

// In place: the output's memory holds the input until the update has read it.
void Stages::requireOverwritable(int result) const {
  const Value &value = graph_.values[result];
  if (!mayOverwrite(graph_, result, value.inPlaceOf))
    throw UserError("kernel graph: " + value.name + ": in_place_of: found " +
                    graph_.values[value.inPlaceOf].name +
                    ", expected an input that only the op of this output reads, element by "
                    "element");
}

Func Stages::defineStatistic(const std::string &role, int result,
                             const std::function<Expr(const Row &)> &body) {
  Func f(funcName(role));
  std::vector<Var> rows = rowVars(result);
  f(rows) = body(Row(rows.begin(), rows.end()));
  return remember(role, result, f);
}

Func Stages::sumChannels(const std::string &role, int64_t channels, const std::vector<Var> &rows,
                         const std::function<Expr(Expr)> &term) {
  const int width = static_cast<int>(kChannelPad);
  int whole = narrow(channels);
  Var lane("lane");
  std::vector<Expr> lanes(rows.begin(), rows.end());
  std::vector<Var> formal = rows;
  formal.insert(formal.begin(), lane);
  RDom block(0, (whole + width - 1) / width, "block");
  Func partial = inner(role + "_lanes");
  Expr channel = block * width + lane;
  Expr value = term(channel);
  if (whole % width)
    value = select(channel < whole, value, 0.f);
  partial(formal) = 0.f;
  partial(formal) += value;
  RDom l(0, width, "l");
  Func sum = inner(role);
  sum(rows) = 0.f;
  lanes.insert(lanes.begin(), l);
  sum(rows) += partial(lanes);
  return sum;
}

Func &Stages::operator[](const std::string &role) {
  auto found = roles_.find(role);
  if (found == roles_.end())
    throw UserError("kernel graph: fusion '" + graph_.fusion + "' looks for a stage '" + role +
                    "', which this graph has not");
  return found->second;
}

Stage Stages::computing(Func f) {
  return f.num_update_definitions() ? Stage(f.update(0)) : Stage(f);
}

void Stages::bindOutput(int index) {
  const Value &v = graph_.values[index];
  if (v.pitch % kChannelPad && hasChannels(index)) {
    exportCopy(index);
    return;
  }
  outputs_[index] = funcs_.at(index);
  describe(outputBuffer(index), index);
}

OutputImageParam Stages::outputBuffer(int index) {
  Func f = outputs_.at(index);
  return f.output_buffers()[isCopied(index) || !element_.count(index) ? 0 : element_.at(index)];
}

Func &Stages::exportCopy(int index) {
  if (isCopied(index))
    return outputs_[index];
  Func out(funcName("output." + roleOfValue_.at(index)));
  std::vector<Var> formal = vars(index);
  if (!hasChannels(index) && !isImage(index))
    formal.erase(formal.begin());
  out(formal) = at(index, std::vector<Expr>(formal.begin(), formal.end()));
  copied_[index] = true;
  outputs_[index] = out;
  describe(outputBuffer(index), index);
  return outputs_[index];
}

std::vector<Argument> Stages::arguments() const {
  std::vector<Argument> result;
  for (int v : graph_.arguments())
    if (graph_.values[v].role == Role::scalar)
      result.push_back(scalars_.at(v));
    else if (graph_.values[v].role != Role::output)
      result.push_back(params_.at(v));
  return result;
}

Pipeline Stages::pipeline() {
  std::vector<Func> outputs;
  for (auto &[value, func] : outputs_) // a stage of several values leaves once
    if (outputs.empty() || outputs.back().name() != func.name())
      outputs.push_back(func);
  return Pipeline(outputs);
}

} // namespace cnx
