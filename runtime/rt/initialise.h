// Values of a parameter that no file holds: the one initialiser, used by the compiler for
// NAME.weights and by a context that is created without weights.
#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {

// Fills `count` values in PyTorch order. A pure function of the arguments: the same bits on every
// machine and for every order in which parameters are asked for. TRUNCATED_NORMAL draws from N(0,
// value^2) and draws again outside [-2, 2], as PyTorch's trunc_normal_ with its default bounds
// does; its stream is that of (seed, name). `value` must be finite.
void cnx_rt_initialise(cnx_rt_init init, double value, uint64_t seed, const char *name,
                       float *values, size_t count);

// Two independent standard normal values of two random words (Box and Muller). Only IEEE additions,
// multiplications, divisions and square roots: the results of a libm's log, sin and cos differ from
// one to the next.
struct cnx_rt_normal_pair {
  double first, second;
};
cnx_rt_normal_pair cnx_rt_normal_pair_of(uint32_t radius, uint32_t angle);
}
