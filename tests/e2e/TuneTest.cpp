// `cnx tune`: what it writes and refuses. No time is judged.
#include "tests/e2e/CompiledModel.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string kDigits = CNX_TEST_DIGITS "/digits.json";

ProgramResult tune(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"tune", kDigits});
  arguments.insert(arguments.end(), {"--seconds", "0.01"});
  return runCnx(arguments);
}

std::vector<std::string> linesOf(const fs::path &path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

} // namespace

TEST_CASE("tune prints every kernel's race and brings the tables up to date", "[tune]") {
  const TemporaryFolder folder;
  const fs::path table = folder.path() / "Mlp.tiles.inc";
  // A row of another network stays, whatever is measured.
  const std::string other =
      "{Level::v3, {5, 6, 7, 8}, {.rows = 1, .width = 16}}, // another machine's";
  std::ofstream(table) << other << "\n";
  const ProgramResult result = tune({"-o", folder.path().string()});
  INFO(result.out << result.err);
  REQUIRE(result.exitCode == 0);

  // For each kernel the candidates, then a verdict.
  std::istringstream text(result.out);
  size_t kernels = 0, rules = 0, verdicts = 0, kept = 0;
  for (std::string line; std::getline(text, line);) {
    kernels += line.find(" candidates (") != std::string::npos;
    rules += line.find("  rule: ") != std::string::npos;
    verdicts += line.starts_with("  row: ") || line == "  the rule stays";
    kept += line.starts_with("  row: ");
  }
  CHECK(kernels >= 3);
  CHECK(rules == kernels);
  CHECK(verdicts == kernels);

  size_t rows = 0;
  const std::regex row(
      R"(\{Level::v[34], \{\d+(, \d+)*\}, \{\.\w+ = \d+(, \.\w+ = \d+)*\}\}, // .+)");
  for (const auto &entry : fs::directory_iterator(folder.path())) {
    const std::vector<std::string> lines = linesOf(entry.path());
    INFO(entry.path());
    REQUIRE_FALSE(lines.empty());
    CHECK(lines[0].starts_with("// "));
    for (size_t i = 1; i < lines.size(); ++i) {
      INFO(lines[i]);
      CHECK(std::regex_match(lines[i], row));
      ++rows;
    }
  }
  CHECK(rows == kept + 1);
  const std::vector<std::string> lines = linesOf(table);
  CHECK(std::count(lines.begin(), lines.end(), other) == 1);
}

TEST_CASE("tune says what it cannot do before it measures", "[tune]") {
  const TemporaryFolder folder;
  const auto failure = [](const ProgramResult &result) {
    INFO(result.out << result.err);
    CHECK(result.exitCode == 1);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK_THAT(failure(tune({"--kernel", "softmax"})),
             Contains("--kernel: found 'softmax', expected a part of one of") &&
                 Contains("mlp_n1"));
  const std::string file = folder / "file";
  std::ofstream(file) << "no folder";
  CHECK_THAT(failure(tune({"-o", file})),
             Contains(file + ": cannot be written, expected a folder"));
  std::ofstream(folder.path() / "GemmGelu.tiles.inc") << "// a table\nrows = 7\n";
  CHECK_THAT(failure(tune({"-o", folder.path().string()})),
             Contains("GemmGelu.tiles.inc: line 2: found 'rows = 7', expected {Level::v4"));
  // No kernel of this plan is a fusion's.
  const ProgramResult compiled =
      runCnx({"compile", kDigits, "--no-fusion", "--emit", "plan", "-o", folder.path().string()});
  INFO(compiled.err);
  REQUIRE(compiled.exitCode == 0);
  CHECK_THAT(failure(runCnx({"tune", folder / "digits.plan.mlir"})),
             Contains("digits: found no kernel whose tiles can be chosen"));
  CHECK_THAT(failure(tune({"--threads", "1000"})), Contains("--threads: found 1000"));
}
