// One function a command, each in the file of its name: it adds the subcommand with its options,
// and its work as the callback. Work throws UserError for the user's mistakes, anything else is a
// bug (cnx.cpp).
#pragma once

namespace CLI {
class App;
} // namespace CLI

namespace cnx {

void addCompileCommand(CLI::App &app);
void addBenchCommand(CLI::App &app);
void addPackCommand(CLI::App &app);
void addRunCommand(CLI::App &app);
void addTrainCommand(CLI::App &app);
void addGradCommand(CLI::App &app);
void addInspectCommand(CLI::App &app);
void addDiffCommand(CLI::App &app);
void addKernelCommand(CLI::App &app);
void addTuneCommand(CLI::App &app);
void addModelsCommand(CLI::App &app);
void addVersionCommand(CLI::App &app);

} // namespace cnx
