// The order of the passes from the frontend's IR to kernels.
#pragma once

#include "compiler/Gradients.h"

#include <string>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace cnx {

// Phases whose dump is in the dialect `cnx`.
enum class IrPhase { ir, grad, fused };

struct PipelineOptions {
  bool bf16Weights = false;   // panels of frozen weights are stored as bfloat16
  bool fusion = true;         // false: every op is a kernel of its own
  bool explain = false;       // remarks at each layer: what was fused, why a near miss was declined
  bool train = false;         // adds @train_b<N>: loss, logits and gradients
  std::string trainable;      // regular expression on parameters' names; empty: all
  bool inputGradient = false; // of the image, in @train_b<N>
  bool algebra = true;        // gradients unfolded from products of weights: cnx-training-algebra
  bool remake = true;         // false: forward keeps all that backward reads
  std::string optimizer = "adamw"; // or sgd; of a module with @train_b<N>
  bool ema = false;                // @average as well
  Gradients gradients = Gradients::sum;
  bool keepTransposed = false; // copies for input gradients made once an update, not every pass
};

// Adds what leads from the frontend's module to a dump of phase `upTo`, both included.
void buildPipeline(mlir::OpPassManager &passes, const PipelineOptions &options, IrPhase upTo);
// The same from a dump of phase `from`.
void buildPipeline(mlir::OpPassManager &passes, const PipelineOptions &options, IrPhase from,
                   IrPhase upTo);

} // namespace cnx
