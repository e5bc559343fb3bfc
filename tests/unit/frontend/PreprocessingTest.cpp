// Sizes as the ecosystems print them for their own checkpoints.
#include "compiler/Error.h"
#include "compiler/frontend/DefaultPreprocessing.h"
#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/Presets.h"
#include "tests/support/catch.h"

#include <map>

using namespace cnx;
using Resize = ResizeAndCrop::Resize;
using Rounding = ResizeAndCrop::Rounding;

using CropMode = Preprocessing::CropMode;

static Preprocessing timm(double cropFraction, CropMode mode = CropMode::center) {
  Preprocessing p;
  p.cropFraction = cropFraction;
  p.cropMode = mode;
  return p;
}

TEST_CASE("timm resizes by floor(size / crop_pct)") {
  CHECK(resolve(timm(0.875), 224, 224) ==
        ResizeAndCrop{Resize::shorter, 256, 256, Rounding::halfEven});
  CHECK(resolve(timm(0.95), 224, 224).height == 235);
  CHECK(resolve(timm(0.95), 288, 288).height == 303);
  CHECK(resolve(timm(0.95), 160, 160).height == 168);
  CHECK(resolve(timm(0.9), 224, 224).height == 248);
  CHECK(resolve(timm(1), 288, 288).height == 288);
}

TEST_CASE("timm squashes and covers") {
  CHECK(resolve(timm(1, CropMode::squash), 384, 384) ==
        ResizeAndCrop{Resize::exact, 384, 384, Rounding::halfEven});
  CHECK(resolve(timm(0.9), 72, 104) == ResizeAndCrop{Resize::cover, 80, 115, Rounding::halfEven});
}

TEST_CASE("transformers warps from 384 on") {
  Preprocessing p;
  p.rules = Preprocessing::Rules::transformers;
  CHECK(resolve(p, 224, 224) == ResizeAndCrop{Resize::shorter, 256, 256, Rounding::down});
  CHECK(resolve(p, 384, 384) == ResizeAndCrop{Resize::exact, 384, 384, Rounding::down});
}

TEST_CASE("torchvision's four networks") {
  const std::map<std::string, int64_t> sides = {{"convnext_tiny", 236},
                                                {"convnext_small", 230},
                                                {"convnext_base", 232},
                                                {"convnext_large", 232},
                                                {"convnext_atto", 256}};
  for (const auto &[name, side] : sides) {
    ModelDesc desc = preset(name).desc;
    desc.numClasses = 5;
    Preprocessing p = defaultPreprocessing("torchvision", desc);
    CHECK(p.interpolation == "bilinear");
    CHECK(resolve(p, 224, 224) == ResizeAndCrop{Resize::shorter, side, side, Rounding::halfEven});
  }
}

TEST_CASE("other ecosystems' customs") {
  ModelDesc desc;
  CHECK(defaultPreprocessing("timm", desc) == Preprocessing{});
  CHECK(defaultPreprocessing("open_clip", desc).mean[0] == 0.48145466);
  CHECK(resolve(defaultPreprocessing("open_clip", desc), 256, 256).height == 256);
  CHECK(resolve(defaultPreprocessing("fair", desc), 224, 224).height == 256);
  desc.height = desc.width = 384;
  CHECK(resolve(defaultPreprocessing("fair", desc), 384, 384) ==
        ResizeAndCrop{Resize::exact, 384, 384, Rounding::halfEven});
  CHECK(defaultPreprocessing("lucid", preset("convnext_small").desc) ==
        defaultPreprocessing("torchvision", preset("convnext_small").desc));
  CHECK(defaultPreprocessing("lucid", preset("convnext_xlarge").desc) == Preprocessing{});
  CHECK(defaultPreprocessing("transformers", desc).rules == Preprocessing::Rules::transformers);
}

TEST_CASE("pre-processing goes through JSON unchanged") {
  Preprocessing tv = defaultPreprocessing("torchvision", ModelDesc{});
  Preprocessing half = timm(0.95, CropMode::squash);
  half.mean = half.std = {0.5, 0.5, 0.5};
  Preprocessing hf;
  hf.rules = Preprocessing::Rules::transformers;
  hf.cropFraction = 0.75;
  for (const Preprocessing &p :
       {tv, half, hf, timm(0.9, CropMode::border), timm(0.9, CropMode::black)}) {
    JsonText text("p.json", toJson(p, 224, 224).dump());
    CHECK(readPreprocessing(JsonFields(text)) == p);
  }
  CHECK(toJson(half, 96, 64).at("resize") == "exact");
  CHECK(toJson(half, 96, 64).at("resize_height") == 101);
  CHECK(toJson(tv, 224, 224).at("resize_width") == 236);
}
