// The writer against files that the reference library wrote, and its own promises.
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime/Safetensors.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using Catch::Matchers::Contains;

namespace {

std::string content(const std::filesystem::path &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

cnx_io_tensor make(const char *name, cnx_io_dtype dtype, std::vector<uint64_t> shape,
                   const void *data, size_t bytes) {
  cnx_io_tensor tensor{};
  tensor.name = name;
  tensor.dtype = dtype;
  tensor.rank = static_cast<int>(shape.size());
  std::copy(shape.begin(), shape.end(), tensor.shape);
  tensor.data = data;
  tensor.bytes = bytes;
  return tensor;
}

size_t entries(const std::filesystem::path &folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                           std::filesystem::directory_iterator()));
}

const float values[] = {0, 1, 2, 3, 4, 5};

} // namespace

TEST_CASE("safetensors: what the reference library wrote is written again byte for byte",
          "[runtime][io]") {
  TemporaryFolder folder;
  int files = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(CNX_VECTORS)) {
    if (entry.path().extension() != ".safetensors")
      continue;
    INFO(entry.path());
    cnx_io_safetensors *file = nullptr;
    cnx_rt_error error{};
    REQUIRE(cnx_io_safetensors_open(entry.path().c_str(), &file, &error) == CNX_RT_OK);
    const cnx_io_tensor *first = cnx_io_safetensors_tensors(file);
    std::vector<cnx_io_tensor> tensors(first, first + cnx_io_safetensors_count(file));
    std::reverse(tensors.begin(), tensors.end()); // the writer sorts
    REQUIRE(cnx_io_safetensors_save((folder / "out").c_str(), tensors.data(), tensors.size(),
                                    cnx_io_safetensors_metadata(file),
                                    cnx_io_safetensors_metadata_count(file), &error) == CNX_RT_OK);
    cnx_io_safetensors_close(file);
    CHECK((content(entry.path()) == content(folder / "out")));
    ++files;
  }
  CHECK(files > 20);
}

TEST_CASE("safetensors: types go widest first, then names; the header is padded to 8",
          "[runtime][io]") {
  TemporaryFolder folder;
  const std::vector<cnx_io_tensor> tensors = {
      make("flag", CNX_IO_BOOL, {1}, values, 1), make("b", CNX_IO_F32, {1}, values, 4),
      make("a", CNX_IO_F32, {}, values, 4),      make("wide", CNX_IO_F64, {0, 3}, nullptr, 0),
      make("half", CNX_IO_F16, {1}, values, 2),  make("byte", CNX_IO_U8, {1}, values, 1),
  };
  const cnx_io_metadata metadata[] = {{"k\n\x01\"\\/", "v\xc3\xa9"}};
  REQUIRE(cnx_io_safetensors_save((folder / "f").c_str(), tensors.data(), tensors.size(), metadata,
                                  1, nullptr) == CNX_RT_OK);
  std::string bytes = content(folder / "f");
  uint64_t length;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK_THAT(bytes.substr(8, length),
             Catch::Matchers::StartsWith(
                 "{\"__metadata__\":{\"k\\n\\u0001\\\"\\\\/\":\"v\xc3\xa9\"},"
                 "\"wide\":{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[0,0]},"
                 "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                 "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                 "\"half\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[8,10]},"
                 "\"byte\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[10,11]},"
                 "\"flag\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[11,12]}}"));
  Opened opened(bytes);
  CHECK(opened.status == CNX_RT_OK);
  CHECK(std::string(cnx_io_safetensors_metadata_value(opened.file.get(), "k\n\x01\"\\/")) ==
        "v\xc3\xa9");
}

TEST_CASE("safetensors: an empty file is the reference library's", "[runtime][io]") {
  TemporaryFolder folder;
  REQUIRE(cnx_io_safetensors_save((folder / "f").c_str(), nullptr, 0, nullptr, 0, nullptr) ==
          CNX_RT_OK);
  CHECK(content(folder / "f") == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
}

TEST_CASE("safetensors: what could not be read again is not written", "[runtime][io]") {
  TemporaryFolder folder;
  auto refuses = [&](std::vector<cnx_io_tensor> tensors, std::vector<cnx_io_metadata> metadata,
                     const char *message) {
    cnx_rt_error error{};
    CHECK(cnx_io_safetensors_save((folder / "f").c_str(), tensors.data(), tensors.size(),
                                  metadata.data(), metadata.size(), &error) == CNX_RT_ARGUMENT);
    CHECK_THAT(error.text, Contains(message));
  };
  cnx_io_tensor good = make("a", CNX_IO_F32, {2}, values, 8);
  refuses({good, good}, {}, "tensor \"a\": stands twice");
  refuses({make(nullptr, CNX_IO_F32, {2}, values, 8)}, {}, "name is NULL");
  refuses({make("\xff", CNX_IO_F32, {2}, values, 8)}, {}, "not UTF-8");
  refuses({make("__metadata__", CNX_IO_F32, {2}, values, 8)}, {}, "__metadata__");
  refuses({make("a", CNX_IO_F32, {3}, values, 8)}, {}, "not as long as dtype and shape say");
  refuses({make("a", CNX_IO_F32, {2}, nullptr, 8)}, {}, "data is NULL");
  refuses({make("a", static_cast<cnx_io_dtype>(99), {2}, values, 8)}, {}, "dtype is unknown");
  refuses({}, {{"k", "1"}, {"k", "2"}}, "metadata: key \"k\" stands twice");
  refuses({}, {{"k", nullptr}}, "metadata key or value is NULL");
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("safetensors: a failed save leaves the old file and nothing else", "[runtime][io]") {
  TemporaryFolder folder;
  cnx_io_tensor tensor = make("a", CNX_IO_F32, {6}, values, 24);
  cnx_rt_error error{};
  auto save = [&](const std::string &path) {
    return cnx_io_safetensors_save(path.c_str(), &tensor, 1, nullptr, 0, &error);
  };
  CHECK(save(folder / "none/f") == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("none/f: cannot create a file beside it: No such file"));
  CHECK(save(folder.path()) == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("not a regular file"));

  REQUIRE(save(folder / "f") == CNX_RT_OK);
  std::string before = content(folder / "f");
  // Unreadable memory makes the write itself fail, half way through the file.
  cnx_io_tensor bad = make("b", CNX_IO_U8, {4096}, reinterpret_cast<const void *>(16), 4096);
  CHECK(cnx_io_safetensors_save((folder / "f").c_str(), &bad, 1, nullptr, 0, &error) == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("f: cannot write: Bad address"));
  CHECK(content(folder / "f") == before);
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("safetensors: a file has the mode that the umask gives", "[runtime][io]") {
  TemporaryFolder folder;
  mode_t before = umask(027);
  CHECK(cnx_io_safetensors_save((folder / "f").c_str(), nullptr, 0, nullptr, 0, nullptr) ==
        CNX_RT_OK);
  umask(before);
  struct stat facts;
  REQUIRE(stat((folder / "f").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0640);
}
