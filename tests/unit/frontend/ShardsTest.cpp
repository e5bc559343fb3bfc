// A checkpoint that is divided into several files, and indices that say what is not so.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/weights/WeightSource.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// transformers' network in three files with an index.
class Sharded {
public:
  TemporaryFolder folder;
  const Tensors whole = transformersNetwork({}, "convnext.");
  const std::string path = folder / "model.safetensors.index.json";
  json index;

  Sharded() {
    Tensors parts[3] = {whole, whole, whole};
    uint64_t bytes = 0;
    int next = 0;
    for (const std::string &name : whole.names()) {
      for (int part = 0; part < 3; ++part)
        if (part != next)
          parts[part].remove(name);
      index["weight_map"][name] = shard(next);
      next = (next + 1) % 3;
      uint64_t size = sizeof(float);
      for (int64_t extent : whole.shape(name))
        size *= uint64_t(extent);
      bytes += size;
    }
    for (int part = 0; part < 3; ++part)
      parts[part].save(folder / shard(part));
    index["metadata"]["total_size"] = bytes;
  }

  static std::string shard(int part) {
    return "model-0000" + std::to_string(part + 1) + "-of-00003.safetensors";
  }
  Model load() const {
    write();
    return loadModel(folder / "", {});
  }
  void write() const { std::ofstream(path) << index.dump(1); }
  void refuses(const std::string &message) const { CHECK_THROWS_WITH(load(), Contains(message)); }
};

} // namespace

TEST_CASE_METHOD(Sharded, "a divided checkpoint is the whole one") {
  TemporaryFolder other;
  whole.save(other / "model.safetensors");
  const Model expected = loadModel(other / "model.safetensors", {}), model = load();
  CHECK(model.desc == expected.desc);
  CHECK(model.scheme == "transformers");
  REQUIRE(model.parameters.size() == expected.parameters.size());
  WeightSource source(model.parameters), expectedSource(expected.parameters);
  std::set<std::string> files;
  for (size_t i = 0; i < model.parameters.size(); ++i) {
    const std::string &name = model.parameters[i].name;
    CHECK(name == expected.parameters[i].name);
    CHECK(source.values(name) == expectedSource.values(name));
    files.insert(fs::path(model.parameters[i].file).filename());
  }
  CHECK(files == std::set<std::string>{shard(0), shard(1), shard(2)});
}

TEST_CASE_METHOD(Sharded, "an index can be named itself, as a model and as weights") {
  write();
  CHECK(loadModel(path, {}).name == "model");
  std::ofstream(folder / "net.json")
      << R"({"model": "convnext", "depths": [1, 1, 2, 1], "dims": [3, 4, 5, 6], "image": 64})";
  ModelOptions options;
  options.weights = path;
  Model model = loadModel(folder / "net.json", options);
  CHECK(model.name == "net");
  CHECK(model.desc.numClasses == 7);
}

TEST_CASE_METHOD(Sharded, "one whole file comes before an index") {
  whole.save(folder / "model.safetensors");
  index["weight_map"] = 3;
  CHECK(fs::path(load().parameters[0].file).filename() == "model.safetensors");
}

TEST_CASE_METHOD(Sharded, "message: files elsewhere") {
  for (const char *name :
       {"../model-00001-of-00003.safetensors", "/etc/model.safetensors", "a/b.safetensors",
        "..\\b.safetensors", "..", "", "model-00001-of-00003.bin"}) {
    index["weight_map"]["classifier.bias"] = name;
    refuses("index.json:6: weight_map.classifier.bias: found " + json(name).dump() +
            ", expected the name of a .safetensors file in the index's folder");
  }
  index["weight_map"]["classifier.bias"] = std::string("a.safetensors\0.safetensors", 26);
  refuses("expected the name of a .safetensors file");
  index["weight_map"]["classifier.bias"] = 3;
  refuses("weight_map.classifier.bias: found 3");
}
TEST_CASE_METHOD(Sharded, "message: a file that is missing") {
  fs::remove(folder / shard(1));
  refuses(shard(1));
}
TEST_CASE_METHOD(Sharded, "message: a tensor in another file than the index says") {
  index["weight_map"]["classifier.bias"] = shard(1);
  refuses("weight_map.classifier.bias: found \"" + shard(1) + "\", expected \"" + shard(0) +
          "\", where it is");
}
TEST_CASE_METHOD(Sharded, "message: a tensor that no file has") {
  index["weight_map"]["classifier.gain"] = shard(0);
  refuses("weight_map.classifier.gain: found \"" + shard(0) + "\", expected a file that holds it");
}
TEST_CASE_METHOD(Sharded, "message: a tensor that the index leaves out") {
  index["weight_map"].erase("classifier.bias");
  refuses(shard(0) + ": found tensor classifier.bias, expected those that");
}
TEST_CASE_METHOD(Sharded, "message: a tensor in two files") {
  whole.save(folder / shard(2));
  refuses(shard(2) + ": found tensor ");
  refuses("expected it once: ");
}
TEST_CASE_METHOD(Sharded, "message: another total size") {
  index["metadata"]["total_size"] = 12;
  refuses("metadata.total_size: found 12, expected ");
}
TEST_CASE_METHOD(Sharded, "message: an index of nothing") {
  index.erase("weight_map");
  refuses("weight_map: found nothing, expected an object with the file of every tensor");
}
