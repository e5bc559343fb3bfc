// Updates, whole steps, and single tensors.
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {

void TrainingText::update() {
  std::vector<const SourceProgram *> programs;
  for (const char *direction : {"squares", "update", "average"})
    for (const SourceProgram *program : model.of(direction))
      programs.push_back(program);
  const auto run = [&](const char *direction) {
    for (const SourceProgram *program : model.of(direction))
      out.call("::" + program->name, arguments(*program));
  };
  out.raw(R"(cnx_rt_status update(Handle &handle, const cnx_rt_update *values) {
  cnx_rt_context *const context = handle.context;
  if (values == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "update: values is NULL");
  if (handle.gradients == 0)
)");
  out.indent();
  out.indent();
  out.call("return cnx_rt_context_fail",
           {"context", "CNX_RT_ARGUMENT",
            fmt::format("\"update: there are no gradients since the last update{}\"",
                        training.accumulates() ? "" : " or forward")});
  out.unindent();
  out.line("Run run = begin(handle);");
  out.unindent();
  out.indent();
  locals(programs, "CNX_RT_PARAMETER");
  run("squares");
  out.raw(R"(  if (run.status != CNX_RT_OK)
    return run.status;
  const cnx_rt_status status = cnx_rt_training_begin_update(handle.training, values);
  if (status != CNX_RT_OK)
    return status;
  handle.gradients = 0;
)");
  parametersChanged();
  run("update");
  run("average");
  out.line("return run.status;");
  out.close();
  out.blank();
}

void TrainingText::tensors() {
  if (training.keeps())
    out.raw(
        R"(cnx_rt_status read_tensor(Handle &handle, cnx_rt_kind kind, int tensor, float *values,
                          size_t count) {
  if (kind == CNX_RT_GRADIENT && handle.readable == 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT,
                               "tensor_read: there are no gradients since the last forward");
  return cnx_rt_training_read(handle.training, kind, tensor, values, count);
}

)");
  out.raw(
      R"(cnx_rt_status random(Handle &handle, uint64_t seed, uint64_t step, uint64_t first_sample) {
  cnx_rt_training_random(handle.training, seed, step, first_sample);
  return CNX_RT_OK;
}

cnx_rt_status write(Handle &handle, cnx_rt_kind kind, int tensor, const float *values,
                    size_t count) {
)");
  if (!training.isImmediate())
    out.raw(R"(  // Gradients of the last update are no part of the next one's.
  if (kind == CNX_RT_GRADIENT && handle.gradients == 0)
    cnx_rt_training_clear_gradients(handle.training);
)");
  out.raw(
      R"(  const cnx_rt_status status = cnx_rt_training_write(handle.training, kind, tensor, values, count);
)");
  out.indent();
  if (training.accumulates()) {
    out.line("if (status == CNX_RT_OK && kind == CNX_RT_GRADIENT)");
    out.line("  handle.gradients = 1;");
  } else if (training.keeps()) {
    out.open("if (status == CNX_RT_OK && kind == CNX_RT_GRADIENT) {{");
    out.line("handle.gradients = handle.readable = 1;");
    out.line("forget(handle, \"gradients have been written over what it left\");");
    out.close();
  }
  const bool braces = training.transposedBytes != 0;
  out.open("if (status == CNX_RT_OK && kind == CNX_RT_PARAMETER){}", braces ? " {" : "");
  parametersChanged();
  if (braces)
    out.close();
  else
    out.unindent();
  out.unindent();
  out.raw(R"(  return status;
}

cnx_rt_status restore(Handle &handle, const char *path) {
  const cnx_rt_status status = cnx_io_training_restore(handle.training, path);
  if (status != CNX_RT_OK)
    return status;
)");
  if (!training.isImmediate())
    out.raw("  handle.gradients = 0;\n");
  out.indent();
  parametersChanged();
  out.unindent();
  out.raw(R"(  return CNX_RT_OK;
}

)");
}

void TrainingText::step() {
  const bool micro = training.microBatch != 0;
  if (micro)
    microSteps();
  out.raw(R"(cnx_rt_status train_step(Handle &handle, int batch, const void *images,
                         const cnx_rt_targets *targets, const cnx_rt_update *values, float *loss) {
  cnx_rt_context *const context = handle.context;
  if (images == nullptr || targets == nullptr || values == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "train_step: %s is NULL",
                               images == nullptr    ? "images"
                               : targets == nullptr ? "targets"
                                                    : "values");
)");
  out.indent();
  if (micro) {
    out.raw(R"(  if (batch <= 0 || batch % micro_batch != 0)
    return cnx_rt_context_fail(context, CNX_RT_BAD_BATCH,
                               "train_step: batch %d, expected a multiple of %d", batch,
                               micro_batch);
  handle.gradients = 0;
  const cnx_rt_status status = micro_steps(handle, batch, images, targets, loss);
  if (status == CNX_RT_OK)
    return update(handle, values);
  handle.gradients = 0;
  return status;
}

)");
  } else {
    refuseOther("train_step", training.batches);
    out.raw(R"(  cnx_rt_status status = take_targets(handle, targets, batch);
  if (status == CNX_RT_OK)
    status = train_forward(handle, batch, images, Outputs{});
  if (status == CNX_RT_OK)
)");
    if (training.isImmediate())
      out.raw(R"(    status = loss_pass(handle, values, loss);
  return status;
}

)");
    else
      out.raw(R"(    status = loss_pass(handle, 0, loss);
  return status != CNX_RT_OK ? status : update(handle, values);
}

)");
  }
  out.unindent();
}

void TrainingText::microSteps() {
  out.raw(R"(// Those of one micro-batch.
cnx_rt_targets part_of(cnx_rt_targets targets, int first) {
  if (targets.indices != nullptr)
    targets.indices += first;
  if (targets.soft != nullptr)
    targets.soft += static_cast<size_t>(first) * classes;
  return targets;
}

// Gradients and loss of a batch, part by part.
cnx_rt_status micro_steps(Handle &handle, int batch, const void *images,
                          const cnx_rt_targets *targets, float *loss) {
  // What is wrong with the targets shows before anything runs, first of all their struct's size.
  cnx_rt_status status = take_targets(handle, targets, micro_batch);
  if (status != CNX_RT_OK)
    return status;
  cnx_rt_targets all = {};
  memcpy(&all, targets, targets->struct_size < sizeof(all) ? targets->struct_size : sizeof(all));
  all.struct_size = sizeof(all);
  if (all.divisor == 0) {
    int valid = 0;
    for (int i = 0; i < batch; ++i)
      valid += all.indices == nullptr || all.indices[i] != -1;
    all.divisor = static_cast<float>(valid > 0 ? valid : 1);
  }
  for (int first = micro_batch; first < batch; first += micro_batch) {
    const cnx_rt_targets part = part_of(all, first);
    status = take_targets(handle, &part, micro_batch);
    if (status != CNX_RT_OK)
      return status;
  }
)");
  out.indent();
  out.line("const auto *image = static_cast<const {} *>(images);", cType(facts.image.type));
  out.raw(R"(  double sum = 0;
  for (int first = 0; first < batch; first += micro_batch) {
    const cnx_rt_targets part = part_of(all, first);
    float part_loss = 0;
    status = take_targets(handle, &part, micro_batch);
    if (status == CNX_RT_OK)
      status = train_forward(handle, micro_batch, image, Outputs{});
    if (status == CNX_RT_OK)
      status = loss_pass(handle, CNX_RT_ACCUMULATE, &part_loss);
    if (status != CNX_RT_OK)
      return status;
    sum += static_cast<double>(part_loss);
)");
  out.line("  image += static_cast<size_t>(micro_batch) * {}_IMAGE_ELEMENTS;", macro);
  out.raw(R"(  }
  if (loss != nullptr)
    *loss = static_cast<float>(sum);
  return CNX_RT_OK;
}

)");
  out.unindent();
}

} // namespace cnx
