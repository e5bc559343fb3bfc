// Text of a page: what is written into one is escaped, whoever chose it.
#pragma once

#include <string>
#include <string_view>

namespace cnx {

// Safe between tags and inside double quotes.
std::string htmlText(std::string_view text);

// "1.50 MiB", "12.0 KiB", "640 B"
std::string byteText(double bytes);

} // namespace cnx
