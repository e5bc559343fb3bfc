#include "compiler/fusions/RowTile.h"

#include <algorithm>

namespace cnx {

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

double shareOfThreads(int64_t count, int64_t perTask) {
  const int64_t tasks = ceilDiv(count, perTask);
  double sum = 0;
  for (int64_t threads : {1, 2, 4})
    sum += static_cast<double>(count) /
           static_cast<double>(ceilDiv(tasks, threads) * threads * perTask);
  return sum / 3;
}

int64_t chooseRowTile(int64_t rows, int64_t tile, int64_t target) {
  const int64_t tiles = ceilDiv(rows, tile);
  const int64_t wanted = std::clamp<int64_t>(target / tile, 1, tiles);
  int64_t best = 1;
  double bestScore = -1;
  for (int64_t perTask = std::max<int64_t>(1, wanted / 2);
       perTask <= 2 * wanted && perTask <= tiles; ++perTask) {
    double score = 3 * shareOfThreads(rows, perTask * tile);
    // Twice or half the target costs a hundredth.
    double ratio = static_cast<double>(perTask) / static_cast<double>(wanted);
    score -= 0.03 * std::max(ratio - 1, 1 / ratio - 1);
    if (score > bestScore) {
      bestScore = score;
      best = perTask;
    }
  }
  return best * tile;
}

} // namespace cnx
