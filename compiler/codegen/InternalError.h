// A fault of the compiler itself: a kernel that does not build, bitcode that breaks a promise. The
// driver reports it as a bug (exit code 3) and keeps the reproducer.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace cnx {

struct InternalError : std::runtime_error {
  explicit InternalError(const std::string &message, std::string path = "")
      : std::runtime_error(message), reproducer(std::move(path)) {}

  std::string
      reproducer; // path of a KernelGraph's JSON that shows the fault; empty where there is none
};

} // namespace cnx
