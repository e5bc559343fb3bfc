#include "compiler/frontend/Nearest.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace cnx {

namespace {

// Costs in halves, so that a difference in case is cheaper than another letter.
constexpr int kEdit = 2, kCase = 1;

int replaceCost(char a, char b) {
  if (a == b)
    return 0;
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b) ? kCase : kEdit;
}

int distance(std::string_view a, std::string_view b) {
  size_t columns = b.size() + 1;
  std::vector<int> twoBack(columns), oneBack(columns), row(columns);
  for (size_t j = 0; j < columns; ++j)
    row[j] = static_cast<int>(j) * kEdit;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(twoBack, oneBack);
    std::swap(oneBack, row);
    row[0] = static_cast<int>(i) * kEdit;
    for (size_t j = 1; j < columns; ++j) {
      row[j] = std::min({oneBack[j] + kEdit, row[j - 1] + kEdit,
                         oneBack[j - 1] + replaceCost(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], twoBack[j - 2] + kEdit);
    }
  }
  return row[b.size()];
}

} // namespace

std::string nearestName(std::string_view word, std::span<const std::string> names) {
  std::string nearest;
  int best = 0;
  for (const std::string &name : names) {
    int cost = distance(word, name);
    int limit = static_cast<int>(std::max(word.size(), name.size())) * kEdit * 2 / 5;
    if (cost <= limit && (nearest.empty() || cost < best)) {
      nearest = name;
      best = cost;
    }
  }
  return nearest;
}

std::string didYouMean(std::string_view word, std::span<const std::string> names) {
  std::string nearest = nearestName(word, names);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

} // namespace cnx
