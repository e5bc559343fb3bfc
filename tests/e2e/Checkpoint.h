// A safetensors file, read whole.
#pragma once

#include "tests/e2e/Vector.h"

#include <filesystem>
#include <map>
#include <string>

// The F32 tensors by name; a tensor of another type, or a file that cannot be read, fails the test.
std::map<std::string, Tensor> readCheckpoint(const std::filesystem::path &path);
std::string checkpointMetadata(const std::filesystem::path &path, const char *key);

// Norm of the difference over the norm of `expected`; infinite where sizes differ or a value is no
// number.
double normDifference(const std::vector<float> &actual, const std::vector<float> &expected);
double normOf(const std::vector<float> &values);
