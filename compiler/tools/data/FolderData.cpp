// A folder of class folders: `train/CLASS/*.png` and `val/CLASS/*.png`, or `CLASS/*.png` alone.
// The classes are the training part's folders, sorted by name.
#include "compiler/Error.h"
#include "compiler/tools/data/DataSource.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

class FolderSource : public DataSource {
public:
  struct Item {
    std::string path;
    int label;
  };
  std::vector<Item> items;

  size_t size() const override { return items.size(); }
  int label(size_t sample) const override { return items[sample].label; }
  DataImage read(size_t sample) const override { return readImage(items[sample].path); }
  std::string name(size_t sample) const override { return items[sample].path; }
};

bool isImage(const fs::path &path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

bool isHidden(const fs::path &path) { return path.filename().string().starts_with('.'); }

// Sorted by name, so that a copy of the data is the same data.
std::vector<fs::path> entriesOf(const fs::path &folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (!isHidden(entry.path()))
      entries.push_back(entry.path());
  if (error)
    throw UserError(folder.string() + ": cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<fs::path> foldersIn(const fs::path &folder) {
  std::vector<fs::path> folders = entriesOf(folder);
  std::erase_if(folders, [](const fs::path &path) { return !fs::is_directory(path); });
  return folders;
}

// Images of the class folders in `part`, whose names are among `labels`.
std::vector<size_t> addPart(FolderSource &source, const fs::path &part,
                            const std::vector<std::string> &labels) {
  std::vector<size_t> samples;
  for (const fs::path &folder : foldersIn(part)) {
    const auto found = std::find(labels.begin(), labels.end(), folder.filename().string());
    if (found == labels.end())
      throw UserError(fmt::format("{}: found a class that the training images do not have, "
                                  "expected one of {}",
                                  folder.string(), fmt::join(labels, ", ")));
    const size_t before = source.items.size();
    for (const fs::path &path : entriesOf(folder)) {
      if (fs::is_directory(path))
        throw UserError(
            fmt::format("{}: found a folder in a class's folder, expected images", path.string()));
      if (!isImage(path))
        continue; // descriptions, thumbnails' caches
      samples.push_back(source.items.size());
      source.items.push_back({path.string(), int(found - labels.begin())});
    }
    if (source.items.size() == before)
      throw UserError(folder.string() + ": found no image, expected .png, .jpg or .jpeg files");
  }
  return samples;
}

} // namespace

DataSet openImageFolder(const std::string &path) {
  const fs::path root(path), train = root / "train", validation = root / "val";
  const bool parts = fs::is_directory(train);
  if (!parts && fs::is_directory(validation))
    throw UserError(path + ": found val/ alone, expected train/ beside it");

  DataSet data;
  for (const fs::path &folder : foldersIn(parts ? train : root))
    data.labels.push_back(folder.filename().string());
  if (data.labels.size() < 2)
    throw UserError(fmt::format("{}: found {} class folder{}, expected a folder a class, two at "
                                "least, or train/ and val/ with such folders",
                                (parts ? train : root).string(), data.labels.size(),
                                data.labels.size() == 1 ? "" : "s"));
  data.classes = int(data.labels.size());
  auto source = std::make_shared<FolderSource>();
  data.train = addPart(*source, parts ? train : root, data.labels);
  if (parts && fs::is_directory(validation))
    data.validation = addPart(*source, validation, data.labels);
  data.source = source;
  return data;
}

} // namespace cnx
