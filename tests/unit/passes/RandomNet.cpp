#include "tests/unit/passes/RandomNet.h"

#include "ir/CnxOps.h"

#include <random>

using namespace mlir;

namespace cnx::test {
namespace {

using Shape = std::vector<int64_t>;

std::string typeText(const Shape &shape, const char *element = "f32") {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element + ">";
}

struct Tensor {
  std::string name; // %7
  Shape shape;
  const char *element = "f32";
  std::string type() const { return typeText(shape, element); }
};

class Net {
public:
  Net(uint64_t seed, const RandomNetOptions &given) : random(seed), options(given) {}

  std::string write() {
    Tensor x = stem(image());
    std::vector<Tensor> results;
    const int stages = 1 + below(2);
    for (int stage = 0; stage < stages; ++stage) {
      const std::string path = "stages." + std::to_string(stage);
      if (stage)
        x = downsample(x, path + ".downsample");
      for (int block = below(3); block-- > 0;)
        x = addBlock(x, path + ".blocks." + std::to_string(block));
      if (chance(3))
        results.push_back(x);
      if (chance(3))
        results.push_back(relayout(x, "nchw", path));
    }
    Tensor pooled = op("mean_pool", {x}, "", {x.shape[0], x.shape[3]}, "head.global_pool");
    pooled = affine(norm(pooled, "head.norm"), "head.norm");
    if (chance(2))
      results.push_back(pooled);
    results.push_back(linear(pooled, 1 + below(20), "head.fc"));

    std::string text = "module attributes {cnx.name = \"random\", cnx.info = \"{}\"} {\n" + weights;
    text += "func.func @forward_b" + std::to_string(options.batch) + "(" + arguments + ") -> (";
    std::string returned, types;
    for (size_t i = 0; i < results.size(); ++i) {
      text +=
          (i ? ", " : "") + results[i].type() + " {cnx.name = \"out" + std::to_string(i) + "\"}";
      returned += (i ? ", " : " ") + results[i].name;
      types += (i ? ", " : " : ") + results[i].type();
    }
    return text + ") {\n" + body + "return" + returned + types + "\n}\n}\n";
  }

private:
  int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  bool chance(int oneIn) { return below(oneIn) == 0; }

  // A result of one op; `suffix` is what stands between operands and types.
  Tensor op(const std::string &mnemonic, const std::vector<Tensor> &operands,
            const std::string &suffix, const Shape &shape, const std::string &layer) {
    Tensor result{"%v" + std::to_string(next++), shape};
    body += "  " + result.name + (mnemonic == "layer_norm" ? ", " + result.name + "_rstd" : "") +
            " = cnx." + mnemonic + " ";
    for (size_t i = 0; i < operands.size(); ++i)
      body += (i ? ", " : "") + operands[i].name;
    body += suffix + " : ";
    for (size_t i = 0; i < operands.size(); ++i)
      body += (i ? ", " : "") + operands[i].type();
    body += " loc(\"" + layer + "\")\n";
    return result;
  }

  Tensor weight(const std::string &name, const Shape &shape) {
    weights += "cnx.weight @" + name + " : " + typeText(shape) +
               (options.frozen || chance(2) ? " {frozen}\n" : "\n");
    Tensor value{"%w" + std::to_string(next++), shape};
    body += "  " + value.name + " = cnx.get_weight @" + name + " : " + value.type() + " loc(\"" +
            name + "\")\n";
    return value;
  }

  Tensor argument(const std::string &name, const Shape &shape, const char *element) {
    Tensor value{"%" + name, shape, element};
    arguments += (arguments.empty() ? "" : ", ") + value.name + ": " + value.type() +
                 " {cnx.name = \"" + name + "\"}";
    return value;
  }

  Tensor relayout(const Tensor &x, const std::string &to, const std::string &layer) {
    const Shape &s = x.shape;
    Tensor result =
        op("relayout", {x}, " to \"" + to + "\"",
           to == "nhwc" ? Shape{s[0], s[2], s[3], s[1]} : Shape{s[0], s[3], s[1], s[2]}, layer);
    result.element = x.element;
    return result;
  }

  // [N,H,W,3] float32, perhaps of bytes.
  Tensor image() {
    const int64_t n = options.batch, h = 9 + below(8), w = 9 + below(8);
    const char *element = chance(2) ? "ui8" : "f32";
    Tensor x = chance(2) ? relayout(argument("image", {n, 3, h, w}, element), "nhwc", "image")
                         : argument("image", {n, h, w, 3}, element);
    if (element == std::string("ui8") || chance(2))
      x = op("normalize_input", {x},
             " mean = [123.675, 116.28, 103.53] std = [58.395, 57.12, 57.375]", x.shape, "image");
    return x;
  }

  Tensor patchConv(const Tensor &x, int64_t kernel, int64_t features, const std::string &path) {
    std::vector<Tensor> operands = {
        x, weight(path + ".weight", {features, x.shape[3], kernel, kernel})};
    if (!chance(4))
      operands.push_back(weight(path + ".bias", {features}));
    return op("patch_conv", operands,
              " kernel = " + std::to_string(kernel) + " features = " + std::to_string(features),
              {x.shape[0], x.shape[1] / kernel, x.shape[2] / kernel, features}, path);
  }

  Tensor linear(const Tensor &x, int64_t features, const std::string &path) {
    std::vector<Tensor> operands = {x, weight(path + ".weight", {features, x.shape.back()})};
    if (!chance(4))
      operands.push_back(weight(path + ".bias", {features}));
    Shape shape = x.shape;
    shape.back() = features;
    return op("linear", operands, " features = " + std::to_string(features), shape, path);
  }

  Tensor norm(const Tensor &x, const std::string &path) {
    return op("layer_norm", {x}, chance(2) ? " eps = 1.0e-6" : " eps = 1.0e-5", x.shape, path);
  }
  Tensor affine(const Tensor &x, const std::string &path) {
    return op(
        "affine",
        {x, weight(path + ".weight", {x.shape.back()}), weight(path + ".bias", {x.shape.back()})},
        "", x.shape, path);
  }

  Tensor stem(const Tensor &x) {
    Tensor y = patchConv(x, 2 + below(3), 3 + below(20), "stem.0");
    return chance(4) ? y : affine(norm(y, "stem.1"), "stem.1");
  }

  Tensor downsample(const Tensor &x, const std::string &path) {
    if (x.shape[1] < 2 || x.shape[2] < 2)
      return x;
    return patchConv(affine(norm(x, path + ".0"), path + ".0"), 2, 3 + below(20), path + ".1");
  }

  Tensor addBlock(const Tensor &x, const std::string &path) {
    const int64_t channels = x.shape[3], hidden = 4 * channels;
    std::vector<Tensor> operands = {x, weight(path + ".conv_dw.weight", {channels, 1, 7, 7})};
    if (!chance(4))
      operands.push_back(weight(path + ".conv_dw.bias", {channels}));
    Tensor y = op("dwconv", operands, " kernel = 7", x.shape, path + ".conv_dw");
    y = affine(norm(y, path + ".norm"), path + ".norm");
    y = linear(y, hidden, path + ".mlp.fc1");
    y = op("gelu", {y}, "", y.shape, path + ".mlp.act");
    if (chance(2)) // the second generation
      y = op(
          "grn",
          {y, weight(path + ".mlp.grn.weight", {hidden}), weight(path + ".mlp.grn.bias", {hidden})},
          " eps = 1.0e-6", y.shape, path + ".mlp.grn");
    y = linear(y, channels, path + ".mlp.fc2");
    if (chance(2))
      y = op("scale", {y, weight(path + ".gamma", {channels})}, "", y.shape, path + ".gamma");
    if (!options.frozen && chance(2)) {
      const std::string site = std::to_string(next);
      Tensor factor = argument("drop" + site, {x.shape[0]}, "f32");
      y = op("drop_path", {y, factor}, " rate = 0.25 site = " + site, y.shape, path + ".drop_path");
    }
    return op("add", {x, y}, "", x.shape, path);
  }

  std::mt19937_64 random;
  RandomNetOptions options;
  std::string weights, arguments, body;
  int next = 0;
};

// About -1..1.
std::vector<double> randomValues(int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(static_cast<size_t>(count));
  for (double &value : values)
    value = static_cast<double>(random() % 20001) / 10000 - 1;
  return values;
}

} // namespace

std::string randomNet(uint64_t seed, const RandomNetOptions &options) {
  return Net(seed, options).write();
}

ir::NamedTensors randomInputs(func::FuncOp function, uint64_t seed) {
  ir::NamedTensors inputs;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    ir::HostTensor value({tensor.getShape().begin(), tensor.getShape().end()},
                         randomValues(tensor.getNumElements(), seed + i));
    if (tensor.getElementType().isUnsignedInteger(8))
      for (double &v : value.values)
        v = std::floor(127.5 + 127.5 * v);
    inputs[function.getArgAttrOfType<StringAttr>(static_cast<unsigned>(i), ir::kNameAttr).str()] =
        value;
  }
  return inputs;
}

ir::WeightValues randomWeights(ModuleOp module, uint64_t seed) {
  std::map<std::string, std::vector<double>> values;
  for (auto weight : module.getOps<ir::WeightOp>())
    values[weight.getSymName().str()] = randomValues(
        cast<RankedTensorType>(weight.getType()).getNumElements(), seed + 1000 * values.size());
  return [values](const std::string &name) { return values.at(name); };
}

} // namespace cnx::test
