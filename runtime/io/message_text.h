// Text from a file made fit for a message: a name may hold anything, and a terminal obeys some of
// it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

namespace cnx::io {

// "text" in quotes, control characters as \xNN, cut after about 100 bytes.
struct Quoted {
  char text[128];
  explicit Quoted(const char *source) { fill(source, strlen(source)); }
  Quoted(const char *source, size_t bytes) { fill(source, bytes); }

private:
  void fill(const char *source, size_t bytes) {
    size_t at = 0;
    text[at++] = '"';
    for (size_t i = 0; i < bytes; ++i) {
      unsigned char c = static_cast<unsigned char>(source[i]);
      bool startsCharacter = (c & 0xC0) != 0x80;
      if (at > 100 && startsCharacter) {
        memcpy(text + at, "...", 3);
        at += 3;
        break;
      }
      if (c < 0x20 || c == 0x7f)
        at += static_cast<size_t>(snprintf(text + at, 5, "\\x%02X", c));
      else
        text[at++] = static_cast<char>(c);
      if (at > 115) // more continuation bytes than UTF-8 has
        break;
    }
    text[at++] = '"';
    text[at] = 0;
  }
};

// A shape as [2,3]; up to 8 extents of 20 digits each.
struct ShapeText {
  char text[8 * 21 + 3];
  ShapeText(int rank, const uint64_t *shape) {
    size_t at = 0;
    text[at++] = '[';
    for (int i = 0; i < rank && i < 8; ++i)
      at += static_cast<size_t>(snprintf(text + at, sizeof text - at, i ? ",%llu" : "%llu",
                                         static_cast<unsigned long long>(shape[i])));
    text[at++] = ']';
    text[at] = 0;
  }
};

} // namespace cnx::io
