// Takes up checkpoints: everything that can fail comes first, so that a refusal changes nothing.
#include "runtime/io/training_restore.h"

#include "runtime/io/message_text.h"
#include "runtime/io/state_tensors.h"
#include "runtime/io/training_state.h"
#include "runtime/rt/parameter_form.h"
#include "runtime/rt/path_tail.h"
#include "runtime/rt/training.h"

namespace {
using namespace cnx::io;

class Restore {
public:
  Restore(cnx_rt_training *owner, const cnx_io_safetensors *source, const char *name,
          cnx_rt_error *receiver)
      : training(owner), file(source), label(name), error(receiver),
        stateText(cnx_io_safetensors_metadata_value(source, stateKey)) {}

  cnx_rt_status check() {
    if (!expected.list(training, stateText != nullptr))
      return memory();
    if (stateText)
      if (cnx_rt_status status = state.parse(training, stateText, label, error))
        return status;
    StateHash hash;
    for (size_t i = 0; i < expected.size(); ++i) {
      const cnx_io_tensor *tensor = cnx_io_safetensors_find(file, expected.tensor(i).name);
      if (cnx_rt_status status = checkTensor(i, tensor))
        return status;
      if (!found.add(tensor))
        return memory();
      hash.add(tensor->data, tensor->bytes);
    }
    if (found.size() != cnx_io_safetensors_count(file))
      return surplus();
    return stateText ? checkHash(&hash) : CNX_RT_OK;
  }

  // Cannot fail but for the note's memory, which comes before anything else.
  cnx_rt_status apply() {
    if (stateText && cnx_rt_training_set_note(training, state.note) != CNX_RT_OK)
      return memory();
    constexpr cnx_rt_kind moments[] = {CNX_RT_MOMENT1, CNX_RT_MOMENT2};
    for (cnx_rt_kind kind : moments)
      if (!stateText && training->segment[kind])
        memset(training->segment[kind], 0, training->model->floats * sizeof(float));
    for (size_t i = 0; i < expected.size(); ++i) {
      StateTensors::Source source = expected.source(i);
      const cnx_rt_parameter *parameter = &training->model->parameters[source.tensor];
      if (parameter->form == CNX_RT_DENSE)
        continue;
      cnx_rt_pack(parameter, found[i]->data, cnx_rt_packed(training, source.kind, source.tensor));
      if (!stateText && training->segment[CNX_RT_EMA])
        cnx_rt_pack(parameter, found[i]->data, cnx_rt_packed(training, CNX_RT_EMA, source.tensor));
      if (stateText && source.kind == CNX_RT_PARAMETER)
        cnx_rt_set_blocks(training, source.tensor, state.groups[source.tensor].rate,
                          state.groups[source.tensor].decay);
    }
    if (training->segment[CNX_RT_GRADIENT])
      cnx_rt_training_clear_gradients(training);
    if (stateText)
      cnx_rt_training_random(training, state.seed, state.step, state.sample);
    else
      cnx_rt_training_random(training, training->seed, 0, 0);
    return CNX_RT_OK;
  }

private:
  cnx_rt_status checkTensor(size_t i, const cnx_io_tensor *tensor) {
    const cnx_io_tensor &wanted = expected.tensor(i);
    Quoted name(wanted.name);
    ShapeText shape(wanted.rank, wanted.shape);
    if (!tensor)
      return cnx_rt_fail(error, CNX_RT_OTHER_MODEL, "%s: tensor %s is missing, expected F32 %s",
                         label, name.text, shape.text);
    bool same = tensor->dtype == CNX_IO_F32 && tensor->rank == wanted.rank;
    for (int d = 0; same && d < wanted.rank; ++d)
      same = tensor->shape[d] == wanted.shape[d];
    if (!same)
      return cnx_rt_fail(error, CNX_RT_OTHER_MODEL, "%s: tensor %s: found %s %s, expected F32 %s",
                         label, name.text, cnx_io_dtype_name(tensor->dtype),
                         ShapeText(tensor->rank, tensor->shape).text, shape.text);
    uint64_t index;
    if (cnx_io_first_not_finite(tensor, &index))
      return cnx_rt_fail(error, CNX_RT_NOT_FINITE,
                         "%s: tensor %s: element %llu is not a finite number", label, name.text,
                         static_cast<unsigned long long>(index));
    return checkFrozen(i, tensor);
  }

  cnx_rt_status checkFrozen(size_t i, const cnx_io_tensor *tensor) {
    int parameter = expected.source(i).tensor;
    if (training->model->parameters[parameter].form != CNX_RT_DENSE)
      return CNX_RT_OK;
    const unsigned char *here =
        reinterpret_cast<const unsigned char *>(cnx_rt_frozen(training, parameter));
    const unsigned char *there = static_cast<const unsigned char *>(tensor->data);
    for (size_t at = 0; at < tensor->bytes; at += sizeof(float)) {
      float ours, theirs;
      memcpy(&ours, here + at, sizeof ours);
      memcpy(&theirs, there + at, sizeof theirs);
      if (memcmp(&ours, &theirs, sizeof ours) != 0)
        return cnx_rt_fail(error, CNX_RT_OTHER_MODEL,
                           "%s: tensor %s is frozen in this build: element %zu is %.9g, expected "
                           "%.9g as in its weight file",
                           label, Quoted(tensor->name).text, at / sizeof(float),
                           static_cast<double>(theirs), static_cast<double>(ours));
    }
    return CNX_RT_OK;
  }

  // Every expected tensor was found, so one of the first ones of the file, as many as were expected
  // and one more, is not among them.
  cnx_rt_status surplus() {
    const cnx_io_tensor *tensors = cnx_io_safetensors_tensors(file);
    for (size_t i = 0; i < cnx_io_safetensors_count(file); ++i) {
      bool known = false;
      for (size_t k = 0; k < found.size() && !known; ++k)
        known = found[k] == &tensors[i];
      if (!known)
        return cnx_rt_fail(error, CNX_RT_OTHER_MODEL,
                           "%s: tensor %s: found %s %s, expected no tensor of this name", label,
                           Quoted(tensors[i].name).text, cnx_io_dtype_name(tensors[i].dtype),
                           ShapeText(tensors[i].rank, tensors[i].shape).text);
    }
    return cnx_rt_fail(error, CNX_RT_INTERNAL, "%s: a tensor was found twice", label);
  }

  cnx_rt_status checkHash(StateHash *hash) {
    char text[17];
    hash->add(training, state);
    hash->print(text);
    if (strcmp(text, state.hash) != 0)
      return cnx_rt_fail(error, CNX_RT_CORRUPT,
                         "%s: checksum of tensors and state is %s, expected %s as in cnx.state",
                         label, text, Quoted(state.hash).text);
    return CNX_RT_OK;
  }

  cnx_rt_status memory() {
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory to read it", label);
  }

  cnx_rt_training *training;
  const cnx_io_safetensors *file;
  const char *label;
  cnx_rt_error *error;
  const char *stateText; // NULL: a plain checkpoint
  TrainingState state;
  StateTensors expected;
  List<const cnx_io_tensor *> found; // for each expected one
};

} // namespace

cnx_rt_status cnx::io::restoreTraining(cnx_rt_training *training, const cnx_io_safetensors *file,
                                       const char *label, cnx_rt_error *error) {
  Restore restore(training, file, label, error);
  cnx_rt_status status = restore.check();
  return status ? status : restore.apply();
}

extern "C" cnx_rt_status cnx_io_training_restore(cnx_rt_training *training, const char *path) {
  cnx_rt_error error;
  cnx_io_safetensors *file = nullptr;
  cnx_rt_status status = path ? cnx_io_safetensors_open(path, &file, &error)
                              : cnx_rt_fail(&error, CNX_RT_ARGUMENT, "restore: path is NULL");
  if (!status)
    status = restoreTraining(training, file, cnx_rt_path_tail(path), &error);
  cnx_io_safetensors_close(file);
  return status ? cnx_rt_context_fail(training->context, status, "%s", error.text) : status;
}
