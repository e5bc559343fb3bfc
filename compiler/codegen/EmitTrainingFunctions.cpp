// The exported functions of a training build.
#include "compiler/codegen/EmitTraining.h"

#include <vector>

namespace cnx {
namespace {

// `cnx_rt_status NAME_function(NAME *context, parameters)`, which is a call between enter and
// leave.
struct Exported {
  const char *function;
  std::vector<std::string> parameters;
  const char *call; // of the context, as `handle`
};

void exportFunction(Writer &out, const std::string &name, const Exported &exported) {
  std::vector<std::string> parameters = {name + " *context"};
  parameters.insert(parameters.end(), exported.parameters.begin(), exported.parameters.end());
  out.call(fmt::format("cnx_rt_status {}_{}", name, exported.function), parameters, " {");
  out.indent();
  out.oneLiner("const auto call = [=](Handle &handle)", fmt::format("return {};", exported.call),
               "};");
  out.line("return training::alone(context, call);");
  out.close();
  out.blank();
}

} // namespace

void emitTrainingFunctions(Writer &out, const std::string &name, const TrainingFacts &training) {
  out.call(fmt::format("cnx_rt_status {}_create", name),
           {"const cnx_rt_options *options", name + "_weights *weights", name + " **context",
            "cnx_rt_error *error"},
           " {");
  out.raw(R"(  // A runtime of another ABI does not define this symbol: such archives do not link.
  (void)*const_cast<const volatile int *>(&cnx_rt_abi_1);
  if (context == nullptr)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "create: context is NULL");
  *context = nullptr;
  cnx_rt_context *made = nullptr;
  cnx_rt_status status = cnx_rt_context_create(&model_facts, options, &made, error);
  if (status != CNX_RT_OK)
    return status;
  auto *handle = reinterpret_cast<Handle *>(cnx_rt_context_arena(made) + handle_offset);
  *handle = Handle{};
  handle->context = made;
  handle->weights = reinterpret_cast<cnx_rt_weights *>(weights);
  handle->none = "there was none";
  status = cnx_rt_training_create(&training::train_facts, made, training::payload(*handle),
                                  &handle->training, error);
  if (status != CNX_RT_OK) {
    cnx_rt_context_destroy(made);
    return status;
  }
  if (weights != nullptr)
    cnx_rt_weights_retain(handle->weights);
  *context = handle;
  return CNX_RT_OK;
}

)");
  out.open("void {0}_destroy({0} *context) {{", name);
  out.raw(R"(  if (context == nullptr)
    return;
  cnx_rt_training_destroy(context->training);
  cnx_rt_weights_release(context->weights);
  cnx_rt_context_destroy(context->context);
)");
  out.close();
  out.blank();
  const std::string outputs = fmt::format("const {}_outputs *", name);
  std::vector<Exported> functions = {
      {"forward",
       {"int batch", "cnx_rt_mode mode", "const void *images", outputs + "outputs"},
       "training::forward(handle, batch, mode, images, outputs)"},
      {"random",
       {"uint64_t seed", "uint64_t step", "uint64_t first_sample"},
       "training::random(handle, seed, step, first_sample)"},
  };
  const std::vector<Exported> passes =
      training.isImmediate()
          ? std::vector<Exported>{{"loss_update",
                                   {"const cnx_rt_targets *targets", "const cnx_rt_update *values",
                                    "float *loss"},
                                   "training::loss_update(handle, targets, values, loss)"},
                                  {"backward_update",
                                   {outputs + "gradients", "const cnx_rt_update *values",
                                    "float *dimages"},
                                   "training::backward_update(handle, gradients, values, dimages)"}}
          : std::vector<Exported>{
                {"loss_backward",
                 {"const cnx_rt_targets *targets", "unsigned flags", "float *loss"},
                 "training::loss_backward(handle, targets, flags, loss)"},
                {"backward",
                 {outputs + "gradients", "unsigned flags", "float *dimages"},
                 "training::backward(handle, gradients, flags, dimages)"},
                {"update", {"const cnx_rt_update *values"}, "training::update(handle, values)"}};
  const std::vector<Exported> rest = {
      {"train_step",
       {"int batch", "const void *images", "const cnx_rt_targets *targets",
        "const cnx_rt_update *values", "float *loss"},
       "training::train_step(handle, batch, images, targets, values, loss)"},
      {"set_group",
       {"int tensor", "float rate_scale", "int decay"},
       "cnx_rt_training_group(handle.training, tensor, rate_scale, decay)"},
      {"tensor_read",
       {"cnx_rt_kind kind", "int tensor", "float *values", "size_t count"},
       training.keeps() ? "training::read_tensor(handle, kind, tensor, values, count)"
                        : "cnx_rt_training_read(handle.training, kind, tensor, values, count)"},
      {"tensor_write",
       {"cnx_rt_kind kind", "int tensor", "const float *values", "size_t count"},
       "training::write(handle, kind, tensor, values, count)"},
      {"save",
       {"const char *path", "unsigned what"},
       "cnx_io_training_save(handle.training, path, what)"},
      {"restore", {"const char *path"}, "training::restore(handle, path)"},
      {"set_note", {"const char *note"}, "cnx_rt_training_set_note(handle.training, note)"},
  };
  functions.insert(functions.end(), passes.begin(), passes.end());
  functions.insert(functions.end(), rest.begin(), rest.end());
  for (const Exported &exported : functions)
    exportFunction(out, name, exported);
  out.oneLiner(fmt::format("const char *{0}_note(const {0} *context)", name),
               "return context == nullptr ? \"\" : cnx_rt_training_note(context->training);");
  out.blank();
}

} // namespace cnx
