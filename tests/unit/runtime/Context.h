// A context of a model without kernels: the tests call what kernels call.
#pragma once

#include "tests/support/catch.h"

#include "runtime/include/cnx_rt.h"

#include <functional>
#include <memory>
#include <vector>

inline const void *const testTable[1] = {nullptr};

inline cnx_rt_model testModel(size_t arenaBytes, size_t scratchBytes) {
  return {"test", arenaBytes, scratchBytes, {testTable, nullptr}};
}

inline cnx_rt_options testOptions(unsigned threads) {
  cnx_rt_options options{};
  options.struct_size = sizeof options;
  options.threads = threads;
  return options;
}

struct ContextClose {
  void operator()(cnx_rt_context *context) const { cnx_rt_context_destroy(context); }
};
using Context = std::unique_ptr<cnx_rt_context, ContextClose>;

inline Context makeContext(const cnx_rt_options &options, size_t arenaBytes = 0,
                           size_t scratchBytes = 0) {
  cnx_rt_model model = testModel(arenaBytes, scratchBytes);
  cnx_rt_context *context = nullptr;
  cnx_rt_error error{};
  cnx_rt_status status = cnx_rt_context_create(&model, &options, &context, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
  return Context(context);
}

// A parallel loop over a C++ function, as a compiled kernel makes it.
inline int loop(void *worker, int min, int extent, const std::function<int(void *, int)> &body) {
  auto task = [](void *user, int index, uint8_t *closure) {
    return (*reinterpret_cast<const std::function<int(void *, int)> *>(closure))(user, index);
  };
  return cnx_rt_do_par_for(
      worker, task, min, extent,
      reinterpret_cast<uint8_t *>(const_cast<std::function<int(void *, int)> *>(&body)));
}

inline int loop(cnx_rt_context *context, int extent, const std::function<int(void *, int)> &body) {
  return loop(cnx_rt_context_worker(context), 0, extent, body);
}
