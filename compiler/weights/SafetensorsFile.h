// An open safetensors file: libcnx_io's reader behind a C++ handle, its statuses turned into
// UserError.
#pragma once

#include "compiler/weights/WeightArray.h"
#include "runtime/include/cnx_io.h"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace cnx {

class SafetensorsFile {
public:
  // Maps the file read-only. Throws UserError with the path.
  explicit SafetensorsFile(std::string path);

  const std::string &path() const { return filePath; }
  std::span<const cnx_io_tensor> tensors() const; // in the order of their data
  const cnx_io_tensor *find(const std::string &name) const;
  std::optional<std::string> metadata(const char *key) const;

private:
  struct Close {
    void operator()(cnx_io_safetensors *file) const { cnx_io_safetensors_close(file); }
  };
  std::string filePath;
  std::unique_ptr<cnx_io_safetensors, Close> handle;
};

Shape shapeOf(const cnx_io_tensor &tensor);
Shape withoutOnes(Shape shape); // [96, 1, 1] -> [96]

// Widens F16 and BF16, copies F32; exact. Throws UserError for any other type, naming `where`.
void readFloats(const cnx_io_tensor &tensor, const std::string &where, std::span<float> values);

} // namespace cnx
