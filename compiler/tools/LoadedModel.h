// A compiled model in this process, called through the functions of its NAME.h.
#pragma once

#include "compiler/Error.h"
#include "runtime/include/cnx_image.h"
#include "runtime/include/cnx_rt.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cnx {

// A loss or a gradient that is no number.
struct NotFinite : UserError {
  using UserError::UserError;
};

class LoadedModel {
public:
  // The shared object of the library `name`. Throws InternalError where a function is missing.
  LoadedModel(const std::filesystem::path &sharedObject, const std::string &name);
  ~LoadedModel();
  LoadedModel(const LoadedModel &) = delete;
  LoadedModel &operator=(const LoadedModel &) = delete;

  // Opens the weights and makes the context. `options` may hold hooks; struct_size is set here.
  void create(const std::filesystem::path &weights, cnx_rt_options options);

  // outputs: a pointer each, in the order of NAME_outputs; null skips one.
  void forward(int batch, const void *image, std::span<float *const> outputs,
               cnx_rt_mode mode = CNX_RT_EVALUATE);

  // Of training builds, as NAME.h describes them. A value that is not finite throws NotFinite, what
  // a file is refused for UserError.
  void random(uint64_t seed, uint64_t step, uint64_t firstSample);
  float lossBackward(const cnx_rt_targets &targets, unsigned flags);
  // gradients: as outputs; imageGradients may be null.
  void backward(std::span<float *const> gradients, unsigned flags, float *imageGradients);
  void update(const cnx_rt_update &update);
  // Of a build whose gradients are immediate, in place of those three.
  float lossUpdate(const cnx_rt_targets &targets, const cnx_rt_update &update);
  void setGroup(int tensor, float rateScale, bool decay);
  void readTensor(cnx_rt_kind kind, int tensor, std::span<float> values);
  void save(const std::string &path, unsigned what);
  void restore(const std::string &path);
  void setNote(const std::string &note);

  cnx_rt_level level() const; // of the context
  // The checkpoint's name of a class, or its number where there are no names.
  std::string label(int index) const;
  std::optional<cnx_image_spec>
  imageSpec() const; // nothing where the model came without pre-processing

private:
  void *symbol(const std::string &suffix) const;
  template <typename... T> void call(const char *function, T... arguments);
  std::vector<void *> outputFields(std::span<float *const> outputs) const;
  void check(cnx_rt_status status, const char *text) const;

  std::string name_;
  void *library_ = nullptr;
  void *weights_ = nullptr;
  void *context_ = nullptr;
};

} // namespace cnx
