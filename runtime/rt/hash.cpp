// XXH64 with seed 0, from its public specification: four lanes of 8 bytes, folded at the end.
#include "runtime/include/cnx_rt.h"

#include <string.h>

namespace {

constexpr uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr uint64_t prime3 = 0x165667B19E3779F9u, prime4 = 0x85EBCA77C2B2AE63u;
constexpr uint64_t prime5 = 0x27D4EB2F165667C5u;

uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

uint64_t word64(const unsigned char *at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

uint64_t word32(const unsigned char *at) {
  uint32_t word;
  memcpy(&word, at, 4);
  return word;
}

uint64_t mix(uint64_t lane, uint64_t word) { return rotate(lane + word * prime2, 31) * prime1; }

// Takes whole stripes of 32 bytes; returns the first byte not taken.
const unsigned char *stripes(uint64_t lanes[4], const unsigned char *at, size_t bytes) {
  uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3];
  for (; bytes >= 32; bytes -= 32, at += 32) {
    a = mix(a, word64(at));
    b = mix(b, word64(at + 8));
    c = mix(c, word64(at + 16));
    d = mix(d, word64(at + 24));
  }
  lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d;
  return at;
}

} // namespace

extern "C" {

void cnx_rt_hash_begin(cnx_rt_hash_state *state) {
  *state = cnx_rt_hash_state{};
  state->lanes[0] = prime1 + prime2;
  state->lanes[1] = prime2;
  state->lanes[2] = 0;
  state->lanes[3] = 0 - prime1;
}

void cnx_rt_hash_add(cnx_rt_hash_state *state, const void *data, size_t bytes) {
  const unsigned char *at = static_cast<const unsigned char *>(data);
  size_t held = static_cast<size_t>(state->bytes % 32);
  state->bytes += bytes;
  if (held > 0) {
    size_t missing = 32 - held, taken = bytes < missing ? bytes : missing;
    memcpy(state->rest + held, at, taken);
    at += taken;
    bytes -= taken;
    if (taken < missing)
      return;
    stripes(state->lanes, state->rest, 32);
  }
  const unsigned char *after = stripes(state->lanes, at, bytes);
  size_t left = bytes % 32;
  if (left > 0)
    memcpy(state->rest, after, left);
}

uint64_t cnx_rt_hash_end(const cnx_rt_hash_state *state) {
  uint64_t hash = prime5;
  if (state->bytes >= 32) {
    const uint64_t *lanes = state->lanes;
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (int i = 0; i < 4; ++i)
      hash = (hash ^ mix(0, lanes[i])) * prime1 + prime4;
  }
  hash += state->bytes;
  const unsigned char *at = state->rest;
  size_t left = static_cast<size_t>(state->bytes % 32);
  for (; left >= 8; left -= 8, at += 8)
    hash = rotate(hash ^ mix(0, word64(at)), 27) * prime1 + prime4;
  if (left >= 4) {
    hash = rotate(hash ^ word32(at) * prime1, 23) * prime2 + prime3;
    left -= 4, at += 4;
  }
  for (; left > 0; --left, ++at)
    hash = rotate(hash ^ *at * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}

uint64_t cnx_rt_hash(const void *data, size_t bytes) {
  cnx_rt_hash_state state;
  cnx_rt_hash_begin(&state);
  cnx_rt_hash_add(&state, data, bytes);
  return cnx_rt_hash_end(&state);
}

} // extern "C"
