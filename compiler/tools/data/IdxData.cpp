// MNIST's own files, plain or gzipped: train-images-idx3-ubyte, train-labels-idx1-ubyte and, for
// validation, t10k-... or test-... . The format: two zero bytes, 8 for unsigned bytes, the rank,
// each extent as a big-endian 32-bit integer, then the bytes.
#include "compiler/Error.h"
#include "compiler/tools/data/ArrayData.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <regex>
#include <zlib.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

struct IdxArray {
  std::vector<uint32_t> shape;
  std::vector<unsigned char> bytes;
};

// gzread passes plain files through.
class GzFile {
public:
  explicit GzFile(const std::string &path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_)
      throw UserError(path + ": cannot be opened");
  }
  ~GzFile() { gzclose(file_); }
  GzFile(const GzFile &) = delete;
  GzFile &operator=(const GzFile &) = delete;

  // Fewer at the end of the file.
  size_t read(unsigned char *to, size_t bytes) {
    const int count = gzread(file_, to, unsigned(bytes));
    if (count >= 0)
      return size_t(count);
    int code = 0;
    throw UserError(fmt::format("{}: cannot be unpacked: {}", path_, gzerror(file_, &code)));
  }

private:
  std::string path_;
  gzFile file_;
};

IdxArray readIdx(const std::string &path, unsigned rank) {
  GzFile file(path);
  unsigned char magic[4];
  if (file.read(magic, 4) != 4 || magic[0] || magic[1] || magic[2] != 8 || magic[3] != rank)
    throw UserError(fmt::format("{}: is no IDX file of unsigned bytes and rank {}", path, rank));
  IdxArray array;
  uint64_t expected = 1;
  for (unsigned i = 0; i < rank; ++i) {
    unsigned char e[4];
    if (file.read(e, 4) != 4)
      throw UserError(path + ": ends in its header");
    array.shape.push_back(uint32_t(e[0]) << 24 | uint32_t(e[1]) << 16 | uint32_t(e[2]) << 8 | e[3]);
    expected *= array.shape.back();
    if (array.shape.back() == 0 || expected > uint64_t(1) << 40)
      throw UserError(
          fmt::format("{}: found the shape [{}], expected extents above 0 and less than "
                      "2^40 bytes",
                      path, fmt::join(array.shape, ",")));
  }
  // In pieces: the header may promise more than there is.
  constexpr size_t piece = size_t(1) << 20;
  while (array.bytes.size() < expected) {
    const size_t have = array.bytes.size(), wanted = std::min<uint64_t>(piece, expected - have);
    array.bytes.resize(have + wanted);
    const size_t count = file.read(array.bytes.data() + have, wanted);
    if (count < wanted)
      throw UserError(fmt::format("{}: found {} bytes after the header, expected {}", path,
                                  have + count, expected));
  }
  unsigned char beyond;
  if (file.read(&beyond, 1) != 0)
    throw UserError(fmt::format("{}: goes on after the {} bytes of its shape", path, expected));
  return array;
}

// Both spellings are about: train-images-idx3-ubyte and train-images.idx3-ubyte.
const std::regex kImages(R"(^(.*)images([-.])idx3-ubyte(\.gz)?$)");
const std::regex kTrainImages(R"(^train-images[-.]idx3-ubyte(\.gz)?$)");

std::optional<fs::path> trainImagesIn(const fs::path &folder) {
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (std::regex_match(entry.path().filename().string(), kTrainImages))
      return entry.path();
  return std::nullopt;
}

// The file of labels beside a file of images, packed or not.
std::optional<fs::path> labelsOf(const fs::path &images) {
  const std::string name = images.filename().string();
  for (const char *suffix : {"", ".gz"}) {
    fs::path labels =
        images.parent_path() / (std::regex_replace(name, kImages, "$1labels$2idx1-ubyte") + suffix);
    if (fs::exists(labels))
      return labels;
  }
  return std::nullopt;
}

// The validation part's images, named as the training part's.
std::optional<fs::path> validationImages(const fs::path &images) {
  const std::string name = images.filename().string();
  if (!name.starts_with("train-"))
    return std::nullopt;
  for (const char *prefix : {"t10k-", "test-"})
    for (const char *suffix : {"", ".gz"}) {
      fs::path other =
          images.parent_path() /
          (prefix + std::regex_replace(name.substr(6), kImages, "$1images$2idx3-ubyte") + suffix);
      if (fs::exists(other))
        return other;
    }
  return std::nullopt;
}

ArrayPart readPart(const fs::path &images) {
  if (!std::regex_match(images.filename().string(), kImages))
    throw UserError(images.string() + ": found this name, expected ...images-idx3-ubyte, also .gz");
  const std::optional<fs::path> labels = labelsOf(images);
  if (!labels)
    throw UserError(
        images.string() + ": the file with its labels is not beside it, expected " +
        std::regex_replace(images.filename().string(), kImages, "$1labels$2idx1-ubyte"));
  IdxArray pixels = readIdx(images.string(), 3), classes = readIdx(labels->string(), 1);
  if (classes.shape[0] != pixels.shape[0])
    throw UserError(fmt::format("{}: found {} labels, expected {}, one for each image of {}",
                                labels->string(), classes.shape[0], pixels.shape[0],
                                images.string()));
  ArrayPart part;
  part.images = images.string();
  part.labels = labels->string();
  part.bytes = std::move(pixels.bytes);
  part.height = int(pixels.shape[1]);
  part.width = int(pixels.shape[2]);
  part.channels = 1;
  part.classes.assign(classes.bytes.begin(), classes.bytes.end());
  return part;
}

} // namespace

bool isIdxFolder(const std::string &path) { return trainImagesIn(path).has_value(); }

DataSet openIdx(const std::string &path) {
  const fs::path images = fs::is_directory(path) ? trainImagesIn(path).value() : fs::path(path);
  std::vector<ArrayPart> parts;
  parts.push_back(readPart(images));
  if (std::optional<fs::path> validation = validationImages(images))
    parts.push_back(readPart(*validation));
  DataSet data = arrayData(std::move(parts));
  data.padsSmall = true;
  return data;
}

} // namespace cnx
