/* The compiled training library `model`, in the conversation of serve.py: FOLDER BATCH THREADS
 * OUTPUT WEIGHTS. A pass is a step; what the start keeps is the losses of the first two. */
#include "model.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int complain(const char *what) {
  fprintf(stderr, "cnx_train_worker: %s\n", what);
  return 1;
}

/* 0: it is not there, or too short. */
static int read_file(const char *path, void *values, size_t bytes) {
  FILE *file = fopen(path, "rb");
  const int good = file && fread(values, 1, bytes, file) == bytes;
  if (file)
    fclose(file);
  return good;
}

int main(int argc, char **argv) {
  if (argc != 6)
    return complain("expected FOLDER BATCH THREADS OUTPUT WEIGHTS");
  const int batch = atoi(argv[2]);
  const size_t bytes = (size_t)batch * MODEL_IMAGE_ELEMENTS * sizeof(float);
  float *images = malloc(bytes), losses[2];
  int32_t *labels = malloc((size_t)batch * sizeof *labels);
  char path[4096];
  snprintf(path, sizeof path, "%s/image.b%d.f32", argv[1], batch);
  if (!images || !labels || !read_file(path, images, bytes))
    return complain(path);
  snprintf(path, sizeof path, "%s/labels.b%d.i32", argv[1], batch);
  if (!read_file(path, labels, (size_t)batch * sizeof *labels))
    return complain(path);

  cnx_rt_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = (unsigned)atoi(argv[3]);
  model_weights *weights = NULL;
  model *context = NULL;
  cnx_rt_error error;
  if (model_weights_open(argv[5], 0, &weights, &error) ||
      model_create(&options, weights, &context, &error))
    return complain(error.text);

  /* As in recipe.py. */
  cnx_rt_targets targets;
  memset(&targets, 0, sizeof targets);
  targets.struct_size = sizeof targets;
  targets.indices = labels;
  targets.smoothing = 0.1f;
  cnx_rt_update update;
  memset(&update, 0, sizeof update);
  update.struct_size = sizeof update;
  update.rate = 1e-5;
  update.beta1 = 0.9;
  update.beta2 = 0.999;
  update.eps = 1e-8;
  update.decay = 0.05;
  for (int i = 0; i < 2; ++i)
    if (model_train_step(context, batch, images, &targets, &update, &losses[i]))
      return complain(model_message(context));
  FILE *file = fopen(argv[4], "wb");
  if (!file || fwrite(losses, sizeof losses, 1, file) != 1 || fclose(file))
    return complain(argv[4]);
  printf("ready v%d\n", (int)model_level(context));
  fflush(stdout);

  char line[64];
  double seconds;
  while (fgets(line, sizeof line, stdin) && sscanf(line, "run %lf", &seconds) == 1) {
    const double end = now() + seconds;
    do {
      const double start = now();
      if (model_train_step(context, batch, images, &targets, &update, losses))
        return complain(model_message(context));
      printf("%.9f ", now() - start);
    } while (now() < end);
    printf("\n");
    fflush(stdout);
  }
  model_destroy(context);
  model_weights_release(weights);
  free(images);
  free(labels);
  return 0;
}
