#include "compiler/tools/WriteText.h"

#include "compiler/Error.h"

#include <fstream>

namespace cnx {

void writeText(const std::filesystem::path &path, const std::string &text) {
  std::error_code error;
  if (path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    throw UserError(path.parent_path().string() + ": cannot be created: " + error.message());
  std::ofstream file(path, std::ios::binary);
  if (!(file << text) || !file.flush())
    throw UserError(path.string() + ": cannot be written");
}

} // namespace cnx
