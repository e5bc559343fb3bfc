// What stands where in a training build, and what every call of a program needs.
#include "compiler/codegen/Names.h"
#include "compiler/codegen/TrainingText.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace cnx {

bool TrainingText::uses(const std::string &pointer) const {
  return std::any_of(
      model.programs.begin(), model.programs.end(), [&](const SourceProgram &program) {
        return std::any_of(program.pointers.begin(), program.pointers.end(),
                           [&](const SourcePointer &each) { return each.name == pointer; });
      });
}

void TrainingText::places() {
  out.comment("Bytes from the arena's start: what the context fills for a program, or reads.");
  std::vector<Writer::Row> rows;
  const auto place = [&](const std::string &field, int64_t bytes, const std::string &shape) {
    rows.push_back({fmt::format("constexpr size_t {}_at = {};", field, bytes), "// " + shape});
  };
  place("targets", training.targetsPlace, fmt::format("[N,{}]", training.classes));
  place("weight", training.weightPlace, "[N]");
  for (const DropPathFacts &site : training.dropPaths)
    place(site.field, site.place, "[N]");
  place("loss", training.lossPlace, "[1]");
  if (training.transposedBytes != 0)
    place("transposed", training.transposedPlace, "copies of parameters for input gradients");
  if (training.inputGradientStandIn >= 0)
    place("grad_input", training.inputGradientStandIn, "where the caller wants none");
  out.rows(rows);
  out.line("constexpr int classes = {};", training.classes);
  if (training.microBatch != 0)
    out.line("constexpr int micro_batch = {};", training.microBatch);
  out.blank();
}

void TrainingText::memory() {
  out.raw(R"(const Kernels &kernels(const Handle &handle) {
  return *reinterpret_cast<const Kernels *>(cnx_rt_context_table(handle.context));
}

float *place(const Handle &handle, size_t bytes) {
  return reinterpret_cast<float *>(cnx_rt_context_arena(handle.context) + bytes);
}

float *segment(const Handle &handle, cnx_rt_kind kind) {
  return cnx_rt_training_segment(handle.training, kind);
}

// Of the weight file; NULL where create has drawn the parameters.
const void *payload(const Handle &handle) {
  return handle.weights == nullptr ? nullptr : cnx_rt_weights_payload(handle.weights);
}

)");
  constants();
  if (!uses("w"))
    return;
  const char *head = "const float *frozen(const Handle &handle)";
  if (training.constants.empty()) {
    out.oneLiner(head, "return static_cast<const float *>(payload(handle));");
  } else {
    out.open("{} {{", head);
    out.line("const void *file = payload(handle);");
    out.line("return file == nullptr ? constants.values : static_cast<const float *>(file);");
    out.close();
  }
  out.blank();
}

// -- parts of every call --------------------------------------------------------------------------

void TrainingText::begin() {
  out.comment("A program's arrays, but for those that the application passes.");
  out.open("Run begin(const Handle &handle) {{");
  out.raw(R"(  Run run = {};
  run.context = handle.context;
  run.worker = cnx_rt_context_worker(handle.context);
  run.targets = place(handle, targets_at);
  run.weight = place(handle, weight_at);
  run.loss = place(handle, loss_at);
)");
  for (const DropPathFacts &site : training.dropPaths)
    out.line("run.{0} = place(handle, {0}_at);", site.field);
  if (training.inputGradientStandIn >= 0)
    out.line("run.grad_input = place(handle, grad_input_at);");
  std::set<std::string> ports;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == SegmentKind::io)
      ports.insert(segment.name);
  for (const char *table : {"rate", "decay"})
    if (ports.count(table) != 0)
      out.line("run.{0} = cnx_rt_training_{0}s(handle.training);", table);
  for (const char *array : {"scalars", "squares"})
    if (ports.count(array) != 0)
      out.line("run.{0} = cnx_rt_training_{0}(handle.training);", array);
  out.line("return run;");
  out.close();
  out.raw(R"(
// A backward pass needs what a train forward has left in the arena, and the parameters it read.
void forget(Handle &handle, const char *why) {
  if (handle.batch != 0)
    handle.none = why;
  handle.batch = 0;
}

cnx_rt_status read(cnx_rt_context *context, const char *what, const Outputs *given,
                   Outputs *outputs) {
  // A shorter struct has no later outputs; a longer one may not ask for any.
  const size_t size = given->struct_size;
  if (size < sizeof(size_t))
    return cnx_rt_context_fail(context, CNX_RT_ABI, "%s: struct_size is %zu, not %zu", what, size,
                               sizeof(Outputs));
  for (size_t i = sizeof(Outputs); i < size; ++i)
    if (reinterpret_cast<const unsigned char *>(given)[i] != 0)
      return cnx_rt_context_fail(context, CNX_RT_ABI,
                                 "%s: this library knows the first %zu bytes only", what,
                                 sizeof(Outputs));
  *outputs = Outputs{};
  memcpy(outputs, given, size < sizeof(Outputs) ? size : sizeof(Outputs));
  return CNX_RT_OK;
}

)");
}

void TrainingText::parametersChanged() {
  if (training.transposedBytes != 0)
    out.line("handle.transposed = 0;");
  out.line("forget(handle, \"the parameters have changed since\");");
}

void TrainingText::dropGradients() {
  if (training.keeps())
    out.line("handle.gradients = handle.readable = 0; // activations take their memory");
}

// Locals for the kernels and for what the programs take.
void TrainingText::locals(const std::vector<const SourceProgram *> &programs,
                          const char *parameters) {
  out.line("const Kernels &k = kernels(handle);");
  std::vector<SourcePointer> taken;
  for (const SourceProgram *program : programs)
    for (const SourcePointer &pointer : program->pointers) {
      const auto known = std::find_if(taken.begin(), taken.end(), [&](const SourcePointer &each) {
        return each.name == pointer.name;
      });
      if (known == taken.end())
        taken.push_back(pointer);
      else
        known->constant = known->constant && pointer.constant;
    }
  const auto source = [&](const std::string &name) -> std::string {
    if (name == "w")
      return "frozen(handle)";
    if (name == "a")
      return "place(handle, 0)";
    if (name == "t")
      return "place(handle, transposed_at)";
    const char *kind = name == "p"   ? parameters
                       : name == "g" ? "CNX_RT_GRADIENT"
                       : name == "m" ? "CNX_RT_MOMENT1"
                       : name == "v" ? "CNX_RT_MOMENT2"
                                     : "CNX_RT_EMA";
    return fmt::format("segment(handle, {})", kind);
  };
  for (const SourcePointer &pointer : taken)
    out.line("{}float *{} = {};", pointer.constant ? "const " : "", pointer.name,
             source(pointer.name));
}

std::vector<std::string> TrainingText::arguments(const SourceProgram &program) {
  std::vector<std::string> arguments = {"run", "k"};
  for (const SourcePointer &pointer : program.pointers)
    arguments.push_back(pointer.name);
  return arguments;
}

void TrainingText::cases(const std::vector<const SourceProgram *> &programs, const char *batch) {
  out.line("switch ({}) {{", batch);
  for (const SourceProgram *program : programs) {
    out.line("case {}:", program->program->batch);
    out.indent();
    out.call(program->name, arguments(*program));
    out.line("break;");
    out.unindent();
  }
}

void TrainingText::refuseOther(const char *function, const std::vector<int64_t> &batches) {
  std::vector<std::string> conditions;
  for (const int64_t batch : batches)
    conditions.push_back(fmt::format("batch != {}", batch));
  out.call("if ", {fmt::format("{}", fmt::join(conditions, " && "))}, "");
  out.indent();
  out.call("return cnx_rt_context_fail",
           {"handle.context", "CNX_RT_BAD_BATCH",
            fmt::format("\"{}: batch %d; compiled in: {}\"", function, fmt::join(batches, ", ")),
            "batch"});
  out.unindent();
}

void TrainingText::outputs(const std::vector<std::string> &names) {
  for (const OutputFacts &output : facts.outputs) {
    if (std::find(names.begin(), names.end(), output.name) == names.end())
      continue;
    out.line("run.{0} = outputs.{0};", output.name);
    if (output.standIn < 0)
      continue;
    out.line("if (run.{} == nullptr)", output.name);
    out.line("  run.{0} = place(handle, {0}_stand_in);", output.name);
  }
}

} // namespace cnx
