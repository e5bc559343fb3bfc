#include "tests/unit/ir/GoldenNet.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;

namespace cnx::test {

uint64_t fnv1a64(const std::string &text) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char byte : text)
    hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

double val(const std::string &name, uint64_t i) {
  uint64_t z = fnv1a64(name) + i + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53 * 2 - 1;
}

namespace {

constexpr int64_t depths[] = {1, 1, 2, 1}, dims[] = {8, 16, 24, 32}, classes = 10, batch = 2;
constexpr double eps = 1e-6;

class Builder {
public:
  Builder(GoldenNet &goldenNet, MLIRContext *context)
      : net(goldenNet), builder(context), loc(UnknownLoc::get(context)) {
    net.module = ModuleOp::create(loc);
  }

  void build(bool v2, int64_t height, int64_t width) {
    builder.setInsertionPointToEnd(net.module->getBody());
    auto name = [&](const char *text) {
      return DictionaryAttr::get(builder.getContext(),
                                 builder.getNamedAttr(ir::kNameAttr, builder.getStringAttr(text)));
    };
    auto function = func::FuncOp::create(
        loc, "forward_b2",
        builder.getFunctionType({tensor({batch, 3, height, width})}, {tensor({batch, classes})}));
    builder.insert(function);
    function.setArgAttrs(0, name("image"));
    function.setResultAttrs(0, name("logits"));
    builder.setInsertionPointToStart(function.addEntryBlock());

    Value x = ir::RelayoutOp::create(builder, loc, function.getArgument(0), "nhwc");
    x = patchConv("downsample_layers.0.0", x, 4, dims[0]);
    x = norm("downsample_layers.0.1", x);
    for (int64_t stage = 0; stage < 4; ++stage) {
      std::string path = "downsample_layers." + std::to_string(stage);
      if (stage > 0)
        x = patchConv(path + ".1", norm(path + ".0", x), 2, dims[stage]);
      for (int64_t block = 0; block < depths[stage]; ++block)
        x = residualBlock("stages." + std::to_string(stage) + "." + std::to_string(block), x, v2);
    }
    x = norm("norm", ir::MeanPoolOp::create(builder, loc, x));
    func::ReturnOp::create(builder, loc, linear("head", x, classes));
  }

private:
  RankedTensorType tensor(llvm::ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }

  // `stored` has the original's extra ones, which the IR does not.
  Value weight(const std::string &name, std::vector<int64_t> shape,
               std::vector<int64_t> stored = {}) {
    OpBuilder top = OpBuilder::atBlockBegin(net.module->getBody());
    auto symbol = ir::WeightOp::create(top, loc, name, tensor(shape), nullptr, nullptr,
                                       Initialiser::zeros, 0.0, 0, /*frozen=*/false, nullptr);
    net.shapes[name] = stored.empty() ? shape : stored;
    return ir::GetWeightOp::create(builder, loc, symbol);
  }

  int64_t channels(Value x) { return cast<RankedTensorType>(x.getType()).getShape().back(); }

  Value patchConv(const std::string &path, Value x, int64_t k, int64_t features) {
    Value w = weight(path + ".weight", {features, channels(x), k, k});
    Value b = weight(path + ".bias", {features});
    return ir::PatchConvOp::create(builder, loc, x, w, b, k, features);
  }

  Value norm(const std::string &path, Value x) {
    Value g = weight(path + ".weight", {channels(x)}), b = weight(path + ".bias", {channels(x)});
    Value xhat = ir::LayerNormOp::create(builder, loc, x, eps).getXhat();
    return ir::AffineOp::create(builder, loc, xhat, g, b);
  }

  Value linear(const std::string &path, Value x, int64_t features) {
    Value w = weight(path + ".weight", {features, channels(x)});
    Value b = weight(path + ".bias", {features});
    return ir::LinearOp::create(builder, loc, x, w, b, features);
  }

  Value residualBlock(const std::string &path, Value x, bool v2) {
    int64_t c = channels(x);
    Value w = weight(path + ".dwconv.weight", {c, 1, 7, 7});
    Value y = ir::DwconvOp::create(builder, loc, x, w, weight(path + ".dwconv.bias", {c}), 7);
    y = linear(path + ".pwconv1", norm(path + ".norm", y), 4 * c);
    y = ir::GeluOp::create(builder, loc, y);
    if (v2) {
      std::vector<int64_t> stored = {1, 1, 1, 4 * c};
      Value gamma = weight(path + ".grn.gamma", {4 * c}, stored);
      Value beta = weight(path + ".grn.beta", {4 * c}, stored);
      y = ir::GrnOp::create(builder, loc, y, gamma, beta, eps);
    }
    y = linear(path + ".pwconv2", y, c);
    if (!v2)
      y = ir::ScaleOp::create(builder, loc, y, weight(path + ".gamma", {c}));
    return ir::AddOp::create(builder, loc, x, y);
  }

  GoldenNet &net;
  OpBuilder builder;
  Location loc;
};

} // namespace

GoldenNet::GoldenNet(MLIRContext *context, bool v2, int64_t height, int64_t width) {
  Builder(*this, context).build(v2, height, width);
}

std::vector<double> GoldenNet::values(const std::string &name) const {
  const std::vector<int64_t> &shape = shapes.at(name);
  std::vector<double> result = ir::HostTensor(shape).values;
  auto ends = [&](const char *suffix) { return StringRef(name).ends_with(suffix); };
  double fanIn = static_cast<double>(result.size()) / static_cast<double>(shape[0]);
  for (std::size_t i = 0; i < result.size(); ++i) {
    double v = val(name, i);
    if (StringRef(name).contains(".grn."))
      result[i] = 0.5 * v;
    else if (ends(".gamma"))
      result[i] = 0.5 + 0.25 * v;
    else if (shape.size() >= 2)
      result[i] = v * std::sqrt(3 / fanIn);
    else if (ends(".bias"))
      result[i] = 0.1 * v;
    else
      result[i] = 1 + 0.1 * v;
  }
  return result;
}

ir::HostTensor GoldenNet::image(int64_t height, int64_t width) {
  ir::HostTensor tensor({batch, 3, height, width});
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor[i] = val("input", static_cast<uint64_t>(i));
  return tensor;
}

} // namespace cnx::test
