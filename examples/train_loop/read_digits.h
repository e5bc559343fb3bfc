// Handwritten digits from a safetensors file: images U8 [N,28,28], labels U8 [N].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct Digits {
  static constexpr int kSide = 28;
  std::vector<uint8_t> pixels; // one image after the other
  std::vector<uint8_t> labels;

  std::vector<uint8_t> rgb(size_t digit) const; // [28,28,3], three equal channels
};

// False, with a message, where the file is not such a one.
bool readDigits(const char *path, Digits &digits, std::string &message);
