#include "benchmarks/python_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "benchmarks/python_text.h"
#include "protocol/ascii.h"

namespace gwageo {
namespace {

constexpr std::size_t list_nesting_max = 64;

bool is_name_part(char c) {
  return is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Python reads every end of a line as "\n".
std::string with_plain_lines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

// Reads one literal by recursive descent. Every `read_` gives nothing where the text is no literal.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(with_plain_lines(text)) {}

  Result<std::optional<Json>> list() {
    skip_space();
    if (peek() != '[' && peek() != '(') return std::nullopt;
    std::optional<Json> value = read_value(0);
    skip_space();
    if (is_too_deep_) return fail(ErrorKind::bad_input, "a list nested deeper than 64");
    if (!value || at_ != text_.size() || !value->is_array()) return std::nullopt;
    if (foreign_.empty()) return value;
    return fail(ErrorKind::bad_input, "a list with " + foreign_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view word) {
    if (std::string_view(text_).substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool take_name(std::string_view name) {
    const char after = peek(name.size());
    return !is_name_part(after) && !is_digit(after) && take(name);
  }
  // Goes on, but remembers that the value is one that Json does not hold.
  Json foreign(std::string what) {
    if (foreign_.empty()) foreign_ = std::move(what);
    return Json();
  }
  void skip_space();
  std::optional<Json> read_value(std::size_t depth);
  std::optional<Json::Array> read_elements(char end, std::size_t depth, bool* has_comma);
  std::optional<Json> read_parentheses(std::size_t depth);
  std::optional<Json> read_braces(std::size_t depth);
  std::size_t prefix_size() const;
  std::optional<Json> read_strings();
  std::optional<std::string> read_string(bool is_raw, bool is_bytes);
  bool read_escape(std::string& out, bool is_bytes);
  bool read_code(std::string& out, std::size_t digits);
  std::optional<Json> read_signed();
  std::optional<Json> read_number();
  std::optional<Json> read_based(int base);
  std::size_t digits_end(std::size_t from) const;

  std::string text_;
  std::size_t at_ = 0;
  std::string foreign_;
  bool is_too_deep_ = false;
  bool is_imaginary_ = false;  // The number that was read last.
};

void LiteralReader::skip_space() {
  while (at_ < text_.size()) {
    if (peek() == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (peek() == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else if (std::string_view(" \t\n\f").find(peek()) != std::string_view::npos) {
      ++at_;
    } else {
      return;
    }
  }
}

std::optional<Json> LiteralReader::read_value(std::size_t depth) {
  is_too_deep_ = is_too_deep_ || depth >= list_nesting_max;
  if (is_too_deep_) return std::nullopt;
  if (take("[")) {
    auto elements = read_elements(']', depth + 1, nullptr);
    if (!elements) return std::nullopt;
    return Json(std::move(*elements));
  }
  if (take("(")) return read_parentheses(depth);
  if (take("{")) return read_braces(depth);
  if (take_name("None")) return Json();
  if (take_name("True")) return Json(true);
  if (take_name("False")) return Json(false);
  if (take("set()")) return foreign("a set");
  if (take("...")) return foreign("'...', which is a value of Python's");
  const char after_prefix = peek(prefix_size());
  if (after_prefix == '\'' || after_prefix == '"') return read_strings();
  return read_signed();
}

// The elements up to `end`, which is taken too.
std::optional<Json::Array> LiteralReader::read_elements(char end, std::size_t depth,
                                                        bool* has_comma) {
  const std::string_view closing(&end, 1);
  Json::Array out;
  for (skip_space(); !take(closing); skip_space()) {
    auto value = read_value(depth);
    if (!value) return std::nullopt;
    out.push_back(std::move(*value));
    skip_space();
    if (take(closing)) break;
    if (!take(",")) return std::nullopt;
    if (has_comma != nullptr) *has_comma = true;
  }
  return out;
}

// A value in parentheses is that value, unless a comma makes it a tuple.
std::optional<Json> LiteralReader::read_parentheses(std::size_t depth) {
  bool has_comma = false;
  auto elements = read_elements(')', depth + 1, &has_comma);
  if (!elements) return std::nullopt;
  if (elements->size() == 1 && !has_comma) return std::move(elements->front());
  if (depth > 0) return foreign("a tuple");
  return Json(std::move(*elements));
}

// A dict, or a set where no value follows the first key.
std::optional<Json> LiteralReader::read_braces(std::size_t depth) {
  Json out = Json::object();
  std::optional<bool> is_dict;
  for (skip_space(); !take("}"); skip_space()) {
    const auto key = read_value(depth + 1);
    skip_space();
    const bool has_value = take(":");
    if (!key || is_dict.value_or(has_value) != has_value) return std::nullopt;
    is_dict = has_value;
    if (has_value) {
      skip_space();
      auto value = read_value(depth + 1);
      if (!value) return std::nullopt;
      if (!key->is_string()) foreign("a key that is no string");
      if (key->is_string()) out[key->as_string()] = std::move(*value);
    }
    skip_space();
    if (take("}")) break;
    if (!take(",")) return std::nullopt;
  }
  if (!is_dict.value_or(true)) return foreign("a set");
  return out;
}

// The letters before a string: r, u, b, or r and b.
std::size_t LiteralReader::prefix_size() const {
  const auto is = [&](std::size_t i, std::string_view letters) {
    return peek(i) != '\0' && letters.find(peek(i)) != letters.npos;
  };
  if ((is(0, "rR") && is(1, "bB")) || (is(0, "bB") && is(1, "rR"))) return 2;
  return is(0, "rRuUbB") ? 1 : 0;
}

// Python joins strings that stand side by side.
std::optional<Json> LiteralReader::read_strings() {
  std::string out;
  std::optional<bool> is_bytes;
  while (true) {
    const std::size_t size = prefix_size();
    if (peek(size) != '\'' && peek(size) != '"') break;
    const std::string_view prefix = std::string_view(text_).substr(at_, size);
    const bool has_bytes = prefix.find_first_of("bB") != prefix.npos;
    const bool is_raw = prefix.find_first_of("rR") != prefix.npos;
    at_ += size;
    const auto part = read_string(is_raw, has_bytes);
    if (!part || is_bytes.value_or(has_bytes) != has_bytes) return std::nullopt;
    is_bytes = has_bytes;
    out += *part;
    skip_space();
  }
  if (*is_bytes) return foreign("bytes");
  return Json(std::move(out));
}

std::optional<std::string> LiteralReader::read_string(bool is_raw, bool is_bytes) {
  const std::string three(3, peek());
  const std::string quote = take(three) ? three : three.substr(0, 1);
  if (quote.size() == 1) ++at_;
  std::string out;
  while (!take(quote)) {
    if (at_ >= text_.size() || peek() == '\0') return std::nullopt;
    if (peek() == '\n' && quote.size() == 1) return std::nullopt;
    if (peek() != '\\') {
      out += text_[at_++];
    } else if (is_raw) {
      out += text_[at_++];
      if (at_ < text_.size()) out += text_[at_++];
    } else if (!read_escape(out, is_bytes)) {
      return std::nullopt;
    }
  }
  return out;
}

// A backslash before a letter that means nothing stays.
bool LiteralReader::read_escape(std::string& out, bool is_bytes) {
  static constexpr std::string_view names = "nrtabfv\\'\"";
  static constexpr std::string_view values = "\n\r\t\a\b\f\v\\'\"";
  ++at_;
  const char kind = peek();
  if (kind == '\0') return false;
  if (const std::size_t k = names.find(kind); k != names.npos) {
    out += values[k];
    ++at_;
  } else if (kind == '\n') {
    ++at_;
  } else if (kind >= '0' && kind <= '7') {
    char32_t code = 0;
    for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i) {
      code = code * 8 + static_cast<char32_t>(text_[at_++] - '0');
    }
    append_character(out, code);
  } else if (kind == 'x') {
    return read_code(out, 2);
  } else if (!is_bytes && (kind == 'u' || kind == 'U')) {
    return read_code(out, kind == 'u' ? 4 : 8);
  } else if (!is_bytes && kind == 'N') {
    foreign("a character by its name, '\\N{...}'");
    ++at_;
  } else {
    out += '\\';
  }
  return true;
}

bool LiteralReader::read_code(std::string& out, std::size_t digits) {
  std::uint32_t code = 0;
  const std::string_view hex = std::string_view(text_).substr(at_ + 1, digits);
  const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  if (hex.size() != digits || read.ptr != hex.data() + digits || code > 0x10FFFF) return false;
  at_ += 1 + digits;
  if (code >= 0xD800 && code < 0xE000) {
    foreign("half of a surrogate pair");
  } else {
    append_character(out, code);
  }
  return true;
}

// A number after its sign. Two with a sign between them are a complex one, or no literal.
std::optional<Json> LiteralReader::read_signed() {
  const bool is_negative = peek() == '-';
  if (is_negative || peek() == '+') {
    ++at_;
    skip_space();
  }
  auto number = read_number();
  if (!number) return std::nullopt;
  skip_space();
  if (peek() == '+' || peek() == '-') {
    const bool starts_real = !is_imaginary_;
    ++at_;
    skip_space();
    if (!read_number() || !starts_real || !is_imaginary_) return std::nullopt;
    return Json();
  }
  if (!is_negative || number->is_null()) return number;
  if (number->is_integer()) return Json(-number->as_integer());
  return Json(-number->as_double());
}

// Past the digits from `from`, with single underscores between them; `from` where there are none.
std::size_t LiteralReader::digits_end(std::size_t from) const {
  std::size_t end = from;
  const auto digit_at = [&](std::size_t i) { return i < text_.size() && is_digit(text_[i]); };
  while (digit_at(end) || (end > from && text_[end] == '_' && digit_at(end + 1))) ++end;
  return end;
}

std::optional<Json> LiteralReader::read_number() {
  static constexpr std::array<std::pair<std::string_view, int>, 3> bases{
      {{"xX", 16}, {"oO", 8}, {"bB", 2}}};
  for (const auto& [letters, base] : bases) {
    if (peek() == '0' && peek(1) != '\0' && letters.find(peek(1)) != letters.npos) {
      return read_based(base);
    }
  }
  const std::size_t start = at_;
  const std::size_t whole = digits_end(start);
  std::size_t end = whole;
  if (end < text_.size() && text_[end] == '.') end = digits_end(end + 1);
  if (end == start || (end == start + 1 && whole == start)) return std::nullopt;  // A "." alone.
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
    if (const std::size_t past = digits_end(exponent); past > exponent) end = past;
  }
  std::string word = text_.substr(start, end - start);
  std::erase(word, '_');
  at_ = end;
  is_imaginary_ = take("j") || take("J");
  if (is_name_part(peek()) || is_digit(peek())) return std::nullopt;
  if (is_imaginary_) return foreign("a complex number");
  const char* const last = word.data() + word.size();
  if (end == whole) {
    if (word[0] == '0' && word.find_first_not_of('0') != word.npos) return std::nullopt;  // "007"
    std::int64_t integer = 0;
    const auto read = std::from_chars(word.data(), last, integer);
    if (read.ec != std::errc()) return foreign("an integer beyond 64 bits");
    return Json(integer);
  }
  double number = 0;
  const auto read = std::from_chars(word.data(), last, number);
  if (read.ec != std::errc()) return foreign("a number that no double can hold");
  return Json(number);
}

std::optional<Json> LiteralReader::read_based(int base) {
  is_imaginary_ = false;
  at_ += 2;
  std::string word;
  while (is_name_part(peek()) || is_digit(peek())) word += text_[at_++];
  if (word.empty() || word.back() == '_' || word.find("__") != word.npos) return std::nullopt;
  std::erase(word, '_');
  std::int64_t integer = 0;
  const char* const last = word.data() + word.size();
  const auto read = std::from_chars(word.data(), last, integer, base);
  if (word.empty() || read.ptr != last) return std::nullopt;
  if (read.ec != std::errc()) return foreign("an integer beyond 64 bits");
  return Json(integer);
}

}  // namespace

Result<std::optional<Json>> read_python_list(std::string_view text) {
  return LiteralReader(text).list();
}

}  // namespace gwageo
