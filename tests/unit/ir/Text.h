// A program in text, parsed and evaluated: what most tests of the ops are written with.
#pragma once

#include "ir/Reference.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace cnx::test {

// Every dialect that a test needs, loaded. Diagnostics are kept, not printed.
class Context {
public:
  Context();
  mlir::MLIRContext &mlir() { return context; }
  const std::vector<std::string> &messages() const { return reported; } // notes as "note: ..."

private:
  mlir::MLIRContext context;
  std::vector<std::string> reported;
};

class Program {
public:
  // A module's text, whose first function is the program. Fails the test where it does not parse.
  explicit Program(const std::string &text);

  mlir::ModuleOp module() { return *owned; }
  mlir::func::FuncOp function();
  template <typename Op> Op first() {
    Op found;
    owned->walk([&](Op op) {
      if (!found)
        found = op;
    });
    return found;
  }

  // Results in order. Arguments in order, by position.
  std::vector<ir::HostTensor> run(const std::vector<ir::HostTensor> &arguments);

  Context context;

private:
  mlir::OwningOpRef<mlir::ModuleOp> owned;
};

// The results of a function given as "(%a: type, ...) -> (types) { ... }".
std::vector<ir::HostTensor> run(const std::string &function,
                                const std::vector<ir::HostTensor> &arguments);

// Numbers in [-1, 1), the same on every machine.
ir::HostTensor noise(std::vector<int64_t> shape, uint64_t seed);

// max |a - b|; fails the test where shapes differ.
double distance(const ir::HostTensor &a, const ir::HostTensor &b);

} // namespace cnx::test
