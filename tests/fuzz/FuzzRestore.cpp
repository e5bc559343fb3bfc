// Any bytes as a checkpoint of a small network. What is refused leaves the object as it was, with a
// message; what is taken up is finite, and the file's. The input's checksum is put right
// where it has one, since no mutation would find it.
#include "runtime/include/cnx_io.h"
#include "runtime/io/training_restore.h"
#include "runtime/io/training_state.h"
#include "runtime/rt/training.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

constexpr cnx_rt_parameter parameters[] = {
    {"w", CNX_RT_PANELS, 2, {3, 2}, 0, {}, 0, 32, CNX_RT_ONES, 0, 1},
    {"g", CNX_RT_VECTOR, 1, {2}, 2, {1, 2}, 1024, 16, CNX_RT_ONES, 0, 0},
};
constexpr cnx_rt_train_model model = {parameters, 2, 512, 1, 0, 1, "{}", 0, CNX_RT_GRADIENTS_SUMMED,
                                      0};

cnx_rt_training *makeTraining() {
  static const void *const table[1] = {nullptr};
  static cnx_rt_context *context = nullptr;
  const cnx_rt_model facts = {"fuzz", 0, 0, {table, nullptr}};
  cnx_rt_options options{};
  options.struct_size = sizeof options;
  options.threads = 1;
  options.seed = 1;
  require(context || cnx_rt_context_create(&facts, &options, &context, nullptr) == CNX_RT_OK);
  cnx_rt_training *training = nullptr;
  require(cnx_rt_training_create(&model, context, nullptr, &training, nullptr) == CNX_RT_OK);
  return training;
}

struct Values {
  std::vector<float> floats;
  uint64_t seed, step, sample;
  std::string note;

  explicit Values(const cnx_rt_training *training)
      : seed(training->seed), step(training->step), sample(training->sample),
        note(cnx_rt_training_note(training)) {
    for (const float *segment : training->segment)
      if (segment)
        floats.insert(floats.end(), segment, segment + model.floats);
    floats.insert(floats.end(), training->rates, training->rates + 2);
    floats.insert(floats.end(), training->decays, training->decays + 2);
  }
  bool operator==(const Values &) const = default;
};

// With the checksum that belongs to the values, so that what lies behind it is reached.
cnx_io_safetensors *open(std::string &bytes, const cnx_rt_training *training) {
  auto parse = [&] {
    cnx_io_safetensors *file = nullptr;
    cnx_io_safetensors_from_memory(bytes.data(), bytes.size(), "fuzz", &file, nullptr);
    return file;
  };
  cnx_io_safetensors *file = parse();
  const char *text = file ? cnx_io_safetensors_metadata_value(file, "cnx.state") : nullptr;
  cnx::io::TrainingState state;
  if (!text || state.parse(training, text, "fuzz", nullptr) != CNX_RT_OK ||
      std::strlen(state.hash) != 16)
    return file;
  cnx::io::StateHash hash;
  for (const char *name : {"w", "cnx.moment1.w", "g", "cnx.moment1.g"})
    if (const cnx_io_tensor *tensor = cnx_io_safetensors_find(file, name))
      hash.add(tensor->data, tensor->bytes);
  hash.add(training, state);
  char right[17];
  hash.print(right);
  size_t at = bytes.find(state.hash);
  if (at == std::string::npos)
    return file;
  cnx_io_safetensors_close(file);
  bytes.replace(at, 16, right);
  return parse();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cnx_rt_training *training = makeTraining();
  std::string bytes(reinterpret_cast<const char *>(data), size);
  if (cnx_io_safetensors *file = open(bytes, training)) {
    Values before(training);
    cnx_rt_error error{};
    if (cnx::io::restoreTraining(training, file, "fuzz", &error) != CNX_RT_OK) {
      require(Values(training) == before);
      require(std::strlen(error.text) > 6);
    } else {
      Values after(training);
      for (float value : after.floats)
        require(std::isfinite(value));
      float row[6];
      require(cnx_rt_training_read(training, CNX_RT_PARAMETER, 0, row, 6) == CNX_RT_OK);
      require(std::memcmp(row, cnx_io_safetensors_find(file, "w")->data, sizeof row) == 0);
    }
    cnx_io_safetensors_close(file);
  }
  cnx_rt_training_destroy(training);
  return 0;
}
