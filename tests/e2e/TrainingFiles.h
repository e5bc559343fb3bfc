// Data sets on disk, as `cnx train` and `cnx grad` read them.
#pragma once

#include "tests/e2e/Vector.h"

#include <filesystem>
#include <string>
#include <vector>

// A .npy file, its path returned.
std::string saveImages(const std::filesystem::path &path, const Tensor &images);
std::string saveLabels(const std::filesystem::path &path, const std::vector<int64_t> &labels);

// x float32 and y int64 in one .npz file.
std::string saveNpz(const std::filesystem::path &path, const Tensor &images,
                    const std::vector<int64_t> &labels);

// The first `train` digits of examples/digits/heldout.safetensors as MNIST's training files, those
// up to `both` as its test files. Returns the folder.
std::string saveDigits(const std::filesystem::path &folder, int train, int both);
