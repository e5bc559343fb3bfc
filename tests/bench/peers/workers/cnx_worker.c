/* The compiled library `model`, in the conversation of serve.py: FOLDER BATCH THREADS OUTPUT
 * WEIGHTS. */
#include "model.h"

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
  fprintf(stderr, "cnx_worker: %s\n", what);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 6)
    return complain("expected FOLDER BATCH THREADS OUTPUT WEIGHTS");
  const int batch = atoi(argv[2]);
  const size_t pixels = (size_t)batch * MODEL_IMAGE_ELEMENTS,
               classes = (size_t)batch * MODEL_LOGITS_ELEMENTS;
  float *image = malloc(pixels * sizeof *image), *logits = malloc(classes * sizeof *logits);
  char path[4096];
  snprintf(path, sizeof path, "%s/image.b%d.f32", argv[1], batch);
  FILE *file = fopen(path, "rb");
  if (!image || !logits || !file || fread(image, sizeof *image, pixels, file) != pixels)
    return complain(path);
  fclose(file);

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
  model_outputs outputs;
  outputs.struct_size = sizeof outputs;
  outputs.logits = logits;
  if (model_forward(context, batch, CNX_RT_EVALUATE, image, &outputs))
    return complain(model_message(context));
  file = fopen(argv[4], "wb");
  if (!file || fwrite(logits, sizeof *logits, classes, file) != classes || fclose(file))
    return complain(argv[4]);
  printf("ready v%d\n", (int)model_level(context));
  fflush(stdout);

  char line[64];
  double seconds;
  while (fgets(line, sizeof line, stdin) && sscanf(line, "run %lf", &seconds) == 1) {
    const double end = now() + seconds;
    do {
      const double start = now();
      model_forward(context, batch, CNX_RT_EVALUATE, image, &outputs);
      printf("%.9f ", now() - start);
    } while (now() < end);
    printf("\n");
    fflush(stdout);
  }
  model_destroy(context);
  model_weights_release(weights);
  free(image);
  free(logits);
  return 0;
}
