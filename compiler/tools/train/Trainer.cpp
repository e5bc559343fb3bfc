#include "compiler/tools/train/Trainer.h"

#include "compiler/Error.h"
#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/WriteText.h"
#include "compiler/tools/data/BatchLoader.h"
#include "compiler/tools/train/StopRequest.h"
#include "compiler/tools/train/TrainCurves.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <unistd.h>

namespace cnx {

namespace {

Schedule scheduleOf(const TrainOptions &options, size_t batchesAnEpoch) {
  Schedule schedule;
  schedule.rate = options.rateOrDefault();
  schedule.leastRate = std::min(options.leastRate, schedule.rate);
  schedule.steps = options.steps ? options.steps : options.epochs * batchesAnEpoch;
  schedule.warmUp = options.warmUp
                        ? uint64_t(std::llround(*options.warmUp * double(batchesAnEpoch)))
                        : schedule.steps / 20;
  schedule.warmUp = std::min(schedule.warmUp, schedule.steps);
  return schedule;
}

nlohmann::ordered_json summary(const Metrics &metrics) {
  return {{"loss", metrics.meanLoss()}, {"accuracy", metrics.accuracy()}};
}

} // namespace

std::string statePath(const std::string &output) {
  constexpr std::string_view extension = ".safetensors";
  const std::string stem =
      output.ends_with(extension) ? output.substr(0, output.size() - extension.size()) : output;
  return stem + ".last" + std::string(extension);
}

Trainer::Trainer(const TrainOptions &options, const DataSet &data,
                 const SamplePreparation &preparation, LoadedModel &model,
                 std::function<void()> checkFinite, TrainNote note)
    : options_(options), data_(data), preparation_(preparation), model_(model),
      checkFinite_(std::move(checkFinite)), note_(std::move(note)),
      order_(data.train, size_t(options.batch), !options.inOrder, options.seed),
      schedule_(scheduleOf(options, order_.batchesAnEpoch())),
      logits_(size_t(options.microBatch()) * size_t(data.classes)),
      log_(options.log, !options.resume.empty()) {}

// The one in use, one for each loader, and one that is ready.
int64_t Trainer::imageBuffers(const TrainOptions &options) { return int64_t(options.loaders) + 2; }

void Trainer::run() {
  log_.write("start", {{"process", getpid()},
                       {"step", note_.step},
                       {"steps", schedule_.steps},
                       {"data", note_.data},
                       {"options", note_.options}});
  order_.seek(note_.step);
  uint64_t planned = note_.step;
  BatchLoader loader(*data_.source, preparation_,
                     {.batch = size_t(options_.batch),
                      .threads = options_.loaders,
                      .ahead = size_t(imageBuffers(options_)) - 1,
                      .augmentSeed = options_.seed},
                     [&]() -> std::optional<BatchPlan> {
                       return planned++ < schedule_.steps ? std::optional(order_.next())
                                                          : std::nullopt;
                     });
  const uint64_t last = options_.stopAfter
                            ? std::min(schedule_.steps, note_.step + options_.stopAfter)
                            : schedule_.steps;
  StopRequest stop;
  bool stopped = false;
  while (!stopped) {
    const bool done = note_.step >= schedule_.steps;
    if (note_.epoch.samples > 0 && (done || epochIsComplete()))
      stopped = !finishEpoch(stop);
    if (done || stopped)
      break;
    stopped = stop.made() || note_.step >= last;
    if (!stopped)
      step(*nextBatch(loader));
  }
  if (stopped)
    saveState();
  log_.write("stop", {{"step", note_.step}, {"reason", stopped ? "asked to" : "done"}});
  if (!options_.curves.empty())
    writeText(options_.curves, drawCurves(note_));
  if (stopped)
    progress_.line(fmt::format("cnx: stopped after step {} of {}; --resume {} goes on", note_.step,
                               schedule_.steps, statePath(options_.output)));
  else if (note_.best)
    progress_.line(fmt::format("cnx: {}: accuracy {:.2f} %, loss {:.4f}, after epoch {}{}",
                               options_.output, 100 * note_.best->accuracy, note_.best->loss,
                               note_.best->epoch, note_.best->average ? ", averaged" : ""));
}

// An image that cannot be read ends the training, but does not lose it.
const Batch *Trainer::nextBatch(BatchLoader &loader) {
  try {
    return loader.next();
  } catch (const UserError &) {
    if (note_.step > 0)
      saveState();
    throw;
  }
}

cnx_rt_update Trainer::updateValues() const {
  cnx_rt_update update{};
  update.struct_size = sizeof update;
  update.rate = schedule_.at(note_.step);
  update.decay = options_.decayOrDefault();
  if (options_.sgd()) {
    update.momentum = options_.momentum;
  } else {
    update.beta1 = options_.beta[0];
    update.beta2 = options_.beta[1];
    update.eps = options_.adamEps;
  }
  update.clip_norm = options_.clip;
  update.ema_decay = options_.build.ema ? options_.emaDecay : 0;
  return update;
}

// The micro-batches' gradients are summed; each is divided by the whole batch's valid samples.
void Trainer::step(const Batch &batch) {
  const size_t micro = size_t(options_.microBatch()), classes = size_t(data_.classes);
  float *const outputs[] = {logits_.data()};
  double loss = 0;
  uint64_t right = 0;
  const cnx_rt_update update = updateValues();
  const bool immediate = options_.build.gradients == Gradients::immediate;
  try {
    for (size_t first = 0; first < batch.count; first += micro) {
      cnx_rt_targets targets{};
      targets.struct_size = sizeof targets;
      targets.indices = batch.labels.data() + first;
      targets.smoothing = float(options_.smoothing);
      targets.divisor = float(batch.count);
      model_.forward(int(micro), batch.images.data() + first * preparation_.inputBytes(), outputs,
                     CNX_RT_TRAIN);
      loss += immediate ? model_.lossUpdate(targets, update)
                        : model_.lossBackward(targets, first ? CNX_RT_ACCUMULATE : 0);
      for (size_t i = 0; i < micro && first + i < batch.count; ++i)
        right += likeliest({logits_.data() + i * classes, classes}) == batch.labels[first + i];
    }
    if (!immediate)
      model_.update(update);
  } catch (const NotFinite &error) {
    throw UserError(fmt::format(
        "step {} (epoch {}): {}; nothing was saved since the epoch before. A smaller --rate, a "
        "longer --warmup or --clip may help",
        note_.step + 1, batch.epoch + 1, error.what()));
  }
  ++note_.step;
  note_.epoch.loss += loss * double(batch.count);
  note_.epoch.samples += batch.count;
  note_.epoch.right += right;
  note_.curve.add(loss);
  imageRate_.add(batch.count, ImageRate::Clock::now());
  log_.write("step", {{"step", note_.step},
                      {"epoch", batch.epoch + 1},
                      {"loss", loss},
                      {"accuracy", double(right) / double(batch.count)},
                      {"rate", update.rate},
                      {"images_per_second", imageRate_.imagesPerSecond()}});
  showProgress();
}

// False where a stop was asked for: then nothing has changed, and the epoch is finished when the
// training goes on.
bool Trainer::finishEpoch(const StopRequest &stop) {
  EpochRecord record;
  record.epoch = (note_.step - 1) / order_.batchesAnEpoch() + 1;
  record.step = note_.step;
  record.rate = schedule_.at(note_.step - 1);
  record.train = note_.epoch;
  checkFinite_();
  if (!data_.validation.empty()) {
    imageRate_.pause();
    const std::optional<Evaluation> evaluation = evaluate(model_, data_, preparation_,
                                                          {.batch = size_t(options_.microBatch()),
                                                           .classes = size_t(data_.classes),
                                                           .averages = options_.build.ema,
                                                           .loaders = options_.loaders},
                                                          stop);
    if (!evaluation)
      return false;
    record.validation = evaluation->parameters;
    record.average = evaluation->averages;
    if (!std::isfinite(record.validation->loss))
      throw UserError(fmt::format("epoch {}: the loss of the validation part is not finite; "
                                  "nothing was saved since the epoch before",
                                  record.epoch));
  }
  const bool best = improve(record);
  note_.epoch = {};
  note_.add(record);
  saveState();
  logEpoch(record, best);
  sayEpoch(record, best);
  return true;
}

// Saves what is better than all before: the parameters or their averages. Without a validation part
// the last ones are taken.
bool Trainer::improve(const EpochRecord &record) {
  if (!record.validation) {
    model_.save(options_.output, options_.build.ema ? CNX_RT_SAVE_EMA : 0);
    return true;
  }
  bool better = false;
  for (bool average : {false, true}) {
    const std::optional<Metrics> &metrics = average ? record.average : record.validation;
    if (!metrics)
      continue;
    const BestResult result{record.epoch, record.step, metrics->accuracy(), metrics->meanLoss(),
                            average};
    if (note_.best && !note_.best->worseThan(result))
      continue;
    note_.best = result;
    better = true;
  }
  if (better)
    model_.save(options_.output, note_.best->average ? CNX_RT_SAVE_EMA : 0);
  return better;
}

void Trainer::saveState() {
  checkFinite_();
  model_.setNote(writeNote(note_));
  model_.save(statePath(options_.output), CNX_RT_SAVE_STATE);
}

void Trainer::showProgress() {
  ProgressFacts facts;
  const uint64_t batches = order_.batchesAnEpoch();
  facts.epoch = (note_.step - 1) / batches + 1;
  facts.epochs = (schedule_.steps + batches - 1) / batches;
  facts.batch = (note_.step - 1) % batches + 1;
  facts.batches = batches;
  facts.loss = note_.epoch.meanLoss();
  facts.accuracy = note_.epoch.accuracy();
  facts.imagesPerSecond = imageRate_.imagesPerSecond();
  if (facts.imagesPerSecond > 0)
    facts.secondsLeft = double(schedule_.steps - note_.step) * double(data_.train.size()) /
                        double(batches) / facts.imagesPerSecond;
  progress_.show(facts);
}

void Trainer::sayEpoch(const EpochRecord &record, bool best) {
  std::string text = fmt::format("epoch {}: loss {:.4f}, accuracy {:.2f} %", record.epoch,
                                 record.train.meanLoss(), 100 * record.train.accuracy());
  const std::pair<const char *, const std::optional<Metrics> *> evaluated[] = {
      {"validation", &record.validation}, {"averaged", &record.average}};
  for (auto [name, metrics] : evaluated)
    if (*metrics)
      text += fmt::format("; {}: loss {:.4f}, accuracy {:.2f} %", name, (*metrics)->meanLoss(),
                          100 * (*metrics)->accuracy());
  text += fmt::format("; {:.0f} images/s", imageRate_.imagesPerSecond());
  if (best && record.validation)
    text += "; best so far";
  progress_.line(text);
}

void Trainer::logEpoch(const EpochRecord &record, bool best) {
  nlohmann::ordered_json line{{"epoch", record.epoch},
                              {"step", record.step},
                              {"rate", record.rate},
                              {"train", summary(record.train)}};
  if (record.validation)
    line["validation"] = summary(*record.validation);
  if (record.average)
    line["averaged"] = summary(*record.average);
  line["best"] = best;
  log_.write("epoch", line);
}

} // namespace cnx
