#include "benchmarks/template_lexer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

using Kind = TemplateToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<TemplateToken>> run() {
    while (at_ < text_.size()) GWAGEO_TRY(lex_text());
    put(Kind::end, text_.size());
    return std::move(tokens_);
  }

 private:
  Status lex_text();
  Status lex_comment();
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
  void put(Kind kind, std::size_t offset, std::string text = {}, std::int64_t integer = 0) {
    tokens_.push_back({kind, std::move(text), integer, offset});
  }
  void skip_space() {
    const std::string_view rest = text_.substr(at_);
    at_ += rest.size() - strip_space(rest, true, false).size();
  }
  bool sees(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  std::string_view text_;
  std::size_t at_ = 0;
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
  if (!plain.empty()) put(Kind::text, at_, std::string(plain));
  at_ = open;
  if (open == text_.size()) return {};
  const char kind = text_[open + 1];
  at_ += 2;
  if (marker == '-' || marker == '+') ++at_;
  if (kind == '#') return lex_comment();
  put(kind == '{' ? Kind::expression_begin : Kind::statement_begin, open);
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

bool Lexer::lex_end(std::string_view closing) {
  const bool strips = sees("-" + std::string(closing));
  if (!strips && !sees(closing)) return false;
  at_ += closing.size() + (strips ? 1 : 0);
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
      put(expression ? Kind::expression_end : Kind::statement_end, offset);
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
  put(Kind::name, start, std::string(text_.substr(start, at_ - start)));
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
  put(Kind::string, start, std::move(value));
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
  if (kind == 'N' || is_digit(kind)) return false;
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

Status Lexer::lex_number() {
  const std::size_t start = at_;
  std::string digits;
  while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '_')) {
    if (text_[at_] != '_') digits += text_[at_];
    ++at_;
  }
  const char next = at_ < text_.size() ? text_[at_] : '\0';
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if ((next == '.' && is_digit(after)) || next == 'e' || next == 'E' || next == 'x') {
    return outside_subset(text_, start, "a number that is no decimal integer");
  }
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc()) return malformed(start, "an integer beyond 64 bits");
  put(Kind::integer, start, {}, value);
  return {};
}

Status Lexer::lex_operator() {
  static constexpr std::string_view known[] = {"==", "!=", "<=", ">=", "//", "**", "<", ">", "+",
                                               "-",  "~",  "*",  "/",  "%",  "(",  ")", "[", "]",
                                               "{",  "}",  "|",  ".",  ",",  ":",  "=", ";"};
  for (const std::string_view word : known) {
    if (!sees(word)) continue;
    put(Kind::operation, at_, std::string(word));
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
                  "without it");
}

}  // namespace gwageo
