#include "compiler/weights/WriteWeights.h"

#include "compiler/Error.h"
#include "compiler/weights/Bf16.h"
#include "compiler/weights/WeightExpr.h"
#include "compiler/weights/WeightSource.h"
#include "runtime/include/cnx_rt.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace cnx {

namespace {

// A file of a known size, mapped for writing; removed again unless it is committed.
class MappedOutput {
public:
  MappedOutput(std::string target, size_t fileBytes) : path(std::move(target)), bytes(fileBytes) {
    static std::atomic<int> files{0};
    temporary = fmt::format("{}.{}-{}.tmp", path, getpid(), ++files);
    descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
      fail("cannot be created");
    created = true;
    // Reserved now: a full disk is an error here, not a bus error at some later store.
    if (int error = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes))) {
      errno = error;
      fail("cannot be extended");
    }
    void *mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED)
      fail("cannot be mapped");
    memory = static_cast<unsigned char *>(mapped);
  }
  MappedOutput(const MappedOutput &) = delete;
  MappedOutput &operator=(const MappedOutput &) = delete;
  ~MappedOutput() { release(); }

  unsigned char *data() { return memory; }

  void commit() {
    if (msync(memory, bytes, MS_SYNC) != 0)
      fail("cannot be written");
    if (rename(temporary.c_str(), path.c_str()) != 0)
      fail("cannot be written");
    created = false;
  }

private:
  std::string path, temporary;
  size_t bytes;
  int descriptor = -1;
  bool created = false;
  unsigned char *memory = nullptr;

  void release() {
    if (memory)
      munmap(memory, bytes);
    if (descriptor >= 0)
      close(descriptor);
    if (created)
      unlink(temporary.c_str());
    memory = nullptr;
    descriptor = -1;
    created = false;
  }

  [[noreturn]] void fail(const char *what) {
    std::string reason = std::strerror(errno);
    release();
    throw UserError(path + ": " + what + ": " + reason);
  }
};

void checkLayout(const std::string &path, const std::vector<PackedWeight> &weights,
                 int64_t payloadBytes) {
  int64_t end = 0;
  for (const PackedWeight &weight : weights) {
    if (weight.offset < end || weight.offset % 64 != 0 || weight.bytes <= 0 ||
        weight.bytes > payloadBytes - weight.offset)
      throw UserError(fmt::format("{}: {}: found {} bytes at offset {}, expected a multiple of 64 "
                                  "from {} on, and an end within {}",
                                  path, weight.expr, weight.bytes, weight.offset, end,
                                  payloadBytes));
    end = weight.offset + weight.bytes;
  }
}

// Values that round_bf16 has made.
void storeBf16(const std::string &path, const PackedWeight &weight, const WeightArray &value,
               unsigned char *target) {
  for (const double x : value.values)
    if (std::isinf(x))
      throw UserError(
          fmt::format("{}: {}: found a value that rounds to infinity, expected less than "
                      "3.39e38, the largest bfloat16",
                      path, weight.expr));
  std::transform(value.values.begin(), value.values.end(), reinterpret_cast<uint16_t *>(target),
                 roundBf16);
}

} // namespace

void writeWeightFile(const std::string &path, std::vector<PackedWeight> weights,
                     const WeightSource &source, uint64_t buildHash, int64_t payloadBytes) {
  std::sort(weights.begin(), weights.end(),
            [](const auto &a, const auto &b) { return a.offset < b.offset; });
  checkLayout(path, weights, payloadBytes);

  cnx_rt_weights_header header{};
  static_assert(sizeof header == 64);
  MappedOutput output(path, sizeof header + static_cast<size_t>(payloadBytes));
  unsigned char *payload = output.data() + sizeof header;
  for (const PackedWeight &weight : weights) {
    const WeightExpr expr = parseWeightExpr(weight.expr);
    WeightArray value = evaluate(expr, [&](const std::string &name) { return source.array(name); });
    const bool isBf16 = expr.kind == WeightExpr::Kind::call && expr.name == "round_bf16";
    if (static_cast<int64_t>(value.values.size() * (isBf16 ? 2 : 4)) != weight.bytes)
      throw UserError(fmt::format("{}: {}: found shape {}, expected {} bytes", path, weight.expr,
                                  formatShape(value.shape), weight.bytes));
    if (isBf16)
      storeBf16(path, weight, value, payload + weight.offset);
    else
      std::transform(value.values.begin(), value.values.end(),
                     reinterpret_cast<float *>(payload + weight.offset),
                     [](double x) { return static_cast<float>(x); });
  }
  static_assert(sizeof(CNX_RT_WEIGHTS_MAGIC) == sizeof header.magic + 1);
  std::memcpy(header.magic, CNX_RT_WEIGHTS_MAGIC, sizeof header.magic);
  header.build = buildHash;
  header.payload_bytes = static_cast<uint64_t>(payloadBytes);
  header.payload_hash = cnx_rt_hash(payload, static_cast<size_t>(payloadBytes));
  std::memcpy(output.data(), &header, sizeof header);
  output.commit();
}

} // namespace cnx
