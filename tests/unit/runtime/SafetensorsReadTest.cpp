// What the reader takes and what it refuses: the format's rules, the reference library's own tests,
// and ours beyond them.
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime/Safetensors.h"

#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <vector>

using Catch::Matchers::Contains;

namespace {

const std::string open = "{";

std::string tensor(const std::string &name, const std::string &dtype, const std::string &shape,
                   const std::string &offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{}}})", name, dtype, shape,
                     offsets);
}

struct Case {
  std::string bytes;
  cnx_rt_status status;
  const char *message; // a part of it
};

void refuses(const std::vector<Case> &cases) {
  for (const Case &c : cases) {
    INFO(c.message);
    Opened opened(c.bytes);
    CHECK(opened.status == c.status);
    CHECK(opened.file == nullptr);
    CHECK_THAT(opened.message, Contains(c.message));
    CHECK_THAT(opened.message, Catch::Matchers::StartsWith("f.safetensors: "));
  }
}

const std::string good = tensor("test", "I32", "[2,2]", "[0,16]");

} // namespace

TEST_CASE("safetensors: tensors, types and metadata are read", "[runtime][io]") {
  Opened opened(safetensors(
      "{\"__metadata__\":{\"format\":\"pt\",\"a\\u00e9\\ud83d\\ude00\":\"\\n\\\"/\"}," +
          tensor("b", "F32", "[1,3]", "[4,16]") + "," + tensor("a\\\\b", "F16", "[2]", "[0,4]") +
          "," + tensor("c", "F4", "[4]", "[16,18]") + "}  ",
      18));
  REQUIRE(opened.status == CNX_RT_OK);
  const cnx_io_safetensors *file = opened.file.get();
  REQUIRE(cnx_io_safetensors_count(file) == 3);
  const cnx_io_tensor *tensors = cnx_io_safetensors_tensors(file);
  CHECK(std::string(tensors[0].name) == "a\\b");
  CHECK(tensors[0].dtype == CNX_IO_F16);
  CHECK(tensors[0].bytes == 4);
  CHECK(std::string(tensors[1].name) == "b");
  CHECK(tensors[1].rank == 2);
  CHECK(tensors[1].shape[1] == 3);
  CHECK(*static_cast<const char *>(tensors[1].data) == 4);
  CHECK(tensors[2].bytes == 2);
  CHECK(cnx_io_safetensors_find(file, "b") == &tensors[1]);
  CHECK(cnx_io_safetensors_find(file, "a\\b") == &tensors[0]);
  CHECK(cnx_io_safetensors_find(file, "d") == nullptr);
  REQUIRE(cnx_io_safetensors_metadata_count(file) == 2);
  CHECK(std::string(cnx_io_safetensors_metadata(file)[0].key) == "format");
  CHECK(std::string(cnx_io_safetensors_metadata_value(file, "a\u00e9\U0001F600")) == "\n\"/");
  CHECK(cnx_io_safetensors_metadata_value(file, "none") == nullptr);
}

TEST_CASE("safetensors: what the reference library accepts is accepted", "[runtime][io]") {
  const std::string rank8 = "[1,1,1,1,1,1,1,2]";
  for (const std::string &bytes : {
           safetensors("{}", 0),
           safetensors("{\"__metadata__\":{}}", 0),
           safetensors(open + tensor("test", "I32", "[]", "[0,4]") + "}", 4),
           safetensors(open + tensor("test", "I32", "[2,0]", "[0,0]") + "}", 0),
           safetensors(open + tensor("test", "I8", rank8, "[0,2]") + "}", 2),
           safetensors(open + tensor("", "U8", "[1]", "[0,1]") + "}", 1),
           safetensors("\t\n{}\r ", 0), // white space before as after
           safetensors("{ \"t\" : { \"shape\" : [ 1 , 1 ] , \"data_offsets\" : [ 0 , 1 ] ,\n"
                       "\"dtype\" : \"BOOL\" } }",
                       1),
           safetensors(open + tensor("b", "U8", "[0]", "[1,1]") + "," +
                           tensor("a", "U8", "[1]", "[0,1]") + "," +
                           tensor("c", "U8", "[0]", "[0,0]") + "}",
                       1),
       }) {
    INFO(bytes.substr(8));
    Opened opened(bytes);
    CHECK(opened.status == CNX_RT_OK);
    CHECK(opened.message.empty());
  }
}

TEST_CASE("safetensors: a NaN is data; a check finds it", "[runtime][io]") {
  auto find = [](const std::string &dtype, const std::string &values, size_t bits) {
    std::string shape = std::to_string(values.size() * 8 / bits);
    std::string end = std::to_string(values.size());
    std::string header =
        std::string("{") +
        tensor("t", dtype, std::string("[") + shape + "]", std::string("[0,") + end + "]") + "}";
    Opened opened(safetensors(header, 0) + values);
    REQUIRE(opened.status == CNX_RT_OK);
    uint64_t index = 77;
    int found = cnx_io_first_not_finite(cnx_io_safetensors_tensors(opened.file.get()), &index);
    return found ? static_cast<int>(index) : -1;
  };
  CHECK(find("F32", std::string("\0\0\x7f\x7f\0\0\x80\xff", 8), 32) == 1);
  CHECK(find("F16", std::string("\0\x7b\1\x7c", 4), 16) == 1);
  CHECK(find("BF16", std::string("\x80\x7f\0\0", 4), 16) == 0);
  CHECK(find("F64", std::string("\0\0\0\0\0\0\xef\x7f", 8), 64) == -1);
  CHECK(find("U32", std::string("\xff\xff\xff\xff", 4), 32) == -1);
}

TEST_CASE("safetensors: lengths that do not fit are refused", "[runtime][io]") {
  std::string huge = std::string("\x3c\0\0\0\0\xff\xff\xff", 8) + "{}";
  refuses({
      {"", CNX_RT_CORRUPT, "file of 0 bytes, expected a safetensors header length of 8 bytes"},
      {std::string(7, '\0'), CNX_RT_CORRUPT, "file of 7 bytes"},
      {std::string("<\0\0\0\0\0\0\0", 8), CNX_RT_CORRUPT, "header of 60 bytes in a file of 8"},
      {huge, CNX_RT_CORRUPT, "header length 18446742974197923900, expected at most 100000000"},
      {std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8), CNX_RT_CORRUPT, "expected at most"},
      {safetensors(open + good + "}", 15), CNX_RT_CORRUPT,
       "tensor \"test\": data ends at 16, but the file has 15 bytes of data"},
      {safetensors(open + good + "}", 14), CNX_RT_CORRUPT, "14 bytes of data"},
      {safetensors(open + good + "}", 30), CNX_RT_CORRUPT,
       "30 bytes of data, expected 16: the tensors end before the file does"},
      {safetensors("{}", 1), CNX_RT_CORRUPT, "1 bytes of data, expected 0"},
  });
}

TEST_CASE("safetensors: shapes and offsets that do not agree are refused", "[runtime][io]") {
  auto one = [](const std::string &dtype, const std::string &shape, const std::string &offsets,
                size_t bytes) {
    return safetensors(open + tensor("test", dtype, shape, offsets) + "}", bytes);
  };
  std::string ten = open;
  for (int i = 0; i < 10; ++i)
    ten.append(i ? "," : "")
        .append(tensor("weight_" + std::to_string(i), "F32", "[2,2]", "[0,16]"));
  refuses({
      {one("I32", "[2,2]", "[0,4]", 4), CNX_RT_CORRUPT,
       "tensor \"test\": data_offsets span 4 bytes, expected 16 for I32 [2,2]"},
      {one("I32", "[2,18446744073709551614]", "[0,16]", 16), CNX_RT_CORRUPT, "more elements than"},
      {one("I32", "[2,9223372036854775807]", "[0,16]", 16), CNX_RT_CORRUPT, "more elements than"},
      {one("F64", "[4611686018427387904,4]", "[0,16]", 16), CNX_RT_CORRUPT, "more elements than"},
      {one("U8", "[18446744073709551615,2,0]", "[0,0]", 0), CNX_RT_CORRUPT, "more elements than"},
      {one("F4", "[3]", "[0,2]", 2), CNX_RT_CORRUPT, "ends within a byte"},
      {one("F6_E2M3", "[2]", "[0,2]", 2), CNX_RT_CORRUPT, "ends within a byte"},
      {one("U8", "[0]", "[4,0]", 4), CNX_RT_CORRUPT, "data_offsets [4,0], expected to begin at 0"},
      {one("U8", "[2]", "[2,4]", 4), CNX_RT_CORRUPT, "expected to begin at 0: holes and overlaps"},
      {one("U8", "[1]", "[0,18446744073709551615]", 1), CNX_RT_CORRUPT, "data ends at 1844674407"},
      {safetensors(ten + "}", 16), CNX_RT_CORRUPT,
       "data_offsets [0,16], expected to begin at 16: holes and overlaps are refused"},
      {safetensors(open + tensor("a", "U8", "[2]", "[0,2]") + "," +
                       tensor("b", "U8", "[2]", "[3,5]") + "}",
                   5),
       CNX_RT_CORRUPT, "tensor \"b\": data_offsets [3,5], expected to begin at 2"},
      {safetensors(open + tensor("a", "U8", "[3]", "[0,3]") + "," +
                       tensor("b", "U8", "[3]", "[2,5]") + "}",
                   5),
       CNX_RT_CORRUPT, "tensor \"b\": data_offsets [2,5], expected to begin at 3"},
  });
}

TEST_CASE("safetensors: headers that are no header are refused", "[runtime][io]") {
  auto header = [](const std::string &text) { return safetensors(text, 0); };
  auto shape = [](const std::string &text) {
    return safetensors(open + tensor("t", "U8", text, "[0,1]") + "}", 1);
  };
  refuses({
      {header(""), CNX_RT_CORRUPT, "byte 0: found the end of the header, expected '{'"},
      {header("\xff"), CNX_RT_CORRUPT, "header, byte 0: not UTF-8"},
      {header("{"), CNX_RT_CORRUPT, "expected a string"},
      {header("[]"), CNX_RT_CORRUPT, "expected '{'"},
      {header("{}x"), CNX_RT_CORRUPT, "found \"x\", expected nothing after the header's '}'"},
      {header(std::string("{}\0", 3)), CNX_RT_CORRUPT, "found \"\\x00\", expected nothing after"},
      {header("{\"a\" 1}"), CNX_RT_CORRUPT, "expected ':'"},
      {header("{\"a\":1}"), CNX_RT_CORRUPT, "byte 5: found \"1}\", expected '{'"},
      {header("{\"a\":[[[[[[[["), CNX_RT_CORRUPT, "expected '{'"},
      {header("{\"a\":{}}"), CNX_RT_CORRUPT, "expected a string"},
      {header(open + good + ",}"), CNX_RT_CORRUPT, "expected a string"},
      {header(open + good + " " + good + "}"), CNX_RT_CORRUPT, "expected ',' or '}'"},
      {header("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}"), CNX_RT_CORRUPT,
       "tensor \"a\": field data_offsets is missing"},
      {header("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}"), CNX_RT_CORRUPT,
       "field shape is missing"},
      {header("{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}"), CNX_RT_CORRUPT,
       "field dtype is missing"},
      {header("{\"a\":{\"shape\":[],\"shape\":[]}}"), CNX_RT_CORRUPT, "field shape stands twice"},
      {header("{\"a\":{\"strides\":[]}}"), CNX_RT_CORRUPT,
       "unknown field \"strides\", expected dtype"},
      {header("{\"a\":{\"dtype\":\"F33\"}}"), CNX_RT_UNSUPPORTED, "unknown dtype \"F33\""},
      {header("{\"a\":{\"dtype\":3}}"), CNX_RT_CORRUPT, "expected a string"},
      {header("{\"a\":{\"data_offsets\":[0]}}"), CNX_RT_CORRUPT, "expected ','"},
      {header("{\"a\":{\"data_offsets\":[0,1,2]}}"), CNX_RT_CORRUPT, "expected ']'"},
      {shape("[1,1,1,1,1,1,1,1,1]"), CNX_RT_UNSUPPORTED, "rank above 8"},
      {shape("[-1]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[1.0]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[1e0]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[01]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[\"1\"]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[18446744073709551616]"), CNX_RT_CORRUPT, "expected an integer below 2^64"},
      {shape("[99999999999999999999]"), CNX_RT_CORRUPT, "expected an integer below 2^64"},
      {shape("[1,]"), CNX_RT_CORRUPT, "expected a non-negative integer"},
      {shape("[1 2]"), CNX_RT_CORRUPT, "expected ',' or ']'"},
  });
}

TEST_CASE("safetensors: names that are no text or stand twice are refused", "[runtime][io]") {
  auto named = [](const std::string &name) {
    return safetensors(open + tensor(name, "U8", "[1]", "[0,1]") + "}", 1);
  };
  auto metadata = [](const std::string &text) {
    return safetensors("{\"__metadata__\":" + text + "}", 0);
  };
  refuses({
      {named("a\xc3"), CNX_RT_CORRUPT, "not UTF-8"},
      {named("\xc0\xaf"), CNX_RT_CORRUPT, "byte 2: not UTF-8"},         // overlong '/'
      {named("\xed\xa0\x80"), CNX_RT_CORRUPT, "byte 2: not UTF-8"},     // surrogate
      {named("\xf4\x90\x80\x80"), CNX_RT_CORRUPT, "byte 2: not UTF-8"}, // above U+10FFFF
      {named("\\ud800"), CNX_RT_CORRUPT, "expected a pair of surrogates"},
      {named("\\udc00"), CNX_RT_CORRUPT, "expected a pair of surrogates"},
      {named("\\ud800\\u0041"), CNX_RT_CORRUPT, "expected a pair of surrogates"},
      {named("\\u12g4"), CNX_RT_CORRUPT, "expected four hexadecimal digits"},
      {named("\\u0000"), CNX_RT_CORRUPT, "expected a string without NUL"},
      {named("\\x41"), CNX_RT_CORRUPT, "expected an escape"},
      {named("a\nb"), CNX_RT_CORRUPT, "expected a string without control characters"},
      {safetensors("{\"abc", 0), CNX_RT_CORRUPT, "expected the end of a string"},
      {safetensors("{\"abc\\", 0), CNX_RT_CORRUPT, "expected an escape"},
      {safetensors(open + tensor("a", "U8", "[1]", "[0,1]") + "," +
                       tensor("\\u0061", "U8", "[1]", "[1,2]") + "}",
                   2),
       CNX_RT_CORRUPT, "tensor \"a\" stands twice"},
      {metadata("{\"k\":\"1\",\"j\":\"2\",\"k\":\"3\"}"), CNX_RT_CORRUPT,
       "metadata: key \"k\" stands twice"},
      {metadata("{},\"__metadata__\":{}"), CNX_RT_CORRUPT, "key \"__metadata__\" stands twice"},
      {metadata("{\"k\":1}"), CNX_RT_CORRUPT, "expected a string"},
      {metadata("{\"k\":{}}"), CNX_RT_CORRUPT, "expected a string"},
      {metadata("null"), CNX_RT_CORRUPT, "found \"null}\", expected '{'"},
  });
}

TEST_CASE("safetensors: a name's control characters do not reach the terminal", "[runtime][io]") {
  Opened opened(safetensors(
      open + tensor("\\u001b[2J" + std::string(300, 'x'), "U8", "[2]", "[0,1]") + "}", 1));
  CHECK_THAT(opened.message,
             Contains("tensor \"\\x1B[2Jxxx") && Contains("xxx...\": data_offsets"));
}

TEST_CASE("safetensors: files that cannot be mapped say why", "[runtime][io]") {
  TemporaryFolder folder;
  cnx_io_safetensors *file = nullptr;
  cnx_rt_error error{};
  CHECK(cnx_io_safetensors_open((folder / "none").c_str(), &file, &error) == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("none: cannot open: No such file or directory"));
  CHECK(cnx_io_safetensors_open(folder.path().c_str(), &file, &error) == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("not a regular file"));
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(cnx_io_safetensors_open((folder / "pipe").c_str(), &file, &error) ==
        CNX_RT_IO); // and does not wait
  CHECK(cnx_io_safetensors_open(nullptr, &file, &error) == CNX_RT_ARGUMENT);
  std::ofstream(folder / "empty").close();
  CHECK(cnx_io_safetensors_open((folder / "empty").c_str(), &file, nullptr) == CNX_RT_CORRUPT);
  CHECK(file == nullptr);
  std::ofstream(folder / "good") << safetensors(open + good + "}", 16);
  REQUIRE(cnx_io_safetensors_open((folder / "good").c_str(), &file, &error) == CNX_RT_OK);
  CHECK(cnx_io_safetensors_count(file) == 1);
  cnx_io_safetensors_close(file);
}
