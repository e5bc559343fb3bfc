#include "compiler/kernels/Tiles.h"

namespace cnx {

std::string tilesText(const Tiles &tiles) {
  std::string text;
  for (const TileField &field : kTileFields)
    if (const int value = tiles.*field.value)
      text.append(text.empty() ? "" : ", ")
          .append(field.name)
          .append(" ")
          .append(std::to_string(value));
  return text;
}

} // namespace cnx
