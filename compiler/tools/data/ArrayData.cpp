#include "compiler/tools/data/ArrayData.h"

#include "compiler/Error.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace cnx {

namespace {

class ArraySource : public DataSource {
public:
  explicit ArraySource(std::vector<ArrayPart> parts) : parts_(std::move(parts)) {}

  size_t size() const override {
    size_t sum = 0;
    for (const ArrayPart &part : parts_)
      sum += part.classes.size();
    return sum;
  }
  int label(size_t sample) const override { return partOf(sample).classes[sample]; }
  std::string name(size_t sample) const override {
    const ArrayPart &part = partOf(sample);
    return fmt::format("{}[{}]", part.images, sample);
  }

  DataImage read(size_t sample) const override {
    const ArrayPart &part = partOf(sample);
    const size_t bytes = part.imageBytes();
    const unsigned char *from = part.bytes.data() + part.offset + sample * bytes;
    if (part.floats) {
      FloatImage image{part.height, part.width, std::vector<float>(bytes / sizeof(float))};
      std::memcpy(image.values.data(), from, bytes);
      return image;
    }
    RgbImage image{part.width, part.height,
                   std::vector<uint8_t>(bytes / size_t(part.channels) * 3)};
    for (size_t i = 0; i < image.pixels.size(); ++i)
      image.pixels[i] = from[part.channels == 3 ? i : i / 3];
    return image;
  }

private:
  // `sample` becomes the number in the part.
  const ArrayPart &partOf(size_t &sample) const {
    size_t at = 0;
    while (sample >= parts_[at].classes.size())
      sample -= parts_[at++].classes.size();
    return parts_[at];
  }

  std::vector<ArrayPart> parts_;
};

int largestClass(const ArrayPart &part) {
  return *std::max_element(part.classes.begin(), part.classes.end());
}

std::string typeText(const ArrayPart &part) {
  return fmt::format("{} images of {}x{}", part.floats ? "float32" : "uint8", part.height,
                     part.width);
}

} // namespace

DataSet arrayData(std::vector<ArrayPart> parts) {
  DataSet data;
  const ArrayPart &train = parts.front();
  data.classes = largestClass(train) + 1;
  data.floats = train.floats;
  data.imageSize = {train.height, train.width};
  for (size_t i = 0; i < train.classes.size(); ++i)
    data.train.push_back(i);
  if (parts.size() > 1) {
    const ArrayPart &validation = parts[1];
    if (validation.floats != train.floats || validation.height != train.height ||
        validation.width != train.width)
      throw UserError(fmt::format("{}: found {}, expected {}, as in {}", validation.images,
                                  typeText(validation), typeText(train), train.images));
    if (largestClass(validation) >= data.classes)
      throw UserError(fmt::format("{}: found class {}, expected at most {}, as in {}",
                                  validation.labels, largestClass(validation), data.classes - 1,
                                  train.labels));
    for (size_t i = 0; i < validation.classes.size(); ++i)
      data.validation.push_back(train.classes.size() + i);
  }
  data.source = std::make_shared<ArraySource>(std::move(parts));
  return data;
}

} // namespace cnx
