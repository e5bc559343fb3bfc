// The tensors of a training object's checkpoint: names, shapes, and whose values they are.
#pragma once

#include "runtime/io/list.h"

#include "runtime/include/cnx_io.h"

namespace cnx::io {

class StateTensors {
public:
  struct Source {
    cnx_rt_kind kind;
    int tensor; // index into the model's parameters
  };

  // The parameters, frozen ones too, in the model's order; with `state` each trained one is
  // followed by its moments and its average, as far as the build has them. False when memory is
  // short.
  bool list(const cnx_rt_training *training, bool state);

  size_t size() const { return sources.size(); }
  const cnx_io_tensor &tensor(size_t i) { return tensors[i]; } // without data
  const cnx_io_tensor *begin() { return tensors.begin(); }
  const Source &source(size_t i) { return sources[i]; }

  StateTensors() = default;
  StateTensors(const StateTensors &) = delete;
  StateTensors &operator=(const StateTensors &) = delete;
  ~StateTensors() { free(names); }

private:
  List<cnx_io_tensor> tensors;
  List<Source> sources;
  char *names = nullptr; // of all tensors that are not parameters
};

} // namespace cnx::io
