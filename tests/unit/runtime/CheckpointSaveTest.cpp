// What is in a checkpoint, what a resumed run does, and what save refuses.
#include "tests/support/TemporaryFolder.h"
#include "tests/unit/runtime/CheckpointFile.h"
#include "tests/unit/runtime/TrainNet.h"

#include <cmath>

using Catch::Matchers::Contains;

namespace {

void save(const TrainNet &net, const std::string &path, unsigned what) {
  cnx_rt_status status = cnx_io_training_save(net.get(), path.c_str(), what);
  INFO(net.message());
  REQUIRE(status == CNX_RT_OK);
}

void restore(const TrainNet &net, const std::string &path) {
  cnx_rt_status status = cnx_io_training_restore(net.get(), path.c_str());
  INFO(net.message());
  REQUIRE(status == CNX_RT_OK);
}

bool sameBits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// The tensors of one kind, each with the prefix; no others may begin with it.
void checkTensors(const CheckpointFile &file, const TrainNet &net, const std::string &prefix,
                  cnx_rt_kind kind) {
  size_t found = 0;
  for (int t = 0; t < net.count(); ++t) {
    const cnx_rt_parameter &p = net.parameter(t);
    bool frozen = p.form == CNX_RT_DENSE;
    auto entry = file.tensors.find(prefix + p.name);
    if (frozen && !prefix.empty()) {
      CHECK(entry == file.tensors.end());
      continue;
    }
    REQUIRE(entry != file.tensors.end());
    ++found;
    const int64_t *shape = p.stored_rank ? p.stored_shape : p.shape;
    int rank = p.stored_rank ? p.stored_rank : p.rank;
    CHECK(entry->second.dtype == CNX_IO_F32);
    CHECK(entry->second.shape == std::vector<uint64_t>(shape, shape + rank));
    CHECK(sameBits(entry->second.floats(), net.read(frozen ? CNX_RT_PARAMETER : kind, t)));
  }
  size_t prefixed = 0;
  for (const auto &[name, tensor] : file.tensors)
    prefixed += prefix.empty() ? name.rfind("cnx.", 0) != 0 : name.rfind(prefix, 0) == 0;
  CHECK(prefixed == found);
}

const std::vector<TrainOptions> kBuilds = {
    {}, {.moments = 1, .ema = false}, {.frozen = true}, {.moments = 1, .frozen = true}};

} // namespace

TEST_CASE("save: a plain checkpoint is the parameters under their names, as PyTorch has them",
          "[runtime][training]") {
  TemporaryFolder folder;
  for (const TrainOptions &build : kBuilds) {
    TrainNet net(build);
    net.scramble(3);
    save(net, folder / "plain", 0);
    CheckpointFile file(folder / "plain");
    checkTensors(file, net, "", CNX_RT_PARAMETER);
    CHECK(file.tensors.size() == static_cast<size_t>(net.count()));
    CHECK(file.metadata == std::map<std::string, std::string>{
                               {"format", "pt"}, {"cnx.model", "{\"model\":\"test\"}"}});
    CHECK(file.tensors.at("gamma").shape == std::vector<uint64_t>{1, 1, 1, 20});
  }
}

TEST_CASE("save: averages stand in the parameters' place", "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net({.frozen = true});
  net.scramble(3);
  save(net, folder / "ema", CNX_RT_SAVE_EMA);
  CheckpointFile file(folder / "ema");
  checkTensors(file, net, "", CNX_RT_EMA);
  CHECK(file.metadata.count("cnx.state") == 0);
  CHECK_FALSE(sameBits(net.read(CNX_RT_EMA, 1), net.read(CNX_RT_PARAMETER, 1)));
}

TEST_CASE("save: a state has parameters, moments, averages, counters, groups and the note",
          "[runtime][training]") {
  TemporaryFolder folder;
  for (const TrainOptions &build : kBuilds) {
    TrainNet net(build);
    net.scramble(3);
    cnx_rt_training_random(net.get(), ~uint64_t{0}, 41, 1000);
    REQUIRE(cnx_rt_training_group(net.get(), 6, 0.1f, 1) == CNX_RT_OK);
    REQUIRE(cnx_rt_training_set_note(net.get(), "epoch \"3\"\n") == CNX_RT_OK);
    save(net, folder / "state", CNX_RT_SAVE_STATE);
    CheckpointFile file(folder / "state");
    checkTensors(file, net, "", CNX_RT_PARAMETER);
    checkTensors(file, net, "cnx.moment1.", CNX_RT_MOMENT1);
    if (build.moments == 2)
      checkTensors(file, net, "cnx.moment2.", CNX_RT_MOMENT2);
    if (build.ema)
      checkTensors(file, net, "cnx.ema.", CNX_RT_EMA);
    size_t trained = static_cast<size_t>(net.count()) - build.frozen;
    CHECK(file.tensors.size() == static_cast<size_t>(net.count()) +
                                     trained * static_cast<size_t>(build.moments + build.ema));
    uint32_t bits;
    float rate = 0.1f;
    std::memcpy(&bits, &rate, sizeof bits);
    std::string expected =
        std::string("{\"version\":1,\"build\":\"0000000000001234\",\"optimizer\":") +
        (build.moments == 2 ? "\"adamw\"" : "\"sgd\"") +
        ",\"seed\":18446744073709551615,\"step\":41,\"sample\":1000,\"groups\":"
        "[{\"tensor\":\"head.fc.bias\",\"rate_bits\":" +
        std::to_string(bits) + ",\"decay\":1}],\"note\":\"epoch \\\"3\\\"\\n\",\"hash\":\"";
    CHECK(file.metadata.at("cnx.state").substr(0, expected.size()) == expected);
    CHECK(file.metadata.at("cnx.state").size() == expected.size() + 18);
  }
}

TEST_CASE("save: equal states give equal bytes, and nothing is left beside the file",
          "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net;
  net.scramble(4);
  save(net, folder / "a", CNX_RT_SAVE_STATE);
  std::string first = fileBytes(folder / "a");
  save(net, folder / "a", CNX_RT_SAVE_STATE);
  CHECK(fileBytes(folder / "a") == first);
  std::filesystem::directory_iterator entries(folder.path());
  CHECK(std::distance(entries, {}) == 1);
}

TEST_CASE("restore: a resumed run goes on bit for bit", "[runtime][training]") {
  TemporaryFolder folder;
  for (const TrainOptions &build : kBuilds) {
    TrainNet straight(build);
    straight.scramble(5);
    REQUIRE(cnx_rt_training_group(straight.get(), 5, 0.3f, 0) == CNX_RT_OK);
    REQUIRE(cnx_rt_training_set_note(straight.get(), "\xc3\xa9poque 1") == CNX_RT_OK);
    for (unsigned step = 0; step < 5; ++step)
      straight.step(step);
    save(straight, folder / "state", CNX_RT_SAVE_STATE);

    TrainOptions other = build;
    other.seed = 99;
    TrainNet resumed(other);
    resumed.scramble(6); // nothing of what it had may show
    resumed.step(77);
    REQUIRE(cnx_rt_training_group(resumed.get(), 2, 7, 1) == CNX_RT_OK);
    restore(resumed, folder / "state");
    CHECK(std::string(cnx_rt_training_note(resumed.get())) == "\xc3\xa9poque 1");
    for (unsigned step = 5; step < 10; ++step) {
      straight.step(step);
      resumed.step(step);
    }
    CHECK(sameBits(straight.everything(), resumed.everything()));
  }
}

TEST_CASE("restore: every bit of a value survives", "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net;
  std::vector<float> values(20, 1);
  values[0] = -0.f;
  values[1] = 1e-45f; // subnormal
  values[2] = 3.4028235e38f;
  net.write(CNX_RT_PARAMETER, 1, values);
  net.write(CNX_RT_MOMENT1, 3, values);
  save(net, folder / "state", CNX_RT_SAVE_STATE);
  TrainNet other;
  restore(other, folder / "state");
  CHECK(sameBits(other.everything(), net.everything()));
}

TEST_CASE("restore: gradients and the old note are gone", "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net, other;
  save(net, folder / "state", CNX_RT_SAVE_STATE);
  other.scramble(1);
  REQUIRE(cnx_rt_training_set_note(other.get(), "old") == CNX_RT_OK);
  restore(other, folder / "state");
  CHECK(other.flat(CNX_RT_GRADIENT) == std::vector<float>(other.model().floats, 0));
  CHECK(std::string(cnx_rt_training_note(other.get())).empty());
}

TEST_CASE("restore: a plain checkpoint starts anew with its parameters", "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net;
  net.scramble(8);
  save(net, folder / "plain", 0);
  TrainNet other({.seed = 3});
  other.scramble(9);
  other.step(1);
  REQUIRE(cnx_rt_training_group(other.get(), 5, 0.3f, 0) == CNX_RT_OK);
  REQUIRE(cnx_rt_training_set_note(other.get(), "mine") == CNX_RT_OK);
  restore(other, folder / "plain");
  std::vector<float> zeros(net.model().floats, 0);
  CHECK(sameBits(other.flat(CNX_RT_PARAMETER), net.flat(CNX_RT_PARAMETER)));
  CHECK(sameBits(other.flat(CNX_RT_EMA), net.flat(CNX_RT_PARAMETER)));
  CHECK(other.flat(CNX_RT_MOMENT1) == zeros);
  CHECK(other.flat(CNX_RT_MOMENT2) == zeros);
  CHECK(other.flat(CNX_RT_GRADIENT) == zeros);
  CHECK(std::string(cnx_rt_training_note(other.get())) == "mine");
  CHECK(cnx_rt_training_rates(other.get())[net.parameter(5).offset / 1024] == 0.3f);
  std::vector<float> factors(64), expected(64);
  cnx_rt_training_drop_factors(other.get(), 64, 0, 0.5, factors.data());
  cnx_rt_training_drop_factors(TrainNet({.seed = 3}).get(), 64, 0, 0.5, expected.data());
  CHECK(factors == expected); // its own seed, step 0, sample 0
}

TEST_CASE("save: what cannot be written is named, and the old file stays", "[runtime][training]") {
  TemporaryFolder folder;
  TrainNet net, plain({.ema = false});
  save(net, folder / "f", CNX_RT_SAVE_STATE);
  std::string before = fileBytes(folder / "f");
  auto refused = [&](const TrainNet &which, const std::string &path, unsigned what,
                     cnx_rt_status expected, const char *message) {
    CHECK(cnx_io_training_save(which.get(), path.empty() ? nullptr : path.c_str(), what) ==
          expected);
    CHECK_THAT(which.message(), Contains(message));
    CHECK(fileBytes(folder / "f") == before);
  };
  refused(net, "", 0, CNX_RT_ARGUMENT, "path is NULL");
  refused(net, folder / "f", 3, CNX_RT_ARGUMENT, "what is 0x3, expected 0");
  refused(net, folder / "f", 4, CNX_RT_ARGUMENT, "what is 0x4");
  refused(plain, folder / "f", CNX_RT_SAVE_EMA, CNX_RT_UNSUPPORTED, "has no averages");
  refused(net, folder / "none/f", 0, CNX_RT_IO, "none/f: cannot create");
  // Kernels write NaN, not this interface.
  cnx_rt_training_segment(net.get(), CNX_RT_PARAMETER)[net.parameter(1).offset / 4 + 3] =
      std::nanf("");
  refused(net, folder / "f", 0, CNX_RT_NOT_FINITE,
          "f: not written: tensor \"stem.0.bias\": element 3 is not a finite number");
}
