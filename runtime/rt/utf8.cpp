#include "runtime/rt/utf8.h"

extern "C" bool cnx_rt_is_utf8(const char *text, size_t bytes, size_t *position) {
  const unsigned char *s = reinterpret_cast<const unsigned char *>(text);
  for (size_t i = 0; i < bytes;) {
    unsigned char c = s[i];
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    bool good = length != 0 && bytes - i >= length;
    for (size_t k = 1; good && k < length; ++k)
      good = (s[i + k] & 0xC0) == 0x80;
    // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
    if (good && length > 2) {
      unsigned char d = s[i + 1];
      good = !(c == 0xE0 && d < 0xA0) && !(c == 0xED && d > 0x9F) && !(c == 0xF0 && d < 0x90) &&
             !(c == 0xF4 && d > 0x8F);
    }
    if (!good) {
      *position = i;
      return false;
    }
    i += length;
  }
  return true;
}
