#include "tests/unit/frontend/Networks.h"

#include <regex>

namespace cnx::test {

namespace {

using Renamings = std::vector<std::pair<const char *, const char *>>;

// Every tensor whose whole name matches the first pattern that does gets the replacement.
void renameAll(Tensors &tensors, const Renamings &renamings) {
  for (const std::string &name : tensors.names())
    for (const auto &[pattern, replacement] : renamings) {
      std::string renamed = std::regex_replace(name, std::regex(pattern), replacement);
      if (renamed != name) {
        tensors.rename(name, renamed);
        break;
      }
    }
}

void addBoth(Tensors &t, const std::string &path, const std::vector<int64_t> &shape) {
  t.addAny(path + ".weight", shape);
  t.addAny(path + ".bias", {shape[0]});
}

} // namespace

Tensors fairNetwork(const Sizes &s) {
  Tensors t;
  addBoth(t, "downsample_layers.0.0", {s.dims[0], 3, 4, 4});
  addBoth(t, "downsample_layers.0.1", {s.dims[0]});
  for (int stage = 0; stage < 4; ++stage) {
    int64_t c = s.dims[stage];
    if (stage > 0) {
      std::string down = "downsample_layers." + std::to_string(stage);
      addBoth(t, down + ".0", {s.dims[stage - 1]});
      addBoth(t, down + ".1", {c, s.dims[stage - 1], 2, 2});
    }
    for (int block = 0; block < s.depths[stage]; ++block) {
      std::string path = "stages." + std::to_string(stage) + "." + std::to_string(block);
      addBoth(t, path + ".dwconv", {c, 1, 7, 7});
      addBoth(t, path + ".norm", {c});
      addBoth(t, path + ".pwconv1", {4 * c, c});
      addBoth(t, path + ".pwconv2", {c, 4 * c});
      if (s.v2) {
        t.addAny(path + ".grn.gamma", {1, 1, 1, 4 * c});
        t.addAny(path + ".grn.beta", {1, 1, 1, 4 * c});
      } else if (s.layerScale) {
        t.addAny(path + ".gamma", {c});
      }
    }
  }
  addBoth(t, "norm", {s.dims[3]});
  if (s.classes > 0)
    addBoth(t, "head", {s.classes, s.dims[3]});
  return t;
}

Tensors timmNetwork(const Sizes &s, bool convMlp) {
  Tensors t = fairNetwork(s);
  renameAll(t, {{"^downsample_layers\\.0\\.(.*)$", "stem.$1"},
                {"^downsample_layers\\.(\\d)\\.(.*)$", "stages.$1.downsample.$2"},
                {"^stages\\.(\\d)\\.(\\d)\\.dwconv\\.", "stages.$1.blocks.$2.conv_dw."},
                {"^stages\\.(\\d)\\.(\\d)\\.pwconv(\\d)\\.", "stages.$1.blocks.$2.mlp.fc$3."},
                {"^stages\\.(\\d)\\.(\\d)\\.grn\\.gamma", "stages.$1.blocks.$2.mlp.grn.weight"},
                {"^stages\\.(\\d)\\.(\\d)\\.grn\\.beta", "stages.$1.blocks.$2.mlp.grn.bias"},
                {"^stages\\.(\\d)\\.(\\d)\\.", "stages.$1.blocks.$2."},
                {"^norm\\.", "head.norm."},
                {"^head\\.(weight|bias)$", "head.fc.$1"}});
  for (int stage = 0; stage < 4; ++stage)
    for (int block = 0; block < s.depths[stage]; ++block) {
      int64_t c = s.dims[stage];
      std::string mlp =
          "stages." + std::to_string(stage) + ".blocks." + std::to_string(block) + ".mlp.";
      if (convMlp) {
        t.addAny(mlp + "fc1.weight", {4 * c, c, 1, 1});
        t.addAny(mlp + "fc2.weight", {c, 4 * c, 1, 1});
      }
      if (s.v2) { // timm stores these as vectors
        t.addAny(mlp + "grn.weight", {4 * c});
        t.addAny(mlp + "grn.bias", {4 * c});
      }
    }
  return t;
}

Tensors timmNormFirst(const Sizes &s) {
  Tensors t = timmNetwork(s);
  renameAll(t, {{"^head\\.norm\\.", "norm_pre."}});
  return t;
}

Tensors timmMlpHead(const Sizes &s, int64_t hidden) {
  Tensors t = timmNetwork(s);
  addBoth(t, "head.pre_logits.fc", {hidden, s.dims[3]});
  addBoth(t, "head.fc", {s.classes, hidden});
  return t;
}

Tensors torchvisionNetwork(const Sizes &s) {
  Tensors t = fairNetwork(s);
  for (int stage = 0; stage < 4; ++stage)
    for (int block = 0; block < s.depths[stage]; ++block)
      t.addAny("stages." + std::to_string(stage) + "." + std::to_string(block) + ".gamma",
               {s.dims[stage], 1, 1});
  Renamings renamings;
  std::vector<std::string>
      texts; // stage s is features.{2s+1}, the downsampling before it features.{2s}
  for (int stage = 0; stage < 4; ++stage) {
    std::string down = std::to_string(2 * stage), blocks = std::to_string(2 * stage + 1);
    std::string from = "^stages\\." + std::to_string(stage) + "\\.(\\d)\\.";
    std::string to = "features." + blocks + ".$1.";
    texts.insert(texts.end(),
                 {"^downsample_layers\\." + std::to_string(stage) + "\\.", "features." + down + ".",
                  from + "dwconv", to + "block.0", from + "norm", to + "block.2", from + "pwconv1",
                  to + "block.3", from + "pwconv2", to + "block.5", from + "gamma",
                  to + "layer_scale"});
  }
  for (size_t i = 0; i < texts.size(); i += 2)
    renamings.emplace_back(texts[i].c_str(), texts[i + 1].c_str());
  renamings.emplace_back("^norm\\.", "classifier.0.");
  renamings.emplace_back("^head\\.", "classifier.2.");
  renameAll(t, renamings);
  return t;
}

Tensors transformersNetwork(const Sizes &s, const std::string &prefix) {
  Tensors t = fairNetwork(s);
  renameAll(t, {{"^downsample_layers\\.0\\.0\\.", "P.embeddings.patch_embeddings."},
                {"^downsample_layers\\.0\\.1\\.", "P.embeddings.layernorm."},
                {"^downsample_layers\\.(\\d)\\.", "P.encoder.stages.$1.downsampling_layer."},
                {"^stages\\.(\\d)\\.(\\d)\\.norm", "P.encoder.stages.$1.layers.$2.layernorm"},
                {"^stages\\.(\\d)\\.(\\d)\\.gamma",
                 "P.encoder.stages.$1.layers.$2.layer_scale_parameter"},
                {"^stages\\.(\\d)\\.(\\d)\\.grn.gamma", "P.encoder.stages.$1.layers.$2.grn.weight"},
                {"^stages\\.(\\d)\\.(\\d)\\.grn.beta", "P.encoder.stages.$1.layers.$2.grn.bias"},
                {"^stages\\.(\\d)\\.(\\d)\\.", "P.encoder.stages.$1.layers.$2."},
                {"^norm\\.", "P.layernorm."},
                {"^head\\.", "classifier."}});
  renameAll(t, {{"^P\\.", prefix.c_str()}});
  return t;
}

Tensors lucidNetwork(const Sizes &s) {
  Tensors t = fairNetwork(s);
  renameAll(t, {{"^downsample_layers\\.0\\.0\\.", "stem.conv.0."},
                {"^downsample_layers\\.0\\.1\\.", "stem.norm."},
                {"^downsample_layers\\.1\\.0\\.", "downsamplers.0.norm."},
                {"^downsample_layers\\.1\\.1\\.", "downsamplers.0.conv."},
                {"^downsample_layers\\.2\\.0\\.", "downsamplers.1.norm."},
                {"^downsample_layers\\.2\\.1\\.", "downsamplers.1.conv."},
                {"^downsample_layers\\.3\\.0\\.", "downsamplers.2.norm."},
                {"^downsample_layers\\.3\\.1\\.", "downsamplers.2.conv."},
                {"^(stages\\.\\d\\.\\d)\\.pwconv", "$1.fc"},
                {"^norm\\.", "head_norm."},
                {"^head\\.", "classifier."}});
  return t;
}

Tensors openClipNetwork(const Sizes &s, int64_t mlpHidden) {
  Sizes trunk = s;
  trunk.classes = 0;
  Tensors t = timmNetwork(trunk);
  renameAll(t, {{"^", "visual.trunk."}});
  if (mlpHidden > 0) {
    addBoth(t, "visual.head.mlp.fc1", {mlpHidden, s.dims[3]});
    t.addAny("visual.head.mlp.fc2.weight", {s.classes, mlpHidden});
  } else {
    t.addAny("visual.head.proj.weight", {s.classes, s.dims[3]});
  }
  t.addAny("logit_scale", {});
  t.addAny("token_embedding.weight", {11, 8});
  addBoth(t, "transformer.resblocks.0.ln_1", {8});
  return t;
}

} // namespace cnx::test
