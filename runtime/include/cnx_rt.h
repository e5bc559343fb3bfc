/* The C interface of libcnx_rt.a: what a generated model library stands on, and what an application
 * passes to it. C99 and C++. Nothing here aborts, prints or throws; there are no globals with
 * constructors.
 *
 * Structs that an application fills start with their size (`struct_size = sizeof(struct)`), so that
 * they can grow; fields beyond the given size read as zero.
 */
#ifndef CNX_RT_H
#define CNX_RT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* -- status ------------------------------------------------------------------------------------ */

typedef enum cnx_rt_status {
  CNX_RT_OK = 0,
  CNX_RT_IO,          /* a file could not be opened, read, mapped or written */
  CNX_RT_CORRUPT,     /* a file's header, length or checksum is wrong */
  CNX_RT_OTHER_MODEL, /* a weight file or checkpoint that belongs to another model or build */
  CNX_RT_ABI,         /* a struct size or file version that this runtime does not know */
  CNX_RT_NO_ISA,      /* the machine (or CNX_RT_ISA) has no instruction level of this library */
  CNX_RT_BAD_BATCH,   /* a batch that was not compiled in */
  CNX_RT_BUSY,        /* the context is in use by another thread */
  CNX_RT_MEMORY,      /* an allocation failed */
  CNX_RT_UNSUPPORTED, /* the build cannot do that (no training, no EMA ...) */
  CNX_RT_ARGUMENT,    /* a null pointer, an index out of range ... */
  CNX_RT_NOT_FINITE,  /* a NaN or an infinity where none may be */
  CNX_RT_INTERNAL     /* a kernel reported an error: a bug */
} cnx_rt_status;

/* A few words for a status; never NULL. */
const char *cnx_rt_status_text(cnx_rt_status status);

/* Optional receiver of a message. `text` is always terminated. */
typedef struct cnx_rt_error {
  cnx_rt_status status;
  char text[512];
} cnx_rt_error;

/* Sets *error (which may be NULL) by a printf format and returns status. */
cnx_rt_status cnx_rt_fail(cnx_rt_error *error, cnx_rt_status status, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* -- threads ----------------------------------------------------------------------------------- */

/* What a kernel's task needs to know of the thread it runs on; passed as Halide's user_context.
 * Opaque. */
typedef struct cnx_rt_worker cnx_rt_worker;

/* A pool of threads, shared by any number of contexts (each call to the pool is serialised). */
typedef struct cnx_rt_pool cnx_rt_pool;

/* threads: 0 = one a core available to the process; at most CNX_RT_MAX_WORKERS. The calling thread
 * works too, so a pool of n threads starts n - 1. */
#define CNX_RT_MAX_WORKERS 256
cnx_rt_status cnx_rt_pool_create(unsigned threads, cnx_rt_pool **pool, cnx_rt_error *error);
void cnx_rt_pool_retain(cnx_rt_pool *pool);
void cnx_rt_pool_release(cnx_rt_pool *pool); /* NULL is allowed */
unsigned cnx_rt_pool_threads(const cnx_rt_pool *pool);

/* An application's own pool: calls fn(arg, task, worker) for every task in [0, tasks), in any order
 * and at the same time, with worker < max_workers and no two calls at once with the same worker;
 * returns when all have returned. */
typedef void (*cnx_rt_task)(void *arg, int task, int worker);
typedef struct cnx_rt_foreign_pool {
  void *self;
  int max_workers;
  void (*parallel_for)(void *self, int tasks, cnx_rt_task fn, void *arg);
} cnx_rt_foreign_pool;

/* -- options of a context ---------------------------------------------------------------------- */

typedef enum cnx_rt_level {
  CNX_RT_LEVEL_NONE = 0,
  CNX_RT_LEVEL_V3 = 3,
  CNX_RT_LEVEL_V4 = 4
} cnx_rt_level;

typedef struct cnx_rt_options {
  size_t struct_size;
  unsigned threads;                        /* 0: one a core; ignored where a pool is given */
  cnx_rt_pool *pool;                       /* shared pool, retained by the context */
  const cnx_rt_foreign_pool *foreign_pool; /* copied */
  void *allocator_self;                    /* both or neither; alignment is 64 at least */
  void *(*allocate)(void *self, size_t bytes, size_t alignment);
  void (*release)(void *self, void *memory, size_t bytes);
  void *log_self; /* one line a call, no newline */
  void (*log)(void *self, const char *line);
  void *launch_self; /* before (end = 0) and after (end = 1) every launch; ids: manifest */
  void (*on_launch)(void *self, int launch, int end);
  uint64_t seed; /* training builds with NULL weights: initialisation */
} cnx_rt_options;

typedef enum cnx_rt_mode {
  CNX_RT_EVALUATE = 0,
  CNX_RT_EVALUATE_EMA = 1,
  CNX_RT_TRAIN = 2
} cnx_rt_mode;

/* -- weights ----------------------------------------------------------------------------------- */

/* A weight file: 64-byte header (below), then the payload, 64-byte aligned, exactly payload_bytes
 * long. */
#define CNX_RT_WEIGHTS_MAGIC "CNXWGT\0\1"
typedef struct cnx_rt_weights_header {
  char magic[8];
  uint64_t build; /* hash of architecture, options and layout; never of the values */
  uint64_t payload_bytes;
  uint64_t payload_hash; /* of the payload, see cnx_rt_hash */
  uint8_t reserved[32];  /* zero */
} cnx_rt_weights_header;

/* flags of open */
#define CNX_RT_VERIFY 1u /* read the whole payload and compare its hash */

typedef struct cnx_rt_weights cnx_rt_weights; /* read-only, reference-counted, thread-safe */
cnx_rt_status cnx_rt_weights_open(const char *path, unsigned flags, uint64_t build,
                                  uint64_t payload_bytes, cnx_rt_weights **weights,
                                  cnx_rt_error *error);
/* Borrows header and payload, 64-byte aligned; they must outlive the object. */
cnx_rt_status cnx_rt_weights_from_memory(const void *data, size_t bytes, unsigned flags,
                                         uint64_t build, uint64_t payload_bytes,
                                         cnx_rt_weights **weights, cnx_rt_error *error);
void cnx_rt_weights_retain(cnx_rt_weights *weights);
void cnx_rt_weights_release(cnx_rt_weights *weights); /* NULL is allowed */
const void *cnx_rt_weights_payload(const cnx_rt_weights *weights);
/* The payload's hash: XXH64 with seed 0, at once or in pieces (begin, add any number of times,
 * end). */
uint64_t cnx_rt_hash(const void *data, size_t bytes);
typedef struct cnx_rt_hash_state { /* private */
  uint64_t lanes[4];
  uint64_t bytes;
  unsigned char rest[32];
} cnx_rt_hash_state;
void cnx_rt_hash_begin(cnx_rt_hash_state *state);
void cnx_rt_hash_add(cnx_rt_hash_state *state, const void *data, size_t bytes);
uint64_t cnx_rt_hash_end(const cnx_rt_hash_state *state);

/* -- training: what an application passes ------------------------------------------------------ */

/* What the samples of one batch should be: `indices` or `soft`, not both. */
typedef struct cnx_rt_targets {
  size_t struct_size;
  const int32_t *indices; /* [batch], below the number of classes; -1: the sample is ignored */
  const float *soft;      /* [batch, classes], finite; rows need not sum to 1, and all count */
  float smoothing;        /* s in [0, 1]: targets become (1 - s) * target + s / classes */
  float divisor; /* of the summed loss; 0: the samples of this call that are not ignored. When
                  * gradients accumulate, those of the whole batch. */
} cnx_rt_targets;

/* The run-time values of one update. In double, because 1 - 0.999f is off by 1.3e-5. Fields of the
 * other optimiser, and ema_decay in a build without averages, must be 0: else
 * CNX_RT_UNSUPPORTED. */
typedef struct cnx_rt_update {
  size_t struct_size;
  double rate;         /* >= 0 */
  double beta1, beta2; /* adamw: in [0, 1) */
  double eps;          /* adamw: at least the smallest normal float */
  double decay;        /* >= 0 */
  double momentum;     /* sgd: in [0, 1) */
  double clip_norm;    /* largest norm of all gradients together; 0: no clipping */
  double
      ema_decay; /* builds with averages: in [0, 1], average += (1 - ema_decay) * (p - average) */
} cnx_rt_update;

/* flag of loss_backward and backward: add to the gradients instead of starting a new sum */
#define CNX_RT_ACCUMULATE 1u

/* What can be read and written of a parameter. */
typedef enum cnx_rt_kind {
  CNX_RT_PARAMETER = 0,
  CNX_RT_GRADIENT = 1,
  CNX_RT_MOMENT1 = 2, /* adamw's first moment, sgd's momentum */
  CNX_RT_MOMENT2 = 3, /* adamw's second moment */
  CNX_RT_EMA = 4      /* the averaged parameter */
} cnx_rt_kind;

/* `what` of save: 0 = the parameters, or one of these */
#define CNX_RT_SAVE_EMA 1u   /* the averaged parameters in their place */
#define CNX_RT_SAVE_STATE 2u /* the parameters and everything that a bitwise resume needs */

/* Longest note, in bytes. */
#define CNX_RT_NOTE_BYTES (1u << 20)

/* -- for generated code ------------------------------------------------------------------------ */

/* The execution part of a model's context: pool or foreign pool, workers with their scratch stacks,
 * arena, hooks. */
typedef struct cnx_rt_context cnx_rt_context;

typedef struct cnx_rt_model { /* static facts of a generated library */
  const char *name;
  size_t arena_bytes;   /* 64-byte aligned, of the largest program */
  size_t scratch_bytes; /* of one worker: the highest top of the stack that cnx_rt_scratch_malloc
                         * describes, over all kernels; n bytes take n rounded up to 64 */
  const void *const *tables[2]; /* kernel tables of v3, v4; NULL where not built */
} cnx_rt_model;

cnx_rt_status cnx_rt_context_create(const cnx_rt_model *model, const cnx_rt_options *options,
                                    cnx_rt_context **context, cnx_rt_error *error);
void cnx_rt_context_destroy(cnx_rt_context *context); /* NULL is allowed */
/* Marks the context as in use, CNX_RT_BUSY if it is. Until leave this thread flushes subnormals to
 * zero, rounds to nearest and takes no floating-point traps. */
cnx_rt_status cnx_rt_context_enter(cnx_rt_context *context);
/* CNX_RT_INTERNAL, with a message, where a kernel asked for more scratch than scratch_bytes; the
 * results are right even so. */
cnx_rt_status cnx_rt_context_leave(cnx_rt_context *context);
unsigned char *cnx_rt_context_arena(cnx_rt_context *context);
cnx_rt_worker *cnx_rt_context_worker(cnx_rt_context *context); /* the calling thread's: worker 0 */
const void *const *cnx_rt_context_table(cnx_rt_context *context);
cnx_rt_level cnx_rt_context_level(const cnx_rt_context *context);
/* Launch hooks: the emitted program calls these round every launch; a NULL hook costs one test. */
void cnx_rt_launch_begin(cnx_rt_context *context, int launch);
void cnx_rt_launch_end(cnx_rt_context *context, int launch);
/* Last message of the context: fail sets it, message reads it; never NULL. Only the thread that
 * entered may call fail. */
cnx_rt_status cnx_rt_context_fail(cnx_rt_context *context, cnx_rt_status status, const char *format,
                                  ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;
const char *cnx_rt_context_message(const cnx_rt_context *context);

/* The best level of this machine among those in `available` (bit 0: v3, bit 1: v4);
 * CNX_RT_ISA=v3|v4 overrides; NONE when there is none. */
cnx_rt_level cnx_rt_choose_level(unsigned available);

/* Referenced by every generated `create`, so that an archive of another ABI fails at link. */
extern const int cnx_rt_abi_1;

/* -- for generated code of training builds ----------------------------------------------------- */

/* How a parameter lies in memory; N, K, Co, Ci, C, k of its PyTorch shape, n16 = n rounded up to a
 * multiple of 16. Padding is zero and stays zero. */
typedef enum cnx_rt_form {
  CNX_RT_VECTOR = 0, /* rank 1: [N16] */
  CNX_RT_PANELS = 1, /* rank 2: [N16/16, K, 16]; rank 4: [Co16/16, k*k*Ci, 16], inputs innermost */
  CNX_RT_TAPS = 2,   /* [C, 1, k, k]: [k, k, C16] */
  CNX_RT_DENSE = 3   /* frozen: as PyTorch has it, in the weight file's payload */
} cnx_rt_form;

typedef enum cnx_rt_init {
  CNX_RT_ZEROS = 0,
  CNX_RT_ONES = 1,
  CNX_RT_TRUNCATED_NORMAL = 2, /* N(0, init_value^2) between -2 and 2, of (seed, name) */
  CNX_RT_CONSTANT = 3          /* init_value */
} cnx_rt_init;

/* One parameter of the checkpoint, frozen ones included. */
typedef struct cnx_rt_parameter {
  const char *name; /* the checkpoint's */
  cnx_rt_form form;
  int rank;
  int64_t shape[4]; /* PyTorch order */
  int stored_rank;  /* as the checkpoint stores it; 0: as shape */
  int64_t stored_shape[4];
  size_t offset; /* in bytes: from the start of every flat segment, a multiple of 1024; DENSE: from
                  * the payload's start, a multiple of 64 */
  size_t floats; /* of the form, padding included */
  cnx_rt_init init;
  double init_value; /* a double, so that the values are the compiler's to the bit */
  int decay;         /* 1 or 0: whether weight decay acts on it, unless set by group */
} cnx_rt_parameter;

#define CNX_RT_UPDATE_BLOCK 256 /* floats that share a rate and a decay */
#define CNX_RT_SCALARS 16

/* Where the gradients of a training build lie. */
typedef enum cnx_rt_gradients {
  CNX_RT_GRADIENTS_SUMMED = 0, /* in a flat segment, where they add up */
  CNX_RT_GRADIENTS_KEPT = 1,   /* in such a segment within the arena, until the next forward */
  CNX_RT_GRADIENTS_USED = 2    /* nowhere: each updates its parameter within the backward pass */
} cnx_rt_gradients;

/* Static facts of a training build; must outlive the training object. */
typedef struct cnx_rt_train_model {
  const cnx_rt_parameter *parameters;
  int count;
  size_t floats;           /* of each flat segment: B * CNX_RT_UPDATE_BLOCK */
  int moments;             /* 1: sgd, 2: adamw */
  int ema;                 /* 1: the build averages the parameters */
  uint64_t build;          /* the build hash */
  const char *description; /* JSON: the value of the metadata key cnx.model */
  size_t param_offset;     /* bytes from the payload's start to the image of the flat segment */
  cnx_rt_gradients gradients;
  size_t gradients_at; /* of CNX_RT_GRADIENTS_KEPT: bytes from the arena's start */
} cnx_rt_train_model;

/* Parameters, gradients, moments, averages, tables and counters of one context. As the context it
 * is used by one thread at a time: between enter and leave, but for create and destroy. What fails
 * leaves its message in the context. */
typedef struct cnx_rt_training cnx_rt_training;

/* Memory comes from the context's allocator. payload: of the weight file, 64-byte aligned; it must
 * outlive the object where a parameter is DENSE. NULL: every parameter from its init and the seed
 * of the context's options, refused where one is DENSE. Averages begin as the parameters; the rest
 * is zero. That seed is also the drop factors'. Destroy it before its context. */
cnx_rt_status cnx_rt_training_create(const cnx_rt_train_model *model, cnx_rt_context *context,
                                     const void *payload, cnx_rt_training **training,
                                     cnx_rt_error *error);
void cnx_rt_training_destroy(cnx_rt_training *training); /* NULL is allowed */

/* A flat segment of model->floats floats, 64-byte aligned, at one address for the object's life;
 * NULL where the build has none. */
float *cnx_rt_training_segment(cnx_rt_training *training, cnx_rt_kind kind);
/* Tables of one value a block, B = model->floats / CNX_RT_UPDATE_BLOCK of them: rate scale; decay
 * (0 or 1); sum of squared gradients, which the program `squares` fills. 64-byte aligned. */
const float *cnx_rt_training_rates(const cnx_rt_training *training);
const float *cnx_rt_training_decays(const cnx_rt_training *training);
float *cnx_rt_training_squares(cnx_rt_training *training);
/* CNX_RT_SCALARS floats, 64-byte aligned, which begin_update fills: [0] factor of the gradients,
 * [1] rate, [2] decay, [3] 1 - beta1, [4] beta2, [5] 1 - beta2, [6] eps, [7] 1 - beta1^t,
 * [8] sqrt(1 - beta2^t), [9] momentum, [10] 1 - ema_decay, others 0; t counts updates from 1. */
const float *cnx_rt_training_scalars(const cnx_rt_training *training);

/* Fills targets [batch, classes] and weight [batch]: 1 / divisor, or 0 for an ignored sample, whose
 * targets are 0. CNX_RT_ARGUMENT where an index is out of range or a soft target is not finite; the
 * message names the sample, and the arrays are as before. */
cnx_rt_status cnx_rt_training_targets(cnx_rt_training *training, const cnx_rt_targets *given,
                                      int batch, int classes, float *targets, float *weight);
/* Fills factors [batch] of one drop-path site of the forward under way, before advance: 0 with
 * probability `rate`, in [0, 1), else 1 / (1 - rate). A pure function of seed, step, sample
 * and site. */
void cnx_rt_training_drop_factors(const cnx_rt_training *training, int batch, int site, double rate,
                                  float *factors);
/* Ends a train forward: the next one's first sample is `samples` later. */
void cnx_rt_training_advance(cnx_rt_training *training, int samples);
void cnx_rt_training_random(cnx_rt_training *training, uint64_t seed, uint64_t step,
                            uint64_t first_sample);
void cnx_rt_training_clear_gradients(cnx_rt_training *training);
/* What stands behind each gradient in its last block, which an update goes over too: zero. For
 * gradients in the arena, where activations were. */
void cnx_rt_training_clear_padding(cnx_rt_training *training);

/* Checks the values, counts the step and fills the scalars. The squares must be filled:
 * CNX_RT_NOT_FINITE where their sum is not finite. Of CNX_RT_GRADIENTS_USED nobody looks at them,
 * and clipping is CNX_RT_UNSUPPORTED. After a failure nothing has changed. */
cnx_rt_status cnx_rt_training_begin_update(cnx_rt_training *training, const cnx_rt_update *update);
/* tensor: index into model->parameters, here and below. rate_scale >= 0; decay 0 or 1. */
cnx_rt_status cnx_rt_training_group(cnx_rt_training *training, int tensor, float rate_scale,
                                    int decay);

/* One tensor in PyTorch order; count: its elements. Of a frozen one its value alone can be read.
 * Values to write must be finite; else CNX_RT_NOT_FINITE and nothing changes. */
cnx_rt_status cnx_rt_training_read(cnx_rt_training *training, cnx_rt_kind kind, int tensor,
                                   float *values, size_t count);
cnx_rt_status cnx_rt_training_write(cnx_rt_training *training, cnx_rt_kind kind, int tensor,
                                    const float *values, size_t count);

/* The application's own text (epoch, schedule ...), UTF-8, at most CNX_RT_NOTE_BYTES: saved with
 * the state, back after restore. Copied; NULL: "". */
cnx_rt_status cnx_rt_training_set_note(cnx_rt_training *training, const char *note);
const char *cnx_rt_training_note(const cnx_rt_training *training); /* never NULL */

/* -- called by kernels (Halide's halide_do_par_for, halide_malloc, halide_free, renamed) ------- */

/* Runs all tasks, or after a failure at least those before it; returns the failure of the lowest
 * task, else 0. Inside a task it runs the inner loop on that task's worker. */
int cnx_rt_do_par_for(void *worker, int (*task)(void *worker, int index, uint8_t *closure), int min,
                      int extent, uint8_t *closure);
/* 64-byte aligned, at least 64 readable bytes before and after. A stack a worker; frees may come in
 * any order: a freed block below others is marked, and popped with the last of those above it. */
#define CNX_RT_SCRATCH_BLOCKS 32 /* deepest stack */
void *cnx_rt_scratch_malloc(void *worker, size_t bytes);
void cnx_rt_scratch_free(void *worker, void *memory);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
