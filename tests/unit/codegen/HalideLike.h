// Bitcode such as Halide writes, made from LLVM's text.
#pragma once

#include <filesystem>
#include <string>

namespace cnx {

// A kernel that adds the first element of each input to `scalar` and writes the sum to all 16
// elements of its output, in a parallel loop of 4 tasks over 4 elements each, with one scratch
// allocation: int SYMBOL(ctx, in..., float, out).
std::string halideLikeKernel(const std::string &symbol, int inputs);

// Parses and writes; requires that the text is valid.
void writeBitcode(const std::string &text, const std::filesystem::path &path);

} // namespace cnx
