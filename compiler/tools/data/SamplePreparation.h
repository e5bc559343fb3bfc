// From a sample to a network's input: resize, crop, normalise, and in training the augmentation.
#pragma once

#include "compiler/frontend/Frontend.h"
#include "compiler/tools/data/Augmentation.h"
#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/RandomStream.h"
#include "runtime/include/cnx_image.h"

#include <string>

namespace cnx {

class SamplePreparation {
public:
  // The network takes images of the spec's size in this format. padsSmall: as in DataSet.
  SamplePreparation(const cnx_image_spec &spec, InputFormat format, bool padsSmall,
                    const Augmentation &augmentation);

  size_t inputBytes() const; // of one image

  // As in evaluation: what `cnx run` does with an image file. `name` is for messages. From any
  // number of threads at once; throws UserError.
  void evaluate(const DataImage &image, const std::string &name, void *input) const;
  // The same sample, epoch and seed give the same input.
  void augment(const DataImage &image, const std::string &name, RandomStream random,
               void *input) const;

private:
  struct Draws;
  void prepare(const RgbImage &image, const std::string &name, const Draws &draws,
               void *input) const;
  void copyFloats(const FloatImage &image, const std::string &name, const Draws &draws,
                  void *input) const;
  RgbImage padded(const RgbImage &image) const;
  void toInput(const cnx_image_spec &spec, const cnx_image_pixels &pixels, const std::string &name,
               void *input) const;
  void flip(void *input) const;

  cnx_image_spec spec_;
  InputFormat format_;
  bool padsSmall_;
  Augmentation augmentation_;
};

} // namespace cnx
