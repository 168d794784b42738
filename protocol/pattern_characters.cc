#include "protocol/pattern_characters.h"

#include <algorithm>
#include <array>

namespace gwageo {
namespace {

// What `str.isspace` holds for, and the rest of Unicode, as members of a class.
constexpr std::string_view space_ranges =
    R"(\x{09}-\x{0d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f})"
    R"(\x{205f}\x{3000})";
constexpr std::string_view no_space_ranges =
    R"(\x{00}-\x{08}\x{0e}-\x{1b}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff})"
    R"(\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";

// Where words begin and end, and where they do not. Python's \B is nowhere in an empty text.
constexpr std::string_view ascii_word_edge =
    "(?:(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))";
constexpr std::string_view ascii_no_word_edge =
    "(?:(?!\\A\\z)(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_])))";
constexpr std::string_view no_word_edge = "(?:(?!\\A\\z)\\B)";

/// Characters that are one letter to Python's (?i), and several to PCRE2's: all that there are.
constexpr std::array<std::u32string_view, 4> alike{U"Ii\u0130\u0131", U"\u0390\u1FD3",
                                                   U"\u03B0\u1FE3", U"\uFB05\uFB06"};

bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A set of ASCII's, as members of a class.
std::string_view ascii_ranges(char set) {
  switch (set) {
    case 'd': return "0-9";
    case 'D': return R"(\x{00}-\x{2f}\x{3a}-\x{10ffff})";
    case 's': return R"(\x{09}-\x{0d}\x{20})";
    case 'S': return R"(\x{00}-\x{08}\x{0e}-\x{1f}\x{21}-\x{10ffff})";
    case 'w': return "0-9A-Za-z_";
    case 'W': return R"(\x{00}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff})";
    default: return {};
  }
}

}  // namespace

void PatternMode::change(std::string_view on, std::string_view off) {
  const auto says = [](std::string_view flags, char flag) {
    return flags.find(flag) != flags.npos;
  };
  is_caseless = (is_caseless || says(on, 'i')) && !says(off, 'i');
  is_verbose = (is_verbose || says(on, 'x')) && !says(off, 'x');
  if (says(on, 'a') || says(on, 'u')) is_ascii = says(on, 'a');
}

std::string_view set_ranges(char set, bool is_ascii) {
  if (is_ascii) return ascii_ranges(set);
  if (set == 's') return space_ranges;
  return set == 'S' ? no_space_ranges : std::string_view();
}

std::string_view word_place(char place, bool is_ascii) {
  if (place == 'b') return is_ascii ? ascii_word_edge : std::string_view();
  if (place != 'B') return {};
  return is_ascii ? ascii_no_word_edge : no_word_edge;
}

std::string code_escape(char32_t code) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (; code > 0 || out.size() < 2; code /= 16) out.insert(out.begin(), hex[code % 16]);
  return "\\x{" + out + "}";
}

void OtherCases::see(char32_t low, char32_t high) {
  if (!mode_.is_caseless) return;
  const auto is_seen = [&](char32_t code) { return low <= code && code <= high; };
  if (mode_.is_ascii) {
    for (char32_t c = 0; c < 0x80; ++c) {
      const char32_t other = c ^ 0x20;
      if (is_seen(c) && is_ascii_letter(c)) add({&other, 1});
    }
    return;
  }
  for (const std::u32string_view letter : alike) {
    if (std::any_of(letter.begin(), letter.end(), is_seen)) add(letter);
  }
}

void OtherCases::add(std::u32string_view codes) {
  for (const char32_t code : codes) {
    const std::string member = code_escape(code);
    if (text_.find(member) == text_.npos) text_ += member;
  }
}

}  // namespace gwageo
