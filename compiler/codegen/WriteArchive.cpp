#include "compiler/codegen/WriteArchive.h"

#include "compiler/Error.h"

#include <llvm/Object/ArchiveWriter.h>
#include <llvm/Support/Error.h>

namespace cnx {

void writeArchive(const std::filesystem::path &archive,
                  const std::vector<std::filesystem::path> &objects) {
  std::vector<llvm::NewArchiveMember> members;
  std::vector<std::string> paths; // members refer to their names
  for (const std::filesystem::path &object : objects)
    paths.push_back(object.string());
  for (size_t i = 0; i < objects.size(); ++i) {
    auto member = llvm::NewArchiveMember::getFile(paths[i], /*Deterministic=*/true);
    if (!member)
      throw UserError(paths[i] + ": " + llvm::toString(member.takeError()));
    member->MemberName = llvm::StringRef(paths[i]).substr(paths[i].rfind('/') + 1);
    members.push_back(std::move(*member));
  }
  if (llvm::Error error =
          llvm::writeArchive(archive.string(), members, llvm::SymtabWritingMode::NormalSymtab,
                             llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false))
    throw UserError(archive.string() + ": " + llvm::toString(std::move(error)));
}

} // namespace cnx
