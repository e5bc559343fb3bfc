// Runs one function on several workers at once; internal to the runtime.
#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {
typedef void (*cnx_rt_part)(void *argument, int worker);

// Calls part(argument, w) for every w below `workers` (at most the pool's threads) at the same
// time, w = 0 on the calling thread, and returns when all have returned. Calls from several threads
// take turns.
void cnx_rt_pool_run(cnx_rt_pool *pool, int workers, cnx_rt_part part, void *argument);
}
