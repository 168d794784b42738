// Reading the line-based text formats of transparency logs.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/digest.h"
#include "protocol/signature.h"

namespace gwageo {

/// Takes a line, without its newline, from the front of `text`; nothing when no newline is left.
inline std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

/// A number as these formats write it: decimal, no sign, no leading zeroes, within 64 bits.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || std::to_string(number) != text) return std::nullopt;
  return number;
}

/// A SHA-256 digest as these formats write it: base64.
inline std::optional<Digest> parse_hash(std::string_view text) {
  const std::optional<std::string> bytes = from_base64(text);
  Digest digest;
  if (!bytes || bytes->size() != digest.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>((*bytes)[i]);
  }
  return digest;
}

}  // namespace gwageo
