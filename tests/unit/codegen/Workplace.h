// A folder for one test's files, and commands that run in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cnx {

class Workplace {
public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace &) = delete;
  Workplace &operator=(const Workplace &) = delete;

  const std::filesystem::path &path() const { return folder; }
  std::filesystem::path operator/(const std::string &name) const { return folder / name; }
  // Writes a file and returns its path.
  std::filesystem::path write(const std::string &name, const std::string &text) const;

  // Requires exit code 0; what the command wrote.
  std::string run(const std::vector<std::string> &command, int seconds = 120) const;

private:
  std::filesystem::path folder;
};

std::string readText(const std::filesystem::path &path);

// Of nm: names that are defined and global, or undefined.
struct Symbols {
  std::vector<std::string> defined, undefined;
};
Symbols symbolsOf(const Workplace &place, const std::filesystem::path &objectOrArchive);

} // namespace cnx
