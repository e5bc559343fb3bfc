#include "runtime/io/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cnx::io {

AtomicFile::~AtomicFile() {
  if (file >= 0)
    close(file);
  if (temporary)
    unlink(temporary);
  free(temporary);
}

cnx_rt_status AtomicFile::failed(const char *what) {
  return cnx_rt_fail(error, CNX_RT_IO, "%s: cannot %s: %s", label, what, strerror(errno));
}

cnx_rt_status AtomicFile::open() {
  struct stat facts;
  if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) // rename would replace a device or a pipe
    return cnx_rt_fail(error, CNX_RT_IO, "%s: not a regular file", label);
  size_t room = strlen(path) + 48;
  temporary = static_cast<char *>(malloc(room));
  if (!temporary)
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory", label);
  // O_EXCL finds a free name, follows no link, and leaves the mode to the umask, as mkstemp would
  // not.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    snprintf(temporary, room, "%s.tmp-%ld-%d", path, static_cast<long>(getpid()), attempt);
    file = ::open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0)
      return CNX_RT_OK;
    if (errno != EEXIST)
      break;
  }
  cnx_rt_status status = failed("create a file beside it");
  free(temporary); // not ours to unlink
  temporary = nullptr;
  return status;
}

cnx_rt_status AtomicFile::write(const void *data, size_t bytes) {
  const char *at = static_cast<const char *>(data);
  while (bytes > 0) {
    size_t piece = bytes < (size_t{1} << 30) ? bytes : size_t{1} << 30; // one call's limit is 2 GiB
    ssize_t written = ::write(file, at, piece);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return failed("write");
    at += written;
    bytes -= static_cast<size_t>(written);
  }
  return CNX_RT_OK;
}

cnx_rt_status AtomicFile::commit() {
  if (fsync(file) != 0)
    return failed("sync");
  int closed = close(file);
  file = -1;
  if (closed != 0)
    return failed("close");
  if (rename(temporary, path) != 0)
    return failed("rename into place");
  // The rename itself is on disk once its folder is. A file system without such a sync is not an
  // error.
  char *slash = strrchr(temporary, '/');
  const char *folder = !slash ? "." : slash == temporary ? "/" : temporary;
  if (slash)
    *slash = 0;
  int directory = ::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);
    close(directory);
  }
  free(temporary);
  temporary = nullptr;
  return CNX_RT_OK;
}

} // namespace cnx::io
