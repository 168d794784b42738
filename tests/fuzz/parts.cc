#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {

std::vector<std::string_view> parts_of(std::string_view input) {
  constexpr std::string_view border = "\n====\n";
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = input.find(border);
    parts.push_back(input.substr(0, end));
    if (end == input.npos) return parts;
    input.remove_prefix(end + border.size());
  }
}

std::vector<std::string_view> parts_of(std::string_view input, std::size_t count) {
  std::vector<std::string_view> parts = parts_of(input);
  parts.resize(count);
  return parts;
}

std::pair<std::string_view, std::string_view> first_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

}  // namespace gwageo::fuzz
