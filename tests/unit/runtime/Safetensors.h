// Builds safetensors files byte by byte, and opens them from memory.
#pragma once

#include "runtime/include/cnx_io.h"

#include <cstring>
#include <memory>
#include <string>

inline std::string safetensors(const std::string &header, size_t dataBytes) {
  uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char *>(&length), 8);
  bytes += header;
  for (size_t i = 0; i < dataBytes; ++i)
    bytes += static_cast<char>(i);
  return bytes;
}

struct Opened {
  cnx_rt_status status = CNX_RT_OK;
  std::string message;
  std::unique_ptr<cnx_io_safetensors, void (*)(cnx_io_safetensors *)> file{
      nullptr, cnx_io_safetensors_close};
  std::unique_ptr<char[]>
      bytes; // exactly as long as the file, so that a sanitizer sees every step beyond

  explicit Opened(const std::string &content) : bytes(new char[content.size()]) {
    std::memcpy(bytes.get(), content.data(), content.size());
    cnx_io_safetensors *opened = nullptr;
    cnx_rt_error error{};
    status = cnx_io_safetensors_from_memory(bytes.get(), content.size(), "f.safetensors", &opened,
                                            &error);
    file.reset(opened);
    message = error.text;
  }
};
