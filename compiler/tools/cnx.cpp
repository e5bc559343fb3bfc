// The driver: parses the command line, hands over to one command, and turns what it throws into an
// exit code: 0 done, 1 the user's mistake, 2 a wrong command line, 3 our bug.
#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/tools/BugReport.h"
#include "compiler/tools/Commands.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

int reportBug(const std::string &message, std::span<char *const> command,
              const std::filesystem::path &reproducer) {
  fmt::print(stderr, "cnx: internal error: {}\n", message);
  std::filesystem::path folder = cnx::writeBugReport(message, command, reproducer);
  if (!folder.empty())
    fmt::print(stderr, "cnx: this is a bug of cnx; {} has what is needed to see it again\n",
               folder.string());
  return 3;
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app{"cnx compiles ConvNeXt networks to specialised machine code.", "cnx"};
  app.require_subcommand(1);
  cnx::addCompileCommand(app);
  cnx::addPackCommand(app);
  cnx::addRunCommand(app);
  cnx::addTrainCommand(app);
  cnx::addGradCommand(app);
  cnx::addInspectCommand(app);
  cnx::addBenchCommand(app);
  cnx::addDiffCommand(app);
  cnx::addKernelCommand(app);
  cnx::addTuneCommand(app);
  cnx::addModelsCommand(app);
  cnx::addVersionCommand(app);

  std::span<char *const> command(argv, size_t(argc));
  if (argc > 1 && argv[1][0] != '-') {
    auto named = [&](const CLI::App *each) { return each->get_name() == argv[1]; };
    if (app.get_subcommands(named).empty()) {
      fmt::print(stderr, "cnx: found '{}', expected a command; run cnx --help\n", argv[1]);
      return 2;
    }
  }
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success &help) {
    app.exit(help); // prints the page that was asked for
    return 0;
  } catch (const CLI::ParseError &error) {
    fmt::print(stderr, "cnx: {}\nRun cnx --help, or cnx COMMAND --help.\n", error.what());
    return 2;
  } catch (const cnx::UserError &error) {
    fmt::print(stderr, "cnx: error: {}\n", error.what());
    return 1;
  } catch (const cnx::InternalError &error) {
    return reportBug(error.what(), command, error.reproducer);
  } catch (const std::exception &error) {
    return reportBug(error.what(), command, {});
  }
}
