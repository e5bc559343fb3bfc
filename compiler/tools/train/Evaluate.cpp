#include "compiler/tools/train/Evaluate.h"

#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/data/BatchLoader.h"

namespace cnx {

std::optional<Evaluation> evaluate(LoadedModel &model, const DataSet &data,
                                   const SamplePreparation &preparation,
                                   const EvaluateOptions &options, const StopRequest &stop) {
  TrainingOrder order(data.validation, options.batch, false, 0);
  size_t left = order.batchesAnEpoch();
  BatchLoader loader(*data.source, preparation,
                     {.batch = options.batch, .threads = options.loaders},
                     [&]() -> std::optional<BatchPlan> {
                       return left-- > 0 ? std::optional(order.next()) : std::nullopt;
                     });
  Evaluation result;
  if (options.averages)
    result.averages.emplace();
  std::vector<float> logits(options.batch * options.classes);
  float *const outputs[] = {logits.data()};
  while (const Batch *batch = loader.next()) {
    if (stop.made())
      return std::nullopt;
    model.forward(int(options.batch), batch->images.data(), outputs, CNX_RT_EVALUATE);
    result.parameters.add(logits, batch->labels, options.classes);
    if (!options.averages)
      continue;
    model.forward(int(options.batch), batch->images.data(), outputs, CNX_RT_EVALUATE_EMA);
    result.averages->add(logits, batch->labels, options.classes);
  }
  return result;
}

} // namespace cnx
