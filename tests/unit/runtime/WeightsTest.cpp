// Weight files: what opens, and every way to be refused.
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include "runtime/include/cnx_rt.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using Catch::Matchers::Contains;

namespace {

constexpr uint64_t build = 0x1234567890abcdefu;
constexpr size_t payloadBytes = 192;

std::string weightFile() {
  std::string payload;
  for (size_t i = 0; i < payloadBytes; ++i)
    payload += static_cast<char>(i * 7);
  cnx_rt_weights_header header{};
  std::memcpy(header.magic, CNX_RT_WEIGHTS_MAGIC, 8);
  header.build = build;
  header.payload_bytes = payloadBytes;
  header.payload_hash = cnx_rt_hash(payload.data(), payload.size());
  return std::string(reinterpret_cast<const char *>(&header), sizeof header) + payload;
}

struct Result {
  cnx_rt_status status;
  std::string message;
};

// Opens from a file and from memory, and wants the same of both.
Result open(const std::string &bytes, unsigned flags = 0, uint64_t expected = build) {
  TemporaryFolder folder;
  std::ofstream(folder / "w.weights", std::ios::binary) << bytes;
  cnx_rt_weights *weights = nullptr;
  cnx_rt_error error{};
  cnx_rt_status status = cnx_rt_weights_open((folder / "w.weights").c_str(), flags, expected,
                                             payloadBytes, &weights, &error);
  CHECK((weights != nullptr) == (status == CNX_RT_OK));
  if (weights)
    CHECK(std::memcmp(cnx_rt_weights_payload(weights), bytes.data() + 64, payloadBytes) == 0);
  cnx_rt_weights_release(weights);

  size_t room = (bytes.size() + 127) / 64 * 64;
  char *memory = static_cast<char *>(std::aligned_alloc(64, room));
  std::memcpy(memory, bytes.data(), bytes.size());
  cnx_rt_status other = cnx_rt_weights_from_memory(memory, bytes.size(), flags, expected,
                                                   payloadBytes, &weights, nullptr);
  CHECK(other == status);
  if (weights)
    CHECK(cnx_rt_weights_payload(weights) == memory + 64);
  cnx_rt_weights_release(weights);
  std::free(memory);
  return {status, error.text};
}

} // namespace

TEST_CASE("weights: a good file opens", "[runtime]") {
  CHECK(open(weightFile()).status == CNX_RT_OK);
  CHECK(open(weightFile(), CNX_RT_VERIFY).status == CNX_RT_OK);
}

TEST_CASE("weights: what is wrong is named", "[runtime]") {
  auto changed = [](size_t at, char by) {
    std::string bytes = weightFile();
    bytes[at] = static_cast<char>(bytes[at] ^ by);
    return bytes;
  };
  auto refused = [](const Result &result, cnx_rt_status status, const char *message) {
    INFO(result.message);
    CHECK(result.status == status);
    CHECK_THAT(result.message, Contains("w.weights: ") && Contains(message));
  };
  refused(open(""), CNX_RT_CORRUPT, "0 bytes, expected a header of 64");
  refused(open(weightFile().substr(0, 63)), CNX_RT_CORRUPT, "63 bytes, expected a header of 64");
  refused(open(changed(0, 1)), CNX_RT_CORRUPT, "not a cnx weight file");
  refused(open(changed(7, 3)), CNX_RT_ABI, "weight file version 2, expected 1");
  refused(open(changed(8, 1)), CNX_RT_OTHER_MODEL,
          "packed for build 1234567890abcdee, expected 1234567890abcdef");
  refused(open(weightFile(), 0, 7), CNX_RT_OTHER_MODEL, "expected 0000000000000007");
  refused(open(changed(16, 64)), CNX_RT_CORRUPT, "header says 128 bytes of weights, expected 192");
  refused(open(changed(40, 1)), CNX_RT_CORRUPT, "reserved bytes of the header are not zero");
  refused(open(weightFile().substr(0, 64 + 191)), CNX_RT_CORRUPT,
          "191 bytes of weights, expected 192");
  refused(open(weightFile() + "x"), CNX_RT_CORRUPT, "193 bytes of weights, expected 192");
  refused(open(changed(64 + 100, 1), CNX_RT_VERIFY), CNX_RT_CORRUPT, "checksum of the weights");
  refused(open(changed(24, 1), CNX_RT_VERIFY), CNX_RT_CORRUPT, "checksum of the weights");
  CHECK(open(changed(64 + 100, 1)).status == CNX_RT_OK); // not looked at unless asked
}

TEST_CASE("weights: wrong arguments are named", "[runtime]") {
  cnx_rt_weights *weights = nullptr;
  cnx_rt_error error{};
  alignas(64) char bytes[512] = {};
  CHECK(cnx_rt_weights_open("none.weights", 0, 1, 64, &weights, &error) == CNX_RT_IO);
  CHECK_THAT(error.text, Contains("none.weights: cannot open"));
  CHECK(cnx_rt_weights_open(nullptr, 0, 1, 64, &weights, &error) == CNX_RT_ARGUMENT);
  CHECK(cnx_rt_weights_open("w", 2, 1, 64, &weights, &error) == CNX_RT_ARGUMENT);
  CHECK_THAT(error.text, Contains("unknown flags 0x2"));
  CHECK(cnx_rt_weights_from_memory(bytes + 8, 256, 0, 1, 64, &weights, &error) == CNX_RT_ARGUMENT);
  CHECK_THAT(error.text, Contains("not aligned to 64 bytes"));
  CHECK(cnx_rt_weights_from_memory(nullptr, 256, 0, 1, 64, &weights, &error) == CNX_RT_ARGUMENT);
  CHECK(cnx_rt_weights_from_memory(bytes, 256, 0, 1, 64, nullptr, &error) == CNX_RT_ARGUMENT);
  cnx_rt_weights_release(nullptr);
}

TEST_CASE("weights: the last holder unmaps", "[runtime][threads]") {
  TemporaryFolder folder;
  std::ofstream(folder / "w", std::ios::binary) << weightFile();
  cnx_rt_weights *weights = nullptr;
  REQUIRE(cnx_rt_weights_open((folder / "w").c_str(), 0, build, payloadBytes, &weights, nullptr) ==
          CNX_RT_OK);
  std::vector<std::thread> holders;
  for (int i = 0; i < 4; ++i) {
    cnx_rt_weights_retain(weights);
    holders.emplace_back([=] {
      volatile char last =
          static_cast<const char *>(cnx_rt_weights_payload(weights))[payloadBytes - 1];
      (void)last;
      cnx_rt_weights_release(weights);
    });
  }
  cnx_rt_weights_release(weights);
  for (std::thread &holder : holders)
    holder.join();
}

TEST_CASE("hash: XXH64's published values, at once and in pieces", "[runtime]") {
  CHECK(cnx_rt_hash("", 0) == 0xef46db3751d8e999u);
  CHECK(cnx_rt_hash("a", 1) == 0xd24ec4f1a98c6e5bu);
  CHECK(cnx_rt_hash("abc", 3) == 0x44bc2cf5ad770999u);
  const std::string text = "Nobody inspects the spammish repetition";
  CHECK(cnx_rt_hash(text.data(), text.size()) == 0xfbcea83c8a378bf1u);
  std::string bytes(333, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * i + 3);
  for (size_t length : {size_t{31}, size_t{32}, size_t{33}, size_t{95}, size_t{96}, bytes.size()})
    for (size_t piece : {size_t{1}, size_t{7}, size_t{31}, size_t{32}, size_t{40}, size_t{100}}) {
      cnx_rt_hash_state state;
      cnx_rt_hash_begin(&state);
      for (size_t at = 0; at < length; at += piece)
        cnx_rt_hash_add(&state, bytes.data() + at, std::min(piece, length - at));
      CHECK(cnx_rt_hash_end(&state) == cnx_rt_hash(bytes.data(), length));
    }
}
