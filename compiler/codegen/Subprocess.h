// Runs another program to its end, within a time limit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cnx {

struct SubprocessResult {
  int exitCode = 0;      // -1 where it did not exit by itself
  int signal = 0;        // that ended it
  bool timedOut = false; // and was killed
  std::string output;    // stdout and stderr together, at most the last 64 KiB

  bool ok() const { return exitCode == 0 && signal == 0 && !timedOut; }
  std::string outcome() const; // "exit code 3", "signal 11", "no end after 600 s"
  int seconds = 0;             // the limit that was set
};

// arguments[0] is the program, looked up in PATH where it has no slash. Throws UserError where it
// cannot be started. No shell is involved. Safe to call from several threads.
SubprocessResult runSubprocess(const std::vector<std::string> &arguments,
                               const std::filesystem::path &folder, int seconds);

} // namespace cnx
