// A static library from objects.
#pragma once

#include <filesystem>
#include <vector>

namespace cnx {

// Members in the given order under their file names, without times and owners: equal objects give
// equal bytes. Atomic: written beside `archive`, then renamed. Throws UserError.
void writeArchive(const std::filesystem::path &archive,
                  const std::vector<std::filesystem::path> &objects);

} // namespace cnx
