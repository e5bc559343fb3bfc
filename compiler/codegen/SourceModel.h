// The emitted source before it is text: kernels, blocks and buffers with the names that a reader
// will see.
#pragma once

#include "compiler/codegen/Interface.h"
#include "compiler/plan/Program.h"

#include <map>
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

// One block in one program.
struct SourceFunction {
  std::string name; // "forward_b1"
  std::vector<SourceBuffer> buffers;
  std::vector<SourceLaunch> launches;
  bool readsWeights = false;
};

struct SourceConstant {
  std::string name; // within its block
  const PlanConstant *constant = nullptr;
};

struct SourceBlock {
  std::string name;                      // a namespace: "stages_0_blocks_1"
  std::string layer;                     // "stages.0.blocks.1"
  std::vector<SourceConstant> constants; // that this block is the first to read
  std::vector<SourceFunction> functions;
};

struct SourceProgram {
  std::string name; // "forward_b1"
  const PlanProgram *program = nullptr;
  std::vector<std::string> calls; // "stages_0_blocks_1::forward_b1", in order
};

struct SourceModel {
  std::vector<std::string> kernels; // member names, one a kernel of the plan
  std::vector<SourceBlock> blocks;  // in the order of the first program
  std::vector<SourceProgram> programs;
};

// Throws InternalError for a plan whose arguments fit no kernel, segment or constant.
SourceModel buildSourceModel(const Plan &plan, const InterfaceFacts &facts);

std::string cType(ElementType type);   // "float"
std::string floatLiteral(float value); // "1e-06f"

} // namespace cnx
