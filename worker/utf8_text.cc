#include "worker/utf8_text.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

// Characters with the bidirectional type WS, B or S or the category Zs, in UTF-8.
constexpr std::string_view spaces[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

}  // namespace

std::size_t character_bytes(std::string_view text) {
  GWAGEO_CHECK(!text.empty());
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return length <= text.size() && is_utf8(text.substr(0, length)) ? length : 1;
}

std::size_t leading_space(std::string_view text) {
  std::size_t bytes = 0;
  const auto begins = [&](std::string_view s) { return text.substr(bytes).starts_with(s); };
  for (const auto* found = std::begin(spaces); found != std::end(spaces);) {
    found = std::ranges::find_if(spaces, begins);
    if (found != std::end(spaces)) bytes += found->size();
  }
  return bytes;
}

std::size_t trailing_space(std::string_view text) {
  std::size_t left = text.size();
  const auto ends = [&](std::string_view s) { return text.substr(0, left).ends_with(s); };
  for (const auto* found = std::begin(spaces); found != std::end(spaces);) {
    found = std::ranges::find_if(spaces, ends);
    if (found != std::end(spaces)) left -= found->size();
  }
  return text.size() - left;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  GWAGEO_CHECK(!from.empty());
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(from, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) return out;
    out += to;
    at = found + from.size();
  }
}

}  // namespace gwageo
