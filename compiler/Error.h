// The one exception type that reports a user's mistake. Thrown by the compiler's plain C++ rooms,
// caught once in tools/; never thrown through an MLIR pass (passes use emitError) and never from
// runtime/.
#pragma once

#include <stdexcept>
#include <string>

namespace cnx {

// Text names the file, the line or field, what was found and what was expected.
struct UserError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace cnx
