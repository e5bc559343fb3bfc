// Calls of a training build that are refused: in another order, of what the build does not have,
// with structs of another version.
#include "tests/unit/codegen/TrainingProgram.h"

#include "tests/support/catch.h"

namespace cnx {

TEST_CASE("calls in another order are refused, with the reason") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  float loss, values[24] = {0};
  say(net_update(c, &u), c);
  say(net_loss_backward(c, &t, 0, &loss), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_loss_backward(c, &t, 0, &loss);
  say(net_loss_backward(c, &t, 0, &loss), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_forward(c, 2, CNX_RT_EVALUATE, image, &o);
  say(net_loss_backward(c, &t, 0, &loss), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_update(c, &u);
  say(net_loss_backward(c, &t, 0, &loss), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_tensor_write(c, CNX_RT_PARAMETER, 0, values, 24);
  say(net_loss_backward(c, &t, 0, &loss), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  t.indices = NULL; /* bad targets leave the forward as it is */
  say(net_loss_backward(c, &t, 0, &loss), c);
  say(net_loss_backward(c, NULL, 0, &loss), c);
  t = classes_of(labels);
  say(net_loss_backward(c, &t, 6, &loss), c);
  say(net_loss_backward(c, &t, 0, &loss), c);
)") == "10 update: there are no gradients since the last update\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: there was none\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: "
       "a backward pass has used up what it left\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: "
       "an evaluation has overwritten what the last one left\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: "
       "the parameters have changed since\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: "
       "the parameters have changed since\n"
       "10 targets: neither indices nor soft is given\n"
       "10 loss_backward: targets is NULL\n"
       "10 loss_backward: unknown flags 0x6\n"
       "0 \n");
}

TEST_CASE("gradients that the application writes are a sum of their own") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  float loss, bias[5] = {1, 2, 3, 4, 5};
  Values g;
  s = net_train_step(c, 2, image, &t, &u, &loss);
  if (!s) s = net_tensor_write(c, CNX_RT_GRADIENT, 3, bias, 5);
  get(c, CNX_RT_GRADIENT, &g);
  for (int i = 0; i < 24; ++i) s |= g.w1[i] != 0; /* not those of the step before */
  printf("%d %g %g\n", (int)s, g.b2[0], g.b2[4]);
  say(net_update(c, &u), c);
  (void)o;
)") == "0 1 5\n0 \n");
}

TEST_CASE("what a build cannot do is unsupported") {
  TrainingVariant little;
  little.ema = little.inputGradient = false;
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL}, d = {sizeof d, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  float row[16] = {0}, *dimages = row;
  o.hidden = row;
  d.logits = row;
  say(net_forward(c, 2, CNX_RT_EVALUATE_EMA, image, &o), c);
  say(net_forward(c, 2, CNX_RT_TRAIN, image, &o), c);
  o.hidden = NULL;
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  say(net_backward(c, &d, 0, dimages), c);
  d.hidden = row;
  say(net_backward(c, &d, 0, NULL), c);
  d.hidden = NULL;
  say(net_backward(c, &d, 0, NULL), c);
  u.ema_decay = 0.5;
  say(net_update(c, &u), c);
  say(net_tensor_read(c, CNX_RT_EMA, 0, row, 24), c);
  say(net_save(c, "ema.safetensors", CNX_RT_SAVE_EMA), c);
  say(net_set_group(c, 2, 1, 1), c);
  (void)t;
)",
                    little) ==
        "9 forward: CNX_RT_EVALUATE_EMA, but this build keeps no averages\n"
        "9 forward: hidden: in mode CNX_RT_TRAIN there is only logits\n"
        "9 backward: dimages: this build makes no gradient of its images\n"
        "9 backward: gradients: hidden: only the logits' can be given\n"
        "0 \n"
        "9 update: ema_decay is 0.5, expected 0: this build has adamw and no averages\n"
        "9 read: this build has no averages\n"
        "9 save: this build has no averages\n"
        "9 group: fc2.weight is frozen in this build\n");
}

TEST_CASE("arguments that are missing or of another version are refused") {
  CHECK(runTraining(R"(
  struct { net_outputs known; float *more; } longer;
  net_outputs o = {sizeof o, NULL, NULL}, d = {3, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  net_tensor info;
  float loss;
  memset(&longer, 0, sizeof longer);
  longer.known.struct_size = sizeof longer;
  say(net_forward(c, 2, CNX_RT_TRAIN, image, &longer.known), c);
  longer.more = &loss;
  say(net_forward(c, 2, CNX_RT_TRAIN, image, &longer.known), c);
  say(net_forward(c, 2, (cnx_rt_mode)7, image, &o), c);
  say(net_forward(c, 3, CNX_RT_TRAIN, image, &o), c);
  say(net_forward(c, 2, CNX_RT_TRAIN, NULL, &o), c);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  say(net_backward(c, NULL, 0, NULL), c);
  say(net_backward(c, &d, 0, NULL), c);
  say(net_backward(c, &o, 0, NULL), c);
  t.struct_size = 1;
  say(net_loss_backward(c, &t, 0, &loss), c);
  t.struct_size = sizeof t;
  s = net_loss_backward(c, &t, 0, &loss);
  u.struct_size = 2;
  say(net_update(c, &u), c);
  say(net_update(c, NULL), c);
  u = values_of(-1);
  say(net_update(c, &u), c);
  say(net_train_step(c, 2, image, &t, NULL, &loss), c);
  say(net_train_step(c, 4, image, &t, &u, &loss), c);
  u = values_of(0);
  say(net_update(c, &u), c); /* the gradients are still there */
  say(net_restore(c, "missing.safetensors") == CNX_RT_IO, NULL);
  printf("%d %d %s|\n", net_update(NULL, &u) == CNX_RT_ARGUMENT,
         net_save(NULL, "x", 0) == CNX_RT_ARGUMENT, net_note(NULL));
  info.struct_size = sizeof info;
  for (int i = 0; i < net_tensor_count(); ++i) {
    net_tensor_info(i, &info);
    printf("%s %d %d %d\n", info.name, info.rank, info.trained, info.decay);
  }
  info.struct_size -= 1;
  say(net_tensor_info(0, &info) == CNX_RT_ABI, NULL);
)") == "0 \n"
       "4 forward: outputs: this library knows the first 24 bytes only\n"
       "10 forward: mode 7\n"
       "6 forward in mode CNX_RT_TRAIN: batch 3; compiled in: 2\n"
       "10 forward: images is NULL\n"
       "10 backward: gradients is NULL\n"
       "4 backward: gradients: struct_size is 3, not 24\n"
       "10 backward: gradients: logits is NULL\n"
       "4 targets: struct_size is 1, expected 32\n"
       "4 update: struct_size is 2, expected 72\n"
       "10 update: values is NULL\n"
       "10 update: rate is -1, expected at least 0 and at most 3.40282e+38\n"
       "10 train_step: values is NULL\n"
       "6 train_step: batch 4; compiled in: 2\n"
       "0 \n"
       "1 no context\n"
       "1 1 |\n"
       "fc1.weight 2 1 1\nfc1.bias 1 1 0\nfc2.weight 2 0 0\nfc2.bias 1 1 0\n"
       "1 no context\n");
}

} // namespace cnx
