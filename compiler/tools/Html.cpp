#include "compiler/tools/Html.h"

#include <fmt/format.h>

namespace cnx {

std::string htmlText(std::string_view text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    case '\'':
      escaped += "&#39;";
      break;
    default:
      // Control characters may stand in no page.
      escaped += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? "\uFFFD"
                                                                               : std::string(1, c);
    }
  return escaped;
}

std::string byteText(double bytes) {
  if (bytes >= 1 << 20)
    return fmt::format("{:.2f} MiB", bytes / (1 << 20));
  if (bytes >= 1 << 10)
    return fmt::format("{:.1f} KiB", bytes / (1 << 10));
  return fmt::format("{:.0f} B", bytes);
}

} // namespace cnx
