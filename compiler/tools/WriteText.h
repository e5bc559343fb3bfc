// Small files that people read: dumps, reproducers.
#pragma once

#include <filesystem>
#include <string>

namespace cnx {

// Makes the folders above it. Throws UserError.
void writeText(const std::filesystem::path &path, const std::string &text);

} // namespace cnx
