// Weight files: mapped or borrowed, checked once, shared.
#include "runtime/rt/mapped_file.h"
#include "runtime/rt/path_tail.h"

#include <atomic>
#include <new>
#include <stdlib.h>
#include <sys/mman.h>

struct cnx_rt_weights {
  std::atomic<unsigned> references;
  cnx_rt_mapping mapping; // empty where the bytes are borrowed
  const unsigned char *payload;
};

namespace {

static_assert(sizeof(cnx_rt_weights_header) == 64);

unsigned long long wide(uint64_t value) { return value; }

cnx_rt_status check(const unsigned char *data, size_t bytes, const char *label, unsigned flags,
                    uint64_t build, uint64_t payloadBytes, cnx_rt_error *error) {
  cnx_rt_weights_header header;
  if (bytes < sizeof header)
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: %zu bytes, expected a header of %zu", label,
                       bytes, sizeof header);
  memcpy(&header, data, sizeof header);
  if (memcmp(header.magic, CNX_RT_WEIGHTS_MAGIC, 7) != 0)
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: not a cnx weight file", label);
  if (header.magic[7] != CNX_RT_WEIGHTS_MAGIC[7])
    return cnx_rt_fail(error, CNX_RT_ABI, "%s: weight file version %u, expected %u", label,
                       static_cast<unsigned char>(header.magic[7]),
                       static_cast<unsigned char>(CNX_RT_WEIGHTS_MAGIC[7]));
  for (unsigned char byte : header.reserved)
    if (byte != 0)
      return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: reserved bytes of the header are not zero",
                         label);
  if (header.build != build)
    return cnx_rt_fail(error, CNX_RT_OTHER_MODEL,
                       "%s: packed for build %016llx, expected %016llx (cnx pack makes it)", label,
                       wide(header.build), wide(build));
  if (header.payload_bytes != payloadBytes)
    return cnx_rt_fail(error, CNX_RT_CORRUPT,
                       "%s: header says %llu bytes of weights, expected %llu", label,
                       wide(header.payload_bytes), wide(payloadBytes));
  if (bytes - sizeof header != payloadBytes)
    return cnx_rt_fail(error, CNX_RT_CORRUPT, "%s: %zu bytes of weights, expected %llu", label,
                       bytes - sizeof header, wide(payloadBytes));
  if (flags & CNX_RT_VERIFY) {
    uint64_t hash = cnx_rt_hash(data + sizeof header, static_cast<size_t>(payloadBytes));
    if (hash != header.payload_hash)
      return cnx_rt_fail(error, CNX_RT_CORRUPT,
                         "%s: checksum of the weights %016llx, expected %016llx", label, wide(hash),
                         wide(header.payload_hash));
  }
  return CNX_RT_OK;
}

// Takes the mapping over, also where it fails.
cnx_rt_status make(cnx_rt_mapping mapping, const unsigned char *data, size_t bytes,
                   const char *label, unsigned flags, uint64_t build, uint64_t payloadBytes,
                   cnx_rt_weights **weights, cnx_rt_error *error) {
  cnx_rt_status status = check(data, bytes, label, flags, build, payloadBytes, error);
  void *memory = status ? nullptr : malloc(sizeof(cnx_rt_weights));
  if (!memory) {
    cnx_rt_unmap_file(&mapping);
    return status ? status : cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory", label);
  }
  *weights = new (memory) cnx_rt_weights{{1}, mapping, data + sizeof(cnx_rt_weights_header)};
  return CNX_RT_OK;
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_weights_open(const char *path, unsigned flags, uint64_t build,
                                  uint64_t payload_bytes, cnx_rt_weights **weights,
                                  cnx_rt_error *error) {
  if (!path || !weights)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "weights_open: path or weights is NULL");
  *weights = nullptr;
  if (flags & ~CNX_RT_VERIFY)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "weights_open: unknown flags %#x", flags);
  cnx_rt_mapping mapping;
  if (cnx_rt_status status = cnx_rt_map_file(path, &mapping, error))
    return status;
  // Reading begins while the program goes on; a refusal costs only that.
  if (mapping.bytes > 0)
    madvise(const_cast<unsigned char *>(mapping.data), mapping.bytes, MADV_WILLNEED);
  return make(mapping, mapping.data, mapping.bytes, cnx_rt_path_tail(path), flags, build,
              payload_bytes, weights, error);
}

cnx_rt_status cnx_rt_weights_from_memory(const void *data, size_t bytes, unsigned flags,
                                         uint64_t build, uint64_t payload_bytes,
                                         cnx_rt_weights **weights, cnx_rt_error *error) {
  if (!data || !weights)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "weights_from_memory: data or weights is NULL");
  *weights = nullptr;
  if (flags & ~CNX_RT_VERIFY)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "weights_from_memory: unknown flags %#x", flags);
  if (reinterpret_cast<uintptr_t>(data) % 64 != 0)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                       "weights_from_memory: data is not aligned to 64 bytes");
  return make({nullptr, 0}, static_cast<const unsigned char *>(data), bytes, "weights in memory",
              flags, build, payload_bytes, weights, error);
}

void cnx_rt_weights_retain(cnx_rt_weights *weights) {
  weights->references.fetch_add(1, std::memory_order_relaxed);
}

void cnx_rt_weights_release(cnx_rt_weights *weights) {
  if (!weights || weights->references.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  cnx_rt_unmap_file(&weights->mapping);
  free(weights);
}

const void *cnx_rt_weights_payload(const cnx_rt_weights *weights) { return weights->payload; }

} // extern "C"
