// Any sizes, filters and crops: nothing outside the picture is read, nothing outside the input
// written, and every value is what the pixels of both forms say.
#include "runtime/include/cnx_image.h"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 11)
    return 0;
  cnx_image_spec spec{};
  spec.struct_size = sizeof spec;
  spec.height = data[0] % 64;
  spec.width = data[1] % 64;
  spec.resize = static_cast<cnx_image_resize>(data[2] % 5);
  spec.resize_height = data[3];
  spec.resize_width = data[4];
  spec.filter = static_cast<cnx_image_filter>(data[5] % 2);
  spec.crop = static_cast<cnx_image_crop>(data[6] % 3);
  for (float &std : spec.std)
    std = 1;
  int height = data[7], width = data[8];
  size_t gap = data[9] % 8, row = static_cast<size_t>(width) * 3 + gap;
  size_t bytes = height > 0 && width > 0 ? static_cast<size_t>(height) * row - gap : 0;
  std::unique_ptr<uint8_t[]> pixels(new uint8_t[bytes]); // no byte more than the picture has
  for (size_t i = 0; i < bytes; ++i)
    pixels[i] = data[10 + i % (size - 10)];
  cnx_image_pixels image = {pixels.get(), height, width, row};

  size_t count = static_cast<size_t>(spec.height * spec.width) * 3;
  std::unique_ptr<uint8_t[]> input(new uint8_t[count]);
  std::unique_ptr<float[]> floats(new float[count]);
  std::memset(input.get(), 0xEE, count);
  cnx_rt_status status = cnx_image_prepare_u8(&spec, &image, input.get(), nullptr);
  require(cnx_image_prepare_f32(&spec, &image, CNX_IMAGE_NHWC, floats.get(), nullptr) == status);
  if (status == CNX_RT_OK)
    for (size_t i = 0; i < count; ++i)
      require(floats[i] == static_cast<float>(input[i]) / 255.0f);
  return 0;
}
