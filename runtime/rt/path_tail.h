// A path fit for a message of 512 bytes: its last 200 at most, from the start of a character.
#pragma once

#include <string.h>

static inline const char *cnx_rt_path_tail(const char *path) {
  size_t length = strlen(path);
  if (length <= 200)
    return path;
  const char *tail = path + length - 200;
  while ((*tail & 0xC0) == 0x80)
    ++tail;
  return tail;
}
