#pragma once

#include <stddef.h>

extern "C" {
// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms); *position = the first
// bad byte.
bool cnx_rt_is_utf8(const char *text, size_t bytes, size_t *position);
}
