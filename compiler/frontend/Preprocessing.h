// From an image file to the model's input: what the checkpoint's ecosystem does, resolved to
// pixels.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnx {

class JsonFields;

inline constexpr std::array<double, 3> kImageNetMean{0.485, 0.456, 0.406};
inline constexpr std::array<double, 3> kImageNetStd{0.229, 0.224, 0.225};

inline constexpr int64_t kLargestResizeAt224 = 4096;
// Of mean and std; the smallest std is its inverse. Beyond them nothing is left of an image in
// float32.
inline constexpr double kLargestScale = 1e6;

struct Preprocessing {
  // Whose rules: they round sizes and crops differently.
  enum class Rules { timm, torchvision, transformers } rules = Rules::timm;
  double cropFraction = 0.875; // timm and transformers: crop side / resized side
  int64_t resizeAt224 = 256;   // torchvision: shorter side before a crop of 224
  enum class CropMode {
    center,
    squash, // resize to the target, aspect ratio ignored
    border, // resize into the target and surround the image by the mean: timm's
    black,  // the same with black: open_clip's
  } cropMode = CropMode::center;         // of timm's rules
  std::string interpolation = "bicubic"; // or "bilinear"; Pillow's antialiased filters
  // Of channels in [0, 1]: (p/255 - mean) / std.
  std::array<double, 3> mean = kImageNetMean, std = kImageNetStd;
  bool operator==(const Preprocessing &) const = default;
};

struct ResizeAndCrop {
  enum class Resize {
    shorter, // shorter side to `height` (== width), the longer one cut to an integer
    cover,   // the smallest size of the same aspect ratio that covers height x width, rounded
    contain, // the largest size of the same aspect ratio inside height x width, rounded
    exact,   // height x width
  } resize = Resize::shorter;
  int64_t height = 0, width = 0;
  // Offset of the centre crop: half of what is left, rounded half to even, or down. A smaller image
  // is surrounded by black, or by the mean.
  enum class Rounding { halfEven, down, halfEvenOnMean } rounding = Rounding::halfEven;
  bool operator==(const ResizeAndCrop &) const = default;
};

// For an input of the given size.
ResizeAndCrop resolve(const Preprocessing &preprocessing, int64_t height, int64_t width);

// Rules and resolved sizes; what the header of a generated library is written from.
nlohmann::ordered_json toJson(const Preprocessing &preprocessing, int64_t height, int64_t width);
// Reads the rules of toJson's object; the sizes follow from them.
Preprocessing readPreprocessing(const JsonFields &fields);

// Single fields, under the names that timm gives them.
double readCropFraction(const JsonFields &fields, double fallback);
Preprocessing::CropMode readCropMode(const JsonFields &fields);
std::string readInterpolation(const JsonFields &fields, const std::string &fallback);
std::array<double, 3> readChannels(const JsonFields &fields, const std::string &name,
                                   const std::array<double, 3> &fallback, bool positive);

} // namespace cnx
