// A fusion's table of tiles as text: what stands between the braces of a TileSpace's rows.
#pragma once

#include "compiler/fusions/TileSpace.h"

#include <filesystem>
#include <map>
#include <string>

namespace cnx {

class TileTable {
public:
  // Reads FOLDER/NAME.tiles.inc; where there is none the table is empty. Throws UserError with the
  // line that is no row.
  TileTable(const std::filesystem::path &folder, const std::string &name);

  // One line is a reason without line breaks.
  void set(const TileRow &row, const std::string &reason);
  void remove(Level level, const std::vector<int64_t> &shape);
  // Rows by level and shape, a line each; equal tables give equal text.
  std::string text() const;
  void write() const; // throws UserError

private:
  using Key = std::pair<Level, std::vector<int64_t>>;
  void read(const std::string &line, size_t number);

  std::filesystem::path path_;
  std::map<Key, std::string> lines_;
};

} // namespace cnx
