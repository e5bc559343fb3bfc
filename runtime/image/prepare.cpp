// Resize, crop and normalise, in that order. Only what the crop shows is computed.
#include "runtime/image/resample.h"
#include "runtime/rt/enum_value.h"

#include <stdlib.h>
#include <string.h>

namespace {
using namespace cnx::image;

constexpr int longest = 1 << 16; // of an image's or an input's side, in pixels

struct Size {
  int height, width;
};

// Half to even, as Python's round().
int64_t roundEven(double x) {
  int64_t below = static_cast<int64_t>(x);
  below -= below > x;
  double rest = x - static_cast<double>(below);
  bool up = rest > 0.5 || (rest == 0.5 && below % 2 != 0);
  return below + up;
}

// Where the crop begins in an image side; negative where the image is smaller.
int cropStart(cnx_image_crop rule, int image, int crop) {
  int rest = image - crop;
  // Padding, both rules: the odd pixel goes before the image under floor, after it under round.
  if (rest < 0)
    return rule == CNX_IMAGE_CROP_FLOOR ? -((1 - rest) / 2) : -(-rest / 2);
  return rule == CNX_IMAGE_CROP_FLOOR ? rest / 2 : static_cast<int>(roundEven(rest / 2.0));
}

class Preparation {
public:
  Preparation(const cnx_image_spec *wanted, const cnx_image_pixels *image, cnx_rt_error *receiver)
      : spec(wanted), source(image), error(receiver) {}

  // Checks the arguments and finds the resized size.
  cnx_rt_status plan() {
    if (!spec || !source || !source->data)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: spec or pixels are NULL");
    if (spec->struct_size < sizeof(cnx_image_spec))
      return cnx_rt_fail(error, CNX_RT_ABI, "image: struct_size is %zu, expected %zu",
                         spec->struct_size, sizeof(cnx_image_spec));
    if (!inRange(source->height) || !inRange(source->width))
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: %d x %d pixels, expected 1 to %d a side",
                         source->height, source->width, longest);
    if (!inRange(spec->height) || !inRange(spec->width))
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: input of %d x %d, expected 1 to %d a side",
                         spec->height, spec->width, longest);
    rowBytes = source->row_bytes ? source->row_bytes : static_cast<size_t>(source->width) * 3;
    if (rowBytes < static_cast<size_t>(source->width) * 3)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                         "image: rows %zu bytes apart, expected at least %d", rowBytes,
                         source->width * 3);
    int resize = cnx::enumValue(spec->resize), filter = cnx::enumValue(spec->filter),
        crop = cnx::enumValue(spec->crop);
    if (filter != CNX_IMAGE_BICUBIC && filter != CNX_IMAGE_BILINEAR)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: unknown filter %d", filter);
    if (crop != CNX_IMAGE_CROP_ROUND && crop != CNX_IMAGE_CROP_FLOOR && crop != CNX_IMAGE_CROP_MEAN)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: unknown crop %d", crop);
    int64_t height = source->height, width = source->width;
    int64_t goalHeight = spec->resize_height, goalWidth = spec->resize_width;
    if (resize != CNX_IMAGE_RESIZE_NONE &&
        (goalHeight < 1 || (goalWidth < 1 && resize != CNX_IMAGE_RESIZE_SHORTER)))
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: resize to %d x %d", spec->resize_height,
                         spec->resize_width);
    switch (resize) {
    case CNX_IMAGE_RESIZE_NONE:
      break;
    case CNX_IMAGE_RESIZE_SHORTER:
      if (width <= height) {
        height = goalHeight * height / width;
        width = goalHeight;
      } else {
        width = goalHeight * width / height;
        height = goalHeight;
      }
      break;
    case CNX_IMAGE_RESIZE_COVER:
    case CNX_IMAGE_RESIZE_CONTAIN: {
      double ratioHeight = static_cast<double>(height) / static_cast<double>(goalHeight);
      double ratioWidth = static_cast<double>(width) / static_cast<double>(goalWidth);
      bool byHeight = (ratioHeight < ratioWidth) == (resize == CNX_IMAGE_RESIZE_COVER);
      double ratio = byHeight ? ratioHeight : ratioWidth;
      height = roundEven(static_cast<double>(height) / ratio);
      width = roundEven(static_cast<double>(width) / ratio);
      break;
    }
    case CNX_IMAGE_RESIZE_SQUASH:
      height = goalHeight;
      width = goalWidth;
      break;
    default:
      return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: unknown resize %d", resize);
    }
    if (height < 1 || height > longest || width < 1 || width > longest)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                         "image: %d x %d would be resized to %lld x %lld, expected 1 to %d a side",
                         source->height, source->width, static_cast<long long>(height),
                         static_cast<long long>(width), longest);
    resized = {static_cast<int>(height), static_cast<int>(width)};
    return CNX_RT_OK;
  }

  // height x width x 3 bytes of the input.
  cnx_rt_status pixels(uint8_t *input) {
    int top = cropStart(spec->crop, resized.height, spec->height);
    int left = cropStart(spec->crop, resized.width, spec->width);
    // The part of the resized image that the crop shows.
    int firstRow = top < 0 ? 0 : top, firstColumn = left < 0 ? 0 : left;
    int lastRow = least(top + spec->height, resized.height);
    int lastColumn = least(left + spec->width, resized.width);
    size_t inputRow = static_cast<size_t>(spec->width) * 3;
    if (lastRow - firstRow < spec->height || lastColumn - firstColumn < spec->width)
      surround(input);
    uint8_t *target = input + static_cast<size_t>(firstRow - top) * inputRow +
                      static_cast<size_t>(firstColumn - left) * 3;
    size_t bytes = static_cast<size_t>(lastColumn - firstColumn) * 3;

    Weights across, down;
    bool resizeAcross = resized.width != source->width;
    bool resizeDown = resized.height != source->height;
    if ((resizeAcross &&
         !across.compute(spec->filter, source->width, resized.width, firstColumn, lastColumn)) ||
        (resizeDown &&
         !down.compute(spec->filter, source->height, resized.height, firstRow, lastRow)))
      return memory();
    int firstSource = resizeDown ? down.firstInput() : firstRow;
    int lastSource = resizeDown ? down.lastInput() : lastRow;

    // Across first: rows [firstSource, lastSource) of the crop's width.
    const uint8_t *rows = source->data + static_cast<size_t>(firstColumn) * 3;
    size_t apart = rowBytes;
    uint8_t *between = nullptr;
    if (resizeAcross) {
      size_t count = static_cast<size_t>(lastSource - firstSource);
      between = static_cast<uint8_t *>(malloc(count * bytes));
      if (!between)
        return memory();
      for (size_t row = 0; row < count; ++row)
        resampleRow(across, firstColumn, lastColumn,
                    source->data + (static_cast<size_t>(firstSource) + row) * rowBytes,
                    between + row * bytes);
      rows = between;
      apart = bytes;
    } else {
      rows += static_cast<size_t>(firstSource) * rowBytes;
    }

    for (int row = firstRow; row < lastRow; ++row, target += inputRow) {
      if (resizeDown) {
        Window window = down.window(row);
        window.first -= firstSource;
        combineRows(window, down.weights(row), rows, apart, bytes, target);
      } else {
        memcpy(target, rows + static_cast<size_t>(row - firstSource) * apart, bytes);
      }
    }
    free(between);
    return CNX_RT_OK;
  }

  // The whole input, before the image is laid over it.
  void surround(uint8_t *input) const {
    uint8_t colour[3] = {0, 0, 0};
    if (spec->crop == CNX_IMAGE_CROP_MEAN)
      for (int c = 0; c < 3; ++c) {
        float level = 255 * spec->mean[c]; // in float32, where 255 * 0.3 is 76.5 as it is in Python
        if (level > 0)
          colour[c] = static_cast<uint8_t>(level < 255 ? roundEven(level) : 255);
      }
    size_t bytes = static_cast<size_t>(spec->height) * static_cast<size_t>(spec->width) * 3;
    for (size_t i = 0; i < bytes; ++i)
      input[i] = colour[i % 3];
  }

  cnx_rt_status memory() { return cnx_rt_fail(error, CNX_RT_MEMORY, "image: no memory"); }

private:
  static bool inRange(int side) { return side >= 1 && side <= longest; }
  static int least(int a, int b) { return a < b ? a : b; }

  const cnx_image_spec *spec;
  const cnx_image_pixels *source;
  cnx_rt_error *error;
  size_t rowBytes = 0;
  Size resized = {0, 0};
};

} // namespace

extern "C" {

cnx_rt_status cnx_image_prepare_u8(const cnx_image_spec *spec, const cnx_image_pixels *image,
                                   uint8_t *input, cnx_rt_error *error) {
  if (!input)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: input is NULL");
  Preparation preparation(spec, image, error);
  cnx_rt_status status = preparation.plan();
  return status ? status : preparation.pixels(input);
}

cnx_rt_status cnx_image_prepare_f32(const cnx_image_spec *spec, const cnx_image_pixels *image,
                                    cnx_image_layout layout, float *input, cnx_rt_error *error) {
  if (!input)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: input is NULL");
  int order = cnx::enumValue(layout);
  if (order != CNX_IMAGE_NCHW && order != CNX_IMAGE_NHWC)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "image: unknown layout %d", order);
  Preparation preparation(spec, image, error);
  if (cnx_rt_status status = preparation.plan())
    return status;
  for (int c = 0; c < 3; ++c)
    if (!(spec->std[c] > 0) || spec->mean[c] != spec->mean[c])
      return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                         "image: mean %g and std %g of channel %d, expected std above 0",
                         static_cast<double>(spec->mean[c]), static_cast<double>(spec->std[c]), c);
  size_t count = static_cast<size_t>(spec->height) * static_cast<size_t>(spec->width);
  uint8_t *pixels = static_cast<uint8_t *>(malloc(count * 3));
  if (!pixels)
    return preparation.memory();
  cnx_rt_status status = preparation.pixels(pixels);
  if (!status) {
    // A channel has 256 values; each is computed as torch does, in float32: (p / 255 - mean) / std.
    float table[3][256];
    for (int c = 0; c < 3; ++c)
      for (int p = 0; p < 256; ++p)
        table[c][p] = (static_cast<float>(p) / 255.0f - spec->mean[c]) / spec->std[c];
    size_t pixelStep = layout == CNX_IMAGE_NCHW ? 1 : 3;
    size_t channelStep = layout == CNX_IMAGE_NCHW ? count : 1;
    for (size_t c = 0; c < 3; ++c)
      for (size_t i = 0; i < count; ++i)
        input[c * channelStep + i * pixelStep] = table[c][pixels[i * 3 + c]];
  }
  free(pixels);
  return status;
}

} // extern "C"
