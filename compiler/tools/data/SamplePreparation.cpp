#include "compiler/tools/data/SamplePreparation.h"

#include "compiler/Error.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {

namespace {

// An image of at least this share of the input's sides is padded rather than enlarged: MNIST's 28
// pixels in LeNet's 32.
constexpr double kPadFrom = 0.75;

} // namespace

// What is random about one input; by default nothing.
struct SamplePreparation::Draws {
  std::optional<CropWindow> window; // of the image as it is stored
  int down = 0, right = 0;          // of the prepared input
  bool flip = false;
};

SamplePreparation::SamplePreparation(const cnx_image_spec &spec, InputFormat format, bool padsSmall,
                                     const Augmentation &augmentation)
    : spec_(spec), format_(format), padsSmall_(padsSmall), augmentation_(augmentation) {}

size_t SamplePreparation::inputBytes() const {
  return size_t(spec_.height) * size_t(spec_.width) * 3 *
         (format_ == InputFormat::u8Nhwc ? 1 : sizeof(float));
}

void SamplePreparation::evaluate(const DataImage &image, const std::string &name,
                                 void *input) const {
  if (const auto *floats = std::get_if<FloatImage>(&image))
    copyFloats(*floats, name, {}, input);
  else
    prepare(padded(std::get<RgbImage>(image)), name, {}, input);
}

void SamplePreparation::augment(const DataImage &image, const std::string &name,
                                RandomStream random, void *input) const {
  const auto *floats = std::get_if<FloatImage>(&image);
  RgbImage bytes;
  if (!floats)
    bytes = padded(std::get<RgbImage>(image));
  Draws draws;
  if (augmentation_.crop == Augmentation::Crop::resized)
    draws.window = resizedCrop(augmentation_, floats ? floats->height : bytes.height,
                               floats ? floats->width : bytes.width, random);
  if (augmentation_.crop == Augmentation::Crop::pad) {
    draws.down = int(random.below(uint32_t(2 * augmentation_.pad + 1))) - augmentation_.pad;
    draws.right = int(random.below(uint32_t(2 * augmentation_.pad + 1))) - augmentation_.pad;
  }
  draws.flip = augmentation_.flip && random.below(2);
  if (floats)
    copyFloats(*floats, name, draws, input);
  else
    prepare(bytes, name, draws, input);
}

RgbImage SamplePreparation::padded(const RgbImage &image) const {
  const bool small = image.height <= spec_.height && image.width <= spec_.width &&
                     image.height >= kPadFrom * spec_.height &&
                     image.width >= kPadFrom * spec_.width;
  if (!padsSmall_ || !small)
    return image;
  RgbImage result{spec_.width, spec_.height,
                  std::vector<uint8_t>(size_t(spec_.width) * size_t(spec_.height) * 3)};
  const int top = (spec_.height - image.height) / 2, left = (spec_.width - image.width) / 2;
  for (int y = 0; y < image.height; ++y)
    std::copy_n(image.pixels.begin() + 3 * long(y) * image.width, 3 * image.width,
                result.pixels.begin() + 3 * (long(y + top) * spec_.width + left));
  return result;
}

void SamplePreparation::toInput(const cnx_image_spec &spec, const cnx_image_pixels &pixels,
                                const std::string &name, void *input) const {
  cnx_rt_error error{};
  const cnx_rt_status status =
      format_ == InputFormat::u8Nhwc
          ? cnx_image_prepare_u8(&spec, &pixels, static_cast<uint8_t *>(input), &error)
          : cnx_image_prepare_f32(&spec, &pixels,
                                  format_ == InputFormat::f32Nchw ? CNX_IMAGE_NCHW : CNX_IMAGE_NHWC,
                                  static_cast<float *>(input), &error);
  if (status != CNX_RT_OK)
    throw UserError(name + ": " + error.text);
}

void SamplePreparation::prepare(const RgbImage &image, const std::string &name, const Draws &draws,
                                void *input) const {
  cnx_image_pixels pixels{image.pixels.data(), image.height, image.width, 0};
  if (draws.window) {
    pixels = {image.pixels.data() +
                  3 * (long(draws.window->top) * image.width + draws.window->left),
              draws.window->height, draws.window->width, size_t(image.width) * 3};
    cnx_image_spec squash = spec_;
    squash.resize = CNX_IMAGE_RESIZE_SQUASH;
    squash.resize_height = spec_.height;
    squash.resize_width = spec_.width;
    toInput(squash, pixels, name, input);
  } else if (draws.down || draws.right) {
    // Shifted as pixels, so that what comes in is black and not the mean colour.
    RgbImage whole{spec_.width, spec_.height,
                   std::vector<uint8_t>(size_t(spec_.width) * size_t(spec_.height) * 3)};
    cnx_rt_error error{};
    if (cnx_image_prepare_u8(&spec_, &pixels, whole.pixels.data(), &error) != CNX_RT_OK)
      throw UserError(name + ": " + error.text);
    whole = shifted(whole, draws.down, draws.right);
    cnx_image_spec asItIs = spec_;
    asItIs.resize = CNX_IMAGE_RESIZE_NONE;
    toInput(asItIs, {whole.pixels.data(), whole.height, whole.width, 0}, name, input);
  } else {
    toInput(spec_, pixels, name, input);
  }
  if (draws.flip)
    flip(input);
}

void SamplePreparation::copyFloats(const FloatImage &image, const std::string &name,
                                   const Draws &draws, void *input) const {
  const int height = spec_.height, width = spec_.width;
  if (image.height != height || image.width != width)
    throw UserError(fmt::format("{}: found a float32 image of {}x{}, expected the network's {}x{}",
                                name, image.height, image.width, height, width));
  float *to = static_cast<float *>(input);
  const bool channelsFirst = format_ == InputFormat::f32Nchw;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int fromY = y - draws.down, fromX = x - draws.right;
        const bool inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
        const size_t at =
            channelsFirst ? size_t((c * height + y) * width + x) : size_t((y * width + x) * 3 + c);
        to[at] = inside ? image.values[size_t((c * height + fromY) * width + fromX)] : 0;
      }
  if (draws.flip)
    flip(input);
}

void SamplePreparation::flip(void *input) const {
  const size_t width = size_t(spec_.width), rows = size_t(spec_.height);
  if (format_ == InputFormat::f32Nchw) {
    float *row = static_cast<float *>(input);
    for (size_t i = 0; i < 3 * rows; ++i, row += width)
      std::reverse(row, row + width);
    return;
  }
  const size_t pixel = 3 * (format_ == InputFormat::u8Nhwc ? 1 : sizeof(float));
  unsigned char *row = static_cast<unsigned char *>(input);
  for (size_t y = 0; y < rows; ++y, row += width * pixel)
    for (size_t left = 0, right = width - 1; left < right; ++left, --right)
      std::swap_ranges(row + left * pixel, row + (left + 1) * pixel, row + right * pixel);
}

} // namespace cnx
