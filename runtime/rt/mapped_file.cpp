#include "runtime/rt/mapped_file.h"

#include "runtime/rt/path_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {

cnx_rt_status cnx_rt_map_file(const char *path, cnx_rt_mapping *mapping, cnx_rt_error *error) {
  *mapping = {nullptr, 0};
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return cnx_rt_fail(error, CNX_RT_IO, "%s: cannot open: %s", cnx_rt_path_tail(path),
                       strerror(errno));
  struct stat facts;
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(file);
    return cnx_rt_fail(error, CNX_RT_IO, "%s: not a regular file", cnx_rt_path_tail(path));
  }
  if (facts.st_size > 0) { // mmap refuses length 0
    size_t bytes = static_cast<size_t>(facts.st_size);
    void *data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
      int reason = errno;
      close(file);
      return cnx_rt_fail(error, CNX_RT_IO, "%s: cannot map: %s", cnx_rt_path_tail(path),
                         strerror(reason));
    }
    *mapping = {static_cast<const unsigned char *>(data), bytes};
  }
  close(file); // the mapping keeps the file
  return CNX_RT_OK;
}

void cnx_rt_unmap_file(cnx_rt_mapping *mapping) {
  if (mapping->data)
    munmap(const_cast<unsigned char *>(mapping->data), mapping->bytes);
  *mapping = {nullptr, 0};
}

} // extern "C"
