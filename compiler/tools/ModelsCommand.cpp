#include "compiler/frontend/Presets.h"
#include "compiler/tools/Commands.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cnx {

namespace {

void printText() {
  fmt::print("{:<22} {:>14} {:>10}   {:<14} {}\n", "preset", "parameters", "GMACs", "depths",
             "dims");
  for (const Preset &preset : presets())
    fmt::print("{:<22} {:>14} {:>10.3f}   {:<14} {}\n", preset.name, parameterCount(preset.desc),
               double(multiplyAccumulates(preset.desc)) * 1e-9,
               fmt::format("{}", fmt::join(preset.desc.depths, ",")),
               fmt::join(preset.desc.dims, ","));
  fmt::print("GMACs: one image of 224x224, convolutions and linear layers.\n");
}

void printJson() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Preset &preset : presets())
    list.push_back({{"name", preset.name},
                    {"model", modelName(preset.desc.version)},
                    {"depths", preset.desc.depths},
                    {"dims", preset.desc.dims},
                    {"parameters", parameterCount(preset.desc)},
                    {"macs", multiplyAccumulates(preset.desc)}});
  fmt::print("{}\n", list.dump(2));
}

} // namespace

void addModelsCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand("models", "presets with parameters and GMACs");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "as JSON");
  command->callback([json] { *json ? printJson() : printText(); });
}

} // namespace cnx
