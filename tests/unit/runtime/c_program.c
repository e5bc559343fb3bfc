/* The three headers are C99, and the three archives link with the C compiler alone. */
#include "cnx_image.h"
#include "cnx_io.h"
#include "cnx_rt.h"

#include <stdio.h>
#include <string.h>

static int sum;
static int add(void *worker, int index, uint8_t *closure) {
  void *scratch = cnx_rt_scratch_malloc(worker, 100);
  memset(scratch, index, 100);
  cnx_rt_scratch_free(worker, scratch);
  (void)closure;
  sum += index;
  return 0;
}

static int fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

/* One parameter, trained by sgd, saved and taken up again. */
static int train(cnx_rt_context *context, const char *path) {
  static cnx_rt_parameter parameter;
  static cnx_rt_train_model model;
  cnx_rt_training *training;
  cnx_rt_error error;
  cnx_rt_update update;
  float value = 2;
  int failed;

  parameter.name = "w";
  parameter.form = CNX_RT_VECTOR;
  parameter.rank = 1;
  parameter.shape[0] = 1;
  parameter.floats = 16;
  model.parameters = &parameter;
  model.count = 1;
  model.floats = CNX_RT_UPDATE_BLOCK;
  model.moments = 1;
  model.description = "{}";
  memset(&update, 0, sizeof update);
  update.struct_size = sizeof update;
  update.rate = 0.5;
  if (cnx_rt_training_create(&model, context, NULL, &training, &error) != CNX_RT_OK)
    return fail(error.text);
  failed = cnx_rt_training_write(training, CNX_RT_PARAMETER, 0, &value, 1) != CNX_RT_OK ||
           cnx_rt_training_begin_update(training, &update) != CNX_RT_OK ||
           cnx_rt_training_scalars(training)[1] != 0.5f ||
           cnx_io_training_save(training, path, CNX_RT_SAVE_STATE) != CNX_RT_OK ||
           cnx_io_training_restore(training, path) != CNX_RT_OK ||
           cnx_rt_training_segment(training, CNX_RT_PARAMETER)[0] != 2;
  remove(path);
  cnx_rt_training_destroy(training);
  return failed ? fail(cnx_rt_context_message(context)) : 0;
}

int main(int argc, char **argv) {
  static const void *const table[1] = {NULL};
  cnx_rt_model model = {"c", 64, 128, {NULL, NULL}};
  cnx_rt_options options;
  cnx_rt_context *context;
  cnx_rt_error error;
  cnx_rt_weights *weights;
  cnx_io_safetensors *file;
  cnx_npy array;
  uint8_t pixel[3] = {1, 2, 3}, input[12];
  cnx_image_spec spec;
  cnx_image_pixels image;

  model.tables[0] = table;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = 1;
  if (cnx_rt_abi_1 != 1)
    return fail("abi");
  if (cnx_rt_context_create(&model, &options, &context, &error) != CNX_RT_OK)
    return fail(error.text);
  if (cnx_rt_context_enter(context) != CNX_RT_OK)
    return fail("enter");
  if (cnx_rt_do_par_for(cnx_rt_context_worker(context), add, 1, 10, NULL) != 0 || sum != 55)
    return fail("loop");
  if (argc != 3)
    return fail("usage: c_program IN.safetensors OUT.safetensors");
  if (train(context, argv[2]))
    return 1;
  if (cnx_rt_context_leave(context) != CNX_RT_OK)
    return fail(cnx_rt_context_message(context));
  cnx_rt_context_destroy(context);

  if (cnx_rt_weights_open("none", 0, 1, 64, &weights, &error) != CNX_RT_IO)
    return fail("weights");
  if (cnx_npy_open("none", &array, &error) != CNX_RT_IO)
    return fail("npy");
  if (cnx_io_safetensors_open(argv[1], &file, &error) != CNX_RT_OK)
    return fail(error.text);
  printf("%lu tensors\n", (unsigned long)cnx_io_safetensors_count(file));
  cnx_io_safetensors_close(file);

  memset(&spec, 0, sizeof spec);
  spec.struct_size = sizeof spec;
  spec.height = spec.width = spec.resize_height = 2;
  spec.resize = CNX_IMAGE_RESIZE_SHORTER;
  memset(&image, 0, sizeof image);
  image.data = pixel;
  image.height = image.width = 1;
  if (cnx_image_prepare_u8(&spec, &image, input, &error) != CNX_RT_OK)
    return fail(error.text);
  return memcmp(input + 9, pixel, 3) == 0 ? 0 : fail("image");
}
