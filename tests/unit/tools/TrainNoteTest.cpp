#include "compiler/tools/train/TrainNote.h"

#include "compiler/Error.h"
#include "compiler/tools/train/TrainCurves.h"
#include "compiler/tools/train/TrainLog.h"
#include "runtime/include/cnx_io.h"
#include "runtime/include/cnx_rt.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>

using namespace cnx;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

namespace {

TrainNote note() {
  TrainNote note;
  note.options = {{"rate", 0.001}, {"trainable", "caf\xc3\xa9"}};
  note.model = {{"model", "convnext"}};
  note.data = {{"train", 90}};
  note.step = 7;
  note.epoch = {1.0 / 3, 32, 17};
  note.best = BestResult{2, 6, 0.75, 0.1, true};
  note.add({1, 3, 1e-3, {2.5, 90, 30}, Metrics{0.7, 10, 5}, std::nullopt});
  note.add({2, 6, 5e-4, {1.5, 90, 60}, Metrics{0.2, 10, 7}, Metrics{0.1, 10, 8}});
  for (int i = 0; i < 7; ++i)
    note.curve.add(1.0 / (3 + i));
  return note;
}

void saveState(const std::string &path, const std::string &state) {
  const float zero = 0;
  cnx_io_tensor tensor{};
  tensor.name = "w";
  tensor.dtype = CNX_IO_F32;
  tensor.data = &zero;
  tensor.bytes = sizeof zero;
  const cnx_io_metadata metadata{"cnx.state", state.c_str()};
  cnx_rt_error error{};
  REQUIRE(cnx_io_safetensors_save(path.c_str(), &tensor, 1, &metadata, state.empty() ? 0 : 1,
                                  &error) == CNX_RT_OK);
}

} // namespace

TEST_CASE("a note comes back as it was written, to the bit") {
  const TrainNote before = note(), after = parseNote(writeNote(before), "f");
  CHECK(writeNote(after) == writeNote(before));
  CHECK(after.options == before.options);
  CHECK(after.step == 7);
  CHECK(after.epoch == before.epoch);
  CHECK(after.best == before.best);
  CHECK(after.curve == before.curve);
  REQUIRE(after.epochs.size() == 2);
  CHECK(after.epochs[0].validation == before.epochs[0].validation);
  CHECK_FALSE(after.epochs[0].average);
  CHECK(after.epochs[1].average == before.epochs[1].average);
  CHECK(after.epochs[1].rate == 5e-4);
}

TEST_CASE("a note stays below what a state can hold, and keeps its ends") {
  TrainNote long_;
  for (uint64_t epoch = 1; epoch <= 100000; ++epoch) {
    long_.add({epoch,
               epoch * 1234567,
               1.0 / 3,
               {1234.567891234567 / 3, 123456789, 12345678},
               Metrics{1234.567891234567 / 3, 123456789, 12345678},
               Metrics{1234.567891234567 / 3, 123456789, 12345678}});
    long_.curve.add(1.0 / double(epoch));
  }
  CHECK(writeNote(long_).size() < CNX_RT_NOTE_BYTES);
  CHECK(long_.epochs.size() > 900);
  CHECK(long_.epochs.front().epoch == 1);
  CHECK(long_.epochs.back().epoch >= 99000);
}

TEST_CASE("the loss curve keeps means of equal runs of steps") {
  LossCurve curve;
  for (int i = 1; i <= 5000; ++i)
    curve.add(i);
  const std::vector<LossCurve::Point> points = curve.points();
  CHECK(points.size() <= 512);
  CHECK(points.size() > 256);
  for (const LossCurve::Point &point : points)
    CHECK(point.loss == Approx(point.step)); // the loss of step i is i, so is a mean at its middle
}

TEST_CASE("a better result has the higher accuracy, then the lower loss") {
  const BestResult base{1, 1, 0.5, 1.0, false};
  CHECK(base.worseThan({1, 1, 0.6, 2.0, false}));
  CHECK(base.worseThan({1, 1, 0.5, 0.9, false}));
  CHECK_FALSE(base.worseThan({1, 1, 0.5, 1.0, false}));
  CHECK_FALSE(base.worseThan({1, 1, 0.4, 0.1, false}));
}

TEST_CASE("the note in a state file is found, others are refused by name") {
  TemporaryFolder folder;
  const std::string path = folder / "f.last.safetensors";
  saveState(path, Json{{"version", 1}, {"note", writeNote(note())}}.dump());
  CHECK(writeNote(readNote(path)) == writeNote(note()));

  saveState(path, "");
  CHECK_THROWS_WITH(readNote(path), Contains("f.last.safetensors: has no metadata cnx.state"));
  saveState(path, "{\"note\": 3}");
  CHECK_THROWS_WITH(readNote(path), Contains("cnx.state: has no note"));
  saveState(path, Json{{"note", "an application's own"}}.dump());
  CHECK_THROWS_WITH(readNote(path), Contains("its note is not one of cnx train"));
  Json later = Json::parse(writeNote(note()));
  later["version"] = 2;
  saveState(path, Json{{"note", later.dump()}}.dump());
  CHECK_THROWS_WITH(readNote(path), Contains("found a training's note of version 2, expected 1"));
  CHECK_THROWS_WITH(readNote(folder / "none"), Contains("none"));
}

TEST_CASE("the log has an object a line, and goes on behind an older one") {
  TemporaryFolder folder;
  const std::string path = folder / "log.jsonl";
  std::ofstream(path) << "{\"old\":1}\n";
  {
    TrainLog log(path, true);
    log.write("step", {{"step", 1}, {"loss", 0.5}});
    log.write("stop", {{"reason", "line\nbreak"}});
  }
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == R"({"old":1})");
  CHECK(lines[1] == R"({"event":"step","step":1,"loss":0.5})");
  CHECK(Json::parse(lines[2])["reason"] == "line\nbreak");

  TrainLog again(path, false);
  CHECK(std::filesystem::file_size(path) == 0);
  CHECK_THROWS_WITH(TrainLog(folder / "none/log.jsonl", false), Contains("--log"));
  CHECK_NOTHROW(TrainLog("", false).write("step", {}));
}

TEST_CASE("the curves show each series that there is") {
  const std::string picture = drawCurves(note());
  CHECK_THAT(picture, Catch::StartsWith("<svg ") && Catch::EndsWith("</svg>\n"));
  for (const char *part : {"loss", "accuracy", "training", "validation", "averaged"})
    CHECK_THAT(picture, Contains(part));
  // Every coordinate lies in the picture.
  CHECK(picture.find("nan") == std::string::npos);
  CHECK(picture.find("inf") == std::string::npos);
  CHECK(picture.find("\"-") == std::string::npos);

  TrainNote short_;
  CHECK_THAT(drawCurves(short_), Catch::EndsWith("</svg>\n"));
  CHECK(drawCurves(short_).find("averaged") == std::string::npos);
}
