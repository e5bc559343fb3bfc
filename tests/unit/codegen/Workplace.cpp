#include "tests/unit/codegen/Workplace.h"

#include "compiler/codegen/Subprocess.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace cnx {

Workplace::Workplace() {
  std::string name = (std::filesystem::temp_directory_path() / "cnx-codegen-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  folder = name;
}

Workplace::~Workplace() {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
}

std::filesystem::path Workplace::write(const std::string &name, const std::string &text) const {
  std::ofstream(folder / name, std::ios::binary) << text;
  return folder / name;
}

std::string Workplace::run(const std::vector<std::string> &command, int seconds) const {
  const SubprocessResult result = runSubprocess(command, folder, seconds);
  INFO(command.front() << ": " << result.outcome() << "\n" << result.output);
  REQUIRE(result.ok());
  return result.output;
}

std::string readText(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Symbols symbolsOf(const Workplace &place, const std::filesystem::path &objectOrArchive) {
  Symbols symbols;
  std::istringstream lines(
      place.run({"nm", "--format=posix", "--extern-only", objectOrArchive.string()}));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, type;
    if (words >> name >> type && type.size() == 1)
      (type == "U" ? symbols.undefined : symbols.defined).push_back(name);
  }
  for (std::vector<std::string> *list : {&symbols.defined, &symbols.undefined}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return symbols;
}

} // namespace cnx
