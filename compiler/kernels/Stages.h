// The ops of a kernel graph as Halide stages: algorithm only, no schedule. Ops (ops/*.cpp) define
// stages through the first half of the interface; fusions look them up by role through the second.
//
// Views. A group of row-wise ops sees an activation [N,H,W,C] as (c, m), m = all rows flattened; a
// group with an op that looks at neighbours (patch_conv, dwconv, relayout) as (c, x, y, n). [N,C]
// is (c, n). Row statistics have the rows only. What has a parameter's packed form (weights, their
// gradients and what is computed of these): panels (lane, k, p), taps (c, v, u) under the same
// names, vectors (c). All bounds and strides are constants.
//
// Roles. The stage of an op's first result is called by the op's mnemonic and its number among its
// kind ("linear0"), its inner stages after a dot ("linear0.acc", "layer_norm0.mean").
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/kernels/PrefetchPanels.h"
#include "compiler/kernels/PrefetchRows.h"

#include <Halide.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cnx {

// Rows of a chunk of a product over all rows: as many as stay in the level-2 cache, packed.
inline constexpr int kProductChunk = 256;

using Row = std::vector<Halide::Expr>; // {m} or {x, y, n}; {n} for [N,C]

class Stages {
public:
  // Throws UserError where an op or a shape is not known. `stripWidth`: of what a product over all
  // rows packs (sumProducts), which the schedule chooses.
  explicit Stages(const KernelGraph &graph, int stripWidth = static_cast<int>(kChannelPad));

  // -- for ops
  // ----------------------------------------------------------------------------------------
  const Value &value(int index) const { return graph_.values[index]; }
  bool spatial() const { return spatial_; }
  int stripWidth() const { return stripWidth_; }
  int64_t rowsPerImage(int value) const; // H*W; 1 for [N,C]
  // The index n of the image that a row of `value` lies in.
  Halide::Expr imageOf(int value, const Row &row) const;

  // An activation's element. Channels may run up to the padded width: where the memory has fewer,
  // the last one repeats (finite, and never part of a reduction).
  Halide::Expr read(int value, Halide::Expr c, const Row &row);
  // The same for a matrix product's rows: a row past the end repeats the last one, so that a
  // schedule may round its tile up. Exact tiles simplify it away.
  Halide::Expr readRepeatingRows(int value, Halide::Expr c, const Row &row);
  // Raw access: panels, taps, [N], NCHW images.
  Halide::Expr at(int value, const std::vector<Halide::Expr> &indices);
  // Vectors padded to the panel width.
  Halide::Expr vector(int value, Halide::Expr c);
  // eps: a trailing operand of role scalar (index `operand`) or the attribute.
  Halide::Expr epsilon(const Node &node, size_t operand);

  // Defines the stage of `result` as a function of channel and row (`rowStatistic`: of the row
  // only) and gives it the role `role`.
  Halide::Func define(const std::string &role, int result,
                      const std::function<Halide::Expr(Halide::Expr, const Row &)> &body);
  Halide::Func defineStatistic(const std::string &role, int result,
                               const std::function<Halide::Expr(const Row &)> &body);
  // Several results of one shape that one loop computes: one stage with a value each, for a body
  // that writes over what it reads. All of them leave the group.
  Halide::Func
  defineTogether(const std::string &role, const std::vector<int> &results,
                 const std::function<std::vector<Halide::Expr>(Halide::Expr, const Row &)> &body);
  Halide::Func inner(const std::string &role); // a new stage that is no value
  void notePanels(const std::string &role, int value, int64_t taps) {
    panels_[role] = {value, taps};
  }
  std::vector<Halide::Var> rowVars(int value) const;
  static std::vector<Halide::Expr> withChannel(const Halide::Expr &c, const Row &row);
  // Two-level sum over exactly `channels` channels in 16 fixed lanes: stages role_lanes and role.
  Halide::Func sumChannels(const std::string &role, int64_t channels,
                           const std::vector<Halide::Var> &rows,
                           const std::function<Halide::Expr(Halide::Expr)> &term);

  // -- for schedules
  // ------------------------------------------------------------------------------------
  const KernelGraph &graph() const { return graph_; }
  bool has(const std::string &role) const { return roles_.count(role) != 0; }
  Halide::Func &operator[](const std::string &role); // throws where there is none
  // Roles of every stage that computes something, in creation order; without the copies to outputs.
  const std::vector<std::string> &order() const { return order_; }
  // The pipeline's output of an output value; a copy of the value's private stage where the group
  // reads the value too or its memory is narrower than the padded width.
  Halide::Func &output(int value) { return outputs_.at(value); }
  bool isCopied(int value) const { return copied_.count(value) != 0; }
  // Makes the output of `value` a copy of its stage, so that the stage can be computed anywhere.
  Halide::Func &exportCopy(int value);
  Halide::Func &stageOf(int value) { return funcs_.at(value); }
  const std::string &roleOf(int value) const { return roleOfValue_.at(value); }
  // Whether a value has a parameter's packed form: panels, taps or a vector.
  bool isPacked(int value) const { return packed_.count(value) != 0; }
  int64_t paddedWidth(int value) const { return padChannels(graph_.values[value].shape.back()); }
  // The panels that product stage `role` (".acc") reads, and a note that they are to be prefetched.
  int panelsOf(const std::string &role) const { return panels_.at(role).first; }
  // Taps of that product: its K is taps x channels.
  int64_t tapsOf(const std::string &role) const { return panels_.at(role).second; }
  void prefetchPanels(const PanelPrefetch &product) { prefetches_.push_back(product); }
  const std::vector<PanelPrefetch> &prefetches() const { return prefetches_; }
  void prefetchRows(const RowPrefetch &side) { rowPrefetches_.push_back(side); }
  const std::vector<RowPrefetch> &rowPrefetches() const { return rowPrefetches_; }
  int64_t rowExtent(int value) const; // of the innermost row dimension: m, x, n, or k
  // The stage of f that computes values: the update where f works in place, else the definition.
  static Halide::Stage computing(Halide::Func f);

  Halide::Var c{"c"}, m{"m"}, x{"x"}, y{"y"}, n{"n"}, k{"k"}, p{"p"};

  // -- for the compiler
  // -------------------------------------------------------------------------------
  std::vector<Halide::Argument> arguments() const; // all but the outputs
  Halide::Pipeline pipeline();

private:
  bool isImage(int value) const; // NCHW
  bool hasChannels(int value) const;
  bool flattened(int value) const;
  void bindArgument(int index);
  void bindOutput(int index);
  void describe(Halide::OutputImageParam buffer, int index) const;
  Halide::OutputImageParam outputBuffer(int index);
  void requireOverwritable(int result) const;
  std::vector<Halide::Var> vars(int value) const;
  Halide::Func remember(const std::string &role, int result, Halide::Func f);

  KernelGraph graph_;
  int stripWidth_;
  bool spatial_ = false;
  std::map<int, bool> image_;
  std::set<int> packed_;
  std::map<int, Halide::ImageParam> params_;
  std::map<int, Halide::Param<float>> scalars_;
  std::map<int, Halide::Func> funcs_;
  std::map<int, int> element_; // of a value whose stage has several
  std::map<int, Halide::Func> outputs_;
  std::map<int, bool> copied_;
  std::map<int, std::string> roleOfValue_;
  std::map<std::string, Halide::Func> roles_;
  std::vector<std::string> order_;
  std::map<std::string, std::pair<int, int64_t>> panels_;
  std::vector<PanelPrefetch> prefetches_;
  std::vector<RowPrefetch> rowPrefetches_;
};

// An op's algorithm: defines the stages of `node`; `name` is its first result's role.
using BuildOp = void (*)(Stages &stages, const Node &node, const std::string &name);
BuildOp findOp(const std::string &op); // null where there is none
std::vector<std::string> opNames();

} // namespace cnx
