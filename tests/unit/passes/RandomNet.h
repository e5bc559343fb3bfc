// Small random networks as text of the dialect `cnx`, with random values for inputs and parameters:
// for properties that hold for every network.
#pragma once

#include "ir/Reference.h"

#include <cstdint>
#include <string>

namespace cnx::test {

struct RandomNetOptions {
  bool frozen =
      true; // false: each parameter is frozen or trained at random, and blocks may drop paths
  int batch = 1;
};

// Blocks of both generations, odd sizes, absent biases, every kind of image and output; a function
// of the seed.
std::string randomNet(uint64_t seed, const RandomNetOptions &options = {});

// Values for every argument of the function: bytes for an image of bytes, else about -1..1.
ir::NamedTensors randomInputs(mlir::func::FuncOp function, uint64_t seed);

// Values about -1..1 for every parameter of the module, a function of seed and name.
ir::WeightValues randomWeights(mlir::ModuleOp module, uint64_t seed);

} // namespace cnx::test
