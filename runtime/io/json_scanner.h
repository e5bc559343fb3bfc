// A strict scanner of the few JSON forms in a safetensors header: strings and unsigned 64-bit
// integers between brackets, braces, colons and commas. Nothing recurses, so that nothing nests
// deeper than its caller asks for.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace cnx::io {

class JsonScanner {
public:
  // `room` is for `bytes` characters: decoded strings with their NULs never exceed the
  // text they came from.
  JsonScanner(const char *text, size_t bytes, char *room)
      : begin(text), at(text), end(text + bytes), strings(room) {}

  // Takes `c` after white space; false, and nothing taken but the space, if something else stands
  // there.
  bool take(char c);
  // The same, but something else is an error.
  bool expect(char c, const char *what);
  // A string without NUL inside, decoded and terminated. The text must be valid UTF-8 already.
  bool string(const char **value);
  // Digits only: no sign, fraction, exponent or leading zero; at most 2^64 - 1.
  bool unsigned64(uint64_t *value);
  bool atEnd(); // after white space

  // Why the last of these returned false: what was expected, and where (bytes from the beginning).
  const char *expected() const { return problem; }
  size_t position() const { return static_cast<size_t>(at - begin); }
  size_t remaining() const { return static_cast<size_t>(end - at); }
  const char *here() const { return at; }

private:
  bool fail(const char *what) {
    problem = what;
    return false;
  }
  void skipSpace();
  bool escape();
  bool hex4(uint32_t *value);
  void put(uint32_t codePoint);

  const char *begin, *at, *end;
  char *strings;
  const char *problem = nullptr;
};

} // namespace cnx::io
