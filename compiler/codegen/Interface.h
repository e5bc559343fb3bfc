// What of a plan shows in the C interface: batches, image, outputs, memory. Derived once, used by
// the header, the source and the manifest, so that they cannot disagree.
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/codegen/Training.h"
#include "compiler/plan/Program.h"

#include <optional>

namespace cnx {

struct OutputFacts {
  std::string name;           // "logits": field of NAME_outputs
  std::string macro;          // "LOGITS"
  std::vector<int64_t> shape; // of one image
  int64_t elements = 0;       // of one image
  int segment = 0;            // index into Plan::segments
  bool channelsFirst = true;  // of a map
  // Where a caller's NULL would leave other results without memory, the array stands here in the
  // arena instead (bytes; -1: launches that write this output are skipped).
  int64_t standIn = -1;
};

struct ImageFacts {
  ElementType type = ElementType::f32;
  bool channelsFirst = true;
  int64_t channels = 0, height = 0, width = 0;
  int64_t elements = 0; // of one image
  int segment = 0;
};

struct InterfaceFacts {
  std::vector<int64_t> batches; // of evaluation, ascending
  ImageFacts image;
  std::vector<OutputFacts> outputs; // in the order of the plan's segments
  std::optional<TrainingFacts> training;
  bool bf16Weights = false;    // panels are stored rounded
  int64_t weightBytes = 0;     // payload of the weight file
  int64_t activationBytes = 0; // of the largest program
  int64_t handleOffset = 0;    // the context's own struct stands in the arena, behind all else
  int64_t arenaBytes = 0;      // all of it, a multiple of 64
};

// Throws InternalError for a plan that the interface cannot express.
InterfaceFacts interfaceOf(const Plan &plan, const CodegenOptions &options);

int64_t elementBytes(ElementType type);
std::string shapeText(const std::vector<int64_t> &shape); // "[1,56,56,96]"
std::string bufferText(const BufferType &type); // "[1,56,56,40/48]": 40 channels in rows of 48

const char *inputFormatText(const ImageFacts &image); // as --input-format spells it: "f32-nchw"

// The banner's and the manifest's list of options: "--batch 1,8 --cpu v3,v4 ...".
std::string optionsText(const InterfaceFacts &facts, const CodegenOptions &options);

} // namespace cnx
