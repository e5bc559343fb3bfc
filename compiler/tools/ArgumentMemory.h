// An argument of a kernel that is run alone.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <memory>
#include <random>
#include <vector>

namespace cnx {

// An argument's memory, rows `pitch` apart; what is no logical element is filled with `rest`.
class ArgumentMemory {
public:
  ArgumentMemory(const Value &value, float rest); // throws UserError where there is no memory

  void *data() const; // a kernel may read 64 bytes before it
  // Logical elements, dense.
  void write(const std::vector<double> &values);
  std::vector<double> read(size_t count) const;

private:
  size_t place(size_t logical) const;

  Value value_;
  size_t bytes_;
  std::unique_ptr<unsigned char, void (*)(void *)> memory_;
};

// Numbers that the type holds exactly, uniform in -1 to 1 (uint8: 0 to 255); panels [P,K,16] are
// smaller by the root of K, so that sums of K products stay near 1.
std::vector<double> drawArgument(const Value &value, std::mt19937_64 &random);

} // namespace cnx
