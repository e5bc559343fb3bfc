// How many rows a task takes.
#pragma once

#include <cstdint>

namespace cnx {

// A multiple of `tile` near `target` rows that leaves little of the last task unused and shares
// `rows` rows evenly among one, two and four threads. Fixed by the shape, never by the number of
// threads.
int64_t chooseRowTile(int64_t rows, int64_t tile, int64_t target);

// How evenly tasks of `perTask` of `count` rows load one, two and four threads, on average: 1 where
// no thread waits.
double shareOfThreads(int64_t count, int64_t perTask);

} // namespace cnx
