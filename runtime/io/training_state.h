// What a checkpoint with state carries beside its tensors: the metadata cnx.state, a JSON text.
//
//   {"version":1,"build":"<16 hex digits>","optimizer":"adamw","seed":7,"step":3,"sample":12,
//    "groups":[{"tensor":"head.fc.bias","rate_bits":1048576000,"decay":0}],"note":"...",
//    "hash":"<16 hex digits>"}
//
// in this order. `groups` has the tensors whose rate scale is not 1 or whose decay is not the
// model's; rate_bits is the float's bit pattern, so that no decimal digits stand between two runs.
// `hash` is that of StateHash. `build` is for people: other builds of the same network may take a
// state up.
#pragma once

#include "runtime/io/json_text.h"

#include "runtime/include/cnx_io.h"

namespace cnx::io {

constexpr const char *stateKey = "cnx.state", *modelKey = "cnx.model";

struct TrainingState {
  struct Group {
    float rate;
    float decay;
  };

  uint64_t seed, step, sample;
  Group *groups = nullptr; // one a parameter; those of frozen ones are not looked at
  const char *note = "";
  const char *hash = ""; // as read

  TrainingState() = default;
  TrainingState(const TrainingState &) = delete;
  TrainingState &operator=(const TrainingState &) = delete;
  ~TrainingState() {
    free(groups);
    free(strings);
  }

  // Copies all but the note, which it borrows. False when memory is short.
  bool take(const cnx_rt_training *training);
  // From the metadata's text. Messages begin with `label`.
  cnx_rt_status parse(const cnx_rt_training *training, const char *text, const char *label,
                      cnx_rt_error *error);
  void print(const cnx_rt_training *training, const char *hashText, JsonText *json) const;

private:
  bool defaults(const cnx_rt_training *training);

  char *strings = nullptr; // decoded ones of parse
};

// The checksum of a state: XXH64 of the tensors' data in the order of StateTensors, then of seed,
// step and sample, of each trained parameter's rate and decay, and of the note.
class StateHash {
public:
  StateHash() { cnx_rt_hash_begin(&state); }
  void add(const void *data, size_t bytes) { cnx_rt_hash_add(&state, data, bytes); }
  void add(const cnx_rt_training *training, const TrainingState &values);
  void print(char text[17]) const;

private:
  cnx_rt_hash_state state;
};

} // namespace cnx::io
