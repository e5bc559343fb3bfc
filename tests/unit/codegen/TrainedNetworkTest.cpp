// Training libraries of small networks, held to their own finite differences, to each other, and to
// themselves with other threads.
#include "tests/unit/codegen/TrainedNetwork.h"
#include "tests/support/catch.h"

namespace cnx {

TEST_CASE("gradients of a compiled network are its loss's finite differences") {
  for (const char *generation : {"", "v2"}) {
    const Workplace place;
    // The derivative along a tensor's own gradient is the gradient's norm.
    CHECK(runNetwork(place, {generation, {"--batch", "4"}}, R"(
  { Values g, p = get(c, CNX_RT_PARAMETER);
    int seen = 0;
    loss_of(c);
    g = get(c, CNX_RT_GRADIENT);
    for (int i = 0; i < TENSORS; ++i) {
      double norm = 0, losses[2];
      for (size_t k = 0; k < counts[i]; ++k) norm += pow(g.tensor[i][k], 2);
      norm = sqrt(norm);
      if (!(norm > 0.02)) continue; /* too small for differences in float */
      for (int side = 0; side < 2; ++side) {
        float *moved = malloc(counts[i] * sizeof(float));
        for (size_t k = 0; k < counts[i]; ++k)
          moved[k] = p.tensor[i][k] + (side ? -0.002 : 0.002) * g.tensor[i][k] / norm;
        s = net_tensor_write(c, CNX_RT_PARAMETER, i, moved, counts[i]);
        say(s, c);
        losses[side] = loss_of(c);
        free(moved);
      }
      net_tensor_write(c, CNX_RT_PARAMETER, i, p.tensor[i], counts[i]);
      ++seen;
      if (fabs((losses[0] - losses[1]) / 0.004 - norm) > 0.02 * norm + 2e-4)
        printf("tensor %d: %g, expected %g\n", i, (losses[0] - losses[1]) / 0.004, norm);
    }
    printf("%s\n", seen > TENSORS / 2 ? "most of the tensors" : "too few"); }
)") == "most of the tensors\n0\n");
  }
}

TEST_CASE("a compiled network trains the same with any threads, in parts, and after a pause") {
  const Workplace place;
  CHECK(runNetwork(place, {"", {"--batch", "2,4", "--ema", "--input-grad", "--gradients", "sum"}},
                   R"(
  { Values first, other, whole, parts;
    for (unsigned threads = 1; threads <= 3; ++threads) {
      net *each = make(threads, "net/net.weights", 3);
      float loss[3];
      for (int i = 0; !s && i < 3; ++i) s = net_train_step(each, 4, images, &t, &u, &loss[i]);
      say(s, each);
      other = get(each, CNX_RT_EMA);
      if (threads == 1) first = other;
      else printf("%d", same(&first, &other));
      net_destroy(each);
    }
    puts(" threads");
    t.divisor = 3; /* of the four, one is ignored */
    net_random(c, 3, 0, 0);
    if (!s) s = net_forward(c, 4, CNX_RT_TRAIN, images, &o);
    if (!s) s = net_loss_backward(c, &t, 0, NULL);
    whole = get(c, CNX_RT_GRADIENT);
    net_random(c, 3, 0, 0);
    if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, images, &o);
    if (!s) s = net_loss_backward(c, &t, 0, NULL);
    if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, images + 2 * NET_IMAGE_ELEMENTS, &o);
    t.indices += 2;
    if (!s) s = net_loss_backward(c, &t, CNX_RT_ACCUMULATE, NULL);
    parts = get(c, CNX_RT_GRADIENT);
    t = targets_of(labels);
    printf("%d parts\n", apart(&whole, &parts) < 1e-5); }
  { net *later = make(1, "net/net.weights", 9);
    Values a, b;
    float logits[2][40], loss;
    net_random(c, 3, 0, 0);
    for (int i = 0; !s && i < 2; ++i) s = net_train_step(c, 4, images, &t, &u, &loss);
    if (!s) s = net_save(c, "state.safetensors", CNX_RT_SAVE_STATE);
    say(s, c);
    s = net_restore(later, "state.safetensors");
    say(s, later);
    if (!s) s = net_train_step(c, 2, images, &t, &u, &loss);
    if (!s) s = net_train_step(later, 2, images, &t, &u, &loss);
    a = get(c, CNX_RT_MOMENT2);
    b = get(later, CNX_RT_MOMENT2);
    printf("%d", same(&a, &b));
    a = get(c, CNX_RT_EMA);
    b = get(later, CNX_RT_EMA);
    printf("%d state\n", same(&a, &b));
    o.logits = logits[0]; /* with the averages, or with the averages as parameters */
    if (!s) s = net_forward(c, 4, CNX_RT_EVALUATE_EMA, images, &o);
    if (!s) s = net_save(c, "ema.safetensors", CNX_RT_SAVE_EMA);
    if (!s) s = net_restore(later, "ema.safetensors");
    o.logits = logits[1];
    if (!s) s = net_forward(later, 4, CNX_RT_EVALUATE, images, &o);
    say(s, later);
    printf("%d averages\n", memcmp(logits[0], logits[1], sizeof logits[0]) == 0);
    net_destroy(later); }
  { net *drawn = make(1, NULL, 7), *read = make(1, "net/net.weights", 0);
    Values a = get(drawn, CNX_RT_PARAMETER), b = get(read, CNX_RT_PARAMETER);
    printf("%d drawn\n", same(&a, &b)); /* --seed 7 */
    net_destroy(drawn);
    net_destroy(read); }
  { const size_t of_context = NET_TOTAL_BYTES - NET_WEIGHT_BYTES - NET_SCRATCH_BYTES;
    printf("%d memory\n", taken > of_context && taken < of_context + 2 * NET_SCRATCH_BYTES + 65536); }
)") == "11 threads\n1 parts\n11 state\n1 averages\n1 drawn\n1 memory\n0\n");

  const Symbols symbols = symbolsOf(place, place / "net" / "libnet.a");
  for (const std::string &name : symbols.defined) {
    INFO(name);
    CHECK(name.rfind("net_", 0) == 0);
  }
  for (const std::string &name : symbols.undefined) {
    INFO(name);
    CHECK((name.rfind("cnx_rt_", 0) == 0 || name.rfind("cnx_io_", 0) == 0 ||
           name.rfind("net_kernels_", 0) == 0 || name == "memcpy" || name == "memset" ||
           name == "_GLOBAL_OFFSET_TABLE_"));
  }
}

TEST_CASE("a compiled step in micro-batches is the parts' sum, to the bit") {
  const Workplace place;
  CHECK(runNetwork(place, {"", {"--batch", "2", "--micro-batch", "2"}}, R"(
  { net *other = make(1, "net/net.weights", 3);
    Values a, b;
    float loss;
    s = net_train_step(c, 8, images, &t, &u, &loss);
    say(s, c);
    t.divisor = 7;
    for (int i = 0; !s && i < 8; i += 2) {
      t.indices = labels + i;
      s = net_forward(other, 2, CNX_RT_TRAIN, images + i * NET_IMAGE_ELEMENTS, &o);
      if (!s) s = net_loss_backward(other, &t, CNX_RT_ACCUMULATE, NULL);
    }
    if (!s) s = net_update(other, &u);
    say(s, other);
    a = get(c, CNX_RT_PARAMETER);
    b = get(other, CNX_RT_PARAMETER);
    printf("%d %d\n", same(&a, &b), loss > 1);
    net_destroy(other); }
)") == "1 1\n0\n");
}

TEST_CASE("gradients in the arena are those apart from it, to the bit") {
  const std::string steps = R"(
  { unsigned long long hash = 1469598103934665603u;
    float loss;
    for (int i = 0; !s && i < 3; ++i) s = net_train_step(c, 4, images, &t, &u, &loss);
    say(s, c);
    for (int kind = CNX_RT_PARAMETER; kind <= CNX_RT_GRADIENT; ++kind) {
      Values v = get(c, (cnx_rt_kind)kind);
      for (int i = 0; i < TENSORS; ++i)
        for (size_t k = 0; k < counts[i] * sizeof(float); ++k)
          hash = (hash ^ ((unsigned char *)v.tensor[i])[k]) * 1099511628211u;
    }
    printf("%llx", hash); }
)";
  const Workplace place;
  for (const char *fusion : {"", "--no-fusion"}) {
    std::vector<std::string> options = {"--batch", "4"};
    if (*fusion)
      options.emplace_back(fusion);
    const std::string kept = runNetwork(place, {"v2", options}, steps + R"(
    printf(" %d %d\n", NET_ACCUMULATES, NET_TOTAL_BYTES > 3 * NET_PARAM_BYTES);)");
    options.insert(options.end(), {"--gradients", "sum"});
    const std::string summed = runNetwork(place, {"v2", options}, steps + R"(
    printf(" %d %d\n", NET_ACCUMULATES, NET_GRADIENT_BYTES == NET_PARAM_BYTES);)");
    CHECK(kept.substr(kept.find(' ')) == " 0 1\n0\n");
    CHECK(summed.substr(summed.find(' ')) == " 1 1\n0\n");
    CHECK(kept.substr(0, kept.find(' ')) == summed.substr(0, summed.find(' ')));
  }
}

TEST_CASE("copies that are kept give what copies in scratch do, to the bit") {
  // Each way in which parameters change, with a backward pass behind it.
  const std::string steps = R"(
  { unsigned long long hash = 1469598103934665603u;
    float loss;
    Values v = get(c, CNX_RT_PARAMETER);
    s = net_train_step(c, 8, images, &t, &u, &loss);
    if (!s) s = net_save(c, "state.safetensors", CNX_RT_SAVE_STATE);
    if (!s) s = net_train_step(c, 8, images, &t, &u, &loss);
    for (int i = 0; !s && i < TENSORS; ++i)
      s = net_tensor_write(c, CNX_RT_PARAMETER, i, v.tensor[i], counts[i]);
    if (!s) s = net_train_step(c, 4, images, &t, &u, &loss);
    if (!s) s = net_restore(c, "state.safetensors");
    if (!s) s = net_train_step(c, 8, images, &t, &u, &loss);
    say(s, c);
    for (int kind = CNX_RT_PARAMETER; kind <= CNX_RT_GRADIENT; ++kind) {
      v = get(c, (cnx_rt_kind)kind);
      for (int i = 0; i < TENSORS; ++i)
        for (size_t k = 0; k < counts[i] * sizeof(float); ++k)
          hash = (hash ^ ((unsigned char *)v.tensor[i])[k]) * 1099511628211u;
    }
    printf("%llx", hash); }
)";
  const Workplace place;
  for (const char *generation : {"", "v2"}) {
    std::vector<std::string> options = {"--micro-batch", "2"};
    const std::string scratch = runNetwork(place, {generation, options}, steps + R"(
    printf(" %d\n", NET_ARENA_BYTES);)");
    options.insert(options.end(), {"--transposed", "keep"});
    const std::string kept = runNetwork(place, {generation, options}, steps + R"(
    printf(" %d\n", NET_ARENA_BYTES - NET_TRANSPOSED_BYTES);)");
    CHECK(kept.substr(0, kept.find(' ')) == scratch.substr(0, scratch.find(' ')));
    // Apart from the copies the arena is no larger.
    CHECK(std::stoll(kept.substr(kept.find(' '))) <= std::stoll(scratch.substr(scratch.find(' '))));
  }
}

TEST_CASE("parameters that change at once are those that change at the end") {
  const std::string steps = R"(
  { net *alone = make(1, "net/net.weights", 3), *other = make(1, "net/net.weights", 3);
    net *of[2] = {c, alone};
    float loss;
    u.clip_norm = 0;
    for (int k = 0; k < 2; ++k) {
      net_set_group(of[k], 2, 0.5f, 1);
      net_set_group(of[k], 5, 2, 0);
      for (int i = 0; !s && i < 3; ++i) s = net_train_step(of[k], 4, images, &t, &u, &loss);
      say(s, of[k]);
    }
    if (NET_IMMEDIATE) say(net_restore(other, "kept.safetensors"), other);
    else say(net_save(c, "kept.safetensors", CNX_RT_SAVE_STATE), c);
    for (int kind = CNX_RT_PARAMETER; kind <= CNX_RT_EMA; ++kind) {
      Values v, w, wanted;
      if (kind == CNX_RT_GRADIENT || (kind == CNX_RT_EMA && !NET_EMA)) continue;
      if (kind == CNX_RT_MOMENT2 && NET_MOMENT_BYTES == NET_PARAM_BYTES) continue;
      v = get(c, (cnx_rt_kind)kind);
      w = get(alone, (cnx_rt_kind)kind);
      wanted = get(other, (cnx_rt_kind)kind);
      /* other has taken the kept build's state, or is where training begins */
      printf("%d%d", same(&v, &w), apart(&v, &wanted) < 1e-6);
    }
    net_destroy(alone);
    net_destroy(other); }
)";
  struct Case {
    const char *generation;
    std::vector<std::string> options;
    const char *kept, *changed; // a pair of digits a kind: threads agree, as the kept build has it
  };
  const Case cases[] = {
      {"v2", {"--batch", "4", "--ema"}, "10101010", "11111111"},
      {"", {"--batch", "4", "--no-fusion"}, "101010", "111111"},
      {"", {"--batch", "4", "--optimizer", "sgd"}, "1010", "1111"},
      {"v2", {"--batch", "4", "--trainable", "norm|gamma|grn|head.fc.weight"}, "101010", "111111"}};
  const Workplace place;
  for (Case each : cases) {
    INFO(each.options.back());
    CHECK(runNetwork(place, {each.generation, each.options}, steps + R"(
    printf(" %d %d\n", NET_IMMEDIATE, NET_ARENA_BYTES > NET_PARAM_BYTES);)") ==
          std::string(each.kept) + " 0 1\n0\n");
    each.options.insert(each.options.end(), {"--gradients", "immediate"});
    CHECK(runNetwork(place, {each.generation, each.options}, steps + R"(
    printf(" %d %d\n", NET_IMMEDIATE, NET_GRADIENT_BYTES);)") ==
          std::string(each.changed) + " 1 0\n0\n");
  }
}

TEST_CASE("a step that updates at once, and what it refuses") {
  const Workplace place;
  CHECK(
      runNetwork(place,
                 {"", {"--batch", "4", "--input-grad", "--gradients", "immediate"}, "float", true},
                 R"(
  { float logits[40], *one = calloc(counts[0], sizeof(float)), loss = 0;
    float *images_gradient = malloc(4 * NET_IMAGE_ELEMENTS * sizeof(float));
    net *other = make(2, "net/net.weights", 3);
    net_outputs gradients = o;
    Values before = get(c, CNX_RT_PARAMETER), after, same_steps;
    say(net_loss_update(c, &t, &u, &loss), c);
    say(net_train_step(c, 4, images, &t, &u, &loss), c); /* u clips */
    say(net_loss_update(c, &t, NULL, &loss), c); /* the forward still stands */
    after = get(c, CNX_RT_PARAMETER);
    printf("%d %d\n", same(&before, &after), loss > 0);
    u.clip_norm = 0;
    say(net_loss_update(c, &t, &u, &loss), c);
    after = get(c, CNX_RT_PARAMETER);
    printf("%d\n", same(&before, &after));
    say(net_train_step(other, 4, images, &t, &u, &loss), other);
    same_steps = get(other, CNX_RT_PARAMETER);
    printf("%d\n", same(&after, &same_steps));
    say(net_loss_update(c, &t, &u, &loss), c);
    say(net_tensor_read(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    say(net_tensor_write(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    /* a loss of its own: of no gradient, after which momentum alone would move parameters */
    memset(logits, 0, sizeof logits);
    say(net_forward(c, 4, CNX_RT_TRAIN, images, &o), c);
    say(net_backward_update(c, &gradients, &u, images_gradient), c);
    gradients.logits = logits;
    logits[3] = 1;
    say(net_backward_update(c, &gradients, &u, images_gradient), c);
    printf("%d\n", images_gradient[0] != 0 && images_gradient[0] == images_gradient[0]);
    say(net_save(c, "state.safetensors", CNX_RT_SAVE_STATE), c);
    say(net_restore(other, "state.safetensors"), other);
    for (int i = 0; !s && i < 2; ++i) {
      s = net_train_step(c, 4, images, &t, &u, &loss);
      if (!s) s = net_train_step(other, 4, images, &t, &u, &loss);
    }
    say(s, c);
    after = get(c, CNX_RT_PARAMETER);
    same_steps = get(other, CNX_RT_PARAMETER);
    printf("%d\n", same(&after, &same_steps));
    net_destroy(other);
    free(images_gradient); }
)") == "10 loss_update: no forward in mode CNX_RT_TRAIN to follow: there was none\n"
       "9 update: clip_norm is 5, expected 0: in this build parameters change before all gradients "
       "are there, and their norm\n"
       "10 update: NULL is given\n1 1\n0\n1\n"
       "10 loss_update: no forward in mode CNX_RT_TRAIN to follow: the parameters have changed "
       "since\n"
       "9 read: this build has no gradients\n9 write: this build has no gradients\n"
       "10 backward_update: gradients: logits is NULL\n1\n1\n0\n");
}

TEST_CASE("the emitted program and the runtime are clean under sanitizers") {
  const Workplace place;
  Network network{"v2", {"--batch", "2,4", "--ema", "--input-grad"}};
  network.sanitized = true;
  CHECK(runNetwork(place, network, R"(
  { float logits[40], *images_gradient = malloc(4 * NET_IMAGE_ELEMENTS * sizeof(float)), loss;
    float logits_gradient[40] = {1};
    net_outputs gradients = o;
    net *later = make(2, "net/net.weights", 9);
    Values a, b;
    gradients.logits = logits_gradient;
    for (int i = 0; !s && i < 2; ++i) s = net_train_step(c, 4, images, &t, &u, &loss);
    if (!s) s = net_forward(c, 2, CNX_RT_TRAIN, images, &o);
    if (!s) s = net_backward(c, &gradients, 0, images_gradient);
    if (!s) s = net_update(c, &u);
    o.logits = logits;
    if (!s) s = net_forward(c, 4, CNX_RT_EVALUATE_EMA, images, &o);
    if (!s) s = net_save(c, "state.safetensors", CNX_RT_SAVE_STATE);
    say(s, c);
    say(net_restore(later, "state.safetensors"), later);
    a = get(c, CNX_RT_PARAMETER);
    b = get(later, CNX_RT_PARAMETER);
    printf("%d\n", same(&a, &b));
    net_destroy(later);
    free(images_gradient); }
)") == "1\n0\n");
}

TEST_CASE("gradients in the arena last until the next forward") {
  const Workplace place;
  CHECK(runNetwork(place, {"", {"--batch", "4"}}, R"(
  { float logits[40], *one = calloc(counts[0], sizeof(float));
    Values before, after;
    loss_of(c);
    say(net_tensor_read(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    say(net_update(c, &u), c);
    say(net_tensor_read(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    puts("read before and after an update");
    loss_of(c);
    o.logits = logits;
    say(net_forward(c, 4, CNX_RT_EVALUATE, images, &o), c);
    say(net_tensor_read(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    say(net_update(c, &u), c);
    say(net_forward(c, 4, CNX_RT_TRAIN, images, &o), c);
    say(net_loss_backward(c, &t, CNX_RT_ACCUMULATE, NULL), c);
    say(net_tensor_write(c, CNX_RT_GRADIENT, 0, one, counts[0]), c);
    say(net_loss_backward(c, &t, 0, NULL), c);
    u.decay = 0; /* of the gradients there is one tensor, the rest is zero: nothing is NaN */
    before = get(c, CNX_RT_PARAMETER);
    say(net_update(c, &u), c);
    after = get(c, CNX_RT_PARAMETER);
    printf("%d\n", apart(&before, &after) < 1); }
)") == "read before and after an update\n"
       "10 tensor_read: there are no gradients since the last forward\n"
       "10 update: there are no gradients since the last update or forward\n"
       "9 loss_backward: CNX_RT_ACCUMULATE: this build keeps the gradients of one pass; cnx "
       "compile --gradients sum makes one that adds them up\n"
       "10 loss_backward: no forward in mode CNX_RT_TRAIN to follow: gradients have been written "
       "over what it left\n"
       "1\n0\n");
}

TEST_CASE("what is frozen stays, and the rest learns its images by heart") {
  const Workplace place;
  CHECK(runNetwork(place,
                   {"v2",
                    {"--batch", "4", "--optimizer", "sgd", "--trainable", "^stages.3|^head",
                     "--input-format", "u8-nhwc"},
                    "uint8_t"},
                   R"(
  { Values before = get(c, CNX_RT_PARAMETER), after;
    float first = 0, loss = 0;
    int moved = 0, wrong = 0;
    for (int i = 0; !s && i < 40; ++i) s = net_train_step(c, 4, images, &t, &u, i ? &loss : &first);
    say(s, c);
    after = get(c, CNX_RT_PARAMETER);
    for (int i = 0; i < TENSORS; ++i) {
      net_tensor info;
      int changed = memcmp(before.tensor[i], after.tensor[i], counts[i] * sizeof(float)) != 0;
      info.struct_size = sizeof info;
      net_tensor_info(i, &info);
      moved += changed;
      wrong += changed && !info.trained;
    }
    printf("%d %d %d\n", moved > 10, wrong, loss < 0.8 * first);
    say(net_save(c, "whole.safetensors", 0), c);
    say(net_restore(c, "whole.safetensors"), c); }
)") == "1 0 1\n0\n");
}

} // namespace cnx
