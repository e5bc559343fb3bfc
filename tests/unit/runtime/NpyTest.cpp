// .npy files against bytes that numpy 2.4.6 wrote (quoted below), and refusals.
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include "runtime/include/cnx_io.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

using Catch::Matchers::Contains;

namespace {

std::string npy(const std::string &header, const std::string &data, char major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += major;
  bytes += '\0';
  size_t length = header.size();
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>(length >> 8 * i & 0xff);
  return bytes + header + data;
}

cnx_rt_status read(const std::string &bytes, cnx_npy *array, std::string *message = nullptr) {
  static std::unique_ptr<char[]> exact; // as long as the file; lives until the next call
  exact.reset(new char[bytes.size()]);
  std::memcpy(exact.get(), bytes.data(), bytes.size());
  cnx_rt_error error{};
  cnx_rt_status status = cnx_npy_from_memory(exact.get(), bytes.size(), "f.npy", array, &error);
  if (message)
    *message = error.text;
  return status;
}

std::string content(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace

TEST_CASE("npy: numpy's own bytes are written", "[runtime][io]") {
  TemporaryFolder folder;
  auto header = [](const std::string &text) {
    std::string padded = text;
    padded.resize(128 - 10 - 1, ' ');
    return npy(padded + "\n", "");
  };
  const float floats[6] = {1, 2, 3, 4, 5, 6};
  const uint64_t matrix[] = {2, 3}, vector[] = {2};
  REQUIRE(cnx_npy_save((folder / "f").c_str(), CNX_IO_F32, 2, matrix, floats, nullptr) ==
          CNX_RT_OK);
  CHECK(content(folder / "f") ==
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }") +
            std::string(reinterpret_cast<const char *>(floats), 24));
  const int64_t integers[] = {-1, 7};
  REQUIRE(cnx_npy_save((folder / "f").c_str(), CNX_IO_I64, 1, vector, integers, nullptr) ==
          CNX_RT_OK);
  CHECK(content(folder / "f") ==
        header("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }") +
            std::string(reinterpret_cast<const char *>(integers), 16));
  REQUIRE(cnx_npy_save((folder / "f").c_str(), CNX_IO_U8, 0, nullptr, "x", nullptr) == CNX_RT_OK);
  CHECK(content(folder / "f") ==
        header("{'descr': '|u1', 'fortran_order': False, 'shape': (), }") + "x");
}

TEST_CASE("npy: what is written is read, mapped", "[runtime][io]") {
  TemporaryFolder folder;
  std::vector<uint64_t> shape = {1, 2, 1, 1, 1, 1, 3, 18};
  std::vector<float> values(108);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i);
  REQUIRE(cnx_npy_save((folder / "f").c_str(), CNX_IO_F32, 8, shape.data(), values.data(),
                       nullptr) == CNX_RT_OK);
  cnx_npy array;
  REQUIRE(cnx_npy_open((folder / "f").c_str(), &array, nullptr) == CNX_RT_OK);
  CHECK(array.dtype == CNX_IO_F32);
  CHECK(std::vector<uint64_t>(array.shape, array.shape + array.rank) == shape);
  REQUIRE(array.bytes == 432);
  CHECK(reinterpret_cast<uintptr_t>(array.data) % 64 == 0);
  CHECK(std::memcmp(array.data, values.data(), 432) == 0);
  cnx_npy_close(&array);
  cnx_npy_close(&array); // closed already
  CHECK(cnx_npy_open((folder / "none").c_str(), &array, nullptr) == CNX_RT_IO);
  cnx_npy_close(&array);
}

TEST_CASE("npy: other writers' forms are read", "[runtime][io]") {
  cnx_npy array;
  CHECK(read(npy("{'descr':'|u1','fortran_order':False,'shape':(2,1)}", "ab"), &array) ==
        CNX_RT_OK);
  CHECK(array.rank == 2);
  CHECK(read(npy("{\"shape\": (2, ), \"descr\": \"<u1\", \"fortran_order\": True, }\n", "ab"),
             &array) == CNX_RT_OK); // a vector has both orders
  CHECK(read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 5), }", ""), &array) ==
        CNX_RT_OK);
  CHECK(array.bytes == 0);
  CHECK(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "abcd", 2), &array) ==
        CNX_RT_OK);
  CHECK(array.bytes == 4);
}

TEST_CASE("npy: every refusal names the file, what was found and what was expected",
          "[runtime][io]") {
  auto of = [](const std::string &descr, const std::string &order, const std::string &shape) {
    return npy("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + "}",
               "abcd");
  };
  struct Case {
    std::string bytes;
    cnx_rt_status status;
    const char *message;
  };
  for (const Case &c : std::vector<Case>{
           {"", CNX_RT_CORRUPT, "not a .npy file"},
           {"PK\3\4 an archive of arrays", CNX_RT_CORRUPT, "not a .npy file"},
           {npy("{", "", 3), CNX_RT_UNSUPPORTED, "format 3.0, expected 1.0 or 2.0"},
           {npy("", "", 1).substr(0, 8) + "\x40\x01", CNX_RT_CORRUPT, "truncated header"},
           {npy("", "", 2).substr(0, 11), CNX_RT_CORRUPT, "truncated header"},
           {npy("", "", 2).substr(0, 8) + "\xff\xff\xff\xff", CNX_RT_CORRUPT, "truncated header"},
           {of("'<f8'", "False", "(1,)"), CNX_RT_UNSUPPORTED, "dtype \"<f8\", expected float32"},
           {of("'>f4'", "False", "(1,)"), CNX_RT_UNSUPPORTED, "dtype \">f4\", expected float32"},
           {of("[('a', '<f4')]", "False", "(1,)"), CNX_RT_UNSUPPORTED, "structured dtype"},
           {of("'|u1'", "True", "(2, 2)"), CNX_RT_UNSUPPORTED, "Fortran order, expected C order"},
           {of("'|u1'", "0", "(4,)"), CNX_RT_CORRUPT, "expected True or False"},
           {of("'|u1'", "False", "(3,)"), CNX_RT_CORRUPT, "4 bytes of data, expected 3 for U8 [3]"},
           {of("'<f4'", "False", "(2,)"), CNX_RT_CORRUPT,
            "4 bytes of data, expected 8 for F32 [2]"},
           {of("'|u1'", "False", "(4)"), CNX_RT_CORRUPT, "expected ','"},
           {of("'|u1'", "False", "(2 2)"), CNX_RT_CORRUPT, "expected ','"},
           {of("'|u1'", "False", "(2, 2 2)"), CNX_RT_CORRUPT, "expected ',' or ')'"},
           {of("'|u1'", "False", "(-4,)"), CNX_RT_CORRUPT, "expected an extent"},
           {of("'|u1'", "False", "(18446744073709551616,)"), CNX_RT_CORRUPT, "extent below 2^64"},
           {of("'|u1'", "False", "(4294967296, 4294967296)"), CNX_RT_CORRUPT, "more elements than"},
           {of("'|u1'", "False", "(1,1,1,1,1,1,1,1,4)"), CNX_RT_UNSUPPORTED, "rank above 8"},
           {of("'|u1'", "False", "(4,"), CNX_RT_CORRUPT, "expected an extent"},
           {npy("{'descr': '|u1', 'shape': (4,)}", "abcd"), CNX_RT_CORRUPT,
            "fortran_order and shape"},
           {npy("{'descr': '|u1', 'descr': '|u1'}", ""), CNX_RT_CORRUPT, "each once"},
           {npy("{'descr': '|u1', 'x': 1}", ""), CNX_RT_CORRUPT, "each once"},
           {npy("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x", "abcd"),
            CNX_RT_CORRUPT, "expected nothing after '}'"},
           {npy("", "abcd"), CNX_RT_CORRUPT, "byte 0: expected '{'"},
       }) {
    INFO(c.message);
    cnx_npy array;
    std::string message;
    CHECK(read(c.bytes, &array, &message) == c.status);
    CHECK(array.data == nullptr);
    CHECK_THAT(message, Catch::Matchers::StartsWith("f.npy: ") && Contains(c.message));
  }
}

TEST_CASE("npy: what cannot be written says so", "[runtime][io]") {
  TemporaryFolder folder;
  uint64_t one[] = {1};
  cnx_rt_error error{};
  CHECK(cnx_npy_save((folder / "f").c_str(), CNX_IO_F16, 1, one, "ab", &error) ==
        CNX_RT_UNSUPPORTED);
  CHECK_THAT(error.text, Contains("f: dtype F16, expected F32, U8 or I64"));
  CHECK(cnx_npy_save((folder / "f").c_str(), CNX_IO_U8, 9, one, "ab", &error) == CNX_RT_ARGUMENT);
  CHECK(cnx_npy_save((folder / "f").c_str(), CNX_IO_U8, 1, one, nullptr, &error) ==
        CNX_RT_ARGUMENT);
  CHECK(cnx_npy_save(nullptr, CNX_IO_U8, 1, one, "a", &error) == CNX_RT_ARGUMENT);
  CHECK(std::filesystem::is_empty(folder.path()));
}
