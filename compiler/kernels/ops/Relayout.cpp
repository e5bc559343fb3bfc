// relayout: NCHW image to NHWC activation (pad lanes zero) and back. The NCHW side is dense, (x, y,
// c, n).
#include "compiler/Error.h"
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildRelayout(Stages &s, const Node &node, const std::string &name) {
  auto to = node.attributes.find("to");
  bool toNhwc = to != node.attributes.end() && to->second == AttributeValue("nhwc");
  if (!toNhwc && (to == node.attributes.end() || to->second != AttributeValue("nchw")))
    throw UserError("kernel graph: relayout: to: found neither, expected 'nhwc' or 'nchw'");
  int channels = static_cast<int>(s.value(node.inputs[0]).shape[toNhwc ? 1 : 3]);
  int width = static_cast<int>(s.value(node.outputs[0]).pitch);
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) -> Halide::Expr {
    if (!toNhwc)
      return s.read(node.inputs[0], c, row);
    Halide::Expr inside = width == channels ? c : Halide::min(c, channels - 1);
    Halide::Expr value = s.at(node.inputs[0], {row[0], row[1], inside, row[2]});
    return width == channels ? value : Halide::select(c < channels, value, 0.f);
  });
}

} // namespace cnx
