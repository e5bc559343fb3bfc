#include "compiler/frontend/BuildIr.h"

#include "compiler/Error.h"
#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace cnx {

using namespace mlir;

namespace {

// One module under construction: its weights, and how locations are made.
class NetworkBuilder {
public:
  NetworkBuilder(MLIRContext &context, const Model &m, const ModelOptions &o)
      : model(m), options(o), outputs(outputsOf(m, o)), builder(&context) {
    std::vector<LayerTensor> layers = layerTensors(model.desc);
    for (size_t i = 0; i < layers.size(); ++i)
      parameterOf[layers[i].id] = &model.parameters[i];
  }

  OwningOpRef<ModuleOp> build() {
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
    (*module)->setAttr(ir::kNameAttr, builder.getStringAttr(model.name));
    (*module)->setAttr(ir::kInfoAttr, builder.getStringAttr(infoJson(model)));
    builder.setInsertionPointToEnd(module->getBody());
    for (int64_t batch : options.batches)
      forward(batch);
    declareWeights(*module);
    return module;
  }

private:
  const Model &model;
  const ModelOptions &options;
  std::vector<std::string> outputs;
  OpBuilder builder;
  std::map<TensorId, const Parameter *> parameterOf;
  std::set<TensorId> used;
  std::map<std::string, Value> results; // of the function being built, by output
  std::map<int64_t, Value> dropFactors; // by block

  bool wants(const std::string &output) const {
    return std::find(outputs.begin(), outputs.end(), output) != outputs.end();
  }
  // Stages that some output needs.
  int lastStage() const {
    for (int stage = kStages - 1; stage >= 0; --stage)
      if (wants(fmt::format("stage{}", stage)) ||
          (stage == kStages - 1 && (wants("logits") || wants("pooled"))))
        return stage;
    return -1;
  }

  //--- locations: the layer, and the field of the description that asked for it

  Location location(const std::string &path, const char *field) {
    StringAttr name = builder.getStringAttr(path);
    if (model.file.empty())
      return NameLoc::get(name);
    auto line = model.lines.find(field);
    if (line == model.lines.end())
      line = model.lines.find("model");
    return NameLoc::get(name, FileLineColLoc::get(builder.getContext(), model.file,
                                                  line == model.lines.end() ? 1 : line->second, 1));
  }
  static const char *fieldOf(Layer layer) {
    switch (layer) {
    case Layer::headHidden:
      return "head_hidden_size";
    case Layer::headFc:
      return "num_classes";
    case Layer::layerScale:
      return "layer_scale_init";
    case Layer::stemConv:
    case Layer::stemNorm:
    case Layer::downNorm:
    case Layer::downConv:
    case Layer::headNorm:
      return "dims";
    default:
      return "depths";
    }
  }
  Location location(const TensorId &id) {
    return location(layerPath(id, model.desc), fieldOf(id.layer));
  }

  //--- weights

  RankedTensorType tensorType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }

  Value weight(TensorId id, Part part) {
    id.part = part;
    const Parameter &parameter = *parameterOf.at(id);
    used.insert(id);
    return ir::GetWeightOp::create(builder, location(id), tensorType(parameter.shape),
                                   FlatSymbolRefAttr::get(builder.getContext(), parameter.name));
  }

  void declareWeights(ModuleOp module) {
    builder.setInsertionPointToStart(module.getBody());
    for (const LayerTensor &tensor : layerTensors(model.desc)) {
      if (used.count(tensor.id) == 0)
        continue;
      const Parameter &p = *parameterOf.at(tensor.id);
      StringAttr file, name;
      if (!p.file.empty()) {
        file = builder.getStringAttr(p.file);
        name = builder.getStringAttr(p.tensor);
      }
      DenseI64ArrayAttr stored;
      if (!p.storedShape.empty())
        stored = builder.getDenseI64ArrayAttr(p.storedShape);
      ir::WeightOp::create(builder, location(tensor.id), p.name, tensorType(p.shape), file, name,
                           static_cast<Initialiser>(p.init), p.initValue,
                           static_cast<int64_t>(p.seed), !options.train, stored);
    }
  }

  //--- layers

  Value linear(Value x, const TensorId &id) {
    Value w = weight(id, Part::weight), b = weight(id, Part::bias);
    return ir::LinearOp::create(builder, location(id), x, w, b, features(w));
  }
  Value patchConv(Value x, const TensorId &id, int64_t kernel) {
    Value w = weight(id, Part::weight), b = weight(id, Part::bias);
    return ir::PatchConvOp::create(builder, location(id), x, w, b, kernel, features(w));
  }
  Value norm(Value x, const TensorId &id, double eps) {
    auto normalised = ir::LayerNormOp::create(builder, location(id), x, eps);
    Value g = weight(id, Part::weight), b = weight(id, Part::bias);
    return ir::AffineOp::create(builder, location(id), normalised.getXhat(), g, b);
  }
  static int64_t features(Value w) { return cast<RankedTensorType>(w.getType()).getDimSize(0); }

  Value residualBlock(Value input, int stage, int block, int64_t index) {
    std::string path = blockPath(stage, block);
    auto id = [&](Layer layer) { return TensorId{layer, stage, block, Part::weight}; };
    Value w = weight(id(Layer::dwconv), Part::weight), b = weight(id(Layer::dwconv), Part::bias);
    Value x =
        ir::DwconvOp::create(builder, location(id(Layer::dwconv)), input, w, b, kDepthwiseKernel);
    x = norm(x, id(Layer::blockNorm), model.desc.eps.block);
    x = linear(x, id(Layer::fc1));
    x = ir::GeluOp::create(builder, location(path + ".mlp.act", "depths"), x);
    if (model.desc.hasGrn()) {
      Value gamma = weight(id(Layer::grn), Part::weight), beta = weight(id(Layer::grn), Part::bias);
      x = ir::GrnOp::create(builder, location(id(Layer::grn)), x, gamma, beta, kGrnEps);
    }
    x = linear(x, id(Layer::fc2));
    if (model.desc.hasLayerScale()) {
      Value gamma = weight(id(Layer::layerScale), Part::weight);
      x = ir::ScaleOp::create(builder, location(id(Layer::layerScale)), x, gamma);
    }
    if (auto factor = dropFactors.find(index); factor != dropFactors.end())
      x = ir::DropPathOp::create(builder, location(path + ".drop_path", "drop_path"), x,
                                 factor->second, dropRate(model.desc, index), index);
    return ir::AddOp::create(builder, location(path + ".add", "depths"), input, x);
  }

  void head(Value x) {
    TensorId normId{Layer::headNorm, 0, 0, Part::weight};
    Location pool = location("head.global_pool", "dims");
    if (model.desc.headNormFirst) {
      x = norm(x, normId, model.desc.eps.final);
      x = ir::MeanPoolOp::create(builder, pool, x);
    } else {
      x = ir::MeanPoolOp::create(builder, pool, x);
      x = norm(x, normId, model.desc.eps.final);
    }
    results["pooled"] = x;
    if (!wants("logits"))
      return;
    if (model.desc.headHidden > 0) {
      x = linear(x, {Layer::headHidden, 0, 0, Part::weight});
      x = ir::GeluOp::create(builder, location("head.pre_logits.act", "head_hidden_size"), x);
    }
    results["logits"] = linear(x, {Layer::headFc, 0, 0, Part::weight});
  }

  //--- one function

  void addMap(const std::string &output, const std::string &path, Value x) {
    if (!wants(output))
      return;
    if (options.outputLayout == OutputLayout::nchw)
      x = ir::RelayoutOp::create(builder, location(path, "dims"), x, "nchw");
    results[output] = x;
  }

  RankedTensorType imageType(int64_t batch) {
    int64_t h = model.desc.height, w = model.desc.width;
    switch (options.inputFormat) {
    case InputFormat::f32Nchw:
      return tensorType({batch, 3, h, w});
    case InputFormat::f32Nhwc:
      return tensorType({batch, h, w, 3});
    case InputFormat::u8Nhwc:
      break;
    }
    return RankedTensorType::get({batch, h, w, 3}, builder.getIntegerType(8, false));
  }

  // Float32 images are normalised by the caller; bytes are normalised here.
  Value prepare(Value image) {
    Location loc = location("stem.image", "image"); // a part of the stem, and of its kernel
    if (options.inputFormat == InputFormat::f32Nchw)
      return ir::RelayoutOp::create(builder, loc, image, "nhwc");
    if (options.inputFormat == InputFormat::f32Nhwc)
      return image;
    constexpr double kWhite = 255;
    std::array<double, 3> mean = model.info.preprocessing.mean, std = model.info.preprocessing.std;
    for (int c = 0; c < 3; ++c) {
      mean[c] *= kWhite;
      std[c] *= kWhite;
    }
    return ir::NormalizeInputOp::create(builder, loc, image, mean, std);
  }

  void forward(int64_t batch) {
    OpBuilder::InsertionGuard guard(builder);
    std::vector<Type> arguments = {imageType(batch)};
    std::vector<int64_t> droppedBlocks;
    if (options.train)
      for (int64_t block = 0; block < model.desc.blocks(); ++block)
        if (dropRate(model.desc, block) > 0)
          droppedBlocks.push_back(block);
    arguments.insert(arguments.end(), droppedBlocks.size(), tensorType({batch}));

    // The results' types are those of the values that the body ends with.
    auto function = func::FuncOp::create(builder, location("forward", "model"),
                                         fmt::format("forward_b{}", batch),
                                         builder.getFunctionType(arguments, {}));
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToEnd(body);
    function.setArgAttr(0, ir::kNameAttr, builder.getStringAttr("image"));
    dropFactors.clear();
    for (size_t i = 0; i < droppedBlocks.size(); ++i) {
      dropFactors[droppedBlocks[i]] = body->getArgument(i + 1);
      function.setArgAttr(i + 1, ir::kNameAttr,
                          builder.getStringAttr(fmt::format("drop_path.{}", droppedBlocks[i])));
    }

    results.clear();
    network(body->getArgument(0));

    std::vector<Value> values;
    std::vector<Type> types;
    for (const std::string &output : outputs) {
      values.push_back(results.at(output));
      types.push_back(values.back().getType());
    }
    func::ReturnOp::create(builder, location("forward", "model"), values);
    function.setType(builder.getFunctionType(arguments, types));
    for (size_t i = 0; i < outputs.size(); ++i)
      function.setResultAttr(i, ir::kNameAttr, builder.getStringAttr(outputs[i]));
  }

  void network(Value image) {
    const ModelDesc &desc = model.desc;
    Value x = patchConv(prepare(image), {Layer::stemConv, 0, 0, Part::weight}, kStemPatch);
    x = norm(x, {Layer::stemNorm, 0, 0, Part::weight}, desc.eps.stemAndDown);
    addMap("stem", "stem", x);
    int last = lastStage();
    int64_t index = 0;
    for (int stage = 0; stage <= last; ++stage) {
      if (stage > 0) {
        x = norm(x, {Layer::downNorm, stage, 0, Part::weight}, desc.eps.stemAndDown);
        x = patchConv(x, {Layer::downConv, stage, 0, Part::weight}, kDownsample);
      }
      for (int block = 0; block < desc.depths[stage]; ++block)
        x = residualBlock(x, stage, block, index++);
      addMap(fmt::format("stage{}", stage), fmt::format("stages.{}", stage), x);
    }
    if (wants("logits") || wants("pooled"))
      head(x);
  }
};

void checkBatches(const std::vector<int64_t> &batches) {
  constexpr int64_t kLargestBatch = 1 << 16;
  if (batches.empty())
    throw UserError("--batch: found nothing, expected at least one batch size");
  std::set<int64_t> seen;
  for (int64_t batch : batches)
    if (batch < 1 || batch > kLargestBatch || !seen.insert(batch).second)
      throw UserError(fmt::format("--batch: found {}{}, expected different integers from 1 to {}",
                                  batch, seen.count(batch) ? " twice" : "", kLargestBatch));
}

} // namespace

OwningOpRef<ModuleOp> buildIr(MLIRContext &context, const Model &model,
                              const ModelOptions &options) {
  checkBatches(options.batches);
  context.loadDialect<ir::CnxDialect, func::FuncDialect>();
  return NetworkBuilder(context, model, options).build();
}

} // namespace cnx
