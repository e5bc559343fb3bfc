#include "compiler/codegen/Subprocess.h"

#include "compiler/Error.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace cnx {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kKeptOutput = 64 * 1024;

class Pipe {
public:
  Pipe() {
    // Other threads spawn at the same time: their children must not inherit the ends.
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw UserError(fmt::format("pipe: {}", std::strerror(errno)));
  }
  ~Pipe() {
    closeEnd(0);
    closeEnd(1);
  }
  Pipe(const Pipe &) = delete;
  Pipe &operator=(const Pipe &) = delete;
  int end(int which) const { return ends[which]; }
  void closeEnd(int which) {
    if (ends[which] >= 0)
      close(ends[which]);
    ends[which] = -1;
  }

private:
  int ends[2] = {-1, -1};
};

pid_t spawn(const std::vector<std::string> &arguments, const std::filesystem::path &folder,
            int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  if (!folder.empty())
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  // A group of its own, so that what the child starts ends with it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);

  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw UserError(fmt::format("{}: cannot be started: {}", arguments[0], std::strerror(error)));
  return child;
}

// Reads until the child and all that it started have closed the pipe. False when the time is over.
bool readAll(int from, Clock::time_point deadline, std::string &output) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{from, POLLIN, 0};
    const int ready = left <= 0 ? 0 : poll(&waiting, 1, static_cast<int>(left));
    if (ready == 0)
      return false;
    if (ready < 0 && errno == EINTR)
      continue;
    char buffer[4096];
    const ssize_t count = read(from, buffer, sizeof buffer);
    if (count == 0 || (count < 0 && errno != EINTR))
      return true;
    if (count > 0)
      output.append(buffer, static_cast<size_t>(count));
    if (output.size() > 2 * kKeptOutput)
      output.erase(0, output.size() - kKeptOutput);
  }
}

} // namespace

std::string SubprocessResult::outcome() const {
  if (timedOut)
    return fmt::format("no end after {} s", seconds);
  if (signal != 0)
    return fmt::format("signal {}", signal);
  return fmt::format("exit code {}", exitCode);
}

SubprocessResult runSubprocess(const std::vector<std::string> &arguments,
                               const std::filesystem::path &folder, int seconds) {
  SubprocessResult result;
  result.seconds = seconds;
  Pipe pipe;
  const pid_t child = spawn(arguments, folder, pipe.end(1));
  pipe.closeEnd(1);
  result.timedOut =
      !readAll(pipe.end(0), Clock::now() + std::chrono::seconds(seconds), result.output);
  if (result.timedOut)
    kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return result;
}

} // namespace cnx
