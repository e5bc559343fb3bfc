// The forward network as IR: the crossing from plain structs to the dialect `cnx`.
#pragma once

#include "compiler/frontend/Frontend.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace cnx {

// A module with one `cnx.weight` a parameter that is used and one `func.func @forward_b<N>` a batch
// of the options, in their order. Loads the dialects it needs.
//
// Argument `image`, then in training builds one `drop_path.<block>` of [N] a block whose drop rate
// is not 0; results in the order of outputsOf. `pooled` is the normalised, pooled vector of C3
// elements, before any hidden layer of the head. Every op's location is the layer's path in timm's
// words, whatever the checkpoint's naming; around it the line of the description, where there is
// one.
//
// Throws UserError where options do not fit the model.
mlir::OwningOpRef<mlir::ModuleOp> buildIr(mlir::MLIRContext &context, const Model &model,
                                          const ModelOptions &options);

} // namespace cnx
