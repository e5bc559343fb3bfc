#include "tests/e2e/RunProgram.h"

#include <cstdio>
#include <cstring>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Unnamed files, so that neither stream can fill a pipe that nobody reads.
using File = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

File temporary() {
  File file(std::tmpfile(), std::fclose);
  if (!file)
    throw std::runtime_error(std::string("tmpfile: ") + std::strerror(errno));
  return file;
}

std::string contents(std::FILE *file) {
  std::string text;
  std::rewind(file);
  char block[4096];
  while (size_t n = std::fread(block, 1, sizeof block, file))
    text.append(block, n);
  return text;
}

std::vector<std::string> merge(const std::map<std::string, std::string> &added) {
  std::vector<std::string> all;
  for (char **entry = environ; *entry; ++entry)
    if (!added.count(std::string(*entry, std::strcspn(*entry, "="))))
      all.push_back(*entry);
  for (const auto &[name, value] : added)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char *> pointers(std::vector<std::string> &strings) {
  std::vector<char *> list;
  for (std::string &text : strings)
    list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

} // namespace

ProgramResult runProgram(const std::vector<std::string> &argv,
                         const std::map<std::string, std::string> &environment) {
  File out = temporary(), err = temporary();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err.get()), STDERR_FILENO);
  std::vector<std::string> arguments = argv, variables = merge(environment);
  pid_t child = 0;
  int error = posix_spawnp(&child, argv[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                           pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error)
    throw std::runtime_error(argv[0] + ": " + std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(out.get()),
          contents(err.get())};
}
