#include "ops/duration.h"

#include <charconv>
#include <limits>

namespace gwageo {

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char unit = text.back();
  const std::int64_t scale = unit == 's'   ? 1
                             : unit == 'm' ? 60
                             : unit == 'h' ? 3600
                             : unit == 'd' ? 86400
                                           : 0;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1000000;
  if (scale == 0 || error != std::errc{} || stop != end || number < 0 || number > most / scale) {
    return std::nullopt;
  }
  return number * scale;
}

}  // namespace gwageo
