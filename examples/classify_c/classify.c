/* A compiled network inside a C99 application, its weights inside the program: nothing to open,
 * nothing to install.
 *
 *   classify_c PICTURE.ppm...      (binary PPM, 8 bits)
 *
 * Prints the most probable label of each picture.
 */
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const char *message) {
  fprintf(stderr, "classify_c: %s: %s\n", what, message);
  return 1;
}

/* "P6 width height 255", then the pixels. The caller frees them. */
static uint8_t *read_ppm(const char *path, int *width, int *height) {
  uint8_t *pixels = NULL;
  FILE *file = fopen(path, "rb");
  int depth = 0;
  if (!file)
    return NULL;
  if (fscanf(file, "P6 %d %d %d", width, height, &depth) == 3 && fgetc(file) != EOF && *width > 0 &&
      *height > 0 && *width <= 16384 && *height <= 16384 && depth == 255) {
    size_t size = (size_t)*width * (size_t)*height * 3;
    pixels = malloc(size);
    if (pixels && fread(pixels, 1, size, file) != size) {
      free(pixels);
      pixels = NULL;
    }
  }
  fclose(file);
  return pixels;
}

static int best_of(const float *logits) {
  int best = 0, i;
  for (i = 1; i < DIGITS_LOGITS_ELEMENTS; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

static int classify(digits *network, const char *path) {
  static float image[DIGITS_IMAGE_ELEMENTS];
  float logits[DIGITS_LOGITS_ELEMENTS];
  digits_outputs outputs;
  cnx_image_spec spec;
  cnx_image_pixels pixels;
  cnx_rt_error error;
  cnx_rt_status status;
  uint8_t *data = read_ppm(path, &pixels.width, &pixels.height);
  if (!data)
    return fail(path, "is no binary PPM of 8 bits");
  pixels.data = data;
  pixels.row_bytes = 0;
  digits_image_spec(&spec);
  status = cnx_image_prepare_f32(&spec, &pixels, CNX_IMAGE_NCHW, image, &error);
  free(data);
  if (status != CNX_RT_OK)
    return fail(path, error.text);
  memset(&outputs, 0, sizeof outputs);
  outputs.struct_size = sizeof outputs;
  outputs.logits = logits;
  if (digits_forward(network, 1, CNX_RT_EVALUATE, image, &outputs) != CNX_RT_OK)
    return fail("forward", digits_message(network));
  printf("%s: %s\n", path, digits_label(best_of(logits)));
  return 0;
}

int main(int argc, char **argv) {
  digits_weights *weights = NULL;
  digits *network = NULL;
  cnx_rt_options options;
  cnx_rt_error error;
  const void *data;
  size_t bytes;
  int i, failed = 0;

  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = 1;
  digits_embedded_weights(&data, &bytes);
  if (digits_weights_from_memory(data, bytes, &weights, &error) != CNX_RT_OK)
    return fail("weights", error.text);
  if (digits_create(&options, weights, &network, &error) != CNX_RT_OK) {
    digits_weights_release(weights);
    return fail("create", error.text);
  }
  for (i = 1; i < argc; ++i)
    failed |= classify(network, argv[i]);
  digits_destroy(network);
  digits_weights_release(weights);
  return failed;
}
