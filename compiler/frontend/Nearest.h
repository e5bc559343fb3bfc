// The valid name that a user probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cnx {

// The closest of `names` by edit distance (insert, delete, replace, swap of neighbours; case counts
// half), or empty where none is close enough to be meant.
std::string nearestName(std::string_view word, std::span<const std::string> names);

// "; did you mean 'convnext_tiny'?" or nothing.
std::string didYouMean(std::string_view word, std::span<const std::string> names);

} // namespace cnx
