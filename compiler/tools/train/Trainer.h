// The training loop: steps, evaluation, files.
#pragma once

#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/SampleOrder.h"
#include "compiler/tools/data/SamplePreparation.h"
#include "compiler/tools/train/Evaluate.h"
#include "compiler/tools/train/Schedule.h"
#include "compiler/tools/train/TrainLog.h"
#include "compiler/tools/train/TrainNote.h"
#include "compiler/tools/train/TrainOptions.h"
#include "compiler/tools/train/TrainProgress.h"

#include <functional>

namespace cnx {

struct Batch;
class BatchLoader;

// F.last.safetensors beside F.safetensors.
std::string statePath(const std::string &output);

class Trainer {
public:
  // `note` says where to begin; a model that goes on has been restored. checkFinite throws where a
  // parameter is no number: it is called before a file is written. All must outlive this.
  Trainer(const TrainOptions &options, const DataSet &data, const SamplePreparation &preparation,
          LoadedModel &model, std::function<void()> checkFinite, TrainNote note);

  // Batches of images that are held at once.
  static int64_t imageBuffers(const TrainOptions &options);

  // To the last step, or until it is asked to stop; the state is saved either way. Throws UserError
  // where the loss is no number, and leaves the files as they were.
  void run();

private:
  bool epochIsComplete() const {
    return note_.step > 0 && note_.step % order_.batchesAnEpoch() == 0;
  }
  const Batch *nextBatch(BatchLoader &loader);
  void step(const Batch &batch);
  cnx_rt_update updateValues() const;
  bool finishEpoch(const StopRequest &stop);
  bool improve(const EpochRecord &record);
  void saveState();
  void showProgress();
  void sayEpoch(const EpochRecord &record, bool best);
  void logEpoch(const EpochRecord &record, bool best);

  const TrainOptions &options_;
  const DataSet &data_;
  const SamplePreparation &preparation_;
  LoadedModel &model_;
  std::function<void()> checkFinite_;
  TrainNote note_;

  TrainingOrder order_;
  Schedule schedule_;
  std::vector<float> logits_; // of a micro-batch
  TrainLog log_;
  TrainProgress progress_;
  ImageRate imageRate_;
};

} // namespace cnx
