#include "compiler/Error.h"
#include "compiler/tools/data/DataSource.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>

#include <zlib.h>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

constexpr int kHeight = 3, kWidth = 2;

// The header as Yann LeCun's page describes it, then what follows it.
std::vector<unsigned char> idx(std::vector<unsigned> shape, std::vector<unsigned char> bytes) {
  std::vector<unsigned char> file{0, 0, 8, uint8_t(shape.size())};
  for (unsigned extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8)
      file.push_back(uint8_t(extent >> shift));
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

std::vector<unsigned char> counted(size_t count, unsigned first) {
  std::vector<unsigned char> bytes;
  for (size_t i = 0; i < count; ++i)
    bytes.push_back(uint8_t(first + i));
  return bytes;
}

void write(const std::string &path, const std::vector<unsigned char> &bytes) {
  if (path.ends_with(".gz")) {
    gzFile file = gzopen(path.c_str(), "wb");
    REQUIRE(file);
    REQUIRE(gzwrite(file, bytes.data(), unsigned(bytes.size())) == int(bytes.size()));
    gzclose(file);
  } else {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()), long(bytes.size()));
  }
}

std::vector<unsigned char> images(unsigned count, unsigned first = 0) {
  return idx({count, kHeight, kWidth}, counted(count * kHeight * kWidth, first));
}

} // namespace

TEST_CASE("MNIST's files are read, plain and packed") {
  TemporaryFolder folder;
  write(folder / "train-images-idx3-ubyte", images(3));
  write(folder / "train-labels-idx1-ubyte.gz", idx({3}, {2, 0, 1}));
  write(folder / "t10k-images-idx3-ubyte.gz", images(2, 100));
  write(folder / "t10k-labels-idx1-ubyte", idx({2}, {1, 1}));
  REQUIRE(isIdxFolder(folder.path()));
  for (const std::string &path : {folder.path().string(), folder / "train-images-idx3-ubyte"}) {
    const DataSet data = openData(path, 0.5, 1);
    CHECK(data.classes == 3);
    CHECK(data.padsSmall);
    CHECK(data.imageSize == std::pair{kHeight, kWidth});
    CHECK(data.train == std::vector<size_t>{0, 1, 2}); // nothing is split off
    CHECK(data.validation == std::vector<size_t>{3, 4});
    CHECK(data.source->label(0) == 2);
    CHECK(data.source->label(4) == 1);
    const RgbImage image = std::get<RgbImage>(data.source->read(4));
    REQUIRE(image.pixels.size() == kHeight * kWidth * 3);
    for (size_t i = 0; i < image.pixels.size(); ++i)
      REQUIRE(image.pixels[i] == 100 + kHeight * kWidth + i / 3);
  }
}

TEST_CASE("the other spelling of MNIST's names") {
  TemporaryFolder folder;
  write(folder / "train-images.idx3-ubyte", images(2));
  write(folder / "train-labels.idx1-ubyte", idx({2}, {0, 1}));
  CHECK(openIdx(folder.path()).train.size() == 2);
}

TEST_CASE("IDX files that are wrong are refused by name") {
  TemporaryFolder folder;
  const std::string x = folder / "train-images-idx3-ubyte", y = folder / "train-labels-idx1-ubyte";
  write(x, images(2));
  CHECK_THROWS_WITH(openIdx(x), Contains("file with its labels is not beside it") &&
                                    Contains("train-labels-idx1-ubyte"));
  write(y, idx({3}, {0, 1, 0}));
  CHECK_THROWS_WITH(openIdx(x), Contains("found 3 labels, expected 2"));
  write(y, idx({2}, {0}));
  CHECK_THROWS_WITH(openIdx(x),
                    Contains("labels-idx1-ubyte: found 1 bytes") && Contains("expected 2"));
  write(y, idx({2}, {0, 1, 1}));
  CHECK_THROWS_WITH(openIdx(x), Contains("goes on after the 2 bytes"));
  write(y, idx({2, 1}, {0, 1}));
  CHECK_THROWS_WITH(openIdx(x), Contains("is no IDX file of unsigned bytes and rank 1"));
  write(y, idx({2}, {0, 1}));
  CHECK_NOTHROW(openIdx(x));
  write(x, idx({0xffffffff, 0xffff, 0xffff}, {}));
  CHECK_THROWS_WITH(openIdx(x), Contains("found the shape [4294967295,65535]"));
  write(x, idx({1u << 30, 28, 28}, {1, 2, 3}));
  CHECK_THROWS_WITH(openIdx(x), Contains("found 3 bytes after the header"));
  write(x, {0, 0, 8});
  CHECK_THROWS_WITH(openIdx(x), Contains("is no IDX file"));

  write(x, images(2));
  write(folder / "t10k-images-idx3-ubyte", idx({1, kHeight, kWidth + 1}, counted(9, 0)));
  write(folder / "t10k-labels-idx1-ubyte", idx({1}, {0}));
  CHECK_THROWS_WITH(openIdx(x), Contains("t10k-images-idx3-ubyte: found uint8 images of 3x3") &&
                                    Contains("expected uint8 images of 3x2"));
  write(folder / "t10k-images-idx3-ubyte", images(1));
  write(folder / "t10k-labels-idx1-ubyte", idx({1}, {2}));
  CHECK_THROWS_WITH(openIdx(x),
                    Contains("t10k-labels-idx1-ubyte: found class 2") && Contains("at most 1"));
}

TEST_CASE("a packed file that is cut is refused") {
  TemporaryFolder folder;
  const std::string x = folder / "train-images-idx3-ubyte.gz";
  std::vector<unsigned char> noise;
  for (unsigned i = 0; i < 60000; ++i)
    noise.push_back(uint8_t(i * i * 2654435761u >> 16));
  write(x, idx({10000, 3, 2}, noise));
  write(folder / "train-labels-idx1-ubyte", idx({10000}, std::vector<unsigned char>(10000)));
  CHECK_NOTHROW(openIdx(x));
  std::filesystem::resize_file(x, std::filesystem::file_size(x) / 2);
  CHECK_THROWS_WITH(openIdx(x), Contains("idx3-ubyte.gz: "));
}
