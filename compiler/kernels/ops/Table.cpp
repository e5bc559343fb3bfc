// The table of ops, from ops.inc.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

static const std::map<std::string, BuildOp> &table() {
  static const std::map<std::string, BuildOp> entries = {
#define CNX_OP(mnemonic, build) {mnemonic, build},
#include "compiler/kernels/ops/ops.inc"
#undef CNX_OP
  };
  return entries;
}

BuildOp findOp(const std::string &op) {
  auto found = table().find(op);
  return found == table().end() ? nullptr : found->second;
}

std::vector<std::string> opNames() {
  std::vector<std::string> names;
  for (const auto &[name, build] : table())
    names.push_back(name);
  return names;
}

} // namespace cnx
