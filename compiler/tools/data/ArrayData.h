// Data sets that are arrays in memory: images of one size, and a class for each.
#pragma once

#include "compiler/tools/data/DataSource.h"

namespace cnx {

// Training or validation part.
struct ArrayPart {
  std::string images, labels;       // names for messages: "d.npz: x"
  std::vector<unsigned char> bytes; // the file that holds the images
  size_t offset = 0;                // of the images in it, one after the other
  int height = 0, width = 0;
  int channels = 3;         // bytes: 3 or 1, innermost; floats: 3, outermost
  bool floats = false;      // float32, else uint8
  std::vector<int> classes; // of the images, in their order

  size_t imageBytes() const {
    return size_t(height) * size_t(width) * size_t(channels) * (floats ? sizeof(float) : 1);
  }
};

// The first part trains, a second one validates. Throws UserError where they do not fit together.
DataSet arrayData(std::vector<ArrayPart> parts);

} // namespace cnx
