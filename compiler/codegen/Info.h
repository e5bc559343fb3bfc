// The part of a plan's `info` (JSON, written by the frontend) that shows in the C interface.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cnx {

// Fields and enumerators of cnx_image_spec (runtime/include/cnx_image.h).
struct ImageSpecFacts {
  int64_t height = 0, width = 0;
  std::string resize; // "CNX_IMAGE_RESIZE_SHORTER" ...
  int64_t resizeHeight = 0, resizeWidth = 0;
  std::string filter; // "CNX_IMAGE_BICUBIC" ...
  std::string crop;   // "CNX_IMAGE_CROP_ROUND" ...
  std::array<double, 3> mean{}, std{};
};

struct InfoFacts {
  std::vector<std::string> labels;
  std::optional<ImageSpecFacts> imageSpec; // not in a plan that was written by hand
};

// Throws UserError for text that is no such JSON: it may come from an edited dump.
InfoFacts readInfo(const std::string &info);

} // namespace cnx
