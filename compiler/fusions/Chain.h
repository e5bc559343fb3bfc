// Walks down a function's graph from an anchor, op by op: the part that all patterns share.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <optional>
#include <string>
#include <vector>

namespace cnx {

class Chain {
public:
  Chain(const KernelGraph &function, int anchor, std::string *declined);

  const std::vector<int> &nodes() const { return nodes_; } // of the group so far, ascending
  int value() const { return value_; }                     // what the last node made
  const Value &description() const { return graph_.values[static_cast<size_t>(value_)]; }
  const Value &operand(size_t index) const; // of the last node

  // Appends the op that alone reads the value, if it is `op`; the value must not leave the
  // function.
  bool then(const std::string &op);
  // As `then`, but others may read the value too: the group exports it.
  bool thenExporting(const std::string &op);
  // Notes why the group is not formed; returns nothing, for `return chain.decline(...)`.
  std::nullopt_t decline(const std::string &reason);

private:
  bool append(const std::string &op, bool exporting);

  const KernelGraph &graph_;
  std::vector<int> nodes_;
  int value_ = -1;
  std::string *declined_;
};

// Rows of an activation: all extents but the channels'.
int64_t rowsOf(const Value &value);
bool isOp(const KernelGraph &function, int node, const std::string &op);

} // namespace cnx
