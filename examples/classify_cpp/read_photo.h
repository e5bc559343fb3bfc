// JPEG and PNG files to RGB pixels, by libjpeg and libpng.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct Photo {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels; // R, G, B, rows top to bottom
};

// False, and a message, where the file is no image.
bool readPhoto(const std::string &path, Photo &photo, std::string &message);
