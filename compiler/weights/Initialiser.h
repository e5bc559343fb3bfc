// Values of a parameter that no file holds. A pure function of the parameter: the same bits on
// every machine and for every order in which parameters are asked for.
#pragma once

#include "compiler/weights/Parameter.h"

#include <span>

namespace cnx {

// Fills `values`, of parameter.size() elements in PyTorch order. truncatedNormal draws from N(0,
// initValue^2) and draws again outside [-2, 2], as PyTorch's trunc_normal_ with its default bounds
// does.
void initialise(const Parameter &parameter, std::span<float> values);

// Two independent standard normal values of two random words (Box and Muller). Only IEEE additions,
// multiplications, divisions and square roots: the results of a libm's log, sin and cos differ from
// one to the next.
struct NormalPair {
  double first, second;
};
NormalPair normalPair(uint32_t radius, uint32_t angle);

} // namespace cnx
