#include "compiler/tools/LoadedModel.h"

#include "compiler/codegen/InternalError.h"

#include <dlfcn.h>

namespace cnx {

LoadedModel::LoadedModel(const std::filesystem::path &sharedObject, const std::string &name)
    : name_(name), library_(dlopen(sharedObject.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (!library_)
    throw InternalError(std::string("the compiled model cannot be loaded: ") + dlerror());
}

LoadedModel::~LoadedModel() {
  if (context_)
    reinterpret_cast<void (*)(void *)>(symbol("destroy"))(context_);
  if (weights_)
    reinterpret_cast<void (*)(void *)>(symbol("weights_release"))(weights_);
  dlclose(library_);
}

void *LoadedModel::symbol(const std::string &suffix) const {
  void *found = dlsym(library_, (name_ + "_" + suffix).c_str());
  if (!found)
    throw InternalError(name_ + "_" + suffix + " is missing in the compiled model");
  return found;
}

void LoadedModel::check(cnx_rt_status status, const char *text) const {
  if (status == CNX_RT_OK)
    return;
  std::string message = text && *text ? text : cnx_rt_status_text(status);
  switch (status) {
  case CNX_RT_IO:
  case CNX_RT_CORRUPT:
  case CNX_RT_OTHER_MODEL:
  case CNX_RT_NO_ISA:
  case CNX_RT_BAD_BATCH:
  case CNX_RT_MEMORY:
    throw UserError(message);
  case CNX_RT_NOT_FINITE:
    throw NotFinite(message);
  default:
    throw InternalError(name_ + ": " + message);
  }
}

void LoadedModel::create(const std::filesystem::path &weights, cnx_rt_options options) {
  options.struct_size = sizeof options;
  cnx_rt_error error{};
  using Open = cnx_rt_status (*)(const char *, unsigned, void **, cnx_rt_error *);
  check(reinterpret_cast<Open>(symbol("weights_open"))(weights.c_str(), 0, &weights_, &error),
        error.text);
  using Create = cnx_rt_status (*)(const cnx_rt_options *, void *, void **, cnx_rt_error *);
  check(reinterpret_cast<Create>(symbol("create"))(&options, weights_, &context_, &error),
        error.text);
}

// A function of the context that returns a status and leaves its message there.
template <typename... T> void LoadedModel::call(const char *function, T... arguments) {
  const cnx_rt_status status =
      reinterpret_cast<cnx_rt_status (*)(void *, T...)>(symbol(function))(context_, arguments...);
  using Message = const char *(*)(const void *);
  check(status,
        status == CNX_RT_OK ? nullptr : reinterpret_cast<Message>(symbol("message"))(context_));
}

// NAME_outputs: its size, then a pointer an output.
std::vector<void *> LoadedModel::outputFields(std::span<float *const> outputs) const {
  std::vector<void *> fields{nullptr};
  fields.insert(fields.end(), outputs.begin(), outputs.end());
  const size_t size = fields.size() * sizeof(void *);
  static_assert(sizeof(size_t) == sizeof(void *));
  fields[0] = reinterpret_cast<void *>(size);
  return fields;
}

void LoadedModel::forward(int batch, const void *image, std::span<float *const> outputs,
                          cnx_rt_mode mode) {
  const std::vector<void *> fields = outputFields(outputs);
  call<int, cnx_rt_mode, const void *, const void *>("forward", batch, mode, image, fields.data());
}

void LoadedModel::random(uint64_t seed, uint64_t step, uint64_t firstSample) {
  call("random", seed, step, firstSample);
}

float LoadedModel::lossBackward(const cnx_rt_targets &targets, unsigned flags) {
  float loss = 0;
  call<const cnx_rt_targets *, unsigned, float *>("loss_backward", &targets, flags, &loss);
  return loss;
}

void LoadedModel::backward(std::span<float *const> gradients, unsigned flags,
                           float *imageGradients) {
  const std::vector<void *> fields = outputFields(gradients);
  call<const void *, unsigned, float *>("backward", fields.data(), flags, imageGradients);
}

float LoadedModel::lossUpdate(const cnx_rt_targets &targets, const cnx_rt_update &update) {
  float loss = 0;
  call<const cnx_rt_targets *, const cnx_rt_update *, float *>("loss_update", &targets, &update,
                                                               &loss);
  return loss;
}

void LoadedModel::update(const cnx_rt_update &update) {
  call<const cnx_rt_update *>("update", &update);
}

void LoadedModel::setGroup(int tensor, float rateScale, bool decay) {
  call<int, float, int>("set_group", tensor, rateScale, decay);
}

void LoadedModel::readTensor(cnx_rt_kind kind, int tensor, std::span<float> values) {
  call<cnx_rt_kind, int, float *, size_t>("tensor_read", kind, tensor, values.data(),
                                          values.size());
}

void LoadedModel::save(const std::string &path, unsigned what) {
  call<const char *, unsigned>("save", path.c_str(), what);
}

void LoadedModel::restore(const std::string &path) { call<const char *>("restore", path.c_str()); }

void LoadedModel::setNote(const std::string &note) { call<const char *>("set_note", note.c_str()); }

cnx_rt_level LoadedModel::level() const {
  return reinterpret_cast<cnx_rt_level (*)(const void *)>(symbol("level"))(context_);
}

std::string LoadedModel::label(int index) const {
  const char *text = reinterpret_cast<const char *(*)(int)>(symbol("label"))(index);
  return text ? text : std::to_string(index);
}

std::optional<cnx_image_spec> LoadedModel::imageSpec() const {
  void *function = dlsym(library_, (name_ + "_image_spec").c_str());
  if (!function)
    return std::nullopt;
  cnx_image_spec spec{};
  spec.struct_size = sizeof spec;
  reinterpret_cast<void (*)(cnx_image_spec *)>(function)(&spec);
  return spec;
}

} // namespace cnx
