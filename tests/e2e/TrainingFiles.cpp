#include "tests/e2e/TrainingFiles.h"

#include "runtime/include/cnx_io.h"
#include "tests/support/catch.h"

#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include <zip.h>

namespace fs = std::filesystem;

namespace {

void saveNpy(const fs::path &path, cnx_io_dtype type, const std::vector<uint64_t> &shape,
             const void *data) {
  cnx_rt_error error{};
  const cnx_rt_status status =
      cnx_npy_save(path.c_str(), type, int(shape.size()), shape.data(), data, &error);
  INFO(error.text);
  REQUIRE(status == CNX_RT_OK);
}

void writeIdx(const fs::path &path, const std::vector<uint32_t> &shape, const uint8_t *data) {
  std::ofstream file(path, std::ios::binary);
  const char magic[] = {0, 0, 8, char(shape.size())};
  file.write(magic, sizeof magic);
  size_t count = 1;
  for (uint32_t extent : shape) {
    for (int shift = 24; shift >= 0; shift -= 8)
      file.put(char(extent >> shift));
    count *= extent;
  }
  file.write(reinterpret_cast<const char *>(data), long(count));
  REQUIRE(file.flush());
}

} // namespace

std::string saveImages(const fs::path &path, const Tensor &images) {
  saveNpy(path, CNX_IO_F32, {images.shape.begin(), images.shape.end()}, images.values.data());
  return path;
}

std::string saveLabels(const fs::path &path, const std::vector<int64_t> &labels) {
  saveNpy(path, CNX_IO_I64, {labels.size()}, labels.data());
  return path;
}

std::string saveNpz(const fs::path &path, const Tensor &images,
                    const std::vector<int64_t> &labels) {
  const fs::path x = saveImages(path.string() + ".x.npy", images);
  const fs::path y = saveLabels(path.string() + ".y.npy", labels);
  zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  REQUIRE(archive);
  for (const auto &[name, file] : {std::pair("x.npy", x), std::pair("y.npy", y)})
    REQUIRE(zip_file_add(archive, name, zip_source_file(archive, file.c_str(), 0, -1), 0) >= 0);
  REQUIRE(zip_close(archive) == 0);
  return path;
}

std::string saveDigits(const fs::path &folder, int train, int both) {
  cnx_io_safetensors *opened = nullptr;
  cnx_rt_error error{};
  REQUIRE(cnx_io_safetensors_open(CNX_TEST_DIGITS "/heldout.safetensors", &opened, &error) ==
          CNX_RT_OK);
  const std::unique_ptr<cnx_io_safetensors, void (*)(cnx_io_safetensors *)> file(
      opened, cnx_io_safetensors_close);
  const cnx_io_tensor *images = cnx_io_safetensors_find(file.get(), "images");
  const cnx_io_tensor *labels = cnx_io_safetensors_find(file.get(), "labels");
  REQUIRE((images && labels && images->shape[0] >= uint64_t(both)));
  const auto *pixels = static_cast<const uint8_t *>(images->data);
  const auto *classes = static_cast<const uint8_t *>(labels->data);
  fs::create_directories(folder);
  const auto part = [&](const std::string &name, int from, int to) {
    writeIdx(folder / (name + "-images-idx3-ubyte"), {uint32_t(to - from), 28, 28},
             pixels + from * 28 * 28);
    writeIdx(folder / (name + "-labels-idx1-ubyte"), {uint32_t(to - from)}, classes + from);
  };
  part("train", 0, train);
  if (both > train)
    part("t10k", train, both);
  return folder;
}
