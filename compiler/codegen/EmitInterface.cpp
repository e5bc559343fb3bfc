#include "compiler/codegen/EmitInterface.h"

#include "compiler/codegen/EmitTraining.h"
#include "compiler/codegen/Info.h"
#include "compiler/codegen/Names.h"

#include <fmt/ranges.h>

namespace cnx {
namespace {

struct InterfaceText {
  Writer &out;
  const Plan &plan;
  const CodegenOptions &options;
  const InterfaceFacts &facts;
  const SourceModel &model;
  const InfoFacts info;
  const std::string &name;
  const std::string macro;

  void constants();
  void tables();
  void forward();
  void weights();
  void create();
  void queries();
  void imageSpec();
};

void InterfaceText::constants() {
  for (const OutputFacts &output : facts.outputs)
    if (output.standIn >= 0) {
      out.comment(fmt::format("Stands in for {} where the caller wants none: launches need it.",
                              output.name));
      out.line("constexpr size_t {}_stand_in = {}; // bytes in the arena", output.name,
               output.standIn);
      out.blank();
    }
  std::string v3 = "nullptr", v4 = "nullptr";
  for (const Level level : options.levels)
    (level == Level::v3 ? v3 : v4) = fmt::format("{}_kernels_{}", name, levelName(level));
  out.line("constexpr cnx_rt_model model_facts = {{");
  out.line("    \"{}\",", name);
  out.line("    {}_ARENA_BYTES,", macro);
  out.line("    {}_SCRATCH_BYTES,", macro);
  out.line("    {{{}, {}}},", v3, v4);
  out.line("}};");
  out.blank();
  out.comment("The struct behind the handle stands at the end of the arena.");
  out.line("constexpr size_t handle_offset = {};", facts.handleOffset);
  out.line("static_assert(sizeof(struct {}) <= {}, \"it has no more room there\");", name,
           facts.arenaBytes - facts.handleOffset);
  out.blank();
}

void InterfaceText::tables() {
  const bool parameters = !plan.parameters.empty() && !facts.training; // which has its own
  if (!parameters && info.labels.empty())
    return;
  out.comment("clang-format off");
  if (parameters) {
    out.open(
        "constexpr struct {{ const char *name; int rank; int64_t shape[4]; }} parameters[] = {{");
    for (const Parameter &parameter : plan.parameters)
      out.line("{{{}, {}, {{{}}}}},", cString(parameter.name), parameter.shape.size(),
               fmt::join(parameter.shape, ", "));
    out.close("};");
  }
  if (!info.labels.empty()) {
    out.open("constexpr const char *labels[] = {{");
    for (const std::string &label : info.labels)
      out.line("{},", cString(label));
    out.close("};");
  }
  out.comment("clang-format on");
  out.blank();
}

// The checked call, without the lock that is held round it.
void InterfaceText::forward() {
  out.line("using Outputs = {}_outputs;", name);
  out.blank();
  out.raw(
      R"(cnx_rt_status forward(cnx_rt_context *context, const float *w, int batch, cnx_rt_mode mode,
                      const void *images, const Outputs *outputs) {
  if (images == nullptr || outputs == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "forward: %s is NULL",
                               images == nullptr ? "images" : "outputs");
  if (mode != CNX_RT_EVALUATE)
    return cnx_rt_context_fail(context, CNX_RT_UNSUPPORTED,
                               "forward: mode %d, but this build can only evaluate",
                               static_cast<int>(mode));

  // A shorter struct has no later outputs; a longer one may not ask for any.
  const size_t size = outputs->struct_size;
  if (size < sizeof(size_t))
    return cnx_rt_context_fail(context, CNX_RT_ABI, "forward: outputs: struct_size is %zu, not %zu",
                               size, sizeof(Outputs));
  for (size_t i = sizeof(Outputs); i < size; ++i)
    if (reinterpret_cast<const unsigned char *>(outputs)[i] != 0)
      return cnx_rt_context_fail(context, CNX_RT_ABI,
                                 "forward: outputs: this library knows the first %zu bytes only",
                                 sizeof(Outputs));
  Outputs wanted = {};
  memcpy(&wanted, outputs, size < sizeof(Outputs) ? size : sizeof(Outputs));

  const Kernels &k = *reinterpret_cast<const Kernels *>(cnx_rt_context_table(context));
  unsigned char *arena = cnx_rt_context_arena(context);
  float *a = reinterpret_cast<float *>(arena);
  Run run = {};
  run.context = context;
  run.worker = cnx_rt_context_worker(context);
)");
  out.indent();
  out.line("run.image = static_cast<const {} *>(images);", cType(facts.image.type));
  for (const OutputFacts &output : facts.outputs) {
    out.line("run.{0} = wanted.{0};", output.name);
    if (output.standIn < 0)
      continue;
    out.line("if (run.{} == nullptr)", output.name);
    out.line("  run.{0} = reinterpret_cast<float *>(arena + {0}_stand_in);", output.name);
  }
  out.line("switch (batch) {{");
  for (const SourceProgram &program : model.programs) {
    out.line("case {}:", program.program->batch);
    out.line("  {}(run, k, w, a);", program.name);
    out.line("  break;");
  }
  out.line("default:");
  out.indent();
  out.call("return cnx_rt_context_fail",
           {"context", "CNX_RT_BAD_BATCH",
            fmt::format("\"forward: batch %d; compiled in: {}\"", fmt::join(facts.batches, ", ")),
            "batch"});
  out.unindent();
  out.line("}}");
  out.line("return run.status;");
  out.close();
  out.blank();
}

void InterfaceText::weights() {
  const std::string type = name + "_weights";
  out.call(fmt::format("cnx_rt_status {}_open", type),
           {"const char *path", "unsigned flags", type + " **weights", "cnx_rt_error *error"},
           " {");
  out.indent();
  const std::string target = "reinterpret_cast<cnx_rt_weights **>(weights)";
  out.call("return cnx_rt_weights_open",
           {"path", "flags", macro + "_BUILD", macro + "_WEIGHT_BYTES", target, "error"});
  out.close();
  out.blank();
  out.call(fmt::format("cnx_rt_status {}_from_memory", type),
           {"const void *data", "size_t bytes", type + " **weights", "cnx_rt_error *error"}, " {");
  out.indent();
  out.call("return cnx_rt_weights_from_memory",
           {"data", "bytes", "0", macro + "_BUILD", macro + "_WEIGHT_BYTES", target, "error"});
  out.close();
  out.blank();
  out.oneLiner(fmt::format("void {0}_release({0} *weights)", type),
               "cnx_rt_weights_release(reinterpret_cast<cnx_rt_weights *>(weights));");
  out.blank();
  if (options.embeddedWeights.empty())
    return;
  out.call(fmt::format("void {}_embedded_weights", name), {"const void **data", "size_t *bytes"},
           " {");
  out.indent();
  out.line("const unsigned char *end = {}_embedded_end;", name);
  out.line("*data = {}_embedded_begin;", name);
  out.line("*bytes = static_cast<size_t>(end - {}_embedded_begin);", name);
  out.close();
  out.blank();
}

void InterfaceText::create() {
  out.call(fmt::format("cnx_rt_status {}_create", name),
           {"const cnx_rt_options *options", name + "_weights *weights", name + " **context",
            "cnx_rt_error *error"},
           " {");
  out.raw(R"(  // A runtime of another ABI does not define this symbol: such archives do not link.
  (void)*const_cast<const volatile int *>(&cnx_rt_abi_1);
  if (context == nullptr)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "create: context is NULL");
  *context = nullptr;
  if (weights == nullptr)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "create: weights is NULL");
  cnx_rt_context *made = nullptr;
  const cnx_rt_status status = cnx_rt_context_create(&model_facts, options, &made, error);
  if (status != CNX_RT_OK)
    return status;
)");
  out.indent();
  out.line("unsigned char *place = cnx_rt_context_arena(made) + handle_offset;");
  out.line("auto *handle = reinterpret_cast<struct {} *>(place);", name);
  out.raw(R"(  handle->context = made;
  handle->weights = reinterpret_cast<cnx_rt_weights *>(weights);
  cnx_rt_weights_retain(handle->weights);
  *context = handle;
  return CNX_RT_OK;
)");
  out.close();
  out.blank();
  out.open("void {0}_destroy({0} *context) {{", name);
  out.raw(R"(  if (context == nullptr)
    return;
  cnx_rt_weights_release(context->weights);
  cnx_rt_context_destroy(context->context);
)");
  out.close();
  out.blank();
  out.call(fmt::format("cnx_rt_status {}_forward", name),
           {name + " *context", "int batch", "cnx_rt_mode mode", "const void *images",
            fmt::format("const {}_outputs *outputs", name)},
           " {");
  out.raw(R"(  if (context == nullptr)
    return CNX_RT_ARGUMENT;
  cnx_rt_context *const entered = context->context;
  const cnx_rt_status busy = cnx_rt_context_enter(entered);
  if (busy != CNX_RT_OK)
    return busy;
  const float *w = static_cast<const float *>(cnx_rt_weights_payload(context->weights));
  const cnx_rt_status status = forward(entered, w, batch, mode, images, outputs);
  const cnx_rt_status left = cnx_rt_context_leave(entered);
  return status != CNX_RT_OK ? status : left;
}

)");
}

void InterfaceText::queries() {
  out.oneLiner(fmt::format("const char *{0}_message(const {0} *context)", name),
               "return context == nullptr ? \"no context\" : "
               "cnx_rt_context_message(context->context);");
  out.blank();
  out.oneLiner(fmt::format("cnx_rt_level {0}_level(const {0} *context)", name),
               "return context == nullptr ? CNX_RT_LEVEL_NONE : "
               "cnx_rt_context_level(context->context);");
  out.blank();
  out.oneLiner(fmt::format("int {}_tensor_count(void)", name),
               fmt::format("return {}_PARAMETER_COUNT;", macro));
  out.blank();
  if (plan.parameters.empty()) {
    out.oneLiner(fmt::format("cnx_rt_status {0}_tensor_info(int, {0}_tensor *)", name),
                 "return CNX_RT_ARGUMENT;");
  } else {
    out.call(fmt::format("cnx_rt_status {}_tensor_info", name),
             {"int i", fmt::format("{}_tensor *info", name)}, " {");
    out.indent();
    out.line("if (i < 0 || i >= {}_PARAMETER_COUNT || info == nullptr)", macro);
    out.raw(R"(    return CNX_RT_ARGUMENT;
  if (info->struct_size < sizeof(*info))
    return CNX_RT_ABI;
)");
    if (facts.training)
      out.line("using training::parameters;");
    out.raw(R"(  info->name = parameters[i].name;
  info->rank = parameters[i].rank;
  memcpy(info->shape, parameters[i].shape, sizeof(info->shape));
)");
    if (facts.training) {
      out.line("info->trained = parameters[i].form != CNX_RT_DENSE;");
      out.line("info->decay = parameters[i].decay;");
    }
    out.line("return CNX_RT_OK;");
    out.close();
  }
  out.blank();
  if (info.labels.empty())
    out.oneLiner(fmt::format("const char *{}_label(int)", name), "return nullptr;");
  else
    out.oneLiner(fmt::format("const char *{}_label(int i)", name),
                 fmt::format("return i < 0 || i >= {}_LABEL_COUNT ? nullptr : labels[i];", macro));
}

void InterfaceText::imageSpec() {
  if (!info.imageSpec)
    return;
  const ImageSpecFacts &spec = *info.imageSpec;
  out.blank();
  out.open("void {}_image_spec(cnx_image_spec *spec) {{", name);
  out.line("*spec = cnx_image_spec{{}};");
  out.line("spec->struct_size = sizeof(*spec);");
  out.line("spec->height = {};", spec.height);
  out.line("spec->width = {};", spec.width);
  out.line("spec->resize = {};", spec.resize);
  out.line("spec->resize_height = {};", spec.resizeHeight);
  out.line("spec->resize_width = {};", spec.resizeWidth);
  out.line("spec->filter = {};", spec.filter);
  out.line("spec->crop = {};", spec.crop);
  for (size_t i = 0; i < 3; ++i)
    out.line("spec->mean[{}] = {};", i, floatLiteral(static_cast<float>(spec.mean[i])));
  for (size_t i = 0; i < 3; ++i)
    out.line("spec->std[{}] = {};", i, floatLiteral(static_cast<float>(spec.std[i])));
  out.close();
}

} // namespace

void emitInterface(Writer &out, const Plan &plan, const CodegenOptions &options,
                   const InterfaceFacts &facts, const SourceModel &model) {
  InterfaceText text{
      out, plan, options, facts, model, readInfo(plan.info), plan.name, upperCase(plan.name)};
  text.constants();
  text.tables();
  if (facts.training)
    emitTrainingCalls(out, plan, facts, model);
  else
    text.forward();
  out.line("}} // namespace");
  out.blank();
  text.weights();
  if (facts.training)
    emitTrainingFunctions(out, plan.name, *facts.training);
  else
    text.create();
  text.queries();
  text.imageSpec();
}

} // namespace cnx
