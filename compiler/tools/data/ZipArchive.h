// Members of a zip file, stored or deflated; libzip underneath.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct zip;

namespace cnx {

class ZipArchive {
public:
  explicit ZipArchive(const std::string &path); // throws UserError
  ~ZipArchive();
  ZipArchive(const ZipArchive &) = delete;
  ZipArchive &operator=(const ZipArchive &) = delete;

  std::vector<std::string> members() const;
  bool has(const std::string &member) const;
  // Unpacked and held against its checksum. Throws UserError.
  std::vector<unsigned char> read(const std::string &member) const;

private:
  std::string path_;
  ::zip *archive_ = nullptr;
};

} // namespace cnx
