// Image preparation against what timm, torchvision and transformers made of the same PNGs, and its
// corner cases.
#include "tests/support/catch.h"

#include "runtime/include/cnx_image.h"
#include "runtime/include/cnx_io.h"

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <png.h>
#include <string>
#include <vector>

using Catch::Matchers::Contains;

namespace {

struct Picture {
  int height = 0, width = 0;
  std::vector<uint8_t> bytes;
  cnx_image_pixels view() const { return {bytes.data(), height, width, 0}; }
};

// RGB of a PNG; alpha is dropped, not blended, as Pillow's convert("RGB") does.
Picture readPng(const std::string &path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&png, path.c_str()));
  png.format = PNG_FORMAT_RGBA;
  std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(png));
  REQUIRE(png_image_finish_read(&png, nullptr, rgba.data(), 0, nullptr));
  Picture picture{static_cast<int>(png.height), static_cast<int>(png.width), {}};
  for (size_t i = 0; i < rgba.size(); ++i)
    if (i % 4 != 3)
      picture.bytes.push_back(rgba[i]);
  return picture;
}

cnx_image_spec spec(int height, int width, cnx_image_resize resize, int resizeHeight,
                    int resizeWidth, cnx_image_filter filter = CNX_IMAGE_BICUBIC,
                    cnx_image_crop crop = CNX_IMAGE_CROP_ROUND) {
  return {sizeof(cnx_image_spec),
          height,
          width,
          resize,
          resizeHeight,
          resizeWidth,
          filter,
          crop,
          {0.485f, 0.456f, 0.406f},
          {0.229f, 0.224f, 0.225f}};
}

// The configurations of tests/vectors/make_vectors.py.
const std::map<std::string, cnx_image_spec> configurations = {
    {"centre", spec(64, 64, CNX_IMAGE_RESIZE_SHORTER, 73, 0)},
    {"centre95", spec(96, 96, CNX_IMAGE_RESIZE_SHORTER, 101, 0)},
    {"bilinear", spec(64, 64, CNX_IMAGE_RESIZE_SHORTER, 73, 0, CNX_IMAGE_BILINEAR)},
    {"squash", spec(72, 72, CNX_IMAGE_RESIZE_SQUASH, 72, 72)},
    {"wide", spec(72, 104, CNX_IMAGE_RESIZE_COVER, 80, 115)},
    {"big", spec(224, 224, CNX_IMAGE_RESIZE_SHORTER, 256, 0)},
    {"torchvision64", spec(64, 64, CNX_IMAGE_RESIZE_SHORTER, 67, 0, CNX_IMAGE_BILINEAR)},
    {"torchvision96", spec(96, 96, CNX_IMAGE_RESIZE_SHORTER, 101, 0, CNX_IMAGE_BILINEAR)},
    {"transformers",
     spec(64, 64, CNX_IMAGE_RESIZE_SHORTER, 73, 0, CNX_IMAGE_BICUBIC, CNX_IMAGE_CROP_FLOOR)},
};

std::vector<uint8_t> prepare(const cnx_image_spec &wanted, const cnx_image_pixels &image) {
  std::vector<uint8_t> out(static_cast<size_t>(wanted.height * wanted.width) * 3, 0xEE);
  cnx_rt_error error{};
  INFO(error.text);
  REQUIRE(cnx_image_prepare_u8(&wanted, &image, out.data(), &error) == CNX_RT_OK);
  return out;
}

// A picture whose red channel counts the columns, green the rows.
Picture counted(int height, int width) {
  Picture picture{height, width, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int value : {x + 1, y + 1, 200})
        picture.bytes.push_back(static_cast<uint8_t>(value));
  return picture;
}

} // namespace

TEST_CASE("image: the pixels are timm's, torchvision's and transformers' own", "[runtime][image]") {
  cnx_io_safetensors *file = nullptr;
  REQUIRE(cnx_io_safetensors_open(CNX_VECTORS "/preprocess.io.safetensors", &file, nullptr) ==
          CNX_RT_OK);
  std::unique_ptr<cnx_io_safetensors, void (*)(cnx_io_safetensors *)> guard(
      file, cnx_io_safetensors_close);
  int pixelTensors = 0, inputTensors = 0;
  for (size_t i = 0; i < cnx_io_safetensors_count(file); ++i) {
    const cnx_io_tensor &tensor = cnx_io_safetensors_tensors(file)[i];
    std::string name = tensor.name;
    INFO(name);
    size_t dot = name.find('.'), second = name.find('.', dot + 1);
    cnx_image_spec wanted = configurations.at(name.substr(0, dot));
    if (name.substr(0, dot) == "centre95")
      for (int c = 0; c < 3; ++c)
        wanted.mean[c] = wanted.std[c] = 0.5f;
    Picture picture =
        readPng(CNX_VECTORS "/preprocess/" + name.substr(dot + 1, second - dot - 1) + ".png");
    cnx_image_pixels view = picture.view();
    if (name.substr(second) == ".pixels") {
      std::vector<uint8_t> out = prepare(wanted, view);
      REQUIRE(out.size() == tensor.bytes);
      CHECK(std::memcmp(out.data(), tensor.data, out.size()) == 0);
      ++pixelTensors;
    } else {
      std::vector<float> out(tensor.bytes / 4);
      REQUIRE(out.size() == static_cast<size_t>(wanted.height * wanted.width) * 3);
      REQUIRE(cnx_image_prepare_f32(&wanted, &view, CNX_IMAGE_NCHW, out.data(), nullptr) ==
              CNX_RT_OK);
      CHECK(std::memcmp(out.data(), tensor.data, tensor.bytes) == 0);
      ++inputTensors;
    }
  }
  CHECK(pixelTensors >= 22);
  CHECK(inputTensors >= 2);
}

TEST_CASE("image: both layouts hold the normalised pixels", "[runtime][image]") {
  Picture picture = counted(9, 7);
  cnx_image_pixels view = picture.view();
  cnx_image_spec wanted = spec(4, 5, CNX_IMAGE_RESIZE_NONE, 0, 0);
  std::vector<uint8_t> pixels = prepare(wanted, view);
  std::vector<float> nchw(60), nhwc(60);
  REQUIRE(cnx_image_prepare_f32(&wanted, &view, CNX_IMAGE_NCHW, nchw.data(), nullptr) == CNX_RT_OK);
  REQUIRE(cnx_image_prepare_f32(&wanted, &view, CNX_IMAGE_NHWC, nhwc.data(), nullptr) == CNX_RT_OK);
  for (size_t i = 0; i < 20; ++i)
    for (size_t c = 0; c < 3; ++c) {
      CHECK(nhwc[i * 3 + c] == nchw[c * 20 + i]);
      double expected =
          (pixels[i * 3 + c] / 255.0 - double{wanted.mean[c]}) / double{wanted.std[c]};
      CHECK(nhwc[i * 3 + c] == Approx(expected).epsilon(1e-6).margin(1e-6));
    }
}

TEST_CASE("image: an odd rest is halved to even or down", "[runtime][image]") {
  auto first = [](int image, int crop, cnx_image_crop rule) { // column that the crop begins with
    Picture picture = counted(crop, image);
    std::vector<uint8_t> out = prepare(
        spec(crop, crop, CNX_IMAGE_RESIZE_NONE, 0, 0, CNX_IMAGE_BICUBIC, rule), picture.view());
    return out[0] - 1;
  };
  CHECK(first(11, 8, CNX_IMAGE_CROP_ROUND) == 2); // 1.5
  CHECK(first(11, 8, CNX_IMAGE_CROP_FLOOR) == 1);
  CHECK(first(13, 8, CNX_IMAGE_CROP_ROUND) == 2); // 2.5
  CHECK(first(13, 8, CNX_IMAGE_CROP_FLOOR) == 2);
  CHECK(first(12, 8, CNX_IMAGE_CROP_ROUND) == 2);
  CHECK(first(8, 8, CNX_IMAGE_CROP_FLOOR) == 0);
}

TEST_CASE("image: what is smaller than the crop is surrounded by black", "[runtime][image]") {
  Picture picture = counted(2, 9); // 3 rows missing, 4 columns too many
  for (cnx_image_crop rule : {CNX_IMAGE_CROP_ROUND, CNX_IMAGE_CROP_FLOOR}) {
    std::vector<uint8_t> out =
        prepare(spec(5, 5, CNX_IMAGE_RESIZE_NONE, 0, 0, CNX_IMAGE_BICUBIC, rule), picture.view());
    int above = rule == CNX_IMAGE_CROP_ROUND ? 1 : 2;
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 5; ++x) {
        bool inside = y >= above && y < above + 2;
        const uint8_t *pixel = &out[static_cast<size_t>(y * 5 + x) * 3];
        CHECK(pixel[0] == (inside ? x + 2 + 1 : 0));
        CHECK(pixel[1] == (inside ? y - above + 1 : 0));
        CHECK(pixel[2] == (inside ? 200 : 0));
      }
  }
}

TEST_CASE("image: rows may lie apart, and nothing outside them is read", "[runtime][image]") {
  Picture picture = counted(13, 10);
  size_t row = 30, apart = 37;
  std::unique_ptr<uint8_t[]> spread(new uint8_t[12 * apart + row]); // ends with the last pixel
  for (size_t y = 0; y < 13; ++y) {
    std::memcpy(&spread[y * apart], &picture.bytes[y * row], row);
    if (y < 12)
      std::memset(&spread[y * apart + row], 255, apart - row);
  }
  for (cnx_image_filter filter : {CNX_IMAGE_BICUBIC, CNX_IMAGE_BILINEAR})
    for (cnx_image_resize resize : {CNX_IMAGE_RESIZE_NONE, CNX_IMAGE_RESIZE_SHORTER,
                                    CNX_IMAGE_RESIZE_COVER, CNX_IMAGE_RESIZE_SQUASH})
      for (int size : {1, 3, 10, 29}) {
        cnx_image_spec wanted = spec(7, 8, resize, size, size + 1, filter);
        CHECK(prepare(wanted, {spread.get(), 13, 10, apart}) == prepare(wanted, picture.view()));
      }
}

TEST_CASE("image: a picture inside its input, with black or the mean's colour around it",
          "[runtime][image]") {
  Picture picture = counted(20, 60);
  // timm's numbers: 60 becomes 40 and 20 becomes round(13.33); 13 rows stand at (32 - 13) / 2, the
  // odd one below; of 40 columns the middle 32 are cut out.
  const cnx_image_spec exact = spec(13, 40, CNX_IMAGE_RESIZE_SQUASH, 13, 40);
  const std::vector<uint8_t> inside = prepare(exact, picture.view());
  const uint8_t mean[3] = {124, 116, 104}; // round(255 * {0.485, 0.456, 0.406})
  for (cnx_image_crop crop : {CNX_IMAGE_CROP_ROUND, CNX_IMAGE_CROP_MEAN}) {
    std::vector<uint8_t> out = prepare(
        spec(32, 32, CNX_IMAGE_RESIZE_CONTAIN, 40, 40, CNX_IMAGE_BICUBIC, crop), picture.view());
    int wrong = 0;
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x)
        for (int c = 0; c < 3; ++c) {
          const bool covered = y >= 9 && y < 22;
          const int expected = covered ? inside[size_t(((y - 9) * 40 + x + 4) * 3 + c)]
                               : crop == CNX_IMAGE_CROP_MEAN ? mean[c]
                                                             : 0;
          wrong += out[size_t((y * 32 + x) * 3 + c)] != expected;
        }
    CHECK(wrong == 0);
  }
  // Half to even, and never beyond a byte.
  cnx_image_spec colours =
      spec(3, 1, CNX_IMAGE_RESIZE_CONTAIN, 1, 1, CNX_IMAGE_BICUBIC, CNX_IMAGE_CROP_MEAN);
  colours.mean[0] = 0.3f, colours.mean[1] = 2, colours.mean[2] = -1;
  const std::vector<uint8_t> out = prepare(colours, counted(1, 1).view());
  CHECK(out[0] == 76);
  CHECK(out[1] == 255);
  CHECK(out[2] == 0);
}

TEST_CASE("image: a flat picture stays flat at any size", "[runtime][image]") {
  for (auto [height, width] : {std::pair{1, 1}, {1, 50}, {313, 2}, {64, 64}}) {
    Picture picture{height, width,
                    std::vector<uint8_t>(static_cast<size_t>(height * width) * 3, 137)};
    for (auto [tall, wide] : {std::pair{1, 1}, {5, 31}, {90, 7}}) {
      std::vector<uint8_t> out =
          prepare(spec(tall, wide, CNX_IMAGE_RESIZE_SQUASH, tall, wide), picture.view());
      CHECK(out == std::vector<uint8_t>(out.size(), 137));
    }
  }
}

TEST_CASE("image: wrong arguments are named", "[runtime][image]") {
  Picture picture = counted(4, 4);
  uint8_t out[48];
  float floats[48];
  auto refuses = [&](cnx_image_spec wanted, cnx_image_pixels view, cnx_rt_status status,
                     const char *message) {
    cnx_rt_error error{};
    CHECK(cnx_image_prepare_u8(&wanted, &view, out, &error) == status);
    CHECK_THAT(error.text, Contains(message));
  };
  cnx_image_spec good = spec(4, 4, CNX_IMAGE_RESIZE_SHORTER, 4, 0), bad = good;
  cnx_image_pixels view = picture.view();
  bad.struct_size = 8;
  refuses(bad, view, CNX_RT_ABI, "struct_size is 8, expected");
  bad = good, bad.height = 0;
  refuses(bad, view, CNX_RT_ARGUMENT, "input of 0 x 4, expected 1 to 65536 a side");
  bad = good, bad.resize_height = 0;
  refuses(bad, view, CNX_RT_ARGUMENT, "resize to 0 x 0");
  bad = spec(4, 4, CNX_IMAGE_RESIZE_SQUASH, 4, 0);
  refuses(bad, view, CNX_RT_ARGUMENT, "resize to 4 x 0");
  bad = spec(4, 4, static_cast<cnx_image_resize>(9), 4, 4);
  refuses(bad, view, CNX_RT_ARGUMENT, "unknown resize 9");
  bad = good, bad.filter = static_cast<cnx_image_filter>(9);
  refuses(bad, view, CNX_RT_ARGUMENT, "unknown filter 9");
  bad = good, bad.crop = static_cast<cnx_image_crop>(9);
  refuses(bad, view, CNX_RT_ARGUMENT, "unknown crop 9");
  refuses(good, {nullptr, 4, 4, 0}, CNX_RT_ARGUMENT, "pixels are NULL");
  refuses(good, {view.data, 4, -1, 0}, CNX_RT_ARGUMENT, "4 x -1 pixels, expected 1 to 65536");
  refuses(good, {view.data, 4, 4, 11}, CNX_RT_ARGUMENT,
          "rows 11 bytes apart, expected at least 12");
  bad = good, bad.resize_height = 1000;
  refuses(bad, {view.data, 1, 4000, 0}, CNX_RT_ARGUMENT, "would be resized to 1000 x 4000000");
  cnx_rt_error error{};
  bad = good, bad.std[1] = 0;
  CHECK(cnx_image_prepare_f32(&bad, &view, CNX_IMAGE_NCHW, floats, &error) == CNX_RT_ARGUMENT);
  CHECK_THAT(error.text, Contains("std 0 of channel 1, expected std above 0"));
  CHECK(cnx_image_prepare_f32(&good, &view, static_cast<cnx_image_layout>(7), floats, &error) ==
        CNX_RT_ARGUMENT);
  CHECK(cnx_image_prepare_u8(&good, &view, nullptr, &error) == CNX_RT_ARGUMENT);
}
