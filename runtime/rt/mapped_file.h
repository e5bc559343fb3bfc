// A whole file mapped read-only. Internal to the runtime's libraries.
#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {

struct cnx_rt_mapping {
  const unsigned char *data; // NULL for an empty file
  size_t bytes;
};

// Refuses what is not a regular file, and never blocks on one (a pipe). Messages begin with the
// path.
cnx_rt_status cnx_rt_map_file(const char *path, cnx_rt_mapping *mapping, cnx_rt_error *error);
void cnx_rt_unmap_file(cnx_rt_mapping *mapping);
}
