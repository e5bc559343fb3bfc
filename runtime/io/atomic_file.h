// A file that appears whole or not at all: written beside its place under a temporary name, synced,
// renamed.
#pragma once

#include "runtime/include/cnx_io.h"
#include "runtime/rt/path_tail.h"

namespace cnx::io {

class AtomicFile {
public:
  AtomicFile(const char *destination, cnx_rt_error *receiver)
      : path(destination), label(cnx_rt_path_tail(destination)), error(receiver) {}
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;
  ~AtomicFile(); // removes the temporary file unless committed

  cnx_rt_status open();
  cnx_rt_status write(const void *data, size_t bytes);
  cnx_rt_status commit();

private:
  cnx_rt_status failed(const char *what);

  const char *path, *label;
  cnx_rt_error *error;
  char *temporary = nullptr;
  int file = -1;
};

} // namespace cnx::io
