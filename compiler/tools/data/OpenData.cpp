#include "compiler/Error.h"
#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/SampleOrder.h"

#include <filesystem>
#include <fmt/format.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

DataSet open(const std::string &path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    throw UserError(fmt::format("--data {}: does not exist", path));
  if (fs::is_directory(status))
    return isIdxFolder(path) ? openIdx(path) : openImageFolder(path);
  if (fs::path(path).extension() == ".npz")
    return openNpz(path);
  if (fs::path(path).filename().string().find("idx3") != std::string::npos)
    return openIdx(path);
  throw UserError(fmt::format("--data {}: found a file of another kind, expected a folder of class "
                              "folders, an .npz file, or MNIST's images (...idx3-ubyte, also .gz)",
                              path));
}

} // namespace

DataSet openData(const std::string &path, double validationFraction, uint64_t seed) {
  DataSet data = open(path);
  if (data.validation.empty() && validationFraction > 0)
    splitByClass(*data.source, validationFraction, seed, data.train, data.validation);
  if (data.train.empty())
    throw UserError(fmt::format("--data {}: found no images to train with", path));
  return data;
}

} // namespace cnx
