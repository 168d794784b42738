#include "protocol/python_pattern.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "protocol/ascii.h"
#include "protocol/pattern_characters.h"

namespace gwageo {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// What (?x) leaves out: fewer than \s.
bool is_left_out(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// A number in base 8, 10 or 16 of at most 8 digits.
char32_t number_of(std::string_view digits, unsigned base) {
  char32_t code = 0;
  for (const char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code * base + static_cast<unsigned>(digit);
  }
  return code;
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  Result<TranslatedPattern> run() {
    while (at_ < pattern_.size()) GWAGEO_TRY(step());
    return std::move(out_);
  }

 private:
  enum class After { nothing, item, repeat };
  struct Escape {
    std::string text;
    std::size_t size = 2;          // Bytes of the pattern, the backslash included.
    std::optional<char32_t> code;  // The one character that it stands for.
    bool is_place = false;         // Matches between characters.
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

  const PatternMode& mode() const { return modes_.back(); }

  Status step() {
    GWAGEO_ASSIGN(skipped, skip_verbose());
    if (skipped) return {};
    const char c = pattern_[at_];
    if (c == '(') return open_group();
    if (c == '*' || c == '+' || c == '?' || c == '{') return repeat();
    is_start_ = false;
    if (c == '[') return character_class();
    if (c == '\\') {
      GWAGEO_ASSIGN(escape, read_escape(false));
      if (escape.code) {
        put_character(*escape.code, escape.text, escape.size);
      } else {
        put(escape.text, escape.size);
      }
      after_ = escape.is_place ? After::nothing : After::item;
      return {};
    }
    if (c == ')' && modes_.size() > 1) modes_.pop_back();
    const bool is_literal = std::string_view(".|^$)").find(c) == std::string_view::npos;
    if (is_literal) {
      const std::string_view text = rest(0).substr(0, character_size());
      put_character(code_of(text), text, text.size());
    } else {
      take(1);
    }
    after_ = c == '|' || c == '^' || c == '$' ? After::nothing : After::item;
    return {};
  }

  /// Passes over white space and comments under (?x).
  Result<bool> skip_verbose() {
    const char c = peek(0);
    if (!mode().is_verbose || (!is_left_out(c) && c != '#')) return false;
    std::size_t size = 1;
    if (c == '#') {
      for (; !rest(size).empty() && peek(size) != '\n'; ++size) {
        // Python reads an escape as one: a line's end after a backslash ends no comment.
        if (peek(size) == '\\' && rest(++size).empty()) {
          return wrong("bad escape (end of pattern)", size - 1);
        }
      }
      ++size;
    }
    put("", std::min(size, rest(0).size()));
    return true;
  }

  // ---- single characters ----

  /// The bytes of the character that comes next.
  std::size_t character_size() const {
    std::size_t size = 1;
    while ((static_cast<unsigned char>(peek(size)) & 0xC0) == 0x80) ++size;
    return size;
  }

  /// Of one character in UTF-8.
  static char32_t code_of(std::string_view text) {
    if (text.size() == 1) return static_cast<unsigned char>(text.front());
    char32_t code = static_cast<unsigned char>(text.front()) & (0x7Fu >> text.size());
    for (const char c : text.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
    return code;
  }

  /// Writes `text`, or a class where (?i) takes more for the character than PCRE2 does.
  void put_character(char32_t code, std::string_view text, std::size_t size) {
    OtherCases others(mode());
    others.see(code, code);
    put(others.text().empty() ? std::string(text) : "[" + code_escape(code) + others.text() + "]",
        size);
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
    const After before = std::exchange(after_, After::nothing);
    is_start_ = false;
    if (peek(1) == '*') return wrong("nothing to repeat", 1);
    if (peek(1) != '?') {
      ++groups_;
      enter(1);
      return {};
    }
    const char kind = peek(2);
    switch (kind) {
      case ':':
      case '=':
      case '!':
      case '>': enter(3); return {};
      case '#': return comment(was_start, before);
      case 'P': return named();
      case '(': return condition();
      case '<':
        if (peek(3) != '=' && peek(3) != '!') return unknown_extension(2);
        enter(4);
        return {};
      default: break;
    }
    if (is_letter(kind) || kind == '-') return flags(was_start);
    return unknown_extension(1);
  }

  /// Takes the `size` bytes that begin a group. Its flags end with it.
  void enter(std::size_t size) {
    take(size);
    modes_.push_back(mode());
  }

  /// Names the question mark, and the `size` bytes after it with the character that they end in.
  tl::unexpected<Error> unknown_extension(std::size_t size) const {
    while ((static_cast<unsigned char>(peek(size + 2)) & 0xC0) == 0x80) ++size;
    return wrong("unknown extension " + std::string(rest(1).substr(0, size + 1)), 1);
  }

  Status comment(bool was_start, After before) {
    const std::size_t close = rest(0).find(')');
    if (close == std::string_view::npos) return wrong("a comment without an end");
    put("", close + 1);
    is_start_ = was_start;
    after_ = before;
    return {};
  }

  // (?P<name>...) and (?P=name), names as they stand.
  Status named() {
    const char kind = peek(3);
    if (kind != '<' && kind != '=') return unknown_extension(2);
    const std::size_t end = rest(0).find(kind == '<' ? '>' : ')');
    const std::size_t size = end == std::string_view::npos ? rest(0).size() : end + 1;
    const std::string name(rest(4).substr(0, size < 5 ? 0 : size - 5));
    if (kind == '<') {
      names_[name] = ++groups_;
      enter(size);
      return {};
    }
    after_ = After::item;
    if (!compares_by_ascii()) {
      take(size);
      return {};
    }
    const auto group = names_.find(name);
    if (group == names_.end()) return wrong("unknown group name '" + name + "'", 4);
    put(ascii_reference(group->second), size);
    return {};
  }

  /// Only ASCII's letters have two cases where what a group matched is compared.
  bool compares_by_ascii() const { return mode().is_caseless && mode().is_ascii; }

  /// PCRE2 compares by all letters, so a callout looks first whether ASCII's are enough.
  static std::string ascii_reference(std::size_t group) {
    const std::string number = std::to_string(group);
    return "(?:(?C{" + number + "})(?i:\\g{" + number + "}))";
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
    modes_.push_back(mode());
    return {};
  }

  // (?is) for all that follows, only at the start; (?is-m:...) for a group.
  Status flags(bool was_start) {
    std::string on;
    std::string off;
    bool is_off = false;
    std::size_t i = 2;
    for (; is_letter(peek(i)) || peek(i) == '-'; ++i) {
      const char flag = peek(i);
      if (flag == '-' && is_off) break;
      if (flag == '-') {
        is_off = true;
        continue;
      }
      const std::string shown = "flag '" + std::string(1, flag) + "'";
      if (flag == 'L') return wrong(shown + " is for bytes, and this is text", i);
      if (std::string_view("aimsux").find(flag) == std::string_view::npos) {
        return wrong("unknown " + shown, i);
      }
      if (is_off && (flag == 'a' || flag == 'u')) return wrong(shown + " cannot be turned off", i);
      if (is_off && on.find(flag) != on.npos) return wrong(shown + " turned on and off", i);
      (is_off ? off : on) += flag;
    }
    const bool is_group = peek(i) == ':';
    if (is_off && off.empty()) return wrong("missing flag", i);
    if (is_off && !is_group) return wrong("missing :", i);
    if (!is_group && peek(i) != ')') return wrong("missing -, : or )", i);
    if (!is_group && !was_start) {
      return wrong("global flags not at the start of the expression");
    }
    std::string types = on;
    if (!is_group) types = global_ += on;
    if (types.find('a') != types.npos && types.find('u') != types.npos) {
      return wrong("flags 'a' and 'u' are incompatible");
    }
    PatternMode next = mode();
    next.change(on, off);
    const std::string change = library_flags(next, on, off);
    put(is_group ? "(?" + change + ":" : change.empty() ? "" : "(?" + change + ")", i + 1);
    if (is_group) {
      modes_.push_back(next);
    } else {
      modes_.back() = next;
      is_start_ = true;
    }
    return {};
  }

  /// The flags that PCRE2 is given where `mode()` becomes `next`.
  std::string library_flags(const PatternMode& next, std::string_view on,
                            std::string_view off) const {
    const auto kept = [](std::string_view flags) {
      std::string out;
      for (const char flag : {'m', 's'}) {
        if (flags.find(flag) != flags.npos) out += flag;
      }
      return out;
    };
    const bool was_caseless = mode().library_is_caseless();
    const bool is_caseless = next.library_is_caseless();
    const std::string set = kept(on) + (is_caseless && !was_caseless ? "i" : "");
    const std::string unset = kept(off) + (was_caseless && !is_caseless ? "i" : "");
    return set + (unset.empty() ? "" : "-" + unset);
  }

  // ---- classes ----

  Status character_class() {
    take(peek(1) == '^' ? 2 : 1);
    OtherCases others(mode());
    for (bool first = true; first || peek(0) != ']'; first = false) {
      if (rest(0).empty()) return {};  // PCRE2 tells of the bracket that is missing.
      GWAGEO_ASSIGN(low, class_member());
      if (peek(0) != '-' || peek(1) == ']' || rest(1).empty()) {
        if (low) others.see(*low, *low);
        continue;
      }
      put("-", 1);
      GWAGEO_ASSIGN(high, class_member());
      if (!low || !high) return wrong("bad character range before");
      others.see(*low, *high);
    }
    put(others.text(), 0);
    take(1);
    after_ = After::item;
    return {};
  }

  /// Copies one member; its code, or nothing for a set of characters.
  Result<std::optional<char32_t>> class_member() {
    if (peek(0) == '\\') {
      GWAGEO_ASSIGN(escape, read_escape(true));
      put(escape.text, escape.size);
      if (!escape.text.empty()) return escape.code;
    }
    const char c = peek(0);
    if (c == '[' || c == ']' || c == '-' || c == '^') {
      put(std::string("\\") + c, 1);
      return static_cast<char32_t>(c);
    }
    const std::string_view text = rest(0).substr(0, character_size());
    if (text.empty()) return std::optional<char32_t>();  // PCRE2 tells of what is missing.
    take(text.size());
    return code_of(text);
  }

  // ---- escapes ----

  Result<Escape> read_escape(bool in_class) const {
    const char c = peek(1);
    if (rest(1).empty()) return wrong("bad escape (end of pattern)");
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 's':
      case 'S': return set(c, in_class);
      case 'a': return character('\a');
      case 'v': return character('\v');
      case 'f': return character('\f');
      case 'n': return character('\n');
      case 'r': return character('\r');
      case 't': return character('\t');
      case 'x': return hexadecimal(2);
      case 'u': return hexadecimal(4);
      case 'U': return hexadecimal(8);
      case 'N': return wrong("named characters (\\N{...}) are not in this version");
      default: break;
    }
    if (is_digit(c)) return number(in_class);
    if (in_class && c == 'b') return character('\b');
    if (!in_class && std::string_view("ZAbB").find(c) != std::string_view::npos) return place(c);
    const std::string same{'\\', c};
    if (is_letter(c)) return wrong("bad escape " + same);
    if (static_cast<unsigned char>(c) < 0x80) return Escape{same, 2, c, false};
    return Escape{"", 1, {}, false};  // A letter beyond ASCII stands for itself.
  }

  static Escape character(char32_t code, std::size_t size = 2) {
    return Escape{code_escape(code), size, code, false};
  }

  Escape set(char c, bool in_class) const {
    const std::string ranges(set_ranges(c, mode().is_ascii));
    if (ranges.empty()) return Escape{std::string{'\\', c}, 2, {}, false};
    return Escape{in_class ? ranges : "[" + ranges + "]", 2, {}, false};
  }

  Escape place(char c) const {
    std::string text(word_place(c, mode().is_ascii));
    if (text.empty()) text = c == 'Z' ? "\\z" : std::string{'\\', c};
    return Escape{std::move(text), 2, {}, true};
  }

  Result<Escape> hexadecimal(std::size_t digits) const {
    const std::string_view code = rest(2).substr(0, digits);
    if (code.size() != digits || !std::all_of(code.begin(), code.end(), is_hex)) {
      return wrong("incomplete escape " + std::string(rest(0).substr(0, 2)));
    }
    return character(number_of(code, 16), digits + 2);
  }

  // An octal number begins with 0 or has three digits, in a class any; else it is a group's.
  Result<Escape> number(bool in_class) const {
    std::size_t octal = 0;
    while (octal < 3 && is_octal(peek(1 + octal))) ++octal;
    if (peek(1) == '0' || octal == 3 || (in_class && octal > 0)) {
      const std::string_view digits = rest(1).substr(0, octal);
      if (octal == 3 && digits[0] > '3') return wrong("octal escape outside of range 0-0o377");
      return character(number_of(digits, 8), octal + 1);
    }
    if (in_class) return wrong("bad escape " + std::string(rest(0).substr(0, 2)));
    const std::size_t size = is_digit(peek(2)) ? 2 : 1;
    const std::string_view group = rest(1).substr(0, size);
    if (compares_by_ascii())
      return Escape{ascii_reference(number_of(group, 10)), size + 1, {}, false};
    return Escape{"\\g{" + std::string(group) + "}", size + 1, {}, false};
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool is_start_ = true;  // Nothing but flags and comments so far.
  After after_ = After::nothing;
  std::vector<PatternMode> modes_{
      PatternMode()};                         // Of the pattern, and of each group that is open.
  std::string global_;                        // The flags at the start.
  std::size_t groups_ = 0;                    // That were opened and have a number;
  std::map<std::string, std::size_t> names_;  // and the numbers of those with a name.
  TranslatedPattern out_;
};

}  // namespace

Result<TranslatedPattern> translate_python_pattern(std::string_view pattern) {
  return Translation(pattern).run();
}

}  // namespace gwageo
