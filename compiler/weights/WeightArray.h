// A dense array on the host in double precision: what weight expressions are evaluated on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

using Shape = std::vector<int64_t>;

int64_t elementCount(const Shape &shape);    // 1 for the empty shape
std::string formatShape(const Shape &shape); // "[96, 3, 4, 4]"

struct WeightArray {
  Shape shape; // outermost first
  std::vector<double> values;
};

} // namespace cnx
