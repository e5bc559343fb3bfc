// Loss and backward pass of the train forward that stands in the arena.
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {

void TrainingText::mayFollow() {
  const bool flags = !training.isImmediate();
  out.call(
      "cnx_rt_status may_follow",
      flags ? std::vector<std::string>{"Handle &handle", "const char *function", "unsigned flags"}
            : std::vector<std::string>{"Handle &handle", "const char *function"},
      " {");
  out.indent();
  if (flags)
    out.raw(R"(  if ((flags & ~CNX_RT_ACCUMULATE) != 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT, "%s: unknown flags %#x", function,
                               flags);
)");
  if (training.keeps())
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

)");
  out.unindent();
}

// The second parameter of a backward pass, and what is passed for it.
std::string TrainingText::passParameter() const {
  return training.isImmediate() ? "const cnx_rt_update *values" : "unsigned flags";
}
const char *TrainingText::passArgument() const {
  return training.isImmediate() ? "values" : "flags";
}

void TrainingText::backwardPass() {
  std::vector<const SourceProgram *> programs = model.of("train", Section::backward);
  const std::vector<const SourceProgram *> averages = model.of("average");
  const std::vector<const SourceProgram *> copies = model.of("transpose");
  out.comment(training.isImmediate() ? "From the logits' gradient in the arena to new parameters."
                                     : "From the logits' gradient in the arena to the gradients.");
  out.call("cnx_rt_status backward_pass",
           {"Handle &handle", training.keeps() ? "unsigned" : passParameter(),
            training.inputGradient ? "float *dimages" : "float *"},
           " {");
  out.indent();
  if (training.accumulates()) {
    out.line("if ((flags & CNX_RT_ACCUMULATE) == 0 || handle.gradients == 0)");
    out.line("  cnx_rt_training_clear_gradients(handle.training);");
    out.line("handle.gradients = 0;");
  }
  if (training.isImmediate())
    out.raw(R"(  const cnx_rt_status status = cnx_rt_training_begin_update(handle.training, values);
  if (status != CNX_RT_OK)
    return status;
)");
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(handle.images);", cType(facts.image.type));
  if (training.inputGradient && training.inputGradientStandIn >= 0) {
    out.line("if (dimages != nullptr)");
    out.line("  run.grad_input = dimages;");
  } else if (training.inputGradient) {
    out.line("run.grad_input = dimages;");
  }
  std::vector<const SourceProgram *> all = programs;
  if (training.isImmediate())
    all.insert(all.end(), averages.begin(), averages.end());
  all.insert(all.end(), copies.begin(), copies.end());
  locals(all, "CNX_RT_PARAMETER");
  if (!copies.empty()) {
    out.open("if (handle.transposed == 0) {{");
    for (const SourceProgram *copy : copies)
      out.call("::" + copy->name, arguments(*copy));
    out.line("handle.transposed = run.status == CNX_RT_OK;");
    out.close();
  }
  cases(programs, "handle.batch");
  out.line("}}");
  if (training.isImmediate()) {
    for (const SourceProgram *average : averages)
      out.call("::" + average->name, arguments(*average));
    parametersChanged();
  } else {
    if (training.keeps())
      out.line("cnx_rt_training_clear_padding(handle.training);");
    out.line("forget(handle, \"a backward pass has used up what it left\");");
    out.line("handle.gradients = run.status == CNX_RT_OK;");
    if (training.keeps())
      out.line("handle.readable = handle.gradients;");
  }
  out.raw(R"(  return run.status;
}

)");
  out.unindent();
}

void TrainingText::lossPass() {
  const std::vector<const SourceProgram *> programs = model.of("train", Section::loss);
  out.comment("Loss and backward pass, of targets that are in place.");
  out.call("cnx_rt_status loss_pass", {"Handle &handle", passParameter(), "float *loss"}, " {");
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
)");
  out.indent();
  out.line("return backward_pass(handle, {}, nullptr);", passArgument());
  out.unindent();
  out.raw(R"(  forget(handle, "its loss has failed");
  return run.status;
}

cnx_rt_status take_targets(Handle &handle, const cnx_rt_targets *targets, int batch) {
  return cnx_rt_training_targets(handle.training, targets, batch, classes,
                                 place(handle, targets_at), place(handle, weight_at));
}

)");
  out.unindent();
  const char *function = training.isImmediate() ? "loss_update" : "loss_backward";
  out.call(fmt::format("cnx_rt_status {}", function),
           {"Handle &handle", "const cnx_rt_targets *targets", passParameter(), "float *loss"},
           " {");
  out.indent();
  out.line("cnx_rt_status status = {};", follow(function));
  out.open("if (status == CNX_RT_OK && targets == nullptr)");
  out.call("status = cnx_rt_context_fail",
           {"handle.context", "CNX_RT_ARGUMENT", fmt::format("\"{}: targets is NULL\"", function)});
  out.unindent();
  out.raw(R"(  if (status == CNX_RT_OK)
    status = take_targets(handle, targets, handle.batch);
)");
  out.line("return status != CNX_RT_OK ? status : loss_pass(handle, {}, loss);", passArgument());
  out.close();
  out.blank();
}

std::string TrainingText::follow(const char *function) const {
  return training.isImmediate() ? fmt::format("may_follow(handle, \"{}\")", function)
                                : fmt::format("may_follow(handle, \"{}\", flags)", function);
}

void TrainingText::backward() {
  out.raw(R"(// Rows of the application's, to where the section loss leaves its own.
void put(float *rows, size_t pitch, const float *values, int batch) {
  for (int i = 0; i < batch; ++i, rows += pitch, values += classes) {
    memset(rows, 0, pitch * sizeof(float));
    memcpy(rows, values, classes * sizeof(float));
  }
}

)");
  const char *function = training.isImmediate() ? "backward_update" : "backward";
  const auto argument = [&](const char *text) { return fmt::format("\"{}: {}\"", function, text); };
  out.call(fmt::format("cnx_rt_status {}", function),
           {"Handle &handle", "const Outputs *given", passParameter(), "float *dimages"}, " {");
  out.indent();
  out.line("cnx_rt_context *const context = handle.context;");
  out.open("if (given == nullptr)");
  out.call("return cnx_rt_context_fail",
           {"context", "CNX_RT_ARGUMENT", argument("gradients is NULL")});
  out.unindent();
  out.line("Outputs gradients;");
  out.line("cnx_rt_status status = read(context, {}, given, &gradients);", argument("gradients"));
  out.line("if (status != CNX_RT_OK)");
  out.line("  return status;");
  out.open("if (gradients.logits == nullptr)");
  out.call("return cnx_rt_context_fail",
           {"context", "CNX_RT_ARGUMENT", argument("gradients: logits is NULL")});
  out.unindent();
  for (const OutputFacts &output : facts.outputs) {
    if (output.name == "logits")
      continue;
    out.line("if (gradients.{} != nullptr)", output.name);
    out.indent();
    out.call("return cnx_rt_context_fail",
             {"context", "CNX_RT_UNSUPPORTED",
              fmt::format("\"{}: gradients: {}: only the logits' can be given\"", function,
                          output.name)});
    out.unindent();
  }
  if (!training.inputGradient) {
    out.open("if (dimages != nullptr)");
    out.call("return cnx_rt_context_fail",
             {"context", "CNX_RT_UNSUPPORTED",
              argument("dimages: this build makes no gradient of its images")});
    out.unindent();
  }
  out.line("status = {};", follow(function));
  out.line("if (status != CNX_RT_OK)");
  out.line("  return status;");
  out.line("switch (handle.batch) {{");
  for (const SourceProgram *program : model.of("train", Section::loss)) {
    const PlanArgument &place = logitsGradient(plan, *program->program);
    out.line("case {}:", program->program->batch);
    out.line("  put(place(handle, {}), {}, gradients.logits, {}); // {}", place.offset,
             place.type.pitch, program->program->batch, bufferText(place.type));
    out.line("  break;");
  }
  out.line("}}");
  out.line("return backward_pass(handle, {}, dimages);", passArgument());
  out.close();
  out.blank();
}

} // namespace cnx
