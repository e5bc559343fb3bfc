// The text of the namespace `training` of NAME.cpp, by parts; EmitTraining.cpp puts them in order.
#pragma once

#include "compiler/codegen/SourceModel.h"
#include "compiler/codegen/Writer.h"

namespace cnx {

struct TrainingText {
  Writer &out;
  const Plan &plan;
  const InterfaceFacts &facts;
  const SourceModel &model;
  const TrainingFacts &training;
  const std::string macro;

  // EmitTrainingTables.cpp
  void tables();
  void constants();

  // EmitTrainingMemory.cpp
  bool uses(const std::string &pointer) const; // whether some program takes it
  void places();
  void memory();
  void begin();
  // Where parameters have other values than what was made of them.
  void parametersChanged();
  // Where a pass begins whose activations take the gradients' memory.
  void dropGradients();
  // Parts of functions. Kernels and the pointers that programs take, as locals, p from the segment
  // `parameters`; one case a program and compiled batch; a refusal of other batches; the outputs
  // that a caller wants.
  void locals(const std::vector<const SourceProgram *> &programs, const char *parameters);
  void cases(const std::vector<const SourceProgram *> &programs, const char *batch);
  void refuseOther(const char *function, const std::vector<int64_t> &batches);
  void outputs(const std::vector<std::string> &names);
  static std::vector<std::string> arguments(const SourceProgram &program);

  // EmitTrainingForward.cpp
  void evaluate();
  void trainForward();
  void forward();

  // EmitTrainingBackward.cpp
  void mayFollow();
  void backwardPass();
  void lossPass();
  void backward();

  // EmitTrainingUpdate.cpp
  void update();
  void tensors();
  void step();

private:
  std::string passParameter() const;
  const char *passArgument() const;
  std::string follow(const char *function) const; // the call of may_follow
  void microSteps();
};

} // namespace cnx
