#include "protocol/python_pattern.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace gwageo {
namespace {

// What `str.isspace` holds for, and the rest of Unicode, as members of a class.
constexpr std::string_view space_ranges =
    R"(\x{09}-\x{0d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f})"
    R"(\x{205f}\x{3000})";
constexpr std::string_view no_space_ranges =
    R"(\x{00}-\x{08}\x{0e}-\x{1b}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff})"
    R"(\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// \x{...} of a number in base 8 or 16.
std::string code_escape(std::string_view digits, unsigned base) {
  std::uint64_t code = 0;
  for (const char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code * base + static_cast<unsigned>(digit);
  }
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (; code > 0 || out.size() < 2; code /= 16) out.insert(out.begin(), hex[code % 16]);
  return "\\x{" + out + "}";
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  Result<TranslatedPattern> run() {
    while (at_ < pattern_.size()) GWAGEO_TRY(step());
    return std::move(out_);
  }

 private:
  struct Escape {
    std::string text;
    std::size_t size = 2;   // Bytes of the pattern, the backslash included.
    bool is_set = false;    // Stands for several characters.
    bool is_place = false;  // Matches between characters.
  };

  std::string_view rest(std::size_t from) const {
    return pattern_.substr(std::min(at_ + from, pattern_.size()));
  }
  char peek(std::size_t from) const { return rest(from).empty() ? '\0' : rest(from).front(); }

  /// Writes `replacement` for the next `count` bytes.
  void put(std::string_view replacement, std::size_t count) {
    out_.text += replacement;
    out_.origins.insert(out_.origins.end(), replacement.size(), at_);
    at_ += count;
  }
  void take(std::size_t count) {
    for (; count > 0 && at_ < pattern_.size(); --count) put(pattern_.substr(at_, 1), 1);
  }

  tl::unexpected<Error> wrong(const std::string& what, std::size_t from = 0) const {
    return fail(ErrorKind::bad_input, "regex: " + what + " at byte " + std::to_string(at_ + from));
  }

  Status step() {
    const char c = pattern_[at_];
    if (c == '(') return open_group();
    if (c == '*' || c == '+' || c == '?' || c == '{') return repeat();
    is_start_ = false;
    if (c == '[') return character_class();
    if (c == '\\') {
      GWAGEO_ASSIGN(escape, read_escape(false));
      put(escape.text, escape.size);
      after_ = escape.is_place ? After::nothing : After::item;
      return {};
    }
    take(1);
    after_ = c == '|' || c == '^' || c == '$' ? After::nothing : After::item;
    return {};
  }

  // ---- repeats ----

  Status repeat() {
    std::size_t size = 1;
    std::string text(1, pattern_[at_]);
    if (text == "{") {
      const std::optional<std::size_t> braces = braces_size();
      if (!braces) {  // A brace that is no repeat stands for itself.
        is_start_ = false;
        after_ = After::item;
        put("\\{", 1);
        return {};
      }
      size = *braces;
      text = rest(0).substr(0, size);
      if (text[1] == ',') text.insert(1, "0");
    }
    is_start_ = false;
    if (after_ == After::nothing) return wrong("nothing to repeat");
    if (after_ == After::repeat) return wrong("multiple repeat");
    put(text, size);
    if (peek(0) == '?' || peek(0) == '+') take(1);
    after_ = After::repeat;
    return {};
  }

  /// The bytes of {n}, {n,}, {,m}, {n,m} or {,}; nothing for anything else.
  std::optional<std::size_t> braces_size() const {
    std::size_t i = 1;
    while (is_digit(peek(i))) ++i;
    const bool has_low = i > 1;
    const bool has_comma = peek(i) == ',';
    if (has_comma) ++i;
    while (has_comma && is_digit(peek(i))) ++i;
    if (peek(i) != '}' || !(has_low || has_comma)) return std::nullopt;
    return i + 1;
  }

  // ---- groups ----

  Status open_group() {
    const bool was_start = is_start_;
    is_start_ = false;
    after_ = After::nothing;
    if (peek(1) == '*') return wrong("nothing to repeat", 1);
    if (peek(1) != '?') {
      take(1);
      return {};
    }
    const char kind = peek(2);
    switch (kind) {
      case ':':
      case '=':
      case '!':
      case '>': take(3); return {};
      case '#': return comment(was_start);
      case 'P': return named();
      case '(': return condition();
      case '<':
        if (peek(3) != '=' && peek(3) != '!') return unknown_extension(2);
        take(4);
        return {};
      default: break;
    }
    if (is_letter(kind) || kind == '-') return flags(was_start);
    return unknown_extension(1);
  }

  tl::unexpected<Error> unknown_extension(std::size_t size) const {
    return wrong("unknown extension " + std::string(rest(1).substr(0, size + 1)), 1);
  }

  Status comment(bool was_start) {
    const std::size_t close = rest(0).find(')');
    if (close == std::string_view::npos) return wrong("a comment without an end");
    put("", close + 1);
    is_start_ = was_start;
    after_ = After::item;  // What comes before it may have been repeatable; PCRE2 sees to the rest.
    return {};
  }

  Status named() {
    const char kind = peek(3);
    if (kind != '<' && kind != '=') return unknown_extension(2);
    take(4);
    if (kind == '=') after_ = After::item;
    return {};
  }

  // (?(1)yes|no) and (?(name)yes|no)
  Status condition() {
    const std::string_view name = rest(3).substr(0, rest(3).find(')'));
    const bool is_number = !name.empty() && std::all_of(name.begin(), name.end(), is_digit);
    const bool is_name =
        !name.empty() && !is_digit(name.front()) &&
        std::all_of(name.begin(), name.end(), [](char c) {
          return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        });
    if (!is_number && !is_name) return wrong("bad character in group name", 3);
    const std::string written = is_number ? std::string(name) : "<" + std::string(name) + ">";
    put("(?(" + written + ")", name.size() + 4);
    return {};
  }

  // (?is) for all that follows, only at the start; (?is-m:...) for a group.
  Status flags(bool was_start) {
    std::size_t i = 2;
    std::string kept;
    for (; is_letter(peek(i)) || peek(i) == '-'; ++i) {
      const char flag = peek(i);
      if (flag == 'u') continue;
      if (flag == 'a' || flag == 'L' || flag == 'x') {
        return wrong("flag '" + std::string(1, flag) + "' is not in this version", i);
      }
      if (flag != 'i' && flag != 'm' && flag != 's' && flag != '-') {
        return wrong("unknown flag '" + std::string(1, flag) + "'", i);
      }
      kept += flag;
    }
    if (peek(i) == ':') {
      put("(?" + kept + ":", i + 1);
      return {};
    }
    if (peek(i) != ')') return wrong("missing -, : or )", i);
    if (kept.find('-') != std::string::npos) return wrong("missing :", i);
    if (!was_start) return wrong("global flags not at the start of the expression");
    put(kept.empty() ? "" : "(?" + kept + ")", i + 1);
    is_start_ = true;
    return {};
  }

  // ---- classes ----

  Status character_class() {
    take(peek(1) == '^' ? 2 : 1);
    for (bool first = true; first || peek(0) != ']'; first = false) {
      if (rest(0).empty()) return {};  // PCRE2 tells of the bracket that is missing.
      GWAGEO_ASSIGN(low, class_member());
      if (peek(0) != '-' || peek(1) == ']' || rest(1).empty()) continue;
      put("-", 1);
      GWAGEO_ASSIGN(high, class_member());
      if (low || high) return wrong("bad character range before");
    }
    take(1);
    after_ = After::item;
    return {};
  }

  /// Copies one member; whether it is a set of characters.
  Result<bool> class_member() {
    const char c = peek(0);
    if (c == '\\') {
      GWAGEO_ASSIGN(escape, read_escape(true));
      put(escape.text, escape.size);
      return escape.is_set;
    }
    if (c == '[' || c == ']' || c == '-' || c == '^') {
      put(std::string("\\") + c, 1);
      return false;
    }
    take(1);
    while ((static_cast<unsigned char>(peek(0)) & 0xC0) == 0x80) take(1);
    return false;
  }

  // ---- escapes ----

  Result<Escape> read_escape(bool in_class) const {
    const char c = peek(1);
    if (rest(1).empty()) return wrong("bad escape (end of pattern)");
    const std::string same{'\\', c};
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W': return Escape{same, 2, true};
      case 's': return space_set(in_class, space_ranges);
      case 'S': return space_set(in_class, no_space_ranges);
      case 'a': return Escape{"\\x{07}"};
      case 'v': return Escape{"\\x{0b}"};
      case 'f':
      case 'n':
      case 'r':
      case 't': return Escape{same};
      case 'x': return hexadecimal(2);
      case 'u': return hexadecimal(4);
      case 'U': return hexadecimal(8);
      case 'N': return wrong("named characters (\\N{...}) are not in this version");
      default: break;
    }
    if (is_digit(c)) return number(in_class);
    if (in_class && c == 'b') return Escape{"\\x{08}"};
    if (!in_class && c == 'Z') return Escape{"\\z", 2, false, true};
    if (!in_class && (c == 'A' || c == 'b' || c == 'B')) return Escape{same, 2, false, true};
    if (is_letter(c)) return wrong("bad escape " + same);
    if (static_cast<unsigned char>(c) < 0x80) return Escape{same};
    return Escape{"", 1};  // A letter beyond ASCII stands for itself.
  }

  static Escape space_set(bool in_class, std::string_view ranges) {
    const std::string text(ranges);
    return Escape{in_class ? text : "[" + text + "]", 2, true};
  }

  Result<Escape> hexadecimal(std::size_t digits) const {
    const std::string_view code = rest(2).substr(0, digits);
    if (code.size() != digits || !std::all_of(code.begin(), code.end(), is_hex)) {
      return wrong("incomplete escape " + std::string(rest(0).substr(0, 2)));
    }
    return Escape{code_escape(code, 16), digits + 2};
  }

  // An octal number begins with 0 or has three digits, in a class any; else it is a group's.
  Result<Escape> number(bool in_class) const {
    std::size_t octal = 0;
    while (octal < 3 && is_octal(peek(1 + octal))) ++octal;
    if (peek(1) == '0' || octal == 3 || (in_class && octal > 0)) {
      const std::string_view digits = rest(1).substr(0, octal);
      if (octal == 3 && digits[0] > '3') return wrong("octal escape outside of range 0-0o377");
      return Escape{code_escape(digits, 8), octal + 1};
    }
    if (in_class) return wrong("bad escape " + std::string(rest(0).substr(0, 2)));
    const std::size_t size = is_digit(peek(2)) ? 2 : 1;
    return Escape{"\\g{" + std::string(rest(1).substr(0, size)) + "}", size + 1};
  }

  enum class After { nothing, item, repeat };

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool is_start_ = true;  // Nothing but flags and comments so far.
  After after_ = After::nothing;
  TranslatedPattern out_;
};

}  // namespace

Result<TranslatedPattern> translate_python_pattern(std::string_view pattern) {
  return Translation(pattern).run();
}

}  // namespace gwageo
