// From a photograph to its five most probable labels: a compiled network inside a C++ application.
//
//   classify WEIGHTS PHOTO.{jpg,png}
//
// The network is `net` (see CMakeLists.txt); net.h is all that the application sees of it.
#include "net.h"

#include "read_photo.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <vector>

namespace {

struct Release {
  void operator()(net_weights *weights) const { net_weights_release(weights); }
  void operator()(net *network) const { net_destroy(network); }
};

int fail(const char *what, const char *message) {
  std::fprintf(stderr, "classify: %s: %s\n", what, message);
  return 1;
}

void printTop(const std::vector<float> &logits, size_t count) {
  std::vector<int> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + long(count), order.end(),
                    [&](int a, int b) { return logits[size_t(a)] > logits[size_t(b)]; });
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(logit - logits[size_t(order[0])]);
  for (size_t i = 0; i < count; ++i) {
    const char *label = net_label(order[i]);
    std::printf("%6.4f  %s\n", std::exp(logits[size_t(order[i])] - logits[size_t(order[0])]) / sum,
                label ? label : std::to_string(order[i]).c_str());
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return std::fprintf(stderr, "usage: classify WEIGHTS PHOTO\n"), 2;

  // Weights are mapped once and may be shared by any number of contexts; a context belongs to one
  // thread at a time.
  cnx_rt_error error{};
  net_weights *openWeights = nullptr;
  if (net_weights_open(argv[1], 0, &openWeights, &error) != CNX_RT_OK)
    return fail(argv[1], error.text);
  std::unique_ptr<net_weights, Release> weights(openWeights);
  net *openNetwork = nullptr;
  if (net_create(nullptr, weights.get(), &openNetwork, &error) != CNX_RT_OK)
    return fail("create", error.text);
  std::unique_ptr<net, Release> network(openNetwork);

  Photo photo;
  std::string message;
  if (!readPhoto(argv[2], photo, message))
    return fail(argv[2], message.c_str());

  // The checkpoint's own pre-processing: resize, crop, normalise.
  cnx_image_spec spec;
  net_image_spec(&spec);
  cnx_image_pixels pixels{photo.pixels.data(), photo.height, photo.width, 0};
  std::vector<float> image(NET_IMAGE_ELEMENTS);
  if (cnx_image_prepare_f32(&spec, &pixels, CNX_IMAGE_NCHW, image.data(), &error) != CNX_RT_OK)
    return fail(argv[2], error.text);

  std::vector<float> logits(NET_LOGITS_ELEMENTS);
  net_outputs outputs{};
  outputs.struct_size = sizeof outputs;
  outputs.logits = logits.data();
  if (net_forward(network.get(), 1, CNX_RT_EVALUATE, image.data(), &outputs) != CNX_RT_OK)
    return fail("forward", net_message(network.get()));
  printTop(logits, 5);
  return 0;
}
