#include "compiler/codegen/EmitTraining.h"

#include "compiler/codegen/Names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace cnx {
namespace {

struct TrainingText {
  Writer &out;
  const Plan &plan;
  const InterfaceFacts &facts;
  const SourceModel &model;
  const TrainingFacts &training;
  const std::string macro;

  bool uses(const std::string &pointer) const;
  const std::string &imageType() const;

  void tables();
  void places();
  void constants();
  void memory();
  void begin();
  void pointers(const std::vector<const SourceProgram *> &programs, const char *parameters);
  void cases(const std::vector<const SourceProgram *> &programs, const char *batch);
  void refuseOther(const char *function, const std::vector<int64_t> &batches);
  void outputs(const std::vector<std::string> &names);
  void evaluate();
  void trainForward();
  void forward();
  void backwardPass();
  void lossPass();
  void backward();
  void update();
  void tensors();
  void step();
  void microSteps();
};

bool TrainingText::uses(const std::string &pointer) const {
  return std::any_of(
      model.programs.begin(), model.programs.end(), [&](const SourceProgram &program) {
        return std::any_of(program.pointers.begin(), program.pointers.end(),
                           [&](const SourcePointer &each) { return each.name == pointer; });
      });
}

// -- what stands where ----------------------------------------------------------------------------

// A long text as literals of a line each.
void stringLines(Writer &out, const std::string &text) {
  constexpr size_t kPiece = 88;
  for (size_t at = 0; at < text.size() || at == 0;) {
    size_t end = std::min(at + kPiece, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      ++end; // not within a character
    out.line("{}{}", cString(std::string_view(text).substr(at, end - at)),
             end == text.size() ? ";" : "");
    at = std::max(end, at + 1);
  }
}

void TrainingText::tables() {
  out.comment("clang-format off");
  out.line("constexpr char description[] =");
  out.indent();
  stringLines(out, plan.info.empty() ? "{}" : plan.info);
  out.unindent();
  out.comment("clang-format on");
  out.blank();
  out.open("constexpr cnx_rt_train_model train_facts = {{");
  out.indent();
  out.rows(
      {{"parameters,", ""},
       {macro + "_PARAMETER_COUNT,", ""},
       {macro + "_PARAM_BYTES / 4,", ""},
       {fmt::format("{}, // moments: {}", training.moments, training.optimizer()), ""},
       {fmt::format("{}, // averages", training.ema ? 1 : 0), ""},
       {macro + "_BUILD,", ""},
       {"description,", ""},
       {fmt::format("{}, // bytes in the weight file before the parameters", plan.paramOffset()),
        ""}});
  out.unindent();
  out.close("};");
  out.blank();
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
  if (training.inputGradientStandIn >= 0)
    place("grad_input", training.inputGradientStandIn, "where the caller wants none");
  out.rows(rows);
  out.line("constexpr int classes = {};", training.classes);
  if (training.microBatch != 0)
    out.line("constexpr int micro_batch = {};", training.microBatch);
  out.blank();
}

// A context without a weight file has no payload to read constants from.
void TrainingText::constants() {
  if (training.constants.empty() || !uses("w"))
    return;
  out.comment("What the weight file has beside parameters, for a context without one.");
  out.open("struct Constants {{");
  out.line("alignas(64) float values[{}];", plan.paramOffset() / 4);
  out.close("};");
  out.open("constexpr Constants make_constants() {{");
  out.line("Constants made = {{}};");
  for (const ConstantRun &run : training.constants) {
    out.line("for (size_t i = {}; i < {}; ++i)", run.offset, run.offset + run.count);
    out.line("  made.values[i] = {};", floatLiteral(run.value));
  }
  out.line("return made;");
  out.close();
  out.line("constexpr Constants constants = make_constants();");
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
  out.open("const float *frozen(const Handle &handle) {{");
  if (training.constants.empty()) {
    out.line("return static_cast<const float *>(payload(handle));");
  } else {
    out.line("const void *file = payload(handle);");
    out.line("return file == nullptr ? constants.values : static_cast<const float *>(file);");
  }
  out.close();
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

// Locals for the kernels and for what the programs take.
void TrainingText::pointers(const std::vector<const SourceProgram *> &programs,
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

std::vector<std::string> callArguments(const SourceProgram &program) {
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
    out.call(program->name, callArguments(*program));
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

// -- the calls ------------------------------------------------------------------------------------

void TrainingText::evaluate() {
  const std::vector<const SourceProgram *> programs = model.of("forward");
  std::vector<std::string> names;
  for (const OutputFacts &output : facts.outputs)
    names.push_back(output.name);
  if (training.evaluationDrops)
    out.raw(R"(// Factors of an evaluation.
void keep_all(float *factors, int batch) {
  for (int i = 0; i < batch; ++i)
    factors[i] = 1;
}

)");
  out.call("cnx_rt_status evaluate",
           {"Handle &handle", "int batch", training.ema ? "cnx_rt_mode mode" : "cnx_rt_mode",
            "const void *images", "const Outputs &outputs"},
           " {");
  out.indent();
  refuseOther("forward", facts.batches);
  if (training.evaluationDrops)
    for (const DropPathFacts &site : training.dropPaths)
      out.line("keep_all(place(handle, {}_at), batch);", site.field);
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(images);", cType(facts.image.type));
  outputs(names);
  if (training.ema)
    out.line("const cnx_rt_kind kind = mode == CNX_RT_EVALUATE_EMA ? CNX_RT_EMA : "
             "CNX_RT_PARAMETER;");
  pointers(programs, training.ema ? "kind" : "CNX_RT_PARAMETER");
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
  for (const DropPathFacts &site : training.dropPaths)
    out.call("cnx_rt_training_drop_factors",
             {"handle.training", "batch", fmt::format("{}", site.site),
              fmt::format("{}", site.rate), fmt::format("place(handle, {}_at)", site.field)});
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(images);", cType(facts.image.type));
  outputs(training.outputs);
  pointers(programs, "CNX_RT_PARAMETER");
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
                               "forward: mode CNX_RT_EVALUATE_EMA, but this build keeps no averages");
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

void TrainingText::backwardPass() {
  const std::vector<const SourceProgram *> programs = model.of("train", Section::backward);
  out.raw(R"(cnx_rt_status may_follow(Handle &handle, const char *function, unsigned flags) {
  if ((flags & ~CNX_RT_ACCUMULATE) != 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT, "%s: unknown flags %#x", function,
                               flags);
  if (handle.batch == 0)
    return cnx_rt_context_fail(handle.context, CNX_RT_ARGUMENT,
                               "%s: no forward in mode CNX_RT_TRAIN to follow: %s", function,
                               handle.none);
  return CNX_RT_OK;
}

// From the logits' gradient in the arena to the gradients.
)");
  out.call(
      "cnx_rt_status backward_pass",
      {"Handle &handle", "unsigned flags", training.inputGradient ? "float *dimages" : "float *"},
      " {");
  out.indent();
  out.line("if ((flags & CNX_RT_ACCUMULATE) == 0 || handle.gradients == 0)");
  out.line("  cnx_rt_training_clear_gradients(handle.training);");
  out.line("handle.gradients = 0;");
  out.line("Run run = begin(handle);");
  out.line("run.image = static_cast<const {} *>(handle.images);", cType(facts.image.type));
  if (training.inputGradient && training.inputGradientStandIn >= 0) {
    out.line("if (dimages != nullptr)");
    out.line("  run.grad_input = dimages;");
  } else if (training.inputGradient) {
    out.line("run.grad_input = dimages;");
  }
  pointers(programs, "CNX_RT_PARAMETER");
  cases(programs, "handle.batch");
  out.raw(R"(  }
  forget(handle, "a backward pass has used up what it left");
  handle.gradients = run.status == CNX_RT_OK;
  return run.status;
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
  pointers(programs, "CNX_RT_PARAMETER");
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

void TrainingText::update() {
  if (!training.hasUpdate()) {
    out.raw(R"(cnx_rt_status update(Handle &handle, const cnx_rt_update *) {
  return cnx_rt_context_fail(handle.context, CNX_RT_UNSUPPORTED,
                             "update: this build makes gradients only");
}

)");
    return;
  }
  std::vector<const SourceProgram *> programs;
  for (const char *direction : {"squares", "update", "average"})
    for (const SourceProgram *program : model.of(direction))
      programs.push_back(program);
  const auto run = [&](const char *direction) {
    for (const SourceProgram *program : model.of(direction))
      out.call("::" + program->name, callArguments(*program));
  };
  out.raw(R"(cnx_rt_status update(Handle &handle, const cnx_rt_update *values) {
  cnx_rt_context *const context = handle.context;
  if (values == nullptr)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "update: values is NULL");
  if (handle.gradients == 0)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT,
                               "update: there are no gradients since the last update");
  Run run = begin(handle);
)");
  out.indent();
  pointers(programs, "CNX_RT_PARAMETER");
  run("squares");
  out.raw(R"(  if (run.status != CNX_RT_OK)
    return run.status;
  // Clipped or not: what is no number must not reach the parameters.
  double sum = 0;
  for (size_t i = 0; i < train_facts.floats / CNX_RT_UPDATE_BLOCK; ++i)
    sum += static_cast<double>(run.squares[i]);
  if (!(sum - sum == 0))
    return cnx_rt_context_fail(context, CNX_RT_NOT_FINITE,
                               "update: the gradients are not finite; nothing has changed");
  const cnx_rt_status status = cnx_rt_training_begin_update(handle.training, values);
  if (status != CNX_RT_OK)
    return status;
  handle.gradients = 0;
  forget(handle, "the parameters have changed since");
)");
  run("update");
  run("average");
  out.line("return run.status;");
  out.close();
  out.blank();
}

void TrainingText::tensors() {
  out.raw(
      R"(cnx_rt_status random(Handle &handle, uint64_t seed, uint64_t step, uint64_t first_sample) {
  cnx_rt_training_random(handle.training, seed, step, first_sample);
  return CNX_RT_OK;
}

cnx_rt_status write(Handle &handle, cnx_rt_kind kind, int tensor, const float *values,
                    size_t count) {
  // Gradients of the last update are no part of the next one's.
  if (kind == CNX_RT_GRADIENT && handle.gradients == 0)
    cnx_rt_training_clear_gradients(handle.training);
  const cnx_rt_status status =
      cnx_rt_training_write(handle.training, kind, tensor, values, count);
  if (status == CNX_RT_OK && kind == CNX_RT_GRADIENT)
    handle.gradients = 1;
  if (status == CNX_RT_OK && kind == CNX_RT_PARAMETER)
    forget(handle, "the parameters have changed since");
  return status;
}

cnx_rt_status restore(Handle &handle, const char *path) {
  const cnx_rt_status status = cnx_io_training_restore(handle.training, path);
  if (status != CNX_RT_OK)
    return status;
  handle.gradients = 0;
  forget(handle, "the parameters have changed since");
  return CNX_RT_OK;
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
  if (!training.hasUpdate()) {
    out.raw(R"(  (void)batch, (void)loss;
  return update(handle, values);
}

)");
    out.unindent();
    return;
  }
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
    status = loss_pass(handle, 0, loss);
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

// -- the exported functions -----------------------------------------------------------------------

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
  out.line("return training::alone(context, [=](Handle &handle) {{");
  out.indent();
  out.line("return {};", exported.call);
  out.close("});");
  out.close();
  out.blank();
}

} // namespace

void emitTrainingCalls(Writer &out, const Plan &plan, const InterfaceFacts &facts,
                       const SourceModel &model) {
  TrainingText text{out, plan, facts, model, *facts.training, upperCase(plan.name)};
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
  text.backwardPass();
  text.lossPass();
  text.backward();
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

void emitTrainingFunctions(Writer &out, const std::string &name) {
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
  const bool seeded = options != nullptr && options->struct_size >= sizeof(*options);
  status = cnx_rt_training_create(&training::train_facts, made, training::payload(*handle),
                                  seeded ? options->seed : 0, &handle->training, error);
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
  const std::vector<Exported> functions = {
      {"forward",
       {"int batch", "cnx_rt_mode mode", "const void *images", outputs + "outputs"},
       "training::forward(handle, batch, mode, images, outputs)"},
      {"random",
       {"uint64_t seed", "uint64_t step", "uint64_t first_sample"},
       "training::random(handle, seed, step, first_sample)"},
      {"loss_backward",
       {"const cnx_rt_targets *targets", "unsigned flags", "float *loss"},
       "training::loss_backward(handle, targets, flags, loss)"},
      {"backward",
       {outputs + "gradients", "unsigned flags", "float *dimages"},
       "training::backward(handle, gradients, flags, dimages)"},
      {"update", {"const cnx_rt_update *values"}, "training::update(handle, values)"},
      {"train_step",
       {"int batch", "const void *images", "const cnx_rt_targets *targets",
        "const cnx_rt_update *values", "float *loss"},
       "training::train_step(handle, batch, images, targets, values, loss)"},
      {"set_group",
       {"int tensor", "float rate_scale", "int decay"},
       "cnx_rt_training_group(handle.training, tensor, rate_scale, decay)"},
      {"tensor_read",
       {"cnx_rt_kind kind", "int tensor", "float *values", "size_t count"},
       "cnx_rt_training_read(handle.training, kind, tensor, values, count)"},
      {"tensor_write",
       {"cnx_rt_kind kind", "int tensor", "const float *values", "size_t count"},
       "training::write(handle, kind, tensor, values, count)"},
      {"save",
       {"const char *path", "unsigned what"},
       "cnx_io_training_save(handle.training, training::payload(handle), path, what)"},
      {"restore", {"const char *path"}, "training::restore(handle, path)"},
      {"set_note", {"const char *note"}, "cnx_rt_training_set_note(handle.training, note)"},
  };
  for (const Exported &exported : functions)
    exportFunction(out, name, exported);
  out.oneLiner(fmt::format("const char *{0}_note(const {0} *context)", name),
               "return context == nullptr ? \"\" : cnx_rt_training_note(context->training);");
  out.blank();
}

} // namespace cnx
