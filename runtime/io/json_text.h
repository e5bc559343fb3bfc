// JSON text under construction, which remembers that it ran out of memory.
#pragma once

#include "runtime/io/list.h"

#include <stdint.h>
#include <stdio.h>

namespace cnx::io {

class JsonText {
public:
  void raw(const char *text) {
    for (; *text; ++text)
      put(*text);
  }
  void number(uint64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(value));
    raw(digits);
  }
  void string(const char *text) {
    put('"');
    for (; *text; ++text) {
      unsigned char c = static_cast<unsigned char>(*text);
      char escape[8] = {'\\', *text, 0};
      switch (c) {
      case '"':
      case '\\':
        break;
      case '\b':
        escape[1] = 'b';
        break;
      case '\f':
        escape[1] = 'f';
        break;
      case '\n':
        escape[1] = 'n';
        break;
      case '\r':
        escape[1] = 'r';
        break;
      case '\t':
        escape[1] = 't';
        break;
      default:
        if (c < 0x20)
          snprintf(escape, sizeof escape, "\\u%04x", c);
        else
          escape[0] = *text, escape[1] = 0;
      }
      raw(escape);
    }
    put('"');
  }
  const char *terminated() { // to be called last
    put('\0');
    return data();
  }
  bool ok() const { return !failed; }
  const char *data() { return characters.begin(); }
  size_t size() const { return characters.size(); }

private:
  void put(char c) { failed = failed || !characters.add(c); }
  List<char> characters;
  bool failed = false;
};

} // namespace cnx::io
