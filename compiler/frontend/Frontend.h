// From what a user names (a preset, a description, a checkpoint, a hub's folder, a dump) to one
// model: architecture, parameters and where their values come from, labels and pre-processing. No
// MLIR in here; BuildIr.h goes on from it.
#pragma once

#include "compiler/frontend/Layers.h"
#include "compiler/frontend/ModelDesc.h"
#include "compiler/frontend/Preprocessing.h"
#include "compiler/weights/Parameter.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cnx {

enum class OutputLayout { nchw, nhwc };
enum class InputFormat { f32Nchw, f32Nhwc, u8Nhwc };

// The options of the command line that concern the model.
struct ModelOptions {
  std::optional<std::string> name;    // C identifier; else from the preset, file or folder
  std::optional<std::string> weights; // checkpoint or hub folder for a preset or description
  std::optional<int64_t> numClasses;  // 0: no classifier
  std::optional<std::pair<int64_t, int64_t>> image; // height, width
  uint64_t seed = 0;                                // of the initialiser
  // For files that cannot tell. Every norm's; of transformers' files the final one's, as the others
  // are fixed there.
  std::optional<double> eps;
  std::vector<int64_t> batches = {1};
  std::vector<std::string>
      outputs; // logits, pooled, stem, stage0..stage3; empty: logits, or pooled without classes
  OutputLayout outputLayout = OutputLayout::nchw; // of maps
  InputFormat inputFormat = InputFormat::f32Nchw;
  bool train =
      false; // parameters stay trainable; a class count that differs makes a new last layer
  std::optional<double> dropPath;  // of the last block, in place of the model's
  std::vector<std::string> labels; // one a class, in place of the model's; empty: its own
  // Where nothing says how images are prepared: not cropped, because they have been already.
  bool wholeImages = false;
};

struct ModelInfo {
  std::vector<std::string> labels; // empty, or one a class
  Preprocessing preprocessing;
  std::vector<std::string> notes; // what was assumed or replaced: for stderr and the manifest
};

struct Model {
  std::string name; // C identifier
  ModelDesc desc;
  std::string scheme; // whose names the parameters have: timm, torchvision, transformers, fair,
                      // lucid, open_clip
  std::vector<Parameter> parameters; // one for each of layerTensors(desc), in that order
  ModelInfo info;
  // The description's file and the lines of its fields, for messages; empty where there is none.
  std::string file;
  std::map<std::string, int> lines;
};

// Throws UserError: file, line or field, what was found, what was expected.
Model loadModel(const std::string &model, const ModelOptions &options);

// JSON text from which loadModel reads the same model: the phase `desc`. Weights are references,
// file and tensor.
std::string writeDesc(const Model &model);

// JSON text of description, scheme, labels, pre-processing and notes: the module's `cnx.info`, the
// manifest's part and, under the key `cnx.model`, the metadata of what cnx saves.
std::string infoJson(const Model &model);

// The options' outputs, checked against the model, in the order asked for.
std::vector<std::string> outputsOf(const Model &model, const ModelOptions &options);

} // namespace cnx
