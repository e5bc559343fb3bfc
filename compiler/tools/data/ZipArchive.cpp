#include "compiler/tools/data/ZipArchive.h"

#include "compiler/Error.h"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <zip.h>

namespace cnx {

namespace {

// Deflate makes no more than this of a byte, so a size beyond it is a lie that would only cost
// memory.
constexpr uint64_t kLargestRatio = 1040;

} // namespace

ZipArchive::ZipArchive(const std::string &path) : path_(path) {
  int code = 0;
  archive_ = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (archive_)
    return;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw UserError(fmt::format("{}: cannot be read as a zip file: {}", path, text));
}

ZipArchive::~ZipArchive() { zip_discard(archive_); }

std::vector<std::string> ZipArchive::members() const {
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive_, 0); ++i)
    if (const char *name = zip_get_name(archive_, zip_uint64_t(i), 0))
      names.emplace_back(name);
  return names;
}

bool ZipArchive::has(const std::string &member) const {
  return zip_name_locate(archive_, member.c_str(), 0) >= 0;
}

std::vector<unsigned char> ZipArchive::read(const std::string &member) const {
  zip_stat_t facts;
  zip_stat_init(&facts);
  if (zip_stat(archive_, member.c_str(), 0, &facts) != 0)
    throw UserError(
        fmt::format("{}: has no {}, found {}", path_, member,
                    members().empty() ? "nothing" : fmt::format("{}", fmt::join(members(), ", "))));
  constexpr zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if ((facts.valid & wanted) != wanted || facts.size > (facts.comp_size + 1) * kLargestRatio)
    throw UserError(fmt::format("{}: {}: found {} bytes packed into {}, which cannot be", path_,
                                member, facts.size, facts.comp_size));

  const std::unique_ptr<zip_file_t, int (*)(zip_file_t *)> file(
      zip_fopen(archive_, member.c_str(), 0), zip_fclose);
  if (!file)
    throw UserError(fmt::format("{}: {}: {}", path_, member, zip_strerror(archive_)));
  std::vector<unsigned char> bytes(facts.size);
  uint64_t filled = 0;
  while (filled < facts.size) {
    const zip_int64_t count = zip_fread(file.get(), bytes.data() + filled, facts.size - filled);
    if (count <= 0)
      throw UserError(fmt::format("{}: {}: found {} bytes, expected {}: {}", path_, member, filled,
                                  facts.size, zip_file_strerror(file.get())));
    filled += uint64_t(count);
  }
  // The checksum is looked at when the end has been seen.
  unsigned char beyond;
  if (zip_fread(file.get(), &beyond, 1) != 0)
    throw UserError(fmt::format("{}: {}: {}", path_, member, zip_file_strerror(file.get())));
  return bytes;
}

} // namespace cnx
