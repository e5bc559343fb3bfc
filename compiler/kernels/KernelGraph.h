// The neutral description of a group of ops: what a fusion looks at, what a kernel is built from,
// the kernel's cache key and a bug's reproducer. Plain structs, no MLIR, no Halide.
//
// The same struct shows a whole function to the fusions (role `internal` for every value but the
// arguments) and one kernel to the builder.
#pragma once

#include "compiler/kernels/Tiles.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cnx {

enum class ElementType { f32, u8, bf16 };

// Channels of an activation inside the network are padded to this many elements; also the width of
// a weight panel. A multiple of every vector width in use.
inline constexpr int64_t kChannelPad = 16;
constexpr int64_t padChannels(int64_t c) {
  return (c + kChannelPad - 1) / kChannelPad * kChannelPad;
}

enum class Role {
  input,    // activation read
  weight,   // packed constant or trained parameter read
  scalar,   // a run-time float passed by value (eps, a drop rate)
  output,   // activation written
  internal, // lives inside the kernel
};

struct Value {
  std::string name; // unique in the graph; canonical after canonicalise(): i0, w0, s0, o0, t0 ...
  std::vector<int64_t>
      shape; // logical, outermost first: [N,H,W,C], [N,C,H,W] (image), [N,C], panels [P,K,16]
  int64_t pitch = 0; // elements from one innermost row to the next; == shape.back() when dense
  ElementType type = ElementType::f32;
  Role role = Role::internal;
  // For an output: index of the input value whose memory it overwrites, or -1. Such a pair is one
  // argument, at the output's place.
  int inPlaceOf = -1;

  int64_t elements() const; // product of the shape with the innermost extent replaced by the pitch
};

using AttributeValue = std::variant<int64_t, double, std::string>;

struct Node {
  std::string op; // the dialect's mnemonic: "dwconv", "layer_norm", "linear" ...
  std::map<std::string, AttributeValue> attributes;
  std::vector<int>
      inputs; // indices into values, in the op's operand order; -1 for an absent optional operand
  std::vector<int> outputs; // in the op's result order; -1 for a result that nobody reads
  int64_t integer(const std::string &name) const; // throws UserError where the attribute is missing
  double number(const std::string &name) const;
};

struct KernelGraph {
  std::string fusion; // name of the fusion that schedules it; "single" for a group of one
  std::vector<Value> values;
  std::vector<Node> nodes; // topological order
  // Said by hand or by `cnx tune`; the rest is the fusion's own choice. A compilation says none.
  std::optional<Tiles> tiles;

  int producer(int value) const;           // node index, -1 for an argument
  std::vector<int> users(int value) const; // node indices, ascending
  // Argument order of the compiled kernel: inputs, weights, scalars, outputs, each in value order;
  // inputs that an output overwrites are left out.
  std::vector<int> arguments() const;
};

// Renames the values by role and order (i0, w0, s0, o0, t0 ...), so that equal groups of different
// layers give equal text. Indices stay.
void canonicalise(KernelGraph &graph);

// Turns every `eps` attribute into a trailing operand of role scalar (appended to the values, one
// per distinct attribute value) and returns the values in argument order: blocks that differ in eps
// alone share a kernel. Without this call eps is baked into the kernel.
std::vector<double> liftScalars(KernelGraph &graph);

// Whether output `output` may overwrite input `input`: same shape and pitch, and the only reader of
// the input is the op that produces the output, element by element.
bool mayOverwrite(const KernelGraph &graph, int output, int input);

// The kernel of a group of `function`: its nodes and their values, in the function's order.
// Arguments keep their role, a value made outside is an input, one that an outside node (or the
// function: role output) reads is an output. `values`, where given, receives the function's index
// of each value.
KernelGraph extractGroup(const KernelGraph &function, const std::vector<int> &nodes,
                         const std::string &fusion, std::vector<int> *values = nullptr);

// Stable text, one line, keys sorted: equal graphs give equal text. parse throws UserError with the
// position.
std::string toJson(const KernelGraph &graph);
KernelGraph parseKernelGraph(const std::string &json);

// The kernel's symbol: fusion and shapes spelled out (dwconv_norm_n1_h56_w56_c96), with _x<8 hex
// digits> of the JSON's hash appended, so that two graphs never share a symbol. A C identifier.
std::string kernelSymbol(const KernelGraph &graph);

// An instruction level of the product: one object each.
enum class Level { v3, v4 };        // x86-64-v3 (AVX2, FMA), x86-64-v4 (AVX-512 F, BW, CD, DQ, VL)
const char *levelName(Level level); // "v3", "v4"
constexpr int vectorLanes(Level level) { return level == Level::v3 ? 8 : 16; }
constexpr int vectorRegisters(Level level) { return level == Level::v3 ? 16 : 32; }

} // namespace cnx
