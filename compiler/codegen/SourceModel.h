// The emitted source before it is text: kernels, blocks and buffers with the names that a reader
// will see.
#pragma once

#include "compiler/codegen/Interface.h"
#include "compiler/codegen/SourceNames.h"
#include "compiler/plan/Program.h"

#include <set>
#include <string>
#include <vector>

namespace cnx {

// An activation in the arena, as one function of one block sees it.
struct SourceBuffer {
  std::string name;
  int64_t offset = 0; // bytes
  BufferType type;
};

struct SourceLaunch {
  const PlanLaunch *launch = nullptr;
  std::vector<std::string> arguments; // C++ expressions in the kernel's order, scalars included
  std::string shapes;                 // "[1,56,56,96] -> [1,56,56,96]"
  std::vector<std::string> onlyFor;   // outputs without which the launch has no use; empty: always
};

// One block in one program, or in one section of a train program.
struct SourceFunction {
  std::string name; // "forward_b1"
  std::vector<SourceBuffer> buffers;
  std::vector<SourceLaunch> launches;
  std::set<std::string> uses; // names of the pointers that its launches take
  size_t program = 0;         // index into SourceModel::programs
};

struct SourceConstant {
  std::string name; // within its block
  const PlanConstant *constant = nullptr;
};

struct SourceBlock {
  std::string name;  // a namespace: "stages_0_blocks_1"
  std::string layer; // "stages.0.blocks.1"
  // That this block is the first to read: packed weights, and trained parameters, whose gradients
  // stand at the same places of another segment.
  std::vector<SourceConstant> constants, trained;
  std::vector<SourceConstant> copies; // of trained parameters, in the segment derived
  std::vector<SourceFunction> functions;
};

// The start of a segment, as every function of a program gets it.
struct SourcePointer {
  std::string name;      // see pointerOf
  bool constant = false; // nothing is written there
};

// A program, or one section of a train program: train_b8 (forward), loss_b8, backward_b8.
struct SourceProgram {
  std::string name; // "forward_b1"
  const PlanProgram *program = nullptr;
  Section section = Section::forward;
  std::vector<SourcePointer> pointers; // the same for every batch
  std::vector<std::string> calls;      // "stages_0_blocks_1::forward_b1", in order
  std::vector<SourceFunction> body;    // instead of calls: one function over whole segments

  bool is(const std::string &direction, Section part = Section::forward) const {
    return program->direction == direction && section == part;
  }
};

struct SourceModel {
  std::vector<std::string> kernels; // member names, one a kernel of the plan
  std::vector<SourceBlock> blocks;  // in the order of the first program
  std::vector<SourceProgram> programs;

  // Those of one direction and section, batch by batch.
  std::vector<const SourceProgram *> of(const std::string &direction,
                                        Section section = Section::forward) const;
};

// Throws InternalError for a plan whose arguments fit no kernel, segment or constant.
SourceModel buildSourceModel(const Plan &plan, const InterfaceFacts &facts);

} // namespace cnx
