// Labels as an array on disk: --labels y.npy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

// int64 or uint8 [images], each from 0 to classes - 1 or -1 for an image that does not count.
// Throws UserError.
std::vector<int32_t> readNpyLabels(const std::string &path, int64_t images, int64_t classes);

} // namespace cnx
