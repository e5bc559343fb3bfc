// Loss and backward pass of the train forward that stands in the arena.
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {

void TrainingText::backwardPass() {
  const std::vector<const SourceProgram *> programs = model.of("train", Section::backward);
  out.raw(R"(cnx_rt_status may_follow(Handle &handle, const char *function, unsigned flags) {
  if ((flags & ~CNX_RT_ACCUMULATE) != 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT, "%s: unknown flags %#x", function,
                               flags);
)");
  if (!training.accumulates())
    out.raw(R"(  if (flags != 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_UNSUPPORTED,
                               "%s: CNX_RT_ACCUMULATE: this build keeps the gradients of one pass; "
                               "cnx compile --gradients sum makes one that adds them up",
                               function);
)");
  out.raw(R"(  if (handle.batch == 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT,
                               "%s: no forward in mode CNX_RT_TRAIN to follow: %s", function,
                               handle.none);
  return CNX_RT_OK;
}

// From the logits' gradient in the arena to the gradients.
)");
  out.call("cnx_rt_status backward_pass",
           {"Handle &handle", training.accumulates() ? "unsigned flags" : "unsigned",
            training.inputGradient ? "float *dimages" : "float *"},
           " {");
  out.indent();
  if (training.accumulates()) {
    out.line("if ((flags & CNX_RT_ACCUMULATE) == 0 || handle.gradients == 0)");
    out.line("  cnx_rt_training_clear_gradients(handle.training);");
    out.line("handle.gradients = 0;");
  }
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(handle.images);", cType(facts.image.type));
  if (training.inputGradient && training.inputGradientStandIn >= 0) {
    out.line("if (dimages != nullptr)");
    out.line("  run.grad_input = dimages;");
  } else if (training.inputGradient) {
    out.line("run.grad_input = dimages;");
  }
  locals(programs, "CNX_RT_PARAMETER");
  cases(programs, "handle.batch");
  out.line("}}");
  if (!training.accumulates())
    out.line("cnx_rt_training_clear_padding(handle.training);");
  out.line("forget(handle, \"a backward pass has used up what it left\");");
  out.line("handle.gradients = run.status == CNX_RT_OK;");
  if (!training.accumulates())
    out.line("handle.readable = handle.gradients;");
  out.raw(R"(  return run.status;
}

)");
  out.unindent();
}

void TrainingText::lossPass() {
  const std::vector<const SourceProgram *> programs = model.of("train", Section::loss);
  out.comment("Loss and backward pass, of targets that are in place.");
  out.line("cnx_rt_status loss_pass(Handle &handle, unsigned flags, float *loss) {{");
  out.indent();
  out.line("Run run = begin(handle);");
  locals(programs, "CNX_RT_PARAMETER");
  cases(programs, "handle.batch");
  out.raw(R"(  }
  const float value = *run.loss;
  if (run.status == CNX_RT_OK && loss != nullptr)
    *loss = value;
  if (run.status == CNX_RT_OK && !(value - value == 0))
    run.status = cnx_rt_context_fail(handle.context, CNX_RT_NOT_FINITE,
                                     "the loss is %g; there was no backward pass",
                                     static_cast<double>(value));
  if (run.status == CNX_RT_OK)
    return backward_pass(handle, flags, nullptr);
  forget(handle, "its loss has failed");
  return run.status;
}

cnx_rt_status take_targets(Handle &handle, const cnx_rt_targets *targets, int batch) {
  return cnx_rt_training_targets(handle.training, targets, batch, classes,
                                 place(handle, targets_at), place(handle, weight_at));
}

cnx_rt_status loss_backward(Handle &handle, const cnx_rt_targets *targets, unsigned flags,
                            float *loss) {
  cnx_rt_status status = may_follow(handle, "loss_backward", flags);
  if (status == CNX_RT_OK && targets == nullptr)
    status = cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT, "loss_backward: targets is NULL");
  if (status == CNX_RT_OK)
    status = take_targets(handle, targets, handle.batch);
  return status != CNX_RT_OK ? status : loss_pass(handle, flags, loss);
}

)");
  out.unindent();
}

void TrainingText::backward() {
  out.raw(R"(// Rows of the application's, to where the section loss leaves its own.
void put(float *rows, size_t pitch, const float *values, int batch) {
  for (int i = 0; i < batch; ++i, rows += pitch, values += classes) {
    memset(rows, 0, pitch * sizeof(float));
    memcpy(rows, values, classes * sizeof(float));
  }
}

cnx_rt_status backward(Handle &handle, const Outputs *given, unsigned flags, float *dimages) {
  cnx_rt_context *const context = handle.context;
  if (given == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "backward: gradients is NULL");
  Outputs gradients;
  cnx_rt_status status = read(context, "backward: gradients", given, &gradients);
  if (status != CNX_RT_OK)
    return status;
  if (gradients.logits == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "backward: gradients: logits is NULL");
)");
  out.indent();
  for (const OutputFacts &output : facts.outputs) {
    if (output.name == "logits")
      continue;
    out.line("if (gradients.{} != nullptr)", output.name);
    out.indent();
    out.call(
        "return cnx_rt_context_fail",
        {"context", "CNX_RT_UNSUPPORTED",
         fmt::format("\"backward: gradients: {}: only the logits' can be given\"", output.name)});
    out.unindent();
  }
  if (!training.inputGradient)
    out.raw(R"(  if (dimages != nullptr)
    return cnx_rt_context_fail(context, CNX_RT_UNSUPPORTED,
                               "backward: dimages: this build makes no gradient of its images");
)");
  out.raw(R"(  status = may_follow(handle, "backward", flags);
  if (status != CNX_RT_OK)
    return status;
)");
  out.line("switch (handle.batch) {{");
  for (const SourceProgram *program : model.of("train", Section::loss)) {
    const PlanArgument &place = logitsGradient(plan, *program->program);
    out.line("case {}:", program->program->batch);
    out.line("  put(place(handle, {}), {}, gradients.logits, {}); // {}", place.offset,
             place.type.pitch, program->program->batch, bufferText(place.type));
    out.line("  break;");
  }
  out.line("}}");
  out.line("return backward_pass(handle, flags, dimages);");
  out.close();
  out.blank();
}

} // namespace cnx
