// Labelled images, however they are stored.
#pragma once

#include "compiler/tools/ReadImage.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cnx {

// A network's input as an array holds it: [3,H,W], already normalised.
struct FloatImage {
  int height = 0, width = 0;
  std::vector<float> values;
};

using DataImage = std::variant<RgbImage, FloatImage>;

class DataSource {
public:
  virtual ~DataSource() = default;

  virtual size_t size() const = 0;
  virtual int label(size_t sample) const = 0; // a class, counted from 0
  // From any number of threads at once. Throws UserError.
  virtual DataImage read(size_t sample) const = 0;
  virtual std::string name(size_t sample) const = 0; // for messages: "d.npz: x[17]"
};

struct DataSet {
  std::shared_ptr<const DataSource> source;
  std::vector<size_t> train, validation; // samples of the source; the second may be empty
  int classes = 0;
  std::vector<std::string> labels; // of the classes; empty where only numbers are known
  std::optional<std::pair<int, int>> imageSize; // height, width of every image, where all have one
  bool floats = false;                          // FloatImage, else RgbImage
  // An image a little smaller than the network's input is surrounded by black, not enlarged.
  bool padsSmall = false;
};

// A folder of class folders, a folder with MNIST's files, one such file, or an .npz file. Where the
// data has no validation part of its own, `validationFraction` of each class, drawn by the seed,
// becomes it. Throws UserError.
DataSet openData(const std::string &path, double validationFraction, uint64_t seed);

// What openData chooses between.
DataSet openImageFolder(const std::string &path);
DataSet openNpz(const std::string &path);
DataSet openIdx(const std::string &path);  // the folder, or the file with the training images
bool isIdxFolder(const std::string &path); // it holds MNIST's file with the training images

} // namespace cnx
