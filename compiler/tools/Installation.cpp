#include "compiler/tools/Installation.h"

#include "compiler/Error.h"

namespace cnx {

namespace {

Installation find() {
  namespace fs = std::filesystem;
  Installation found;
  found.executable = fs::read_symlink("/proc/self/exe");
  const fs::path bin = found.executable.parent_path(), prefix = bin.parent_path();
  auto expect = [](const fs::path &file) {
    if (!fs::exists(file))
      throw UserError(file.string() + ": is missing; the installation of cnx is not complete");
  };
  found.kernelWorker = bin / "cnx-kernel-worker";
  expect(found.kernelWorker);
  // The first is the build tree's; an installation may have another, such as lib/x86_64-linux-gnu.
  found.libraries = prefix / "lib";
  if (!fs::exists(found.libraries / "libcnx_rt.a"))
    found.libraries = prefix / CNX_INSTALL_LIBDIR;
  expect(found.libraries / "libcnx_rt.a");
  found.headers = prefix / "include";
  expect(found.headers / "cnx_rt.h");
  return found;
}

} // namespace

const Installation &installation() {
  static const Installation found = find();
  return found;
}

} // namespace cnx
