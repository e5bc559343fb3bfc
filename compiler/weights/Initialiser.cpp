#include "compiler/weights/Initialiser.h"

#include "runtime/rt/initialise.h"

namespace cnx {

static cnx_rt_init initOf(Parameter::Init init) {
  switch (init) {
  case Parameter::Init::zeros:
    return CNX_RT_ZEROS;
  case Parameter::Init::ones:
    return CNX_RT_ONES;
  case Parameter::Init::truncatedNormal:
    return CNX_RT_TRUNCATED_NORMAL;
  case Parameter::Init::constant:
    return CNX_RT_CONSTANT;
  }
  return CNX_RT_ZEROS;
}

void initialise(const Parameter &parameter, std::span<float> values) {
  cnx_rt_initialise(initOf(parameter.init), parameter.initValue, parameter.seed,
                    parameter.name.c_str(), values.data(), values.size());
}

} // namespace cnx
