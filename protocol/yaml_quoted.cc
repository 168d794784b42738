#include "protocol/yaml_quoted.h"

#include <charconv>
#include <cstdint>

namespace gwageo {
namespace {

struct Escape {
  char letter;
  std::string_view value;
};
constexpr Escape escapes[] = {
    {'0', {"\0", 1}},
    {'a', "\a"},
    {'b', "\b"},
    {'t', "\t"},
    {'\t', "\t"},
    {'n', "\n"},
    {'v', "\v"},
    {'f', "\f"},
    {'r', "\r"},
    {'e', "\x1B"},
    {' ', " "},
    {'"', "\""},
    {'/', "/"},
    {'\\', "\\"},
    {'N', "\xC2\x85"},
    {'_', "\xC2\xA0"},
    {'L', "\xE2\x80\xA8"},
    {'P', "\xE2\x80\xA9"},
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

class QuotedReader {
 public:
  QuotedReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::optional<std::string> read() {
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    quote_ = text_[at_++];
    while (at_ < text_.size()) {
      if (text_[at_] == quote_) {
        if (quote_ == '"' || at_ + 1 == text_.size() || text_[at_ + 1] != '\'') return out_;
        at_ += 2;
        keep("'");
      } else if (text_[at_] == '\\' && quote_ == '"') {
        ++at_;
        if (!escape()) return std::nullopt;
      } else if (is_break(text_[at_])) {
        fold();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::nullopt;
  }

 private:
  // Adds content that a fold does not take away, blank or not.
  void keep(std::string_view content) {
    out_ += content;
    kept_ = out_.size();
  }

  // Skips a line break and what is blank after it. The number of breaks skipped.
  std::size_t skip_breaks() {
    std::size_t breaks = 0;
    while (at_ < text_.size() && (is_blank(text_[at_]) || is_break(text_[at_]))) {
      if (is_break(text_[at_])) ++breaks;
      const bool both = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
      at_ += both ? 2 : 1;
    }
    return breaks;
  }

  // One break is a space; of several the first is none, each other a line end.
  void fold() {
    while (out_.size() > kept_ && is_blank(out_.back())) out_.pop_back();
    const std::size_t breaks = skip_breaks();
    keep(breaks == 1 ? " " : std::string(breaks - 1, '\n'));
  }

  bool escape() {
    if (at_ == text_.size()) return false;
    if (is_break(text_[at_])) {
      keep(std::string(skip_breaks() - 1, '\n'));
      return true;
    }
    const char letter = text_[at_++];
    if (letter == 'x') return code_point(2);
    if (letter == 'u') return code_point(4);
    if (letter == 'U') return code_point(8);
    for (const Escape& escape : escapes) {
      if (escape.letter != letter) continue;
      keep(escape.value);
      return true;
    }
    return false;
  }

  bool code_point(std::size_t digits) {
    const std::string_view hexadecimal = text_.substr(at_, digits);
    std::uint32_t code = 0;
    const char* const end = hexadecimal.data() + hexadecimal.size();
    const auto read = std::from_chars(hexadecimal.data(), end, code, 16);
    if (hexadecimal.size() != digits || read.ec != std::errc() || read.ptr != end) return false;
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    at_ += digits;
    const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
    if (code < 0x80) {
      keep(std::string{byte(code)});
    } else if (code < 0x800) {
      keep(std::string{byte(0xC0 | code >> 6), byte(0x80 | (code & 63))});
    } else if (code < 0x10000) {
      keep(std::string{byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 63)),
                       byte(0x80 | (code & 63))});
    } else {
      keep(std::string{byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 63)),
                       byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))});
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_;
  char quote_ = '\'';
  std::string out_;
  std::size_t kept_ = 0;  // Up to here a fold takes no blanks away.
};

}  // namespace

std::optional<std::string> read_quoted_yaml(std::string_view text, std::size_t at) {
  return QuotedReader(text, at).read();
}

}  // namespace gwageo
