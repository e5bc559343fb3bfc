// Training builds, compiled and run: losses, gradients and updates against a double reference in
// the test's own program, and whole steps against their parts.
#include "tests/unit/codegen/TrainingProgram.h"

#include "tests/support/catch.h"

namespace cnx {

TEST_CASE("loss and gradients of a train forward are the reference's") {
  TrainingVariant all;
  all.frozen = false;
  for (const TrainingVariant &variant : {TrainingVariant(), all})
    CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  float logits[10], targets[10], weight[2], loss = 0;
  cnx_rt_targets t = classes_of(labels);
  Values p, g;
  Result r;
  double wanted;
  o.logits = logits;
  get(c, CNX_RT_PARAMETER, &p);
  for (uint64_t first = 0; !s && seen_factors[0] == seen_factors[1]; ++first) {
    s = net_random(c, 1, 0, first); /* of the factors, one is zero and one is not */
    if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  }
  printf("%g %g\n", fmin(seen_factors[0], seen_factors[1]), fmax(seen_factors[0], seen_factors[1]));
  say(net_loss_backward(c, &t, 0, &loss), c);
  rows_of(labels, 2, 2, targets, weight);
  wanted = reference(&p, 2, image, seen_factors, targets, weight, &r);
  near_to("loss", &loss, &wanted, 1);
  near_to("logits", logits, r.logits, 10);
  gradients_near(c, &r);
  get(c, CNX_RT_GRADIENT, &g);
  if (NET_WEIGHT_BYTES == 64 + 4096) near_to("w2", g.w2, r.w2, 40);
  else { for (int i = 0; i < 40; ++i) s |= g.w2[i] != 0; printf("w2 %s\n", s ? "moved" : "ok"); }
)",
                      variant) ==
          "0 1.33333\n0 \nloss ok\nlogits ok\nw1 ok\nb1 ok\nb2 ok\nw2 ok\n");
}

TEST_CASE("a loss of the application's own sends its gradient back, to the images too") {
  // The gradient of sum of c*logits is linear: the reference's, with targets -c and no softmax, is
  // got from the difference of two losses' gradients.
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL}, d = {sizeof d, NULL, NULL};
  float logits[10], targets[10], weight[2], gradient[10];
  static float dimages[2 * NET_IMAGE_ELEMENTS];
  Values p;
  Result r;
  o.logits = logits;
  d.logits = gradient;
  get(c, CNX_RT_PARAMETER, &p);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  rows_of(labels, 2, 2, targets, weight);
  reference(&p, 2, image, seen_factors, targets, weight, &r);
  for (int i = 0; i < 2; ++i) {
    double total = 0;
    for (int k = 0; k < 5; ++k) total += exp(logits[5 * i + k]);
    for (int k = 0; k < 5; ++k)
      gradient[5 * i + k] = weight[i] * (exp(logits[5 * i + k]) / total - targets[5 * i + k]);
  }
  say(net_backward(c, &d, 0, dimages), c);
  gradients_near(c, &r);
  { float first[6];
    double rest = 0;
    for (int i = 0; i < 6; ++i) first[i] = dimages[i / 3 * NET_IMAGE_ELEMENTS + i % 3];
    for (int i = 3; i < NET_IMAGE_ELEMENTS; ++i) rest += fabs(dimages[i]);
    near_to("images", first, r.x, 6);
    printf("%g\n", rest); }
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  say(net_backward(c, &d, 0, NULL), c);
)") == "0 \nw1 ok\nb1 ok\nb2 ok\nimages ok\n0\n0 \n");
}

TEST_CASE("gradients add up where that is asked for, until an update") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets first = classes_of(labels), second = classes_of(labels + 2);
  cnx_rt_update u = values_of(0);
  float loss, targets[20], weight[4], factors[4];
  Values p, g, h;
  Result r;
  u.decay = 0;
  get(c, CNX_RT_PARAMETER, &p);
  first.divisor = second.divisor = 3; /* one of the four is ignored */
  rows_of(labels, 4, 3, targets, weight);
  for (int pass = 0; pass < 2; ++pass) {
    net_random(c, 1, 0, 0);
    s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
    memcpy(factors, seen_factors, 8);
    /* without the flag the first sum is dropped, after an update there is none to add to */
    if (!s) s = net_loss_backward(c, &first, pass ? CNX_RT_ACCUMULATE : 0, &loss);
    if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, image + 2 * NET_IMAGE_ELEMENTS, &o);
    memcpy(factors + 2, seen_factors, 8);
    if (!s) s = net_loss_backward(c, &second, CNX_RT_ACCUMULATE, &loss);
    say(s, c);
    reference(&p, 4, image, factors, targets, weight, &r);
    gradients_near(c, &r);
    say(net_update(c, &u), c);
    get(c, CNX_RT_GRADIENT, &g); /* still there to be read */
    near_to("after", g.b2, r.b2, 5);
  }
  net_random(c, 1, 0, 2);
  s = net_forward(c, 2, CNX_RT_TRAIN, image + 2 * NET_IMAGE_ELEMENTS, &o);
  if (!s) s = net_loss_backward(c, &second, 0, &loss);
  get(c, CNX_RT_GRADIENT, &g);
  net_random(c, 1, 0, 2);
  if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, image + 2 * NET_IMAGE_ELEMENTS, &o);
  if (!s) s = net_loss_backward(c, &second, 0, &loss);
  get(c, CNX_RT_GRADIENT, &h);
  printf("%d %d\n", (int)s, memcmp(&g, &h, sizeof g));
)") == "0 \nw1 ok\nb1 ok\nb2 ok\n0 \nafter ok\n0 \nw1 ok\nb1 ok\nb2 ok\n0 \nafter ok\n0 0\n");
}

TEST_CASE("updates are the optimiser's, with groups, clipping and averages") {
  // The reference is in double; padding of packed tensors shows in no tensor, and must stay zero.
  const std::string text = R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  Values g, p;
  static double w[77], m[77], v[77], e[77];
  const double scale[4] = {0.5, 1, 0, 2}, decay[4] = {1, 0, 0, 0};
  const int trained[4] = {1, 1, 0, 1};
  float got[77], average[77];
  u.clip_norm = 0.05;
  get(c, CNX_RT_PARAMETER, &p);
  for (int i = 0; i < 77; ++i) e[i] = w[i] = (&p.w1[0])[i];
  say(net_set_group(c, 0, 0.5f, 1), c);
  say(net_set_group(c, 3, 2, 0), c);
  for (int step = 1; step <= 3; ++step) {
    double norm = 0, factor;
    s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
    if (!s) s = net_loss_backward(c, &t, 0, NULL);
    get(c, CNX_RT_GRADIENT, &g);
    if (!s) s = net_update(c, &u);
    say(s, c);
    for (int i = 0; i < 77; ++i) norm += (double)(&g.w1[0])[i] * (&g.w1[0])[i];
    factor = fmin(1, u.clip_norm / (sqrt(norm) + 1e-6));
    for (int tensor = 0, i = 0; tensor < 4; ++tensor)
      for (size_t k = 0; k < counts[tensor]; ++k, ++i) {
        double gradient = factor * (&g.w1[0])[i], rate = u.rate * scale[tensor];
        if (!trained[tensor]) continue;
        if (NET_MOMENT_BYTES == 2 * NET_PARAM_BYTES) {
          w[i] -= w[i] * rate * u.decay * decay[tensor];
          m[i] += (1 - u.beta1) * (gradient - m[i]);
          v[i] = u.beta2 * v[i] + (1 - u.beta2) * gradient * gradient;
          w[i] -= rate / (1 - pow(u.beta1, step)) * m[i] /
                  (sqrt(v[i]) / sqrt(1 - pow(u.beta2, step)) + u.eps);
        } else {
          m[i] = u.momentum * m[i] + gradient + u.decay * decay[tensor] * w[i];
          w[i] -= rate * m[i];
        }
        e[i] += (1 - u.ema_decay) * (w[i] - e[i]);
      }
  }
  get(c, CNX_RT_PARAMETER, &p);
  memcpy(got, &p, sizeof got);
  near_to("parameters", got, w, 77);
  get(c, CNX_RT_MOMENT1, &p);
  near_to("moments", &p.w1[0], m, 32);
  if (NET_EMA) {
    net_outputs evaluated = {sizeof o, NULL, NULL};
    float logits[10];
    Result r;
    get(c, CNX_RT_EMA, &p);
    memcpy(average, &p, sizeof average);
    near_to("w1", average, e, 32); /* w1, b1 */
    near_to("b2", average + 72, e + 72, 5);
    evaluated.logits = logits;
    s = net_forward(c, 2, CNX_RT_EVALUATE_EMA, image, &evaluated);
    for (int i = 0; i < 77; ++i) average[i] = e[i];
    memcpy(&p, average, sizeof p);
    reference(&p, 2, image, NULL, NULL, NULL, &r);
    near_to("averaged", logits, r.logits, 10);
    memcpy(&p, got, sizeof p);
    s = net_forward(c, 2, CNX_RT_EVALUATE, image, &evaluated);
    reference(&p, 2, image, NULL, NULL, NULL, &r);
    near_to("latest", logits, r.logits, 10);
  }
)";
  TrainingVariant sgd;
  sgd.sgd = true;
  sgd.ema = false;
  CHECK(runTraining(text) ==
        "0 \n0 \n0 \n0 \n0 \nparameters ok\nmoments ok\nw1 ok\nb2 ok\naveraged "
        "ok\nlatest ok\n");
  CHECK(runTraining(text, sgd) == "0 \n0 \n0 \n0 \n0 \nparameters ok\nmoments ok\n");
}

TEST_CASE("a whole step is its parts, and the same bits with one, two and three threads") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  float loss[3][4] = {{0}}, parts = 0;
  Values p[3], q;
  t.smoothing = 0.1f;
  for (unsigned threads = 1; threads <= 3; ++threads) {
    net *other = make(threads, 1, 11);
    for (int step = 0; !s && step < 4; ++step)
      s = net_train_step(other, 2, image + step * 2 * NET_IMAGE_ELEMENTS, &t, &u,
                         &loss[threads - 1][step]);
    say(s, other);
    get(other, CNX_RT_PARAMETER, &p[threads - 1]);
    net_destroy(other);
  }
  for (int step = 0; !s && step < 4; ++step) {
    s = net_forward(c, 2, CNX_RT_TRAIN, image + step * 2 * NET_IMAGE_ELEMENTS, &o);
    if (!s) s = net_loss_backward(c, &t, 0, &parts);
    if (!s) s = net_update(c, &u);
    printf("%d %d\n", loss[0][step] > 0.1f, loss[0][step] == parts);
  }
  get(c, CNX_RT_PARAMETER, &q);
  printf("%d %d %d\n", memcmp(&p[0], &q, sizeof q), memcmp(&p[0], &p[1], sizeof q),
         memcmp(&p[0], &p[2], sizeof q));
  printf("%d\n", memcmp(loss[0], loss[1], 16) | memcmp(loss[0], loss[2], 16));
)") == "0 \n0 \n0 \n1 1\n1 1\n1 1\n1 1\n0 0 0\n0\n");
}

TEST_CASE("a step in micro-batches is one step of the whole batch") {
  CHECK(runTraining(R"(
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01), none = values_of(0);
  float loss, rows[40], weight[8], factors[8];
  Values p;
  Result r;
  double wanted;
  printf("%d\n", NET_MICRO_BATCH);
  none.decay = 0;
  get(c, CNX_RT_PARAMETER, &p);
  for (int i = 0; i < 8; i += 2) { /* the factors of the samples, whatever their micro-batch */
    net_outputs o = {sizeof o, NULL, NULL};
    net_forward(c, 2, CNX_RT_TRAIN, image + i * NET_IMAGE_ELEMENTS, &o);
    memcpy(factors + i, seen_factors, 8);
  }
  for (int soft = 0; soft < 2; ++soft) {
    rows_of(labels, 8, 7, rows, weight);
    if (soft) {
      for (int i = 0; i < 8; ++i) weight[i] = 0.125f;
      t.soft = rows;
      t.indices = NULL;
    }
    net_random(c, 11, 0, 0);
    say(net_train_step(c, 8, image, &t, &none, &loss), c);
    wanted = reference(&p, 8, image, factors, rows, weight, &r);
    near_to("loss", &loss, &wanted, 1);
    gradients_near(c, &r);
  }
  t = classes_of(labels);
  net_random(c, 11, 0, 0);
  t.divisor = 14;
  say(net_train_step(c, 8, image, &t, &none, &loss), c);
  rows_of(labels, 8, 14, rows, weight);
  wanted = reference(&p, 8, image, factors, rows, weight, &r);
  near_to("loss", &loss, &wanted, 1);
  say(net_train_step(c, 3, image, &t, &u, &loss), c);
  say(net_train_step(c, 0, image, &t, &u, &loss), c);
  labels[7] = 9; /* in the last part, yet nothing has run */
  get(c, CNX_RT_PARAMETER, &p);
  say(net_train_step(c, 8, image, &t, &u, &loss), c);
  say(net_update(c, &u), c);
)",
                    {}, 2) ==
        "2\n0 \nloss ok\nw1 ok\nb1 ok\nb2 ok\n0 \nloss ok\nw1 ok\nb1 ok\nb2 ok\n0 \nloss ok\n"
        "6 train_step: batch 3, expected a multiple of 2\n"
        "6 train_step: batch 0, expected a multiple of 2\n"
        "10 targets: sample 1: found class 9, expected 0 to 4, or -1 to ignore it\n"
        "10 update: there are no gradients since the last update\n");
}

TEST_CASE("what is no number never reaches the parameters") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL}, d = {sizeof d, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  float loss = 0, gradient[10] = {1e30f, -1e30f};
  Values p, q, g, h;
  get(c, CNX_RT_PARAMETER, &p);
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_loss_backward(c, &t, 0, &loss);
  get(c, CNX_RT_GRADIENT, &g);
  image[0] = NAN;
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  say(net_loss_backward(c, &t, CNX_RT_ACCUMULATE, &loss), c);
  printf("%d\n", loss != loss);
  get(c, CNX_RT_GRADIENT, &h);
  printf("%d\n", memcmp(&g, &h, sizeof g)); /* those before are as they were */
  say(net_train_step(c, 2, image, &t, &u, &loss), c);
  image[0] = 1;
  d.logits = gradient; /* large ones, whose squares are infinite */
  s = net_forward(c, 2, CNX_RT_TRAIN, image, &o);
  if (!s) s = net_backward(c, &d, 0, NULL);
  say(net_update(c, &u), c);
  get(c, CNX_RT_PARAMETER, &q);
  printf("%d\n", memcmp(&p, &q, sizeof p));
)") == "11 the loss is nan; there was no backward pass\n1\n0\n"
       "11 the loss is nan; there was no backward pass\n"
       "11 update: the squared norm of the gradients is inf; nothing has changed\n0\n");
}

TEST_CASE("a saved state goes on to the bit, and checkpoints are plain") {
  CHECK(runTraining(R"(
  cnx_rt_targets t = classes_of(labels);
  cnx_rt_update u = values_of(0.01);
  net_outputs o = {sizeof o, NULL, NULL};
  net *other = make(2, 1, 99);
  float loss[2];
  Values p, q;
  net_set_group(c, 0, 0.5f, 0);
  net_set_note(c, "epoch 3");
  for (int i = 0; !s && i < 2; ++i) s = net_train_step(c, 2, image, &t, &u, loss);
  if (!s) s = net_save(c, "state.safetensors", CNX_RT_SAVE_STATE);
  say(s, c);
  s = net_forward(other, 2, CNX_RT_TRAIN, image, &o);
  say(net_restore(other, "state.safetensors"), other);
  printf("%s\n", net_note(other));
  say(net_loss_backward(other, &t, 0, loss), other);
  say(net_update(other, &u), other);
  s = net_train_step(c, 2, image, &t, &u, &loss[0]);
  if (!s) s = net_train_step(other, 2, image, &t, &u, &loss[1]);
  get(c, CNX_RT_PARAMETER, &p);
  get(other, CNX_RT_PARAMETER, &q);
  printf("%d %d %d\n", (int)s, loss[0] == loss[1], memcmp(&p, &q, sizeof p));
  get(c, CNX_RT_MOMENT2, &p);
  get(other, CNX_RT_MOMENT2, &q);
  printf("%d\n", memcmp(&p, &q, sizeof p));
  say(net_save(c, "plain.safetensors", 0), c);
  say(net_save(c, "no-folder/plain.safetensors", 0) == CNX_RT_IO, NULL);
  { cnx_io_safetensors *plain = NULL;
    const cnx_io_tensor *tensor;
    cnx_rt_error error = {CNX_RT_OK, ""};
    s = cnx_io_safetensors_open("plain.safetensors", &plain, &error);
    printf("%d %d %s\n", (int)s, (int)cnx_io_safetensors_count(plain),
           cnx_io_safetensors_metadata_value(plain, "cnx.model"));
    tensor = cnx_io_safetensors_find(plain, "fc2.bias");
    printf("%d %d %d\n", tensor->rank, (int)tensor->shape[0], (int)tensor->shape[1]);
    tensor = cnx_io_safetensors_find(plain, "fc2.weight");
    get(c, CNX_RT_PARAMETER, &p);
    printf("%d\n", memcmp(tensor->data, p.w2, sizeof p.w2));
    cnx_io_safetensors_close(plain); }
  net_destroy(other);
)") == "0 \n0 \nepoch 3\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: the parameters have changed "
       "since\n"
       "10 update: there are no gradients since the last update\n"
       "0 1 0\n0\n0 \n1 no context\n"
       "0 4 {\"description\": {\"model\": \"net \\\"of tests\\\"\"}, \"labels\": []}\n"
       "2 1 5\n0\n");
}

TEST_CASE("parameters come from the weight file, or from the seed where nothing is frozen") {
  TrainingVariant all;
  all.frozen = false;
  CHECK(runTraining(R"(
  net *drawn = make(1, 0, 5), *again = make(1, 0, 5), *others = make(1, 0, 6);
  net_outputs o = {sizeof o, NULL, NULL};
  float logits[10];
  Values p, q, r;
  Result wanted;
  get(drawn, CNX_RT_PARAMETER, &p);
  get(again, CNX_RT_PARAMETER, &q);
  get(others, CNX_RT_PARAMETER, &r);
  printf("%d %d\n", memcmp(&p, &q, sizeof p), memcmp(&p, &r, sizeof p) != 0);
  printf("%g %g %d\n", p.b1[3], p.b2[4], p.w2[7] != 0 && fabs(p.w2[7]) < 0.2);
  get(c, CNX_RT_PARAMETER, &q);
  printf("%d\n", q.w1[0] == ((float *)(file + 64 + 64))[0] && q.w1[1] == ((float *)(file + 128))[16]);
  /* what the weight file would hold beside the parameters is there as well */
  o.logits = logits;
  say(net_forward(drawn, 2, CNX_RT_EVALUATE, image, &o), drawn);
  reference(&p, 2, image, NULL, NULL, NULL, &wanted);
  near_to("logits", logits, wanted.logits, 10);
  say(net_save(drawn, "drawn.safetensors", 0), drawn);
  net_destroy(drawn);
  net_destroy(again);
  net_destroy(others);
)",
                    all) == "0 1\n0 0.5 1\n1\n0 \nlogits ok\n0 \n");
  CHECK(runTraining("  { net *drawn = make(1, 0, 5); printf(\"%d\\n\", drawn == NULL); }\n") ==
        "create: 10 no weights are given, but parameter fc2.weight is frozen in this build: its "
        "values are in the weight file\n1\n");
}

TEST_CASE("evaluation keeps all paths") {
  CHECK(runTraining(R"(
  net_outputs o = {sizeof o, NULL, NULL};
  cnx_rt_targets t = classes_of(labels);
  float logits[10], hidden[16], loss;
  Values p;
  Result r;
  o.logits = logits;
  o.hidden = hidden;
  get(c, CNX_RT_PARAMETER, &p);
  say(net_forward(c, 2, CNX_RT_EVALUATE, image, &o), c);
  reference(&p, 2, image, NULL, NULL, NULL, &r);
  near_to("logits", logits, r.logits, 10);
  o.hidden = NULL;
  say(net_forward(c, 2, CNX_RT_TRAIN, image, &o), c);
  say(net_forward(c, 1, CNX_RT_EVALUATE, image, &o), c); /* refused: the forward is still there */
  say(net_loss_backward(c, &t, 0, &loss), c);
)") == "0 \nlogits ok\n0 \n6 forward: batch 1; compiled in: 2\n0 \n");
}

TEST_CASE("memory is what the header says") {
  CHECK(runTraining(R"(
  const size_t of_context = NET_TOTAL_BYTES - NET_WEIGHT_BYTES;
  printf("%d %d\n", most >= of_context, most < of_context + 8192);
  printf("%d %d %d %d\n", NET_PARAM_BYTES, NET_GRADIENT_BYTES, NET_MOMENT_BYTES, NET_EMA_BYTES);
  printf("%d %s %d %d\n", NET_TABLE_BYTES, NET_OPTIMIZER, NET_EMA, NET_INPUT_GRADIENT);
)") == "1 1\n3072 3072 6144 3072\n36 adamw 1 1\n");
}

} // namespace cnx
