#include "coordinator/words.h"

#include <algorithm>

namespace gwageo {
namespace {

// Names in one sentence; a large pool has more.
constexpr std::size_t named_max = 8;

}  // namespace

std::string by_whom(const std::string& principal) {
  return principal.empty() ? "the coordinator" : principal;
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string counted(std::int64_t count, const std::string& what, const std::string& one,
                    const std::string& several) {
  return counted(count, what) + " " + (count == 1 ? one : several);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), named_max); ++i) {
    text += (text.empty() ? "" : ", ") + names[i];
  }
  if (names.size() > named_max)
    text += " and " + std::to_string(names.size() - named_max) + " more";
  return text;
}

std::string in_words(Duration time) {
  constexpr std::int64_t second = seconds(1).microseconds;
  const std::int64_t whole = (std::max<std::int64_t>(0, time.microseconds) + second - 1) / second;
  const auto rounded = [&](std::int64_t unit) { return std::to_string((whole + unit - 1) / unit); };
  if (whole < 120) return rounded(1) + " s";
  if (whole < 2 * 3600) return rounded(60) + " min";
  if (whole < 2 * 86400) return rounded(3600) + " h";
  return rounded(86400) + " d";
}

}  // namespace gwageo
