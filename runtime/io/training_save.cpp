// Writes checkpoints of a training object, one tensor at a time.
#include "runtime/io/message_text.h"
#include "runtime/io/safetensors_write.h"
#include "runtime/io/state_tensors.h"
#include "runtime/io/training_state.h"
#include "runtime/rt/parameter_form.h"
#include "runtime/rt/path_tail.h"
#include "runtime/rt/training.h"

namespace {
using namespace cnx::io;

class Checkpoint {
public:
  Checkpoint(const cnx_rt_training *owner, const char *destination, unsigned contents,
             cnx_rt_error *receiver)
      : training(owner), path(destination), what(contents), error(receiver) {}
  Checkpoint(const Checkpoint &) = delete;
  Checkpoint &operator=(const Checkpoint &) = delete;
  ~Checkpoint() { free(values); }

  cnx_rt_status check() {
    if (!path)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "save: path is NULL");
    if (what != 0 && what != CNX_RT_SAVE_EMA && what != CNX_RT_SAVE_STATE)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                         "save: what is %#x, expected 0, CNX_RT_SAVE_EMA or CNX_RT_SAVE_STATE",
                         what);
    if (what == CNX_RT_SAVE_EMA && !training->segment[CNX_RT_EMA])
      return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "save: this build has no averages");
    return CNX_RT_OK;
  }

  cnx_rt_status write() {
    bool state = what == CNX_RT_SAVE_STATE;
    TrainingState counters;
    if (!tensors.list(training, state) || !takeBuffer() || (state && !counters.take(training)))
      return memory();
    StateHash hash;
    if (cnx_rt_status status = readThrough(&hash))
      return status;
    JsonText json;
    if (state) {
      char text[17];
      hash.add(training, counters);
      hash.print(text);
      counters.print(training, text, &json);
    }
    const cnx_io_metadata metadata[] = {
        {"format", "pt"}, {modelKey, training->model->description}, {stateKey, json.terminated()}};
    if (!json.ok())
      return memory();
    return saveTensors(path, tensors.begin(), tensors.size(), metadata, state ? 3 : 2, data, this,
                       error);
  }

private:
  bool takeBuffer() {
    size_t largest = 0;
    for (size_t i = 0; i < tensors.size(); ++i)
      largest = tensors.tensor(i).bytes > largest ? tensors.tensor(i).bytes : largest;
    values = malloc(largest);
    return values != nullptr;
  }

  // What restore would refuse does not replace an older checkpoint.
  cnx_rt_status readThrough(StateHash *hash) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      cnx_io_tensor tensor = tensors.tensor(i);
      tensor.data = valuesOf(i);
      uint64_t index;
      if (cnx_io_first_not_finite(&tensor, &index))
        return cnx_rt_fail(error, CNX_RT_NOT_FINITE,
                           "%s: not written: tensor %s: element %llu is not a finite number",
                           cnx_rt_path_tail(path), Quoted(tensor.name).text,
                           static_cast<unsigned long long>(index));
      hash->add(tensor.data, tensor.bytes);
    }
    return CNX_RT_OK;
  }

  const void *valuesOf(size_t i) {
    StateTensors::Source source = tensors.source(i);
    const cnx_rt_parameter *parameter = &training->model->parameters[source.tensor];
    if (parameter->form == CNX_RT_DENSE)
      return cnx_rt_frozen(training, source.tensor);
    cnx_rt_kind kind = what == CNX_RT_SAVE_EMA ? CNX_RT_EMA : source.kind;
    cnx_rt_unpack(parameter, cnx_rt_packed(training, kind, source.tensor), values);
    return values;
  }

  static const void *data(void *self, size_t i) {
    return static_cast<Checkpoint *>(self)->valuesOf(i);
  }

  cnx_rt_status memory() {
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory to write it", cnx_rt_path_tail(path));
  }

  const cnx_rt_training *training;
  const char *path;
  unsigned what;
  cnx_rt_error *error;
  StateTensors tensors;
  void *values = nullptr; // of one tensor, in PyTorch order
};

} // namespace

extern "C" cnx_rt_status cnx_io_training_save(cnx_rt_training *training, const char *path,
                                              unsigned what) {
  cnx_rt_error error;
  Checkpoint checkpoint(training, path, what, &error);
  cnx_rt_status status = checkpoint.check();
  if (!status)
    status = checkpoint.write();
  return status ? cnx_rt_context_fail(training->context, status, "%s", error.text) : status;
}
