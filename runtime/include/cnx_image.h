/* The C interface of libcnx_image.a: from decoded RGB pixels to a network's input, as the
 * checkpoint's own ecosystem prepares it: resize by Pillow's antialiased filters, bit for bit,
 * crop, normalise. C99 and C++; needs libcnx_rt.a.
 */
#ifndef CNX_IMAGE_H
#define CNX_IMAGE_H

#include "cnx_rt.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef enum cnx_image_resize {
  CNX_IMAGE_RESIZE_NONE = 0,
  /* The shorter side becomes resize_height, the longer one int(resize_height * long / short):
   * torchvision's Resize(int), timm for square inputs, transformers' shortest_edge. */
  CNX_IMAGE_RESIZE_SHORTER = 1,
  /* The smallest size of the same aspect that covers resize_height x resize_width, rounded half to
   * even: timm for inputs that are not square. */
  CNX_IMAGE_RESIZE_COVER = 2,
  /* Exactly resize_height x resize_width, whatever the aspect. */
  CNX_IMAGE_RESIZE_SQUASH = 3,
  /* The largest size of the same aspect inside resize_height x resize_width, rounded half to even:
   * timm's crop mode "border", open_clip's "longest". */
  CNX_IMAGE_RESIZE_CONTAIN = 4
} cnx_image_resize;

typedef enum cnx_image_filter { CNX_IMAGE_BICUBIC = 0, CNX_IMAGE_BILINEAR = 1 } cnx_image_filter;

/* Where a centre crop begins when the rest is odd. Where the image is smaller than the crop, it is
 * surrounded by black, or by the colour of the mean. */
typedef enum cnx_image_crop {
  CNX_IMAGE_CROP_ROUND = 0, /* round half to even of rest / 2: torchvision and timm */
  CNX_IMAGE_CROP_FLOOR = 1, /* rest / 2 rounded down: transformers */
  CNX_IMAGE_CROP_MEAN = 2   /* as ROUND, surrounded by the mean: timm's crop mode "border" */
} cnx_image_crop;

typedef struct cnx_image_spec {
  size_t struct_size; /* sizeof(cnx_image_spec) */
  int height, width;  /* of the network's input */
  cnx_image_resize resize;
  int resize_height, resize_width;
  cnx_image_filter filter;
  cnx_image_crop crop;
  float mean[3], std[3]; /* R, G, B on the scale 0..1: (pixel / 255 - mean) / std */
} cnx_image_spec;

typedef enum cnx_image_layout { CNX_IMAGE_NCHW = 0, CNX_IMAGE_NHWC = 1 } cnx_image_layout;

/* Decoded pixels: rows of width * 3 bytes R, G, B, `row_bytes` apart (0: no gap). */
typedef struct cnx_image_pixels {
  const uint8_t *data;
  int height, width;
  size_t row_bytes;
} cnx_image_pixels;

/* Resize and crop alone: height * width * 3 bytes, for builds that take uint8 NHWC. */
cnx_rt_status cnx_image_prepare_u8(const cnx_image_spec *spec, const cnx_image_pixels *image,
                                   uint8_t *input, cnx_rt_error *error);
/* Resize, crop and normalise: 3 * height * width floats in the layout. */
cnx_rt_status cnx_image_prepare_f32(const cnx_image_spec *spec, const cnx_image_pixels *image,
                                    cnx_image_layout layout, float *input, cnx_rt_error *error);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
