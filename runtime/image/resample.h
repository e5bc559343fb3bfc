// Pillow's separable resampling of 8-bit pixels.
#pragma once

#include "runtime/include/cnx_image.h"

#include <stdint.h>

namespace cnx::image {

// For each output position of a range: the first input position and the fixed-point weights from
// there on.
struct Window {
  int first;
  int count;
};

class Weights {
public:
  Weights() = default;
  Weights(const Weights &) = delete;
  Weights &operator=(const Weights &) = delete;
  ~Weights();

  // Of output positions [begin, end) when `inputs` pixels become `outputs`. False when memory is
  // short.
  bool compute(cnx_image_filter filter, int inputs, int outputs, int begin, int end);

  const Window &window(int output) const { return windows[output - from]; }
  const int32_t *weights(int output) const { return values + (output - from) * int64_t{stride}; }
  int firstInput() const { return windows[0].first; } // over all positions
  int lastInput() const;                              // exclusive

private:
  int from = 0, to = 0;
  int stride = 0;
  Window *windows = nullptr;
  int32_t *values = nullptr;
};

// One row: output pixels [begin, end) of R, G, B from a row of input pixels.
void resampleRow(const Weights &weights, int begin, int end, const uint8_t *input, uint8_t *output);
// One output row of `bytes` bytes from the rows that its window names; row r is at rows + r *
// rowBytes.
void combineRows(const Window &window, const int32_t *weights, const uint8_t *rows, size_t rowBytes,
                 size_t bytes, uint8_t *output);

} // namespace cnx::image
