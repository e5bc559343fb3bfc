#include "compiler/codegen/EmitTraining.h"

#include "compiler/codegen/Names.h"
#include "compiler/codegen/TrainingText.h"

namespace cnx {

void emitTrainingCalls(Writer &out, const Plan &plan, const InterfaceFacts &facts,
                       const SourceModel &model) {
  const TrainingFacts &training = *facts.training;
  TrainingText text{out, plan, facts, model, training, upperCase(plan.name)};
  out.line("using Handle = struct {};", plan.name);
  out.line("using Outputs = {}_outputs;", plan.name);
  out.blank();
  out.line("namespace training {{");
  out.blank();
  text.tables();
  text.places();
  text.memory();
  text.begin();
  text.evaluate();
  text.trainForward();
  text.forward();
  text.mayFollow();
  text.backwardPass();
  text.lossPass();
  text.backward();
  if (!training.isImmediate())
    text.update();
  text.tensors();
  text.step();
  out.raw(R"(// A call of the application's, which has the context for itself.
template <typename Body> cnx_rt_status alone(Handle *handle, Body body) {
  if (handle == nullptr)
    return CNX_RT_ARGUMENT;
  cnx_rt_context *const context = handle->context;
  const cnx_rt_status busy = cnx_rt_context_enter(context);
  if (busy != CNX_RT_OK)
    return busy;
  const cnx_rt_status status = body(*handle);
  const cnx_rt_status left = cnx_rt_context_leave(context);
  return status != CNX_RT_OK ? status : left;
}

)");
  out.line("}} // namespace training");
  out.blank();
}

} // namespace cnx
