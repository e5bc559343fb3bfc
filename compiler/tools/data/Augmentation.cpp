#include "compiler/tools/data/Augmentation.h"

#include "compiler/tools/data/RandomStream.h"

#include <algorithm>
#include <cmath>

namespace cnx {

CropWindow resizedCrop(const Augmentation &augmentation, int height, int width,
                       RandomStream &random) {
  const auto [least, most] = augmentation.area;
  const auto [narrow, wide] = augmentation.aspect;
  CropWindow window;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area =
        double(height) * double(width) * (least + (most - least) * random.uniform());
    const double aspect =
        std::exp(std::log(narrow) + (std::log(wide) - std::log(narrow)) * random.uniform());
    window.width = int(std::lround(std::sqrt(area * aspect)));
    window.height = int(std::lround(std::sqrt(area / aspect)));
    if (window.width > 0 && window.width <= width && window.height > 0 && window.height <= height) {
      window.top = int(random.below(uint32_t(height - window.height + 1)));
      window.left = int(random.below(uint32_t(width - window.width + 1)));
      return window;
    }
  }
  const double aspect = double(width) / double(height);
  window.width = aspect > wide ? int(std::lround(double(height) * wide)) : width;
  window.height = aspect < narrow ? int(std::lround(double(width) / narrow)) : height;
  window.width = std::clamp(window.width, 1, width);
  window.height = std::clamp(window.height, 1, height);
  window.top = (height - window.height) / 2;
  window.left = (width - window.width) / 2;
  return window;
}

RgbImage shifted(const RgbImage &image, int down, int right) {
  RgbImage result{image.width, image.height, std::vector<uint8_t>(image.pixels.size())};
  const int first = std::max(0, right), last = std::min(image.width, image.width + right);
  for (int y = std::max(0, down); y < std::min(image.height, image.height + down) && first < last;
       ++y) {
    const auto from = image.pixels.begin() + 3 * (long(y - down) * image.width + first - right);
    std::copy(from, from + 3 * long(last - first),
              result.pixels.begin() + 3 * (long(y) * image.width + first));
  }
  return result;
}

} // namespace cnx
