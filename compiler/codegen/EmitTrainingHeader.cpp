#include "compiler/codegen/EmitTrainingHeader.h"

#include "compiler/codegen/Names.h"

#include <fmt/ranges.h>

namespace cnx {

std::vector<MacroFacts> trainingMacros(const TrainingFacts &training) {
  const auto number = [](int64_t value) { return fmt::format("{}", value); };
  std::vector<MacroFacts> macros = {
      {"TRAIN_BATCH_COUNT", number(static_cast<int64_t>(training.batches.size())), ""},
      {"TRAIN_BATCHES", fmt::format("{}", fmt::join(training.batches, ", ")),
       "what forward takes to train"},
      {"MAX_TRAIN_BATCH", number(training.batches.back()), ""},
      {"MICRO_BATCH", number(training.microBatch),
       training.microBatch != 0 ? "train_step takes multiples of it"
                                : "0: train_step takes whole batches"},
      {"OPTIMIZER", fmt::format("\"{}\"", training.optimizer()), ""},
      {"EMA", number(training.ema ? 1 : 0), "1: averages of the parameters are kept"},
      {"INPUT_GRADIENT", number(training.inputGradient ? 1 : 0),
       "1: backward gives the images' gradient"},
      {"IMMEDIATE", number(training.isImmediate() ? 1 : 0), "1: no gradients are kept"},
      {"ACCUMULATES", number(training.accumulates() ? 1 : 0), "1: CNX_RT_ACCUMULATE is supported"},
      {"PARAM_BYTES", number(training.flatBytes), "of one context, as all that follow"},
      {"GRADIENT_BYTES", number(training.gradientBytes()),
       training.accumulates() ? "" : "0: they lie in the arena"},
      {"MOMENT_BYTES", number(training.moments * training.flatBytes), ""},
      {"EMA_BYTES", number(training.ema ? training.flatBytes : 0), ""},
      {"TABLE_BYTES", number(training.tableBytes()), "rates, decays, sums of squares"}};
  if (training.transposedBytes != 0)
    macros.push_back({"TRANSPOSED_BYTES", number(training.transposedBytes),
                      "of the arena: kept copies of parameters for input gradients"});
  return macros;
}

int64_t totalBytes(const InterfaceFacts &facts, int64_t scratchBytes) {
  const TrainingFacts &training = *facts.training;
  return facts.weightBytes + (1 + training.moments + (training.ema ? 1 : 0)) * training.flatBytes +
         training.gradientBytes() + training.tableBytes() + facts.arenaBytes + scratchBytes;
}

namespace {

struct TrainingHeader {
  Writer &out;
  const std::string &name;
  const InterfaceFacts &facts;
  const TrainingFacts &training = *facts.training;
  const std::string context = name + " *context";

  void declare(const char *function, std::vector<std::string> parameters) {
    parameters.insert(parameters.begin(), context);
    out.call(fmt::format("cnx_rt_status {}_{}", name, function), parameters);
  }
  void life();
  void passes();
  std::string ofImages() const;
  void backwardPasses();
  void immediatePasses();
  void updates();
  void tensors();
  void files();
};

void TrainingHeader::life() {
  out.blockComment("A context: parameters and all that training keeps of them, activations, "
                   "scratch and threads. "
                   "One thread at a time uses it; another one's call returns CNX_RT_BUSY.");
  out.line("typedef struct {0} {0};", name);
  out.blank();
  out.blockComment(
      training.anyFrozen()
          ? "options may be NULL. The context copies what is trained of the weights and keeps them "
            "alive for what is frozen."
          : "options may be NULL. The context copies its parameters from the weights; where those "
            "are NULL it draws them, from the options' seed, as cnx compile without a checkpoint "
            "does.");
  out.call(fmt::format("cnx_rt_status {}_create", name),
           {"const cnx_rt_options *options", fmt::format("{}_weights *weights", name),
            fmt::format("{} **context", name), "cnx_rt_error *error"});
  out.call(fmt::format("void {}_destroy", name), {context});
  out.blank();
  out.blockComment("Why the last call failed; never NULL.");
  out.call(fmt::format("const char *{}_message", name), {fmt::format("const {} *context", name)});
  out.blockComment("The instruction level that the machine has, or CNX_RT_ISA asked for.");
  out.call(fmt::format("cnx_rt_level {}_level", name), {fmt::format("const {} *context", name)});
  out.blank();
}

void TrainingHeader::passes() {
  const ImageFacts &image = facts.image;
  const std::string outputs = fmt::format("const {}_outputs *", name);
  out.blockComment(fmt::format(
      "images: `batch` images, {}, dense. mode: CNX_RT_EVALUATE; {}; CNX_RT_TRAIN, which draws "
      "drop paths, moves on to the next samples, and leaves in the context what one backward pass "
      "needs: until that the images must stay as they are, and nothing else may run or change the "
      "parameters. It writes no other output than {}.",
      image.type == ElementType::u8 ? "uint8_t RGB, rows, columns, channels"
      : image.channelsFirst         ? "float, normalised: channels, rows, columns"
                                    : "float, normalised: rows, columns, channels",
      training.ema ? "CNX_RT_EVALUATE_EMA, with the averaged parameters"
                   : "CNX_RT_EVALUATE_EMA is unsupported",
      fmt::join(training.outputs, ", ")));
  declare("forward", {"int batch", "cnx_rt_mode mode", "const void *images", outputs + "outputs"});
  out.blockComment(
      "Where random numbers are, instead of counting on: update counts steps, forward samples.");
  declare("random", {"uint64_t seed", "uint64_t step", "uint64_t first_sample"});
  training.isImmediate() ? immediatePasses() : backwardPasses();
  out.blank();
}

std::string TrainingHeader::ofImages() const {
  return training.inputGradient ? "NULL, or where the images' gradient goes, of their shape."
                                : "NULL; the images' gradient is unsupported in this build.";
}

void TrainingHeader::backwardPasses() {
  out.blockComment(fmt::format(
      "After a forward in mode CNX_RT_TRAIN: softmax cross-entropy of its logits, and the "
      "parameters' gradients. flags: 0{}. *loss (NULL is allowed) is set though it may be no "
      "number: then CNX_RT_NOT_FINITE, and {}.",
      training.accumulates() ? ", or CNX_RT_ACCUMULATE to add to those since the last update"
                             : "; CNX_RT_ACCUMULATE is unsupported, as the gradients lie where the "
                               "next forward in any mode has its activations",
      training.accumulates() ? "gradients stay as they were" : "there are no gradients"));
  declare("loss_backward", {"const cnx_rt_targets *targets", "unsigned flags", "float *loss"});
  out.blockComment(fmt::format(
      "Instead of loss_backward, for a loss of the application's own: gradients->logits is its "
      "gradient, [N,{}]; other fields are unsupported. dimages: {}",
      training.classes, ofImages()));
  declare("backward",
          {fmt::format("const {}_outputs *gradients", name), "unsigned flags", "float *dimages"});
}

void TrainingHeader::immediatePasses() {
  out.blockComment(fmt::format(
      "After a forward in mode CNX_RT_TRAIN: softmax cross-entropy of its logits, and one step of "
      "{}{}, a parameter as soon as its gradient is there: no gradient is kept, and clip_norm must "
      "be 0. *loss (NULL is allowed) is set though it may be no number: then CNX_RT_NOT_FINITE, "
      "and "
      "nothing has changed. The gradients themselves nobody looks at.",
      training.optimizer(), training.ema ? ", then of the averages" : ""));
  declare("loss_update",
          {"const cnx_rt_targets *targets", "const cnx_rt_update *values", "float *loss"});
  out.blockComment(fmt::format(
      "Instead of loss_update, for a loss of the application's own: gradients->logits is its "
      "gradient, [N,{}]; other fields are unsupported. dimages: {}",
      training.classes, ofImages()));
  declare("backward_update", {fmt::format("const {}_outputs *gradients", name),
                              "const cnx_rt_update *values", "float *dimages"});
}

void TrainingHeader::updates() {
  if (!training.isImmediate()) {
    out.blockComment(fmt::format(
        "One step of {}{} with the gradients since the last one; they can still be read "
        "afterwards{}. Where they are not finite: CNX_RT_NOT_FINITE, and nothing has changed.",
        training.optimizer(), training.ema ? ", then of the averages," : "",
        training.accumulates() ? "" : ", until the next forward"));
    declare("update", {"const cnx_rt_update *values"});
  }
  out.blockComment(
      training.microBatch != 0
          ? fmt::format("A whole step: forward, loss and backward over parts of {} images, then "
                        "update. batch: any multiple of that; divisor 0 stands for all of its "
                        "samples that are not ignored. Gradients from before are dropped.",
                        training.microBatch)
      : training.isImmediate() ? "A whole step: forward and loss_update."
                               : "A whole step: forward, loss_backward and update. Gradients from "
                                 "before are dropped.");
  declare("train_step", {"int batch", "const void *images", "const cnx_rt_targets *targets",
                         "const cnx_rt_update *values", "float *loss"});
  out.blank();
}

void TrainingHeader::tensors() {
  out.blockComment(fmt::format(
      "tensor, here and below: as {0}_tensor_info counts. rate_scale multiplies the rate of its "
      "updates, decay (0 or 1) says whether it decays; {0}_tensor has the defaults.",
      name));
  declare("set_group", {"int tensor", "float rate_scale", "int decay"});
  out.blockComment(
      "`count` values in the checkpoint's layout. What is frozen has a parameter's value only, and "
      "cannot be written.");
  declare("tensor_read", {"cnx_rt_kind kind", "int tensor", "float *values", "size_t count"});
  declare("tensor_write",
          {"cnx_rt_kind kind", "int tensor", "const float *values", "size_t count"});
  out.blank();
}

void TrainingHeader::files() {
  out.blockComment(
      "Writes a safetensors file, whole or not at all. what: 0, the parameters under the "
      "checkpoint's names and in its layout; CNX_RT_SAVE_EMA, the averages in their place; "
      "CNX_RT_SAVE_STATE, what a resume needs beside them.");
  declare("save", {"const char *path", "unsigned what"});
  out.blockComment(
      "Takes up a saved state, whose next step is then the same to the bit, or the parameters of a "
      "checkpoint. A file that does not fit changes nothing.");
  declare("restore", {"const char *path"});
  out.blockComment(
      "Text of the application's own, which is part of the state. Copied; never NULL.");
  declare("set_note", {"const char *note"});
  out.call(fmt::format("const char *{}_note", name), {fmt::format("const {} *context", name)});
}

} // namespace

void declareTraining(Writer &out, const std::string &name, const InterfaceFacts &facts) {
  TrainingHeader header{out, name, facts};
  header.life();
  header.passes();
  header.updates();
  header.tensors();
  header.files();
}

} // namespace cnx
