#include "compiler/frontend/Preprocessing.h"

#include "compiler/frontend/JsonText.h"

#include <algorithm>
#include <cmath>

namespace cnx {

namespace {

constexpr const char *kRules[] = {"timm", "torchvision", "transformers"};
constexpr const char *kCropModes[] = {"center", "squash", "border", "black"};
constexpr const char *kResizes[] = {"shorter", "cover", "contain", "exact"};
constexpr const char *kRoundings[] = {"half_even", "down", "half_even_on_mean"};

// transformers' image processor warps from this size on.
constexpr int64_t kTransformersWarp = 384;

} // namespace

ResizeAndCrop resolve(const Preprocessing &p, int64_t height, int64_t width) {
  using Resize = ResizeAndCrop::Resize;
  ResizeAndCrop result;
  auto enlarged = [&](int64_t side) {
    return static_cast<int64_t>(std::floor(static_cast<double>(side) / p.cropFraction));
  };
  result.resize = height == width ? Resize::shorter : Resize::cover;
  switch (p.rules) {
  case Preprocessing::Rules::torchvision:
    result.height = std::max(height, height * p.resizeAt224 / 224);
    result.width = std::max(width, width * p.resizeAt224 / 224);
    break;
  case Preprocessing::Rules::timm:
    result.height = enlarged(height);
    result.width = enlarged(width);
    if (p.cropMode == Preprocessing::CropMode::squash)
      result.resize = Resize::exact;
    else if (p.cropMode != Preprocessing::CropMode::center)
      result.resize = Resize::contain;
    if (p.cropMode == Preprocessing::CropMode::border)
      result.rounding = ResizeAndCrop::Rounding::halfEvenOnMean;
    break;
  case Preprocessing::Rules::transformers:
    result.rounding = ResizeAndCrop::Rounding::down;
    if (std::min(height, width) >= kTransformersWarp) {
      result.resize = Resize::exact;
      result.height = height;
      result.width = width;
    } else {
      result.height = enlarged(height);
      result.width = enlarged(width);
    }
    break;
  }
  return result;
}

nlohmann::ordered_json toJson(const Preprocessing &p, int64_t height, int64_t width) {
  nlohmann::ordered_json fields;
  fields["rules"] = kRules[static_cast<int>(p.rules)];
  if (p.rules == Preprocessing::Rules::torchvision)
    fields["resize_at_224"] = p.resizeAt224;
  else
    fields["crop_pct"] = p.cropFraction;
  if (p.rules == Preprocessing::Rules::timm)
    fields["crop_mode"] = kCropModes[static_cast<int>(p.cropMode)];
  fields["interpolation"] = p.interpolation;
  fields["mean"] = p.mean;
  fields["std"] = p.std;
  ResizeAndCrop size = resolve(p, height, width);
  fields["resize"] = kResizes[static_cast<int>(size.resize)];
  fields["resize_height"] = size.height;
  fields["resize_width"] = size.width;
  fields["crop_rounding"] = kRoundings[static_cast<int>(size.rounding)];
  fields["height"] = height;
  fields["width"] = width;
  return fields;
}

Preprocessing readPreprocessing(const JsonFields &fields) {
  Preprocessing p;
  std::string rules = fields.string("rules", kRules[0]);
  auto found = std::find(std::begin(kRules), std::end(kRules), rules);
  if (found == std::end(kRules))
    fields.fail("rules", "timm, torchvision or transformers");
  p.rules = static_cast<Preprocessing::Rules>(found - std::begin(kRules));
  p.resizeAt224 = fields.integer("resize_at_224", p.resizeAt224);
  if (p.resizeAt224 < 1 || p.resizeAt224 > kLargestResizeAt224)
    fields.fail("resize_at_224", "an integer from 1 to " + std::to_string(kLargestResizeAt224));
  p.cropFraction = readCropFraction(fields, p.cropFraction);
  p.cropMode = readCropMode(fields);
  p.interpolation = readInterpolation(fields, p.interpolation);
  p.mean = readChannels(fields, "mean", p.mean, false);
  p.std = readChannels(fields, "std", p.std, true);
  return p;
}

double readCropFraction(const JsonFields &fields, double fallback) {
  double fraction = fields.number("crop_pct", fallback);
  if (!(fraction > 0.01 && fraction <= 1))
    fields.fail("crop_pct", "a number in (0.01, 1]");
  return fraction;
}

Preprocessing::CropMode readCropMode(const JsonFields &fields) {
  std::string mode = fields.string("crop_mode", kCropModes[0]);
  auto found = std::find(std::begin(kCropModes), std::end(kCropModes), mode);
  if (found == std::end(kCropModes))
    fields.fail("crop_mode", "\"center\", \"squash\" or \"border\"");
  return static_cast<Preprocessing::CropMode>(found - std::begin(kCropModes));
}

std::string readInterpolation(const JsonFields &fields, const std::string &fallback) {
  std::string name = fields.string("interpolation", fallback);
  if (name != "bicubic" && name != "bilinear")
    fields.fail("interpolation", "\"bicubic\" or \"bilinear\"");
  return name;
}

std::array<double, 3> readChannels(const JsonFields &fields, const std::string &name,
                                   const std::array<double, 3> &fallback, bool positive) {
  if (!fields.has(name))
    return fallback;
  const double largest = kLargestScale, smallest = positive ? 1 / largest : -largest;
  std::string expected = positive ? "3 numbers from 1e-6 to 1e6" : "3 numbers from -1e6 to 1e6";
  std::vector<double> values = fields.numbers(name, 3, expected);
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least < smallest || *most > largest)
    fields.fail(name, expected);
  return {values[0], values[1], values[2]};
}

} // namespace cnx
