#include "compiler/fusions/Chain.h"

#include <algorithm>

namespace cnx {

int64_t rowsOf(const Value &value) {
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < value.shape.size(); ++i)
    rows *= value.shape[i];
  return rows;
}

bool isOp(const KernelGraph &function, int node, const std::string &op) {
  return function.nodes[static_cast<size_t>(node)].op == op;
}

Chain::Chain(const KernelGraph &function, int anchor, std::string *declined)
    : graph_(function), nodes_{anchor},
      value_(function.nodes[static_cast<size_t>(anchor)].outputs.at(0)), declined_(declined) {}

const Value &Chain::operand(size_t index) const {
  const Node &last = graph_.nodes[static_cast<size_t>(nodes_.back())];
  return graph_.values[static_cast<size_t>(last.inputs.at(index))];
}

bool Chain::append(const std::string &op, bool exporting) {
  if (value_ < 0)
    return false;
  std::vector<int> readers = graph_.users(value_);
  bool leaves = description().role == Role::output;
  if (!exporting && (readers.size() != 1 || leaves))
    return false;
  auto next = std::find_if(readers.begin(), readers.end(),
                           [&](int n) { return isOp(graph_, n, op) && n > nodes_.back(); });
  if (next == readers.end())
    return false;
  nodes_.push_back(*next);
  value_ = graph_.nodes[static_cast<size_t>(*next)].outputs.at(0);
  return true;
}

bool Chain::then(const std::string &op) { return append(op, false); }
bool Chain::thenExporting(const std::string &op) { return append(op, true); }

std::nullopt_t Chain::decline(const std::string &reason) {
  if (declined_)
    *declined_ = reason;
  return std::nullopt;
}

} // namespace cnx
