#include "compiler/tools/Manifest.h"

#include "compiler/Error.h"

#include <fstream>

namespace cnx {

uint64_t Manifest::build() const {
  return std::stoull(json.at("build").get<std::string>(), nullptr, 16);
}

std::optional<Manifest> findManifest(const std::filesystem::path &folder) {
  std::optional<Manifest> found;
  std::error_code error;
  for (const auto &entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json")
      continue;
    std::ifstream file(entry.path());
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(file, nullptr, false);
    if (!json.is_object() || !json.contains("build") || !json.contains("programs") ||
        !json.contains("memory"))
      continue;
    if (found)
      throw UserError(folder.string() + ": holds more than one build: " + found->name() + " and " +
                      json.value("name", "?"));
    found = Manifest{folder, std::move(json)};
  }
  return found;
}

} // namespace cnx
