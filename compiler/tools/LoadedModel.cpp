#include "compiler/tools/LoadedModel.h"

#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"

#include <dlfcn.h>
#include <vector>

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

void LoadedModel::forward(int batch, const void *image, std::span<float *const> outputs) {
  // NAME_outputs: its size, then a pointer an output.
  std::vector<void *> fields{nullptr};
  fields.insert(fields.end(), outputs.begin(), outputs.end());
  const size_t size = fields.size() * sizeof(void *);
  static_assert(sizeof(size_t) == sizeof(void *));
  fields[0] = reinterpret_cast<void *>(size);
  using Forward = cnx_rt_status (*)(void *, int, cnx_rt_mode, const void *, const void *);
  cnx_rt_status status = reinterpret_cast<Forward>(symbol("forward"))(
      context_, batch, CNX_RT_EVALUATE, image, fields.data());
  using Message = const char *(*)(const void *);
  check(status,
        status == CNX_RT_OK ? nullptr : reinterpret_cast<Message>(symbol("message"))(context_));
}

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
