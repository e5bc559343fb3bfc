// A fresh folder that is removed again, for tests that write files.
#pragma once

#include <filesystem>
#include <stdlib.h>
#include <string>

namespace cnx::test {

class Folder {
public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cnx-test-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::filesystem::filesystem_error("mkdtemp", pattern,
                                              std::error_code(errno, std::generic_category()));
    path = pattern;
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;
  ~Folder() { std::filesystem::remove_all(path); }

  std::string file(const std::string &name) const { return path / name; }

private:
  std::filesystem::path path;
};

} // namespace cnx::test
