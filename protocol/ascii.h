// Kinds of ASCII characters, whatever the locale: <cctype> asks it. Pure.
#pragma once

namespace gwageo {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace gwageo
