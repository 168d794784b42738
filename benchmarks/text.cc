#include "benchmarks/text.h"

#include "protocol/json.h"

namespace gwageo {
namespace {

/// What `str.isspace` holds for, from U+0080 on, as UTF-8.
constexpr std::string_view wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_narrow_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
}

/// Bytes of the white-space character at the front (or, `at_end`, at the back); 0 where there is
/// none.
std::size_t space_bytes(std::string_view text, bool at_end) {
  if (text.empty()) return 0;
  if (is_narrow_space(at_end ? text.back() : text.front())) return 1;
  for (const std::string_view space : wide_spaces) {
    if (at_end ? text.ends_with(space) : text.starts_with(space)) return space.size();
  }
  return 0;
}

}  // namespace

std::string_view strip(std::string_view text) {
  while (const std::size_t bytes = space_bytes(text, false)) text.remove_prefix(bytes);
  while (const std::size_t bytes = space_bytes(text, true)) text.remove_suffix(bytes);
  return text;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

std::string repaired(std::string_view bytes) {
  std::string out;
  std::size_t bad_at = 0;
  while (!is_utf8(bytes, &bad_at)) {
    out.append(bytes.substr(0, bad_at)).append("\xEF\xBF\xBD");
    bytes.remove_prefix(bad_at + 1);
  }
  return out.append(bytes);
}

}  // namespace gwageo
