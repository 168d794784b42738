#include "benchmarks/template_substitution.h"

#include <limits>
#include <vector>

#include "benchmarks/template_functions.h"
#include "benchmarks/template_value.h"
#include "protocol/ascii.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

// A piece of a replacement: text, then a group where there is one.
struct Piece {
  std::string text;
  std::size_t group = no_group;
  static constexpr std::size_t no_group = std::numeric_limits<std::size_t>::max();
};

class ReplacementReader {
 public:
  ReplacementReader(std::string_view text, std::size_t groups) : text_(text), groups_(groups) {}

  Result<std::vector<Piece>> run() {
    pieces_.emplace_back();
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        GWAGEO_TRY(read_escape());
      } else {
        pieces_.back().text += text_[at_++];
      }
    }
    return std::move(pieces_);
  }

 private:
  Status read_escape();
  Status put_group(std::size_t group);
  Status refuse(std::string_view what) const {
    return template_refusal("'regex_replace' with the replacement " + std::string(text_) + ": " +
                            std::string(what));
  }

  std::string_view text_;
  std::size_t groups_;
  std::size_t at_ = 0;
  std::vector<Piece> pieces_;
};

Status ReplacementReader::put_group(std::size_t group) {
  if (group > groups_) return refuse("there is no group " + std::to_string(group));
  pieces_.back().group = group;
  pieces_.emplace_back();
  return {};
}

Status ReplacementReader::read_escape() {
  static constexpr std::string_view names = "abfnrtv\\";
  static constexpr std::string_view values = "\a\b\f\n\r\t\v\\";
  const std::string_view rest = text_.substr(at_ + 1);
  if (rest.empty()) return refuse("a backslash at its end");
  const char kind = rest[0];
  if (kind == 'g') {
    const std::size_t close = rest.find('>');
    if (rest.size() < 4 || rest[1] != '<' || close == rest.npos || close > 4 || close < 3 ||
        !is_digit(rest[2]) || !is_digit(rest[close - 1])) {
      return refuse("a group that is named by anything but a number below 100");
    }
    at_ += close + 2;
    return put_group(static_cast<std::size_t>(std::stoi(std::string(rest.substr(2, close - 2)))));
  }
  if (is_digit(kind)) {
    const bool two = rest.size() > 1 && is_digit(rest[1]);
    const bool three = two && rest.size() > 2 && is_digit(rest[2]);
    if (kind == '0' || three) return refuse("a character in octal");
    at_ += two ? 3 : 2;
    return put_group(static_cast<std::size_t>(std::stoi(std::string(rest.substr(0, two ? 2 : 1)))));
  }
  const std::size_t known = names.find(kind);
  if (known == names.npos && is_letter(kind)) return refuse("an escape that Python does not know");
  if (known == names.npos) pieces_.back().text += '\\';
  pieces_.back().text += known == names.npos ? kind : values[known];
  at_ += 2;
  return {};
}

}  // namespace

Result<std::string> substituted(std::string_view text, std::string_view pattern,
                                std::string_view replacement, std::int64_t count) {
  if (count < 0) return template_refusal("'regex_replace' with a negative count");
  GWAGEO_ASSIGN(regex, Regex::compile(pattern));
  GWAGEO_ASSIGN(pieces, ReplacementReader(replacement, regex.group_count()).run());
  const std::size_t most =
      count == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(count);
  GWAGEO_ASSIGN(matches, regex.find_all(text, most));
  std::string out;
  std::size_t copied = 0;
  for (const RegexMatch& match : matches) {
    const auto begin = static_cast<std::size_t>(match[0].data() - text.data());
    out.append(text.substr(copied, begin - copied));
    copied = begin + match[0].size();
    for (const Piece& piece : pieces) {
      out += piece.text;
      if (piece.group != Piece::no_group) out += match[piece.group];
    }
    if (out.size() > TemplateMemory::text_bytes_max) {
      return template_refusal("'regex_replace' gives too much");
    }
  }
  return out.append(text.substr(copied));
}

}  // namespace gwageo
