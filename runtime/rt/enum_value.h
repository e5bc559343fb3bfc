// An enumeration's value as a C caller may have set it: any int, and C++ must not load one that is
// no enumerator.
#pragma once

#include <string.h>

namespace cnx {

template <typename Enumeration> inline int enumValue(const Enumeration &field) {
  static_assert(sizeof field == sizeof(int));
  int value;
  memcpy(&value, &field, sizeof value);
  return value;
}

} // namespace cnx
