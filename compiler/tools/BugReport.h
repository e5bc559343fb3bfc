// What is left on disk when cnx itself is at fault (exit code 3).
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace cnx {

// Writes a folder cnx-bug-N with the command, the versions, the message and a copy of `reproducer`
// (the input of the phase that failed; may be empty) to the current folder, or to the system's
// temporary one where that cannot be written. Returns the folder, or an empty path where neither
// can.
std::filesystem::path writeBugReport(const std::string &message, std::span<char *const> command,
                                     const std::filesystem::path &reproducer);

} // namespace cnx
