#include "runtime/io/json_scanner.h"

namespace cnx::io {

void JsonScanner::skipSpace() {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
    ++at;
}

bool JsonScanner::take(char c) {
  skipSpace();
  if (at == end || *at != c)
    return false;
  ++at;
  return true;
}

bool JsonScanner::expect(char c, const char *what) { return take(c) || fail(what); }

bool JsonScanner::atEnd() {
  skipSpace();
  return at == end;
}

bool JsonScanner::unsigned64(uint64_t *value) {
  skipSpace();
  const char *first = at;
  uint64_t number = 0;
  while (at < end && *at >= '0' && *at <= '9') {
    if (__builtin_mul_overflow(number, uint64_t{10}, &number) ||
        __builtin_add_overflow(number, static_cast<uint64_t>(*at - '0'), &number)) {
      at = first;
      return fail("an integer below 2^64");
    }
    ++at;
  }
  bool leadingZero = at - first > 1 && *first == '0';
  bool fraction = at < end && (*at == '.' || *at == 'e' || *at == 'E');
  if (at == first || leadingZero || fraction) {
    at = first;
    return fail("a non-negative integer");
  }
  *value = number;
  return true;
}

void JsonScanner::put(uint32_t c) {
  auto byte = [this](uint32_t b) { *strings++ = static_cast<char>(b); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

bool JsonScanner::hex4(uint32_t *value) {
  if (end - at < 4)
    return fail("four hexadecimal digits");
  uint32_t number = 0;
  for (int i = 0; i < 4; ++i) {
    char c = at[i];
    uint32_t digit;
    if (c >= '0' && c <= '9')
      digit = static_cast<uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<uint32_t>(c - 'A' + 10);
    else
      return fail("four hexadecimal digits");
    number = number << 4 | digit;
  }
  at += 4;
  *value = number;
  return true;
}

// After the backslash.
bool JsonScanner::escape() {
  if (at == end)
    return fail("an escape");
  char c = *at;
  if (c != 'u') {
    constexpr char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    for (int i = 0; from[i]; ++i)
      if (c == from[i]) {
        ++at;
        *strings++ = to[i];
        return true;
      }
    return fail("an escape");
  }
  const char *first = at++;
  uint32_t unit;
  if (!hex4(&unit))
    return false;
  if (unit >= 0xD800 && unit < 0xDC00) {
    uint32_t low = 0;
    if (end - at >= 2 && at[0] == '\\' && at[1] == 'u') {
      at += 2;
      if (!hex4(&low))
        return false;
    }
    if (low < 0xDC00 || low > 0xDFFF) {
      at = first;
      return fail("a pair of surrogates");
    }
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
    at = first;
    return fail("a pair of surrogates");
  }
  if (unit == 0) {
    at = first;
    return fail("a string without NUL");
  }
  put(unit);
  return true;
}

bool JsonScanner::string(const char **value) {
  if (!expect('"', "a string"))
    return false;
  *value = strings;
  for (;;) {
    if (at == end)
      return fail("the end of a string");
    unsigned char c = static_cast<unsigned char>(*at);
    if (c < 0x20)
      return fail("a string without control characters");
    ++at;
    if (c == '"')
      break;
    if (c != '\\')
      *strings++ = static_cast<char>(c);
    else if (!escape())
      return false;
  }
  *strings++ = 0;
  return true;
}

} // namespace cnx::io
