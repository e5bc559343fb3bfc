// Images as an array on disk: --input x.npy.
#pragma once

#include "compiler/tools/Options.h"
#include "runtime/include/cnx_io.h"

#include <string>

namespace cnx {

class NpyInput {
public:
  // The array has the shape and type of the input format: float32 [N,3,H,W], float32 [N,H,W,3] or
  // uint8 [N,H,W,3]. Throws UserError.
  NpyInput(std::string path, InputFormat format);
  ~NpyInput();
  NpyInput(const NpyInput &) = delete;
  NpyInput &operator=(const NpyInput &) = delete;

  int64_t batch() const { return int64_t(array_.shape[0]); }
  int64_t height() const { return int64_t(array_.shape[channelsFirst_ ? 2 : 1]); }
  int64_t width() const { return int64_t(array_.shape[channelsFirst_ ? 3 : 2]); }
  const cnx_npy &array() const { return array_; }
  const void *image(int64_t index) const; // the images from this one on

  // Batch and image size of the network are the array's own where the user has not chosen them. A
  // dump keeps its own.
  void setDefaults(CompileOptions &options) const;
  // Throws UserError unless the network takes images of this size, in this many at once.
  void require(int64_t batch, int64_t height, int64_t width) const;

private:
  std::string path_;
  bool channelsFirst_;
  cnx_npy array_{};
};

} // namespace cnx
