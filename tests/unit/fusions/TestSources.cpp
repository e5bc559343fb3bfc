#include "tests/unit/fusions/TestSources.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cnx::test {

bool isNamedInTests(const std::string &room, const std::string &name) {
  const std::string quoted = '"' + name + '"';
  for (const auto &entry :
       std::filesystem::directory_iterator(std::string(CNX_UNIT_TESTS) + "/" + room)) {
    if (entry.path().string().find("Test.cpp") == std::string::npos)
      continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    if (text.str().find(quoted) != std::string::npos)
      return true;
  }
  return false;
}

} // namespace cnx::test
