#include "benchmarks/template_lexer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "benchmarks/python_text.h"
#include "protocol/ascii.h"

namespace gwageo {
namespace {

using TokenKind = TemplateToken::Kind;

bool starts_name(char c) {
  return c == '_' || is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<TemplateToken>> run() {
    while (at_ < text_.size()) GWAGEO_TRY(lex_text());
    put(TokenKind::end, text_.size());
    return std::move(tokens_);
  }

 private:
  Status lex_text();
  Status lex_comment();
  Status lex_raw(std::size_t open);
  Status lex_code(bool expression);
  Status lex_word();
  Status lex_string();
  Status lex_number();
  Status lex_operator();
  bool lex_end(std::string_view closing);
  bool read_escape(std::string& out);
  Status malformed(std::size_t offset, std::string_view what) const {
    return fail(ErrorKind::bad_input, template_place(text_, offset) + ": " + std::string(what));
  }
  void put(TokenKind kind, std::size_t offset, std::string text = {}, std::int64_t integer = 0) {
    tokens_.push_back({kind, std::move(text), integer, 0, offset});
  }
  void skip_space() {
    const std::string_view rest = text_.substr(at_);
    at_ += rest.size() - strip_space(rest, true, false).size();
  }
  bool sees(std::string_view word) const { return text_.substr(at_, word.size()) == word; }
  bool sees_raw(std::size_t open) const;
  bool lex_radix(std::size_t start);
  std::size_t digits_end(std::size_t from) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::string brackets_;  // Those that are open, as the closing ones that they wait for.
  std::vector<TemplateToken> tokens_;
};

// Text up to the next opening, then what the opening opens.
Status Lexer::lex_text() {
  std::size_t open = at_;
  const auto opens = [&](std::size_t i) {
    return text_[i] == '{' && i + 1 < text_.size() &&
           (text_[i + 1] == '{' || text_[i + 1] == '%' || text_[i + 1] == '#');
  };
  while (open < text_.size() && !opens(open)) ++open;
  const char marker = open + 2 < text_.size() ? text_[open + 2] : '\0';
  std::string_view plain = text_.substr(at_, open - at_);
  if (marker == '-') plain = strip_space(plain, false, true);
  if (!plain.empty()) put(TokenKind::text, at_, std::string(plain));
  at_ = open;
  if (open == text_.size()) return {};
  const char kind = text_[open + 1];
  at_ += 2;
  if (marker == '-' || marker == '+') ++at_;
  if (kind == '#') return lex_comment();
  if (kind == '%' && sees_raw(at_)) return lex_raw(open);
  put(kind == '{' ? TokenKind::expression_begin : TokenKind::statement_begin, open);
  return lex_code(kind == '{');
}

Status Lexer::lex_comment() {
  const std::size_t close = text_.find("#}", at_);
  if (close == text_.npos) return malformed(at_, "a comment that does not end");
  const bool strips = close > at_ && text_[close - 1] == '-';
  at_ = close + 2;
  if (strips) skip_space();
  return {};
}

bool Lexer::sees_raw(std::size_t open) const {
  std::string_view rest = strip_space(text_.substr(open), true, false);
  if (!rest.starts_with("raw")) return false;
  rest = strip_space(rest.substr(3), true, false);
  return rest.starts_with("%}") || rest.starts_with("-%}");
}

// After "{%", at `raw`.
Status Lexer::lex_raw(std::size_t open) {
  at_ = text_.find("%}", at_) + 2;
  if (text_[at_ - 3] == '-') skip_space();
  const std::size_t start = at_;
  for (std::size_t close = text_.find("{%", at_); close != text_.npos;
       close = text_.find("{%", close + 2)) {
    const char marker = close + 2 < text_.size() ? text_[close + 2] : '\0';
    const bool is_marked = marker == '-' || marker == '+';
    std::string_view rest = strip_space(text_.substr(close + (is_marked ? 3 : 2)), true, false);
    if (!rest.starts_with("endraw")) continue;
    rest = strip_space(rest.substr(6), true, false);
    const char before = rest.empty() ? '\0' : rest.front();
    if (before == '-' || before == '+') rest.remove_prefix(1);
    if (!rest.starts_with("%}")) continue;
    std::string_view plain = text_.substr(start, close - start);
    if (marker == '-') plain = strip_space(plain, false, true);
    if (!plain.empty()) put(TokenKind::text, start, std::string(plain));
    at_ = text_.size() - rest.size() + 2;
    if (before == '-') skip_space();
    return {};
  }
  return malformed(open, "a 'raw' without 'endraw'");
}

bool Lexer::lex_end(std::string_view closing) {
  if (!brackets_.empty()) return false;
  const bool strips = sees("-" + std::string(closing));
  const bool keeps = closing == "%}" && sees("+%}");
  if (!strips && !keeps && !sees(closing)) return false;
  at_ += closing.size() + (strips || keeps ? 1 : 0);
  if (strips) skip_space();
  return true;
}

Status Lexer::lex_code(bool expression) {
  const std::size_t begin = tokens_.back().offset;
  while (true) {
    skip_space();
    const std::size_t offset = at_;
    if (at_ == text_.size()) return malformed(begin, "an opening that is never closed");
    if (lex_end(expression ? "}}" : "%}")) {
      put(expression ? TokenKind::expression_end : TokenKind::statement_end, offset);
      return {};
    }
    GWAGEO_TRY(lex_word());
  }
}

Status Lexer::lex_word() {
  const char c = text_[at_];
  if (c == '"' || c == '\'') return lex_string();
  if (is_digit(c)) return lex_number();
  if (!starts_name(c)) return lex_operator();
  const std::size_t start = at_;
  while (at_ < text_.size() && (starts_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
  put(TokenKind::name, start, std::string(text_.substr(start, at_ - start)));
  return {};
}

Status Lexer::lex_string() {
  const std::size_t start = at_;
  const char quote = text_[at_++];
  std::string value;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\') {
      value += text_[at_++];
    } else if (!read_escape(value)) {
      return malformed(at_, "an escape that this version does not know");
    }
  }
  if (at_ == text_.size()) return malformed(start, "a string that does not end");
  ++at_;
  put(TokenKind::string, start, std::move(value));
  return {};
}

// Python's escapes, of which an unknown one keeps its backslash.
bool Lexer::read_escape(std::string& out) {
  static constexpr std::string_view names = "nrtabfv\\'\"";
  static constexpr std::string_view values = "\n\r\t\a\b\f\v\\'\"";
  if (at_ + 1 == text_.size()) return false;
  const char kind = text_[at_ + 1];
  if (const std::size_t k = names.find(kind); k != names.npos) {
    out += values[k];
    at_ += 2;
    return true;
  }
  if (kind == 'N' || static_cast<unsigned char>(kind) >= 0x80) return false;
  if (kind >= '0' && kind <= '7') {
    std::size_t end = at_ + 1;
    std::uint32_t octal = 0;
    while (end < text_.size() && end < at_ + 4 && text_[end] >= '0' && text_[end] <= '7') {
      octal = octal * 8 + static_cast<std::uint32_t>(text_[end++] - '0');
    }
    append_character(out, octal);
    at_ = end;
    return true;
  }
  if (kind == '\n') {
    at_ += 2;
    return true;
  }
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (digits == 0) {
    out += '\\';
    ++at_;
    return true;
  }
  std::uint32_t code = 0;
  const std::string_view hex = text_.substr(at_ + 2, digits);
  const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  if (hex.size() != digits || read.ptr != hex.data() + digits) return false;
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  append_character(out, code);
  at_ += 2 + digits;
  return true;
}

// The end of digits with single underscores between them; `from` where there are none.
std::size_t Lexer::digits_end(std::size_t from) const {
  std::size_t at = from;
  const auto digit_at = [&](std::size_t i) { return i < text_.size() && is_digit(text_[i]); };
  while (digit_at(at) || (at > from && at < text_.size() && text_[at] == '_' && digit_at(at + 1))) {
    ++at;
  }
  return at;
}

// 0x1F, 0o17, 0b11.
bool Lexer::lex_radix(std::size_t start) {
  static constexpr std::string_view marks = "xXoObB";
  const std::size_t mark = at_ + 1 < text_.size() ? marks.find(text_[at_ + 1]) : marks.npos;
  if (text_[at_] != '0' || mark == marks.npos) return false;
  const int base = mark < 2 ? 16 : mark < 4 ? 8 : 2;
  std::int64_t value = 0;
  const char* const first = text_.data() + at_ + 2;
  const auto read = std::from_chars(first, text_.data() + text_.size(), value, base);
  if (read.ec != std::errc() || value < 0) return false;
  at_ = static_cast<std::size_t>(read.ptr - text_.data());
  put(TokenKind::integer, start, {}, value);
  return true;
}

Status Lexer::lex_number() {
  const std::size_t start = at_;
  if (lex_radix(start)) return {};
  const bool after_dot = start > 0 && text_[start - 1] == '.';  // a.0.1 has two indices.
  std::size_t end = digits_end(start);
  bool is_real = false;
  if (!after_dot && end < text_.size() && text_[end] == '.') {
    const std::size_t fraction = digits_end(end + 1);
    is_real = fraction > end + 1;
    if (is_real) end = fraction;
  }
  if (!after_dot && end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
    const std::size_t exponent_end = digits_end(exponent);
    is_real = is_real || exponent_end > exponent;
    if (exponent_end > exponent) end = exponent_end;
  }
  std::string digits;
  for (const char c : text_.substr(start, end - start)) {
    if (c != '_') digits += c;
  }
  at_ = end;
  if (is_real) {
    double real = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), real);
    if (read.ec != std::errc()) return malformed(start, "a number beyond what a double holds");
    put(TokenKind::real, start);
    tokens_.back().real = real;
    return {};
  }
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc()) return malformed(start, "an integer beyond 64 bits");
  put(TokenKind::integer, start, {}, value);
  return {};
}

Status Lexer::lex_operator() {
  static constexpr std::string_view known[] = {"==", "!=", "<=", ">=", "//", "**", "<", ">", "+",
                                               "-",  "~",  "*",  "/",  "%",  "(",  ")", "[", "]",
                                               "{",  "}",  "|",  ".",  ",",  ":",  "=", ";"};
  for (const std::string_view word : known) {
    if (!sees(word)) continue;
    if (word == "(" || word == "[" || word == "{") {
      brackets_ += word == "(" ? ')' : word == "[" ? ']' : '}';
    } else if (word == ")" || word == "]" || word == "}") {
      if (brackets_.empty() || brackets_.back() != word[0]) {
        return malformed(at_, "'" + std::string(word) + "' closes nothing");
      }
      brackets_.pop_back();
    }
    put(TokenKind::operation, at_, std::string(word));
    at_ += word.size();
    return {};
  }
  return malformed(at_, "a character that means nothing here");
}

}  // namespace

Result<std::vector<TemplateToken>> lex_template(std::string_view text) { return Lexer(text).run(); }

std::string template_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0.
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - start + 1) +
         " of the template";
}

tl::unexpected<Error> outside_subset(std::string_view text, std::size_t offset,
                                     std::string_view construct) {
  return fail(ErrorKind::bad_input,
              template_place(text, offset) + ": " + std::string(construct) +
                  " is outside the subset of Jinja that this version reads; write the template "
                  "without it, or import a plan that the harness has rendered");
}

}  // namespace gwageo
