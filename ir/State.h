// The rule of state: an argument and a result of a function with the same name are one piece of
// memory, which the function updates in place. Gradients that accumulate, parameters, moments.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace cnx::ir {

// What there is of every trained parameter, each in a memory of its own. A name alone is the flat
// segment of all parameters; "moment1.p" is what of it belongs to p.
inline constexpr llvm::StringLiteral kParam = "param", kGrad = "grad", kMoment1 = "moment1",
                                     kMoment2 = "moment2", kAverage = "ema";
// Tables of the update, an entry a block of the flat segments.
inline constexpr llvm::StringLiteral kRateTable = "rate", kDecayTable = "decay";
// Transposed copies of parameters that a build keeps, "transposed.p".
inline constexpr llvm::StringLiteral kTransposed = "transposed";
inline constexpr llvm::StringLiteral kTransposeFunction = "transpose"; // makes them
// Before a parameter's name: its gradient.
inline constexpr llvm::StringLiteral kGradientPrefix = "grad.";

// "moment1.p"
std::string stateName(llvm::StringRef memory, llvm::StringRef parameter);

// The attributes of an argument or result with that name.
mlir::DictionaryAttr named(mlir::MLIRContext *context, llvm::StringRef name);

// By `cnx.name`; empty without one.
llvm::StringRef argumentName(mlir::func::FuncOp function, unsigned index);
llvm::StringRef resultName(mlir::func::FuncOp function, unsigned index);

// The argument of that name, the value returned by that name; or null.
mlir::BlockArgument argumentNamed(mlir::func::FuncOp function, llvm::StringRef name);
mlir::Value resultNamed(mlir::func::FuncOp function, llvm::StringRef name);

// Whether a memory of its own is there for what the function returns here: no other result has it,
// and what reads it inside, if anything does, is sure to find it. Gradients alone are kept for
// that; a caller may pass no memory for another result.
bool hasOwnMemory(mlir::func::FuncOp function, mlir::OpOperand &result);

// The argument that the function's result updates; null where the value is no result, or a result
// that is no state.
mlir::BlockArgument stateOf(mlir::func::FuncOp function, mlir::Value result);

} // namespace cnx::ir
