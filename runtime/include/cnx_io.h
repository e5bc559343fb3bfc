/* The C interface of libcnx_io.a: the one reader and writer of safetensors files, and of the .npy
 * arrays that tests and the command line exchange. C99 and C++; needs libcnx_rt.a (statuses,
 * messages), no C++ library.
 *
 * Files are untrusted. The safetensors reader refuses whatever the reference library refuses and,
 * beyond it: duplicate keys, unknown fields of a tensor, names that hold a NUL, ranks above 8 and
 * more than CNX_IO_MAX_TENSORS tensors. The values themselves are not looked at: NaN and infinity
 * pass (see cnx_io_first_not_finite).
 */
#ifndef CNX_IO_H
#define CNX_IO_H

#include "cnx_rt.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* -- element types ---------------------------------------------------------------------------- */

/* Widest first, as the reference writer orders tensors: the enumerators' order is that order. */
typedef enum cnx_io_dtype {
  CNX_IO_U64,
  CNX_IO_I64,
  CNX_IO_F64,
  CNX_IO_C64,
  CNX_IO_F32,
  CNX_IO_U32,
  CNX_IO_I32,
  CNX_IO_BF16,
  CNX_IO_F16,
  CNX_IO_U16,
  CNX_IO_I16,
  CNX_IO_F8_E5M2FNUZ,
  CNX_IO_F8_E4M3FNUZ,
  CNX_IO_F8_E8M0,
  CNX_IO_F8_E4M3,
  CNX_IO_F8_E5M2,
  CNX_IO_I8,
  CNX_IO_U8,
  CNX_IO_F6_E3M2,
  CNX_IO_F6_E2M3,
  CNX_IO_F4,
  CNX_IO_BOOL
} cnx_io_dtype;

const char *
cnx_io_dtype_name(cnx_io_dtype dtype);          /* as in the file: "F32"; "?" for no enumerator */
unsigned cnx_io_dtype_bits(cnx_io_dtype dtype); /* of one element; 0 for no enumerator */

/* -- safetensors, reading --------------------------------------------------------------------- */

#define CNX_IO_MAX_RANK 8
#define CNX_IO_MAX_TENSORS (1u << 20)

typedef struct cnx_io_tensor {
  const char *name; /* UTF-8, no NUL inside */
  cnx_io_dtype dtype;
  int rank; /* 0 for a scalar */
  uint64_t shape[CNX_IO_MAX_RANK];
  const void *data; /* little-endian, row-major, NOT aligned beyond a byte: copy before use */
  size_t bytes;
} cnx_io_tensor;

typedef struct cnx_io_metadata {
  const char *key;
  const char *value;
} cnx_io_metadata;

/* An open file. Everything it hands out lives until close; reading is thread-safe. */
typedef struct cnx_io_safetensors cnx_io_safetensors;

/* Maps the file read-only. Truncating it afterwards is a bus error, as for every mapped file. */
cnx_rt_status cnx_io_safetensors_open(const char *path, cnx_io_safetensors **file,
                                      cnx_rt_error *error);
/* Borrows `data`, any alignment, until close. `label` names it in messages and is not kept. */
cnx_rt_status cnx_io_safetensors_from_memory(const void *data, size_t bytes, const char *label,
                                             cnx_io_safetensors **file, cnx_rt_error *error);
void cnx_io_safetensors_close(cnx_io_safetensors *file); /* NULL is allowed */

/* Tensors in the order of their data in the file; empty ones at one place in the header's order. */
size_t cnx_io_safetensors_count(const cnx_io_safetensors *file);
const cnx_io_tensor *cnx_io_safetensors_tensors(const cnx_io_safetensors *file);
const cnx_io_tensor *cnx_io_safetensors_find(const cnx_io_safetensors *file, const char *name);

/* Key-value pairs of __metadata__ in the header's order; value is NULL where there is no such key.
 */
size_t cnx_io_safetensors_metadata_count(const cnx_io_safetensors *file);
const cnx_io_metadata *cnx_io_safetensors_metadata(const cnx_io_safetensors *file);
const char *cnx_io_safetensors_metadata_value(const cnx_io_safetensors *file, const char *key);

/* 1 and *index = the first NaN or infinity of an F64, F32, F16 or BF16 tensor; 0 where there is
 * none. */
int cnx_io_first_not_finite(const cnx_io_tensor *tensor, uint64_t *index);

/* -- safetensors, writing --------------------------------------------------------------------- */

/* Writes the tensors in the reference library's order (widest type first, then by name) with the
 * header padded to 8 bytes: equal input gives equal bytes. Names must be unique, bytes must be what
 * shape and dtype take. Atomic: a temporary file beside `path`, synced, then renamed; after an
 * error `path` is what it was before. */
cnx_rt_status cnx_io_safetensors_save(const char *path, const cnx_io_tensor *tensors, size_t count,
                                      const cnx_io_metadata *metadata, size_t metadata_count,
                                      cnx_rt_error *error);

/* -- checkpoints of a training object (cnx_rt.h) ----------------------------------------------- */

/* Writes every parameter of the model, frozen ones too, as F32 under its name in its stored shape,
 * with the metadata "format": "pt" and "cnx.model": the description; what: 0, CNX_RT_SAVE_EMA or
 * CNX_RT_SAVE_STATE. The state adds tensors cnx.moment1.NAME, cnx.moment2.NAME, cnx.ema.NAME as far
 * as the build has them, and the metadata cnx.state. Atomic as above; takes the memory of the
 * largest tensor. Messages are in the context. */
cnx_rt_status cnx_io_training_save(cnx_rt_training *training, const char *path, unsigned what);
/* Takes up a state of the same network and optimiser, whose next step is then bit for bit what it
 * would have been; or the parameters of a plain checkpoint: then averages are the parameters,
 * moments zero, step and sample 0, and seed, groups and note stay. Gradients are zero afterwards.
 * Frozen parameters must be in the file as the build has them. A file that does not fit is refused
 * before anything is changed: CNX_RT_IO, CNX_RT_CORRUPT, CNX_RT_ABI (a later version's state),
 * CNX_RT_OTHER_MODEL, CNX_RT_NOT_FINITE, CNX_RT_MEMORY. Messages are in the context. */
cnx_rt_status cnx_io_training_restore(cnx_rt_training *training, const char *path);

/* -- .npy ------------------------------------------------------------------------------------- */

/* One array in C order, format 1.0 or 2.0, of F32, U8 or I64. */
typedef struct cnx_npy {
  cnx_io_dtype dtype;
  int rank;
  uint64_t shape[CNX_IO_MAX_RANK];
  const void *data; /* 64-byte aligned in files that numpy >= 1.14 or cnx wrote; else 16 or less */
  size_t bytes;
  const void *mapping; /* private */
  size_t mapping_bytes;
} cnx_npy;

cnx_rt_status cnx_npy_open(const char *path, cnx_npy *array, cnx_rt_error *error);
/* Borrows `data`. `label` names it in messages. */
cnx_rt_status cnx_npy_from_memory(const void *data, size_t bytes, const char *label, cnx_npy *array,
                                  cnx_rt_error *error);
void cnx_npy_close(cnx_npy *array); /* NULL and an array that failed to open are allowed */

/* Atomic, as above. */
cnx_rt_status cnx_npy_save(const char *path, cnx_io_dtype dtype, int rank, const uint64_t *shape,
                           const void *data, cnx_rt_error *error);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
