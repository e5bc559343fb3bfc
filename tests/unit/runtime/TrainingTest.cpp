// Training objects: memory, forms, first values, groups, notes, and what is refused.
#include "tests/unit/runtime/CountingAllocator.h"
#include "tests/unit/runtime/TrainNet.h"

#include <cmath>

using Catch::Matchers::Contains;

namespace {

// The message of a model that create refuses.
std::string refused(const cnx_rt_train_model &model, const void *payload, cnx_rt_status expected) {
  Context context = makeContext(testOptions(1));
  cnx_rt_training *training = nullptr;
  cnx_rt_error error{};
  CHECK(cnx_rt_training_create(&model, context.get(), payload, &training, &error) == expected);
  CHECK(training == nullptr);
  return error.text;
}

// Which floats of a flat segment belong to elements of tensors.
std::vector<bool> elements(const TrainNet &net) {
  std::vector<bool> used(net.model().floats);
  for (int t = 0; t < net.count(); ++t)
    if (net.parameter(t).form != CNX_RT_DENSE)
      for (size_t i = 0; i < elementsOf(net.parameter(t)); ++i)
        used[net.parameter(t).offset / sizeof(float) + placeOf(net.parameter(t), i)] = true;
  return used;
}

} // namespace

TEST_CASE("training: begins with the weight file's values, averages with the same",
          "[runtime][training]") {
  for (bool frozen : {false, true}) {
    TrainNet net({.frozen = frozen});
    for (int t = 0; t < net.count(); ++t) {
      std::vector<float> expected(elementsOf(net.parameter(t)));
      for (size_t i = 0; i < expected.size(); ++i)
        expected[i] = TrainNet::value(t, i);
      CHECK(net.read(CNX_RT_PARAMETER, t) == expected);
    }
    CHECK(net.flat(CNX_RT_EMA) == net.flat(CNX_RT_PARAMETER));
    std::vector<float> zeros(net.model().floats, 0);
    for (cnx_rt_kind kind : {CNX_RT_GRADIENT, CNX_RT_MOMENT1, CNX_RT_MOMENT2})
      CHECK(net.flat(kind) == zeros);
  }
}

TEST_CASE("training: reads and writes are the forms' definition, and leave padding zero",
          "[runtime][training]") {
  TrainNet net;
  std::vector<bool> used = elements(net);
  for (cnx_rt_kind kind :
       {CNX_RT_PARAMETER, CNX_RT_GRADIENT, CNX_RT_MOMENT1, CNX_RT_MOMENT2, CNX_RT_EMA}) {
    for (int t = 0; t < net.count(); ++t) {
      std::vector<float> values(elementsOf(net.parameter(t)));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(1000 * (t + 1) + static_cast<int>(i));
      net.write(kind, t, values);
      CHECK(net.read(kind, t) == values);
      std::vector<float> flat = net.flat(kind);
      for (size_t i = 0; i < values.size(); ++i)
        CHECK(flat[net.parameter(t).offset / sizeof(float) + placeOf(net.parameter(t), i)] ==
              values[i]);
    }
    std::vector<float> flat = net.flat(kind);
    for (size_t i = 0; i < flat.size(); ++i)
      CHECK((flat[i] != 0) == used[i]);
  }
  cnx_rt_training_clear_gradients(net.get());
  CHECK(net.flat(CNX_RT_GRADIENT) == std::vector<float>(net.model().floats, 0));
}

TEST_CASE("training: what a build lacks is NULL or unsupported", "[runtime][training]") {
  TrainNet net({.moments = 1, .ema = false, .frozen = true});
  float value = 0;
  for (cnx_rt_kind kind : {CNX_RT_MOMENT2, CNX_RT_EMA}) {
    CHECK(cnx_rt_training_segment(net.get(), kind) == nullptr);
    CHECK(cnx_rt_training_read(net.get(), kind, 1, &value, 20) == CNX_RT_UNSUPPORTED);
    CHECK_THAT(net.message(), Contains("this build has no"));
  }
  std::vector<float> values(elementsOf(net.parameter(0)));
  CHECK(cnx_rt_training_write(net.get(), CNX_RT_PARAMETER, 0, values.data(), values.size()) ==
        CNX_RT_UNSUPPORTED);
  CHECK(net.message() == "write: stem.0.weight is frozen in this build");
  CHECK(cnx_rt_training_read(net.get(), CNX_RT_GRADIENT, 0, values.data(), values.size()) ==
        CNX_RT_UNSUPPORTED);
  CHECK(cnx_rt_training_group(net.get(), 0, 1, 0) == CNX_RT_UNSUPPORTED);
}

TEST_CASE("training: segments and tables are aligned", "[runtime][training]") {
  TrainNet net;
  const void *addresses[] = {
      cnx_rt_training_segment(net.get(), CNX_RT_PARAMETER),
      cnx_rt_training_segment(net.get(), CNX_RT_GRADIENT),
      cnx_rt_training_segment(net.get(), CNX_RT_MOMENT1),
      cnx_rt_training_segment(net.get(), CNX_RT_MOMENT2),
      cnx_rt_training_segment(net.get(), CNX_RT_EMA),
      cnx_rt_training_rates(net.get()),
      cnx_rt_training_decays(net.get()),
      cnx_rt_training_squares(net.get()),
      cnx_rt_training_scalars(net.get()),
  };
  for (const void *address : addresses)
    CHECK(reinterpret_cast<uintptr_t>(address) % 64 == 0);
}

TEST_CASE("training: memory comes from the application's allocator and goes back",
          "[runtime][training]") {
  for (bool fromPayload : {false, true}) {
    CountingAllocator allocator;
    cnx_rt_options options = allocator.options();
    {
      TrainNet net({.fromPayload = fromPayload}, &options);
      CHECK(cnx_rt_training_set_note(net.get(), "a") == CNX_RT_OK);
      CHECK(cnx_rt_training_set_note(net.get(), "another one") == CNX_RT_OK);
      CHECK(allocator.live.size() == 9); // context, object, five segments, tables, note
      std::vector<bool> used = elements(net);
      std::vector<float> moments = net.flat(CNX_RT_MOMENT1), values = net.flat(CNX_RT_PARAMETER);
      for (size_t i = 0; i < moments.size(); ++i)
        CHECK((moments[i] == 0 && (used[i] || values[i] == 0)));
    }
    CHECK(allocator.live.empty());
  }
}

TEST_CASE("training: a failed allocation is an error and leaves nothing", "[runtime][training]") {
  TrainNet net;
  for (int failFrom = 2; failFrom <= 9; ++failFrom) {
    CountingAllocator allocator;
    allocator.failFrom = failFrom;
    cnx_rt_options options = allocator.options();
    {
      Context context = makeContext(options); // the first request
      cnx_rt_training *training = nullptr;
      cnx_rt_error error{};
      CHECK(cnx_rt_training_create(&net.model(), context.get(), nullptr, &training, &error) ==
            CNX_RT_MEMORY);
      CHECK_THAT(error.text, Contains("training: no memory"));
      CHECK(allocator.live.size() == 1);
    }
    CHECK(allocator.live.empty());
  }
}

TEST_CASE("training: a seed gives the same values in any floating-point mode",
          "[runtime][training]") {
  std::vector<float> expected = TrainNet({.fromPayload = false}).flat(CNX_RT_PARAMETER);
  CHECK(TrainNet({.fromPayload = false, .seed = 8}).flat(CNX_RT_PARAMETER) != expected);
  unsigned mode = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(mode | 0x6000); // toward zero
  TrainNet net({.fromPayload = false});
  CHECK((__builtin_ia32_stmxcsr() & 0x6000) == 0x6000);
  __builtin_ia32_ldmxcsr(mode);
  CHECK(net.flat(CNX_RT_PARAMETER) == expected);
  CHECK(net.read(CNX_RT_PARAMETER, 3) == std::vector<float>(20, 1));
  CHECK(net.read(CNX_RT_PARAMETER, 4) == std::vector<float>(20, 1e-6f));
  CHECK(net.flat(CNX_RT_EMA) == expected);
}

TEST_CASE("training: frozen parameters need a weight file", "[runtime][training]") {
  TrainNet net({.frozen = true});
  CHECK(refused(net.model(), nullptr, CNX_RT_ARGUMENT) ==
        "no weights are given, but parameter stem.0.weight is frozen in this build: its values are "
        "in the weight file");
}

TEST_CASE("training: groups fill the tensor's blocks and no others", "[runtime][training]") {
  TrainNet net;
  const float *rates = cnx_rt_training_rates(net.get());
  const float *decays = cnx_rt_training_decays(net.get());
  REQUIRE(cnx_rt_training_group(net.get(), 5, 0.25f, 0) == CNX_RT_OK);
  for (int t = 0; t < net.count(); ++t) {
    const cnx_rt_parameter &p = net.parameter(t);
    for (size_t i = 0; i < elementsOf(p); ++i) {
      size_t block = (p.offset / sizeof(float) + placeOf(p, i)) / CNX_RT_UPDATE_BLOCK;
      CHECK(rates[block] == (t == 5 ? 0.25f : 1.f));
      CHECK(decays[block] == (t == 5 ? 0.f : static_cast<float>(p.decay)));
    }
  }
}

TEST_CASE("training: wrong arguments are named, and nothing changes", "[runtime][training]") {
  TrainNet net;
  net.scramble(1);
  std::vector<float> before = net.everything(), values(1000, 1);
  auto checked = [&](cnx_rt_status found, cnx_rt_status expected, const char *message) {
    CHECK(found == expected);
    CHECK_THAT(net.message(), Contains(message));
    CHECK(net.everything() == before);
  };
  cnx_rt_training *t = net.get();
  checked(cnx_rt_training_write(t, CNX_RT_EMA, 7, values.data(), 1), CNX_RT_ARGUMENT,
          "write: tensor 7, expected 0 to 6");
  checked(cnx_rt_training_read(t, CNX_RT_EMA, -1, values.data(), 1), CNX_RT_ARGUMENT,
          "read: tensor -1, expected 0 to 6");
  checked(cnx_rt_training_write(t, CNX_RT_EMA, 1, values.data(), 19), CNX_RT_ARGUMENT,
          "write: stem.0.bias: 19 values are given, expected 20");
  checked(cnx_rt_training_write(t, CNX_RT_EMA, 1, nullptr, 20), CNX_RT_ARGUMENT,
          "write: stem.0.bias: NULL for 20 values");
  checked(cnx_rt_training_read(t, static_cast<cnx_rt_kind>(5), 1, values.data(), 20),
          CNX_RT_ARGUMENT, "read: unknown kind 5");
  values[13] = std::nanf("");
  checked(cnx_rt_training_write(t, CNX_RT_PARAMETER, 1, values.data(), 20), CNX_RT_NOT_FINITE,
          "write: stem.0.bias: found nan at element 13");
  checked(cnx_rt_training_group(t, 7, 1, 1), CNX_RT_ARGUMENT, "group: tensor 7, expected 0 to 6");
  checked(cnx_rt_training_group(t, 1, -1, 1), CNX_RT_ARGUMENT, "group: stem.0.bias: rate scale -1");
  checked(cnx_rt_training_group(t, 1, std::nanf(""), 1), CNX_RT_ARGUMENT, "rate scale nan");
  checked(cnx_rt_training_group(t, 1, 1, 2), CNX_RT_ARGUMENT, "decay 2, expected 0 or 1");
}

TEST_CASE("training: a note is copied, replaced and emptied", "[runtime][training]") {
  TrainNet net;
  CHECK(std::string(cnx_rt_training_note(net.get())).empty());
  std::string text = "epoch 3 \xc3\xa9";
  REQUIRE(cnx_rt_training_set_note(net.get(), text.c_str()) == CNX_RT_OK);
  CHECK(cnx_rt_training_note(net.get()) == text);
  CHECK(cnx_rt_training_set_note(net.get(), "ab\xff") == CNX_RT_ARGUMENT);
  CHECK_THAT(net.message(), Contains("byte 2 is not UTF-8"));
  CHECK(cnx_rt_training_set_note(net.get(), std::string(CNX_RT_NOTE_BYTES + 1, 'a').c_str()) ==
        CNX_RT_ARGUMENT);
  CHECK_THAT(net.message(), Contains("1048577 bytes, expected at most 1048576"));
  CHECK(cnx_rt_training_note(net.get()) == text);
  REQUIRE(cnx_rt_training_set_note(net.get(), nullptr) == CNX_RT_OK);
  CHECK(std::string(cnx_rt_training_note(net.get())).empty());
}

TEST_CASE("training: static facts that contradict each other are refused", "[runtime][training]") {
  TrainNet net;
  struct Case {
    const char *message;
    void (*spoil)(cnx_rt_train_model &, std::vector<cnx_rt_parameter> &);
  };
  using Model = cnx_rt_train_model;
  using Parameters = std::vector<cnx_rt_parameter>;
  for (const Case &c : {
           Case{"no parameters", [](Model &m, Parameters &) { m.count = 0; }},
           Case{"3 moments", [](Model &m, Parameters &) { m.moments = 3; }},
           Case{"segments of 100 floats", [](Model &m, Parameters &) { m.floats = 100; }},
           Case{"parameter 2 has no name", [](Model &, Parameters &p) { p[2].name = nullptr; }},
           Case{"stem.0.bias: floats is not", [](Model &, Parameters &p) { p[1].floats = 20; }},
           Case{"floats is not", [](Model &, Parameters &p) { p[1].form = CNX_RT_PANELS; }},
           Case{"floats is not", [](Model &, Parameters &p) { p[2].shape[1] = 0; }},
           Case{"multiple of 1024", [](Model &, Parameters &p) { p[3].offset += 64; }},
           Case{"behind the tensor before", [](Model &, Parameters &p) { p[3].offset = 0; }},
           Case{"beyond the segment", [](Model &, Parameters &p) { p[6].offset += 1024; }},
           Case{"stored_rank", [](Model &, Parameters &p) { p[4].stored_rank = 5; }},
           Case{"init_value", [](Model &, Parameters &p) { p[0].init_value = std::nan(""); }},
           Case{"decay is not", [](Model &, Parameters &p) { p[0].decay = 2; }},
       }) {
    cnx_rt_train_model model = net.model();
    std::vector<cnx_rt_parameter> parameters(model.parameters, model.parameters + model.count);
    model.parameters = parameters.data();
    c.spoil(model, parameters);
    CHECK_THAT(refused(model, net.payload(), CNX_RT_INTERNAL), Contains(c.message));
  }
}
