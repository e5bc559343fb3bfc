// Files that a restore refuses: the message names what is wrong, and nothing has changed.
#include "tests/support/TemporaryFolder.h"
#include "tests/unit/runtime/CheckpointFile.h"
#include "tests/unit/runtime/CountingAllocator.h"
#include "tests/unit/runtime/TrainNet.h"

#include <cmath>
#include <limits>
#include <random>

using Catch::Matchers::Contains;

namespace {

// A state of one object, another object, and the file between them.
class Refusal {
public:
  explicit Refusal(const TrainOptions &build = {}, unsigned what = CNX_RT_SAVE_STATE)
      : saved(build), target(build) {
    saved.scramble(1);
    saved.step(2);
    REQUIRE(cnx_rt_training_group(saved.get(), 6, 0.1f, 1) == CNX_RT_OK);
    REQUIRE(cnx_rt_training_set_note(saved.get(), "noted") == CNX_RT_OK);
    REQUIRE(cnx_io_training_save(saved.get(), path().c_str(), what) == CNX_RT_OK);
    target.scramble(11);
    REQUIRE(cnx_rt_training_set_note(target.get(), "before") == CNX_RT_OK);
    before = target.everything();
  }

  std::string path() const { return folder / "f"; }

  cnx_rt_status restore() { return cnx_io_training_restore(target.get(), path().c_str()); }

  bool unchanged() const {
    std::vector<float> now = target.everything();
    return std::memcmp(now.data(), before.data(), now.size() * sizeof(float)) == 0 &&
           std::string(cnx_rt_training_note(target.get())) == "before";
  }

  void refuses(cnx_rt_status expected, const std::string &message) {
    CHECK(restore() == expected);
    CHECK(target.message() == path() + ": " + message);
    CHECK(unchanged());
  }

  TemporaryFolder folder;
  TrainNet saved, target;
  std::vector<float> before;
};

// The message of a file of which `edit` made something else.
template <typename Edit>
void refuses(cnx_rt_status expected, const std::string &message, Edit edit,
             const TrainOptions &build = {}, unsigned what = CNX_RT_SAVE_STATE) {
  Refusal refusal(build, what);
  CheckpointFile file(refusal.path());
  edit(file);
  file.save(refusal.path());
  refusal.refuses(expected, message);
}

} // namespace

TEST_CASE("restore: a file that is not there, and no path", "[runtime][training]") {
  Refusal refusal;
  std::filesystem::remove(refusal.path());
  refusal.refuses(CNX_RT_IO, "cannot open: No such file or directory");
  CHECK(cnx_io_training_restore(refusal.target.get(), nullptr) == CNX_RT_ARGUMENT);
  CHECK(refusal.target.message() == "restore: path is NULL");
}

TEST_CASE("restore: a file cut short anywhere is refused", "[runtime][training]") {
  Refusal refusal;
  std::string whole = fileBytes(refusal.path());
  for (size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 97) {
    writeBytes(refusal.path(), whole.substr(0, length));
    CHECK(refusal.restore() == CNX_RT_CORRUPT);
    CHECK_THAT(refusal.target.message(), Contains(refusal.path() + ": "));
    CHECK(refusal.unchanged());
  }
  writeBytes(refusal.path(), whole);
  CHECK(refusal.restore() == CNX_RT_OK);
}

TEST_CASE("restore: a flipped bit is refused, or was in nothing that is taken up",
          "[runtime][training]") {
  Refusal refusal;
  std::string whole = fileBytes(refusal.path());
  REQUIRE(refusal.restore() == CNX_RT_OK);
  std::vector<float> expected = refusal.target.everything();
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string spoiled = whole;
    spoiled[random() % whole.size()] ^= static_cast<char>(1 << random() % 8);
    writeBytes(refusal.path(), spoiled);
    TrainNet target;
    std::vector<float> before = target.everything();
    bool taken = cnx_io_training_restore(target.get(), refusal.path().c_str()) == CNX_RT_OK;
    refused += !taken;
    CHECK(target.everything() == (taken ? expected : before));
    CHECK(std::string(cnx_rt_training_note(target.get())) == (taken ? "noted" : ""));
  }
  CHECK(refused > 1300);
}

TEST_CASE("restore: a tensor that is missing", "[runtime][training]") {
  for (unsigned what : {0u, CNX_RT_SAVE_STATE})
    refuses(
        CNX_RT_OTHER_MODEL, "tensor \"gamma\" is missing, expected F32 [1,1,1,20]",
        [](CheckpointFile &file) { file.tensors.erase("gamma"); }, {}, what);
  refuses(CNX_RT_OTHER_MODEL,
          "tensor \"cnx.moment2.conv_dw.weight\" is missing, expected F32 "
          "[20,1,3,3]",
          [](CheckpointFile &file) { file.tensors.erase("cnx.moment2.conv_dw.weight"); });
}

TEST_CASE("restore: a tensor too many", "[runtime][training]") {
  for (unsigned what : {0u, CNX_RT_SAVE_STATE})
    refuses(
        CNX_RT_OTHER_MODEL, "tensor \"aux.bias\": found F32 [20], expected no tensor of this name",
        [](CheckpointFile &file) { file.tensors["aux.bias"] = file.tensors["stem.0.bias"]; }, {},
        what);
  refuses(
      CNX_RT_OTHER_MODEL,
      "tensor \"cnx.ema.gamma\": found F32 [1,1,1,20], expected no tensor of this name",
      [](CheckpointFile &file) { file.tensors["cnx.ema.gamma"] = file.tensors["gamma"]; }, {}, 0);
}

TEST_CASE("restore: a tensor of another shape, rank or type", "[runtime][training]") {
  refuses(CNX_RT_OTHER_MODEL, "tensor \"head.fc.weight\": found F32 [20,37], expected F32 [37,20]",
          [](CheckpointFile &file) {
            file.tensors["head.fc.weight"].shape = {20, 37};
          });
  refuses(CNX_RT_OTHER_MODEL, "tensor \"gamma\": found F32 [20], expected F32 [1,1,1,20]",
          [](CheckpointFile &file) { file.tensors["gamma"].shape = {20}; });
  refuses(CNX_RT_OTHER_MODEL, "tensor \"head.fc.bias\": found F32 [36], expected F32 [37]",
          [](CheckpointFile &file) {
            file.tensors["head.fc.bias"].shape = {36};
            file.tensors["head.fc.bias"].bytes.resize(36 * 4);
          });
  refuses(CNX_RT_OTHER_MODEL, "tensor \"stem.0.bias\": found F16 [20], expected F32 [20]",
          [](CheckpointFile &file) {
            file.tensors["stem.0.bias"].dtype = CNX_IO_F16;
            file.tensors["stem.0.bias"].bytes.resize(40);
          });
  refuses(CNX_RT_OTHER_MODEL, "tensor \"stem.0.bias\": found I32 [20], expected F32 [20]",
          [](CheckpointFile &file) { file.tensors["stem.0.bias"].dtype = CNX_IO_I32; });
}

TEST_CASE("restore: a value that is not finite", "[runtime][training]") {
  for (float wrong : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    for (unsigned what : {0u, CNX_RT_SAVE_STATE})
      refuses(
          CNX_RT_NOT_FINITE, "tensor \"head.fc.weight\": element 739 is not a finite number",
          [=](CheckpointFile &file) { file.tensors["head.fc.weight"].set(739, wrong); }, {}, what);
    refuses(CNX_RT_NOT_FINITE, "tensor \"cnx.moment2.gamma\": element 0 is not a finite number",
            [=](CheckpointFile &file) { file.tensors["cnx.moment2.gamma"].set(0, wrong); });
  }
}

TEST_CASE("restore: a changed value is found by the checksum", "[runtime][training]") {
  std::string expected = "checksum of tensors and state is ";
  for (const char *name : {"gamma", "cnx.moment1.gamma", "cnx.moment2.gamma", "cnx.ema.gamma"}) {
    Refusal refusal;
    CheckpointFile file(refusal.path());
    file.tensors.at(name).set(3, 0.125f);
    file.save(refusal.path());
    CHECK(refusal.restore() == CNX_RT_CORRUPT);
    CHECK_THAT(refusal.target.message(), Contains(refusal.path() + ": " + expected));
    CHECK(refusal.unchanged());
  }
  for (auto [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"seed\":7", "\"seed\":8"},
           {"\"step\":1", "\"step\":2"},
           {"\"sample\":4", "\"sample\":5"},
           {"\"decay\":1}", "\"decay\":0}"},
           {"\"tensor\":\"head.fc.bias\"", "\"tensor\":\"stem.0.bias\""},
           {"\"rate_bits\":10", "\"rate_bits\":11"},
           {"noted", "Noted"}}) {
    Refusal refusal;
    CheckpointFile file(refusal.path());
    file.editState(from, to);
    file.save(refusal.path());
    CHECK(refusal.restore() == CNX_RT_CORRUPT);
    CHECK_THAT(refusal.target.message(), Contains(expected));
    CHECK(refusal.unchanged());
  }
}

TEST_CASE("restore: the state of another optimiser", "[runtime][training]") {
  TrainNet sgd({.moments = 1});
  Refusal refusal;
  std::vector<float> before = sgd.everything();
  CHECK(cnx_io_training_restore(sgd.get(), refusal.path().c_str()) == CNX_RT_OTHER_MODEL);
  CHECK(sgd.message() ==
        refusal.path() + ": the state is that of optimizer \"adamw\", expected \"sgd\"");
  CHECK(sgd.everything() == before);
}

TEST_CASE("restore: averages that the build or the file lacks", "[runtime][training]") {
  Refusal with, without({.ema = false});
  CHECK(cnx_io_training_restore(without.target.get(), with.path().c_str()) == CNX_RT_OTHER_MODEL);
  CHECK_THAT(without.target.message(),
             Contains("tensor \"cnx.ema.") && Contains("expected no tensor"));
  CHECK(without.unchanged());
  CHECK(cnx_io_training_restore(with.target.get(), without.path().c_str()) == CNX_RT_OTHER_MODEL);
  CHECK_THAT(with.target.message(), Contains("tensor \"cnx.ema.stem.0.weight\" is missing"));
  CHECK(with.unchanged());
}

TEST_CASE("restore: a frozen tensor must be as the build has it", "[runtime][training]") {
  for (unsigned what : {0u, CNX_RT_SAVE_STATE})
    refuses(
        CNX_RT_OTHER_MODEL,
        "tensor \"stem.0.weight\" is frozen in this build: element 5 is 0.5, expected "
        "1.0012207 as in its weight file",
        [](CheckpointFile &file) { file.tensors["stem.0.weight"].set(5, 0.5f); }, {.frozen = true},
        what);
}

TEST_CASE("restore: another build of the same network may take a state up", "[runtime][training]") {
  Refusal refusal;
  CheckpointFile file(refusal.path());
  file.editState("0000000000001234", "fedcba9876543210");
  file.save(refusal.path());
  CHECK(refusal.restore() == CNX_RT_OK);
}

TEST_CASE("restore: the text of a state, field by field", "[runtime][training]") {
  struct Case {
    cnx_rt_status status;
    const char *from, *to, *message;
  };
  for (const Case &c : {
           Case{CNX_RT_ABI, "\"version\":1", "\"version\":2", "cnx.state: version 2, expected 1"},
           Case{CNX_RT_CORRUPT, "{\"version\":1", "[1", "cnx.state, byte 0: expected '{'"},
           Case{CNX_RT_CORRUPT,
                "\"seed\":", "\"sead\":", "cnx.state, before byte 66: expected key \"seed\""},
           Case{CNX_RT_CORRUPT, "\"step\":1", "\"step\":-1",
                "cnx.state, byte 76: expected a non-negative integer"},
           Case{CNX_RT_CORRUPT, "\"step\":1", "\"step\":\"1\"",
                "cnx.state, byte 76: expected a non-negative integer"},
           Case{CNX_RT_OTHER_MODEL, "\"head.fc.bias\"", "\"head.bias\"",
                "cnx.state: a group of tensor \"head.bias\", which this build does not train"},
           Case{
               CNX_RT_CORRUPT, "\"rate_bits\":1036831949", "\"rate_bits\":2139095040",
               "cnx.state: the group of tensor \"head.fc.bias\" has rate_bits 2139095040 and decay "
               "1, expected a float from 0 on, and 0 or 1"},
           Case{
               CNX_RT_CORRUPT, "\"decay\":1", "\"decay\":2",
               "cnx.state: the group of tensor \"head.fc.bias\" has rate_bits 1036831949 and decay "
               "2, expected a float from 0 on, and 0 or 1"},
       })
    refuses(c.status, c.message, [&](CheckpointFile &file) { file.editState(c.from, c.to); });
  refuses(CNX_RT_CORRUPT, "cnx.state, byte 0: expected '{'",
          [](CheckpointFile &file) { file.metadata["cnx.state"] = ""; });
  refuses(CNX_RT_CORRUPT, "cnx.state: a note of 1048577 bytes, expected at most 1048576",
          [](CheckpointFile &file) { file.editState("noted", std::string(1048577, 'n')); });
  Refusal refusal;
  CheckpointFile file(refusal.path());
  std::string &state = file.metadata.at("cnx.state"), whole = state;
  for (size_t length = 0; length < whole.size(); ++length) {
    state = whole.substr(0, length);
    file.save(refusal.path());
    CHECK(refusal.restore() == CNX_RT_CORRUPT);
    CHECK(refusal.unchanged());
  }
  state = whole + " x";
  file.save(refusal.path());
  CHECK(refusal.restore() == CNX_RT_CORRUPT);
  CHECK_THAT(refusal.target.message(), Contains("expected nothing after the last '}'"));
}

TEST_CASE("restore: no memory for the note", "[runtime][training]") {
  Refusal refusal;
  CountingAllocator allocator;
  cnx_rt_options options = allocator.options();
  TrainNet target({}, &options);
  std::vector<float> before = target.everything();
  allocator.failFrom = 0;
  CHECK(cnx_io_training_restore(target.get(), refusal.path().c_str()) == CNX_RT_MEMORY);
  CHECK(target.message() == refusal.path() + ": no memory to read it");
  CHECK(target.everything() == before);
}

TEST_CASE("restore: a file without a state's metadata is plain, and then its moments are too many",
          "[runtime][training]") {
  refuses(
      CNX_RT_OTHER_MODEL,
      "tensor \"cnx.ema.conv_dw.weight\": found F32 [20,1,3,3], expected no tensor of this name",
      [](CheckpointFile &file) { file.metadata.erase("cnx.state"); });
}
