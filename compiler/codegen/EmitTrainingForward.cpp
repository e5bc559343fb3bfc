// Evaluation, and the forward pass that a backward pass follows.
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace cnx {

void TrainingText::evaluate() {
  const std::vector<const SourceProgram *> programs = model.of("forward");
  std::vector<std::string> names;
  for (const OutputFacts &output : facts.outputs)
    names.push_back(output.name);
  out.call("cnx_rt_status evaluate",
           {"Handle &handle", "int batch", training.ema ? "cnx_rt_mode mode" : "cnx_rt_mode",
            "const void *images", "const Outputs &outputs"},
           " {");
  out.indent();
  refuseOther("forward", facts.batches);
  dropGradients();
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(images);", cType(facts.image.type));
  outputs(names);
  if (training.ema)
    out.line("const cnx_rt_kind kind = mode == CNX_RT_EVALUATE_EMA ? CNX_RT_EMA : "
             "CNX_RT_PARAMETER;");
  locals(programs, training.ema ? "kind" : "CNX_RT_PARAMETER");
  cases(programs, "batch");
  out.line("}}");
  out.line("forget(handle, \"an evaluation has overwritten what the last one left\");");
  out.line("return run.status;");
  out.close();
  out.blank();
}

void TrainingText::trainForward() {
  const std::vector<const SourceProgram *> programs = model.of("train");
  out.call("cnx_rt_status train_forward",
           {"Handle &handle", "int batch", "const void *images", "const Outputs &outputs"}, " {");
  out.indent();
  refuseOther("forward in mode CNX_RT_TRAIN", training.batches);
  for (const OutputFacts &output : facts.outputs) {
    if (std::find(training.outputs.begin(), training.outputs.end(), output.name) !=
        training.outputs.end())
      continue;
    out.line("if (outputs.{} != nullptr)", output.name);
    out.indent();
    out.call("return cnx_rt_context_fail",
             {"handle.context", "CNX_RT_UNSUPPORTED",
              fmt::format("\"forward: {}: in mode CNX_RT_TRAIN there is only {}\"", output.name,
                          fmt::join(training.outputs, ", "))});
    out.unindent();
  }
  out.line("handle.batch = 0;");
  out.line("handle.none = \"the last one has failed\";");
  dropGradients();
  for (const DropPathFacts &site : training.dropPaths)
    out.call("cnx_rt_training_drop_factors",
             {"handle.training", "batch", fmt::format("{}", site.site),
              fmt::format("{}", site.rate), fmt::format("place(handle, {}_at)", site.field)});
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(images);", cType(facts.image.type));
  outputs(training.outputs);
  locals(programs, "CNX_RT_PARAMETER");
  cases(programs, "batch");
  out.raw(R"(  }
  if (run.status != CNX_RT_OK)
    return run.status;
  cnx_rt_training_advance(handle.training, batch);
  handle.images = images;
  handle.batch = batch;
  return CNX_RT_OK;
}

)");
  out.unindent();
}

void TrainingText::forward() {
  out.raw(R"(cnx_rt_status forward(Handle &handle, int batch, cnx_rt_mode mode, const void *images,
                      const Outputs *given) {
  cnx_rt_context *const context = handle.context;
  if (images == nullptr || given == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "forward: %s is NULL",
                               images == nullptr ? "images" : "outputs");
)");
  if (!training.ema)
    out.raw(R"(  if (mode == CNX_RT_EVALUATE_EMA)
    return cnx_rt_context_fail(context, CNX_RT_UNSUPPORTED,
                               "forward: CNX_RT_EVALUATE_EMA, but this build keeps no averages");
)");
  out.raw(R"(  if (mode != CNX_RT_EVALUATE && mode != CNX_RT_EVALUATE_EMA && mode != CNX_RT_TRAIN)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "forward: mode %d",
                               static_cast<int>(mode));
  Outputs outputs;
  const cnx_rt_status status = read(context, "forward: outputs", given, &outputs);
  if (status != CNX_RT_OK)
    return status;
  return mode == CNX_RT_TRAIN ? train_forward(handle, batch, images, outputs)
                              : evaluate(handle, batch, mode, images, outputs);
}

)");
}

} // namespace cnx
