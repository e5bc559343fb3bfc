// A process that is killed at any moment of a save leaves the old checkpoint or the new one. The
// calls that touch the disk are wrapped by the linker (--wrap), and each in turn is where it dies.
#include "tests/support/TemporaryFolder.h"
#include "tests/unit/runtime/CheckpointFile.h"
#include "tests/unit/runtime/TrainNet.h"

#include <csignal>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int callsUntilDeath = -1; // below 0: none

// Whether this call, or the moment after it, is the one.
bool diesHere() { return callsUntilDeath >= 0 && callsUntilDeath-- == 0; }

[[noreturn]] void die() {
  raise(SIGKILL);
  _exit(1); // not reached
}

} // namespace

extern "C" {
ssize_t __real_write(int file, const void *data, size_t bytes);
int __real_rename(const char *from, const char *to);

ssize_t __wrap_write(int file, const void *data, size_t bytes);
int __wrap_fsync(int file);
int __wrap_rename(const char *from, const char *to);

ssize_t __wrap_write(int file, const void *data, size_t bytes) {
  if (diesHere()) {
    if (__real_write(file, data, bytes / 2) < 0)
      _exit(2);
    die();
  }
  return __real_write(file, data, bytes);
}

// No disk is waited for: these tests kill processes and cut no power.
int __wrap_fsync(int) {
  if (diesHere())
    die();
  return 0;
}

int __wrap_rename(const char *from, const char *to) {
  if (diesHere())
    die();
  int result = __real_rename(from, to);
  if (diesHere())
    die();
  return result;
}
}

namespace {

// How the child ended that saves `net` and dies at the given call.
int saveAndDie(const TrainNet &net, const std::string &path, int call) {
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    callsUntilDeath = call;
    _exit(cnx_io_training_save(net.get(), path.c_str(), CNX_RT_SAVE_STATE) != CNX_RT_OK);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

} // namespace

TEST_CASE("save: killed at any call, it leaves the old file or the new one",
          "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet older, newer;
  older.scramble(1);
  newer.scramble(2);
  newer.step(1);
  std::string path = folder / "f";
  REQUIRE(cnx_io_training_save(newer.get(), path.c_str(), CNX_RT_SAVE_STATE) == CNX_RT_OK);
  std::string newBytes = fileBytes(path);
  REQUIRE(cnx_io_training_save(older.get(), path.c_str(), CNX_RT_SAVE_STATE) == CNX_RT_OK);
  std::string oldBytes = fileBytes(path);
  REQUIRE(oldBytes != newBytes);

  int stayed = 0, replaced = 0, call = 0;
  for (bool killed = true; killed; ++call) {
    REQUIRE(call < 1000);
    writeBytes(path, oldBytes);
    int status = saveAndDie(newer, path, call);
    killed = WIFSIGNALED(status);
    if (killed)
      CHECK(WTERMSIG(status) == SIGKILL);
    else
      CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    std::string bytes = fileBytes(path);
    CHECK((bytes == oldBytes || bytes == newBytes));
    CHECK((killed || bytes == newBytes));
    stayed += bytes == oldBytes;
    replaced += bytes == newBytes;
    TrainNet resumed;
    CHECK(cnx_io_training_restore(resumed.get(), path.c_str()) == CNX_RT_OK);
    CHECK(resumed.flat(CNX_RT_MOMENT2) == (bytes == oldBytes ? older : newer).flat(CNX_RT_MOMENT2));
  }
  // Header length, header and 28 tensors, each half written; sync; before the rename.
  CHECK(stayed == 32);
  CHECK(replaced == 3); // after the rename, before the folder's sync, and not killed at all
}

TEST_CASE("save: killed by the clock, it leaves the old file or the new one",
          "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet first, second;
  first.scramble(1);
  second.scramble(2);
  std::string path = folder / "f";
  auto save = [&](const TrainNet &net) {
    return cnx_io_training_save(net.get(), path.c_str(), CNX_RT_SAVE_STATE);
  };
  REQUIRE(save(second) == CNX_RT_OK);
  std::string secondBytes = fileBytes(path);
  REQUIRE(save(first) == CNX_RT_OK);
  std::string firstBytes = fileBytes(path);
  for (int round = 0; round < 40; ++round) {
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
      for (;;)
        if (save(second) != CNX_RT_OK || save(first) != CNX_RT_OK)
          _exit(1);
    usleep(static_cast<useconds_t>(200 + round * 377));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    std::string bytes = fileBytes(path);
    CHECK((bytes == firstBytes || bytes == secondBytes));
  }
}
