// Random changes of training images.
#pragma once

#include "compiler/tools/ReadImage.h"

#include <utility>

namespace cnx {

class RandomStream;

struct Augmentation {
  enum class Crop {
    none,   // as in evaluation
    pad,    // as in evaluation, then shifted by up to `pad` pixels; zeros come in from outside
    resized // a part of random area and aspect, resized to the input
  };
  Crop crop = Crop::none;
  int pad = 4;                                        // pixels of the input
  std::pair<double, double> area{0.08, 1};            // of a resized crop, of the image's
  std::pair<double, double> aspect{3.0 / 4, 4.0 / 3}; // of a resized crop, width over height
  bool flip = false;                                  // every second image, left to right
  bool operator==(const Augmentation &) const = default;
};

struct CropWindow {
  int left = 0, top = 0, width = 0, height = 0;
};

// A window of random area and aspect that lies in the image; after ten that do not, the largest
// central one of an allowed aspect. The rule is torchvision's RandomResizedCrop.
CropWindow resizedCrop(const Augmentation &augmentation, int height, int width,
                       RandomStream &random);

// The image moved down and right by so many pixels; black comes in.
RgbImage shifted(const RgbImage &image, int down, int right);

} // namespace cnx
