// NumPy arrays of float32 on disk.
#pragma once

#include "tests/e2e/Vector.h"

#include <filesystem>

// The path, as an argument of a command. What cannot be written or read fails the test.
std::string saveNpy(const std::filesystem::path &path, const Tensor &tensor);
Tensor readNpy(const std::filesystem::path &path);
