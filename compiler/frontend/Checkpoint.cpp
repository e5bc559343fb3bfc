#include "compiler/frontend/Checkpoint.h"

#include "compiler/Error.h"
#include "compiler/frontend/CheckpointFiles.h"
#include "compiler/frontend/DetectScheme.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace cnx {

namespace {

constexpr size_t kNamesInMessage = 12;

// transformers' configurations have this by default, and its converters leave it there.
constexpr double kTransformersFinalEps = 1e-12;

using TensorMap = std::map<TensorId, const cnx_io_tensor *>;

std::string listed(const std::vector<std::string> &names) {
  size_t shown = std::min(names.size(), kNamesInMessage);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

class Reader {
public:
  explicit Reader(const CheckpointFiles &f) : file(f), scheme(detectScheme(f)) {
    for (const cnx_io_tensor &tensor : file.tensors()) {
      if (std::optional<TensorId> id = scheme.tensorOf(tensor.name)) {
        auto [earlier, isNew] = tensors.emplace(*id, &tensor);
        if (!isNew)
          fail(fmt::format("found both {} and {}, expected one of them", earlier->second->name,
                           tensor.name));
      } else if (!scheme.ignores(tensor.name)) {
        unknown.push_back(tensor.name);
      }
    }
  }

  Checkpoint read() {
    refuseOtherNetworks();
    infer();
    fillHeadNorm();
    fillHeadBias();
    std::vector<LayerTensor> wanted = layerTensors(desc);
    checkNames(wanted);
    return {desc, scheme, parameters(wanted), notes};
  }

private:
  const CheckpointFiles &file;
  NamingScheme scheme;
  TensorMap tensors;
  std::vector<std::string> unknown;
  ModelDesc desc;
  std::map<TensorId, Parameter> filled; // parameters that have no tensor
  std::vector<std::string> notes;

  [[noreturn]] void fail(const std::string &message) const {
    throw UserError(file.path() + ": " + message);
  }

  const cnx_io_tensor *find(const TensorId &id) const {
    auto found = tensors.find(id);
    return found == tensors.end() ? nullptr : found->second;
  }
  bool has(Layer layer) const {
    return std::any_of(tensors.begin(), tensors.end(),
                       [&](const auto &entry) { return entry.first.layer == layer; });
  }

  const cnx_io_tensor &require(const TensorId &id) const {
    if (const cnx_io_tensor *tensor = find(id))
      return *tensor;
    fail(fmt::format("found no {}, expected it in a checkpoint with {}'s names",
                     scheme.nameOf(id, desc), scheme.name()));
  }

  // Every parameter has its tensor, every tensor its parameter.
  void checkNames(const std::vector<LayerTensor> &wanted) {
    std::vector<std::string> missing;
    TensorMap unused = tensors;
    for (const LayerTensor &tensor : wanted)
      if (unused.erase(tensor.id) == 0 && filled.count(tensor.id) == 0)
        missing.push_back(scheme.nameOf(tensor.id, desc));
    for (const auto &[id, tensor] : unused)
      unknown.push_back(tensor->name);
    std::string network =
        fmt::format("a {} with {}'s names", modelName(desc.version), scheme.name());
    std::string text;
    if (!missing.empty())
      text = fmt::format("found no {}, expected {} in {}", listed(missing),
                         missing.size() == 1 ? "it" : "them", network);
    if (!unknown.empty())
      text +=
          fmt::format("{}found {} that {} no part of {}: {}", text.empty() ? "" : "; ",
                      unknown.size() == 1 ? "a tensor" : fmt::format("{} tensors", unknown.size()),
                      unknown.size() == 1 ? "is" : "are", network, listed(unknown));
    if (!text.empty())
      fail(text);
  }

  // Says what a network is that is not a plain ConvNeXt, rather than which of its tensors have
  // other shapes.
  void refuseOtherNetworks() const {
    auto refuse = [&](const cnx_io_tensor &tensor, const char *what) {
      fail(fmt::format("{}: found shape {}: {}, which is not supported", tensor.name,
                       formatShape(shapeOf(tensor)), what));
    };
    const cnx_io_tensor &stem = require({Layer::stemConv});
    Shape shape = shapeOf(stem);
    if (shape.size() != 4)
      refuse(stem, "not a convolution");
    if (shape[1] != 3)
      refuse(stem, "an image of other than 3 channels");
    if (shape[2] == 3 && shape[3] == 3)
      refuse(stem, "an overlapping stem of two 3x3 convolutions");
    if (shape[2] != kStemPatch || shape[3] != kStemPatch)
      refuse(stem, "a stem whose patches are not 4x4");
    const cnx_io_tensor *gain = find({Layer::blockNorm, 0, 0, Part::weight});
    if (gain && !find({Layer::blockNorm, 0, 0, Part::bias}))
      fail(fmt::format("found {} without a bias: RMSNorm or SimpleNorm, which are not supported; "
                       "expected LayerNorm",
                       gain->name));
    for (const auto &[id, tensor] : tensors) {
      Shape kernel = shapeOf(*tensor);
      if (id.layer == Layer::dwconv && id.part == Part::weight && kernel.size() == 4 &&
          (kernel[2] != kDepthwiseKernel || kernel[3] != kDepthwiseKernel))
        refuse(*tensor, "a depthwise kernel that is not 7x7");
    }
    if (has(Layer::grn) && has(Layer::layerScale))
      fail("found both global response normalisation and a layer scale, expected one of them");
  }

  int64_t rows(const TensorId &id) const {
    Shape shape = shapeOf(require(id));
    if (shape.empty() || shape[0] < 1)
      fail(fmt::format("{}: found shape {}, expected at least one row", scheme.nameOf(id, desc),
                       formatShape(shape)));
    return shape[0];
  }

  void infer() {
    desc.version = has(Layer::grn) ? Version::v2 : Version::v1;
    if (!has(Layer::layerScale))
      desc.layerScaleInit = 0;
    for (int stage = 0; stage < kStages; ++stage) {
      desc.depths[stage] = 1;
      for (const auto &[id, tensor] : tensors)
        if (id.layer == Layer::dwconv && id.stage == stage)
          desc.depths[stage] = std::max<int64_t>(desc.depths[stage], id.block + 1);
      desc.dims[stage] = rows({Layer::dwconv, stage, 0, Part::weight});
    }
    desc.numClasses = has(Layer::headFc) ? rows({Layer::headFc}) : 0;
    desc.headHidden = has(Layer::headHidden) ? rows({Layer::headHidden}) : 0;
    if (desc.headHidden > 0 && desc.numClasses == 0)
      fail("found a hidden layer in the head and no classifier, expected both");
    desc.headNormFirst = file.find("norm_pre.weight") && scheme.ecosystem() == Ecosystem::timm;
    if (scheme.ecosystem() == Ecosystem::transformers)
      desc.eps.final = kTransformersFinalEps;
  }

  void fill(const TensorId &id, const std::string &name, int64_t size, Parameter::Init init) {
    Parameter parameter;
    parameter.name = name;
    parameter.shape = {size};
    parameter.init = init;
    filled.emplace(id, parameter);
  }

  // Pre-training files (*.fcmae) end with the last block; timm then keeps a norm that changes
  // nothing but the scale.
  void fillHeadNorm() {
    if (desc.numClasses > 0 || has(Layer::headNorm))
      return;
    for (Part part : {Part::weight, Part::bias}) {
      TensorId id{Layer::headNorm, 0, 0, part};
      fill(id, scheme.nameOf(id, desc), desc.dims[kStages - 1],
           part == Part::weight ? Parameter::Init::ones : Parameter::Init::zeros);
    }
    notes.push_back(file.path() + ": no final norm: weight 1 and bias 0 are taken");
  }

  // CLIP's projection has no bias.
  void fillHeadBias() {
    TensorId id{Layer::headFc, 0, 0, Part::bias};
    if (scheme.ecosystem() != Ecosystem::openClip || desc.numClasses == 0 || find(id))
      return;
    fill(id, scheme.nameOf(id, desc), desc.numClasses, Parameter::Init::zeros);
  }

  std::vector<Parameter> parameters(const std::vector<LayerTensor> &wanted) const {
    std::vector<Parameter> result;
    for (const LayerTensor &layer : wanted) {
      const cnx_io_tensor *tensor = find(layer.id);
      if (!tensor) {
        result.push_back(filled.at(layer.id));
        continue;
      }
      if (withoutOnes(shapeOf(*tensor)) != withoutOnes(layer.shape))
        fail(fmt::format("{}: found shape {}, expected {}", tensor->name,
                         formatShape(shapeOf(*tensor)), formatShape(layer.shape)));
      checkType(*tensor);
      Parameter parameter;
      parameter.name = parameter.tensor = tensor->name;
      parameter.shape = layer.shape;
      if (Shape stored = shapeOf(*tensor); stored != layer.shape)
        parameter.storedShape = stored;
      parameter.file = std::filesystem::absolute(file.fileOf(*tensor)).lexically_normal();
      result.push_back(parameter);
    }
    return result;
  }

  void checkType(const cnx_io_tensor &tensor) const {
    if (tensor.dtype != CNX_IO_F32 && tensor.dtype != CNX_IO_F16 && tensor.dtype != CNX_IO_BF16)
      fail(fmt::format("{}: found type {}, expected F32, F16 or BF16", tensor.name,
                       cnx_io_dtype_name(tensor.dtype)));
  }
};

} // namespace

Checkpoint readCheckpoint(const CheckpointFiles &files) { return Reader(files).read(); }

} // namespace cnx
