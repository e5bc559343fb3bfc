// What `cnx inspect --json` says, as a page for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnx {

// One self-contained HTML file, well-formed as XML too: no scripts, no references to anything
// outside it.
std::string inspectPage(const nlohmann::ordered_json &manifest);

} // namespace cnx
