// The plan as plain structs: what is computed, in which order, at which bytes. This is all that the
// emitters of compiler/codegen need to know of a model; it holds no MLIR, so that they need none.
//
// readPlan (ReadPlan.h) makes it from the plan dialect. Everything is in the plan's own order, and
// the order is part of the build's identity: equal models give equal plans, byte for byte.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/weights/Parameter.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

// Bytes at the start of an arena buffer and of a packed weight are multiples of this.
inline constexpr int64_t kPlanAlignment = 64;

enum class SegmentKind {
  weights, // NAME.weights: packed constants, read-only
  param,   // trained parameters, packed, in the flat layout of ir/TrainedLayout.h
  grad,    // their gradients, in the same layout
  opt,     // moments and averages, in the same layout
  arena,   // activations; one arena shared by all programs, of the size of the largest
  io,      // a caller's pointer: the image, or one output
  derived, // copies of trained parameters in another form, which a program of its own makes
};
const char *segmentKindName(SegmentKind kind);

struct PlanSegment {
  std::string name; // "weights", "arena"; of an io segment the function's argument or result:
                    // "image", "logits"
  SegmentKind kind = SegmentKind::arena;
  int64_t bytes = 0;        // of an io segment: what the largest program touches
  double dropRate = 0;      // of the factors drop_path.<site>: how often one is zero
  int64_t arenaOffset = -1; // of gradients that lie in the arena: where
};

// A dense array but for the innermost rows, which are `pitch` elements apart.
struct BufferType {
  std::vector<int64_t> shape; // logical, outermost first
  int64_t pitch = 0;          // elements; == shape.back() when dense
  ElementType type = ElementType::f32;

  int64_t elements() const; // pad lanes included
  int64_t bytes() const;
  bool operator==(const BufferType &) const = default;
};

// One packed weight: of the weight file (segment weights), the first value of a trained parameter
// and its place in the flat segments (segment param), or a copy of one (segment derived). A weight
// file's payload is the segment weights, then the segment param (see paramOffset).
struct PlanConstant {
  std::string name;
  SegmentKind segment = SegmentKind::weights;
  int64_t offset = 0; // bytes from the segment's start
  int64_t bytes = 0;
  std::string expr; // a weight expression over the parameters (compiler/weights/WeightExpr.h)
  std::vector<int64_t> shape; // as packed; dense
  std::string layer;          // path of the layer that reads it first

  ElementType type() const; // bf16 where the expression rounds, else f32
};

enum class Access { read, write, readWrite };

struct PlanKernel {
  std::string symbol;    // C identifier; unique
  std::string graphJson; // its KernelGraph; unique
  std::string fusion;
  // One entry a pointer argument, in the order of KernelGraph::arguments(): reads come first, then
  // the kernel's `scalarCount` floats, then what it writes.
  std::vector<Access> access;
  int scalarCount = 0;
  int64_t flops = 0; // of one launch
  int64_t bytes = 0; // of one launch: operands and results, each once, without padding

  int readCount() const; // pointer arguments before the scalars
};

struct PlanArgument {
  int segment = 0;    // index into Plan::segments
  int64_t offset = 0; // bytes
  BufferType type;
};

// The parts of a training program. They run one after the other, and the arena stays as it is in
// between: what backward needs is what forward left there.
enum class Section { forward, loss, backward };
const char *sectionName(Section section);

struct PlanLaunch {
  int64_t id = 0;                 // unique in the plan; what the launch hook is called with
  int kernel = 0;                 // index into Plan::kernels
  std::string layer;              // "stages.2.blocks.5.mlp"
  std::vector<PlanArgument> args; // pointer arguments, one for each entry of the kernel's `access`
  std::vector<float> scalars;
  Section section = Section::forward; // of a program of direction train
};

// An array that the caller passes to a program.
struct PlanPort {
  int segment = 0; // an io segment
  BufferType type; // dense
  Access access = Access::read;
};

struct PlanProgram {
  std::string name; // "forward_b1"; the direction where there is no batch
  // "forward"; in a training build also "train" (forward, loss and backward on one timeline), and
  // over whole flat segments "update", "average" (of the parameters) and "squares" (sums of squared
  // gradients, one a block), and "transpose", which fills the segment derived.
  std::string direction;
  int64_t batch = 0;           // 0 where there is none
  std::vector<PlanPort> ports; // in the order of the segments
  std::vector<PlanLaunch> launches;
  int64_t arenaBytes = 0; // end of the program's last arena buffer, rounded up to the alignment
  int64_t liveBytes = 0;  // most arena bytes alive at one launch: arenaBytes can be no less
};

struct Plan {
  std::string name; // of the model; a C identifier
  std::string info; // JSON: labels, pre-processing, description; carried unread from the frontend
  std::vector<Parameter> parameters;
  std::vector<PlanSegment> segments;
  std::vector<PlanConstant> constants;
  std::vector<PlanKernel> kernels;
  std::vector<PlanProgram> programs;

  const PlanSegment *findSegment(const std::string &segment) const; // nullptr where there is none
  bool isTraining() const;                                          // has a segment param
  int64_t derivedBytes() const;                                     // of copies that are kept
  int64_t paramOffset() const;  // bytes in the payload where the image of the segment param begins
  int64_t payloadBytes() const; // of the weight file
};

} // namespace cnx
