// Any bytes as a safetensors file. What the reader accepts must be valid JSON to an independent
// parser, say the same there, and lie inside the file.
#include "runtime/include/cnx_io.h"

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void compare(const cnx_io_safetensors *file, const uint8_t *data, size_t size) {
  uint64_t length;
  std::memcpy(&length, data, 8);
  require(length <= size - 8);
  const uint8_t *buffer = data + 8 + length;
  nlohmann::json header = nlohmann::json::parse(data + 8, buffer, nullptr, false);
  require(header.is_object());

  size_t count = cnx_io_safetensors_count(file), end = 0;
  size_t metadataCount = cnx_io_safetensors_metadata_count(file);
  require(count + header.contains("__metadata__") == header.size());
  for (size_t i = 0; i < count; ++i) {
    const cnx_io_tensor &tensor = cnx_io_safetensors_tensors(file)[i];
    require(cnx_io_safetensors_find(file, tensor.name) == &tensor);
    const nlohmann::json &entry = header.at(tensor.name);
    require(entry.size() == 3);
    require(entry.at("dtype") == cnx_io_dtype_name(tensor.dtype));
    require(entry.at("shape").size() == static_cast<size_t>(tensor.rank));
    for (int k = 0; k < tensor.rank; ++k)
      require(entry["shape"][static_cast<size_t>(k)].get<uint64_t>() == tensor.shape[k]);
    require(entry.at("data_offsets")[0].get<uint64_t>() == end);
    require(tensor.data == buffer + end);
    end += tensor.bytes;
    require(entry["data_offsets"][1].get<uint64_t>() == end);
    uint64_t index;
    cnx_io_first_not_finite(&tensor, &index); // reads every value
  }
  require(buffer + end == data + size);
  if (metadataCount > 0)
    require(header.at("__metadata__").size() == metadataCount);
  for (size_t i = 0; i < metadataCount; ++i) {
    const cnx_io_metadata &entry = cnx_io_safetensors_metadata(file)[i];
    require(header["__metadata__"].at(entry.key) == entry.value);
    require(cnx_io_safetensors_metadata_value(file, entry.key) == entry.value);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error;
  cnx_rt_status status = cnx_io_safetensors_from_memory(data, size, "fuzz", &file, &error);
  require((file != nullptr) == (status == CNX_RT_OK));
  if (file)
    compare(file, data, size);
  else
    require(std::strlen(error.text) > 6);
  cnx_io_safetensors_close(file);
  return 0;
}
