// Where this cnx keeps its own files. An installed tree and a build tree have the same shape: bin,
// lib, include.
#pragma once

#include <filesystem>

namespace cnx {

struct Installation {
  std::filesystem::path executable;   // this program
  std::filesystem::path kernelWorker; // cnx-kernel-worker
  std::filesystem::path headers;      // folder of cnx_rt.h, cnx_io.h, cnx_image.h
  std::filesystem::path libraries;    // folder of libcnx_rt.a, libcnx_io.a, libcnx_image.a
};

// Found from the running executable's own place. Throws UserError naming the file that is missing.
const Installation &installation();

} // namespace cnx
