// Python's `re` on top of PCRE2.
//
// The two languages agree on nearly everything that task files use: look-behind, lazy and
// possessive repeats, named groups, inline flags. Where they write the same thing differently, the
// pattern is translated before it is compiled:
//
//   Python            PCRE2        why
//   \Z                \z           Python's matches at the very end only
//   \u12AB \U0001F600 \x{...}      PCRE2 has no \u
//   x{,3}             x{0,3}       PCRE2 10.42 takes it literally
//   [ inside a class  \[           PCRE2 would look for POSIX classes
//   (*                refused      Python has no verbs
//
// Unicode properties drive \w \d \s \b (Python's default for str), and only "\n" is a line end.
// What still differs: \s leaves out U+001C..U+001F; flags (?a) (?L) (?u) are refused; look-behind
// of several widths, \p{..}, \h, \K and recursion are accepted.
//
// Bound: PCRE2 counts its own limit anew for every start position, so a long text could multiply
// it. An automatic callout before every part of the pattern counts the steps of a whole call
// instead; the count depends on the pattern and the text only.
#include "protocol/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "protocol/check.h"
#include "protocol/json.h"
#include "protocol/special_casing.h"

namespace gwageo {
namespace {

constexpr std::uint32_t heap_kib_max = 128 * 1024;
constexpr std::size_t pattern_bytes_max = 64 * 1024;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Compiled = std::unique_ptr<pcre2_code, Release<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Release<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Release<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Release<pcre2_match_data_free>>;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string library_message(int code) {
  PCRE2_UCHAR buffer[256];
  const int length = pcre2_get_error_message(code, buffer, sizeof buffer);
  if (length < 0) return "error " + std::to_string(code);
  return {reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(length)};
}

bool is_hex(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

/// Rewrites a Python pattern for PCRE2 and remembers where each output byte came from.
class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  Status run() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        escape();
      } else if (in_class_) {
        class_member(c);
      } else if (c == '[') {
        open_class();
      } else if (c == '{') {
        repeat();
      } else if (c == '(' && rest(1).starts_with('*')) {
        return fail(ErrorKind::bad_input,
                    "regex: nothing to repeat at byte " + std::to_string(at_ + 1));
      } else {
        take(1);
      }
    }
    return {};
  }

  const std::string& text() const { return text_; }
  std::size_t origin(std::size_t offset) const {
    return offset < origins_.size() ? origins_[offset] : pattern_.size();
  }

 private:
  std::string_view rest(std::size_t from) const {
    return pattern_.substr(std::min(at_ + from, pattern_.size()));
  }
  /// Writes `replacement` for the next `count` bytes.
  void put(std::string_view replacement, std::size_t count) {
    text_ += replacement;
    origins_.insert(origins_.end(), replacement.size(), at_);
    at_ += count;
  }
  void take(std::size_t count) {
    for (; count > 0 && at_ < pattern_.size(); --count) put(pattern_.substr(at_, 1), 1);
  }

  void escape() {
    const std::string_view next = rest(1);
    const std::size_t digits = next.starts_with('u') ? 4 : next.starts_with('U') ? 8 : 0;
    const std::string_view code = next.substr(next.empty() ? 0 : 1, digits);
    if (digits > 0 && code.size() == digits && is_hex(code)) {
      put("\\x{" + std::string(code) + "}", 2 + digits);
    } else if (!in_class_ && next.starts_with('Z')) {
      put("\\z", 2);
    } else {
      take(2);
    }
  }

  void open_class() {
    take(rest(1).starts_with('^') ? 2 : 1);
    if (rest(0).starts_with(']')) put("\\]", 1);
    in_class_ = true;
  }

  void class_member(char c) {
    if (c == '[') {
      put("\\[", 1);
      return;
    }
    if (c == ']') in_class_ = false;
    take(1);
  }

  void repeat() {
    const std::string_view after = rest(2);
    const std::size_t close = after.find_first_not_of("0123456789");
    const bool open_start =
        rest(1).starts_with(',') && close != std::string_view::npos && after[close] == '}';
    if (open_start) {
      put("{0,", 2);
    } else {
      take(1);
    }
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  std::string text_;
  std::vector<std::size_t> origins_;
};

int count_step(pcre2_callout_block* /*block*/, void* steps_left) {
  std::uint64_t& left = *static_cast<std::uint64_t*>(steps_left);
  if (left == 0) return PCRE2_ERROR_MATCHLIMIT;
  --left;
  return 0;
}

/// Walks over the matches of one text as Python does: a search goes on where the last match ended,
/// and only an empty match there may not follow an empty one.
class Search {
 public:
  Search(const pcre2_code& code, std::string_view text)
      : code_(code),
        text_(text),
        context_(pcre2_match_context_create(nullptr)),
        data_(pcre2_match_data_create_from_pattern(&code, nullptr)) {
    GWAGEO_CHECK(context_ != nullptr);
    GWAGEO_CHECK(data_ != nullptr);
    pcre2_set_heap_limit(context_.get(), heap_kib_max);
    pcre2_set_callout(context_.get(), &count_step, &steps_left_);
  }

  /// True when there is another match; `begin`, `end` and `group` then tell where.
  Result<bool> next() {
    if (done_) return false;
    const std::uint32_t options =
        PCRE2_NO_UTF_CHECK | (must_advance_ ? PCRE2_NOTEMPTY_ATSTART : 0U);
    const int rc = pcre2_match(&code_, units(text_), text_.size(), start_, options, data_.get(),
                               context_.get());
    if (rc == PCRE2_ERROR_NOMATCH) {
      done_ = true;
      return false;
    }
    if (rc < 0) {
      return fail(ErrorKind::bad_input, "regex: gave up on a text of " +
                                            std::to_string(text_.size()) +
                                            " bytes: " + library_message(rc));
    }
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_.get());
    begin_ = std::min(offsets[0], offsets[1]);  // \K in a look-ahead can swap them.
    end_ = offsets[1];
    must_advance_ = begin_ == end_;
    done_ = end_ < start_;
    start_ = end_;
    return true;
  }

  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  std::string_view group(std::size_t index) const {
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_.get());
    const PCRE2_SIZE from = offsets[2 * index];
    const PCRE2_SIZE to = offsets[2 * index + 1];
    if (from == PCRE2_UNSET || to < from) return {};
    return text_.substr(from, to - from);
  }

 private:
  const pcre2_code& code_;
  std::string_view text_;
  MatchContext context_;
  MatchData data_;
  std::uint64_t steps_left_ = Regex::steps_max;
  std::size_t start_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool must_advance_ = false;
  bool done_ = false;
};

Status check_utf8(std::string_view text) {
  std::size_t bad_at = 0;
  if (is_utf8(text, &bad_at)) return {};
  return fail(ErrorKind::bad_input, "regex: not UTF-8 at byte " + std::to_string(bad_at));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// With the 26 ASCII letters from `from` on made those from `to` on.
std::string ascii_mapped(std::string_view text, char from, char to) {
  std::string out(text);
  for (char& c : out) {
    if (c >= from && c < from + 26) c = static_cast<char>(c - from + to);
  }
  return out;
}

/// With every letter mapped to one other by the library. REQUIRES: UTF-8.
std::string letters_mapped(std::string_view text, std::string_view replacement) {
  static constexpr std::string_view everything = "(?s).+";
  int error = 0;
  PCRE2_SIZE offset = 0;
  const Compiled code(pcre2_compile(units(everything), everything.size(), PCRE2_UTF | PCRE2_UCP,
                                    &error, &offset, nullptr));
  GWAGEO_CHECK(code != nullptr);
  std::string out(text.size() * 2 + 16, '\0');  // No letter grows by more than a byte.
  PCRE2_SIZE length = out.size();
  const int rc = pcre2_substitute(
      code.get(), units(text), text.size(), 0, PCRE2_SUBSTITUTE_EXTENDED, nullptr, nullptr,
      units(replacement), replacement.size(), reinterpret_cast<PCRE2_UCHAR*>(out.data()), &length);
  GWAGEO_CHECK(rc >= 0);
  out.resize(length);
  return out;
}

/// With each character for which `special` has something replaced by that. REQUIRES: UTF-8.
std::string specials_mapped(std::string_view text, std::string_view (*special)(std::string_view)) {
  std::string out;
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); at += size) {
    const auto first = static_cast<unsigned char>(text[at]);
    size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const std::string_view letter = text.substr(at, size);
    const std::string_view mapped = special(letter);
    out += mapped.empty() ? letter : mapped;
  }
  return out;
}

/// The rules of SpecialCasing.txt that a one-to-one mapping cannot express.
std::string lowercase_special(std::string_view text) {
  static constexpr std::string_view dotted_i = "\xC4\xB0";  // U+0130
  static constexpr std::string_view capital_sigma = "\xCE\xA3";
  static constexpr std::string_view final_sigma = "\xCF\x82";
  std::string out = specials_mapped(text, &special_lower_case);
  for (std::size_t at = out.find(dotted_i); at != std::string::npos; at = out.find(dotted_i, at)) {
    out.replace(at, dotted_i.size(), "i\xCC\x87");
  }
  if (out.find(capital_sigma) == std::string::npos) return out;
  const Result<Regex> at_word_end =
      Regex::compile("(?<=[\\p{Lu}\\p{Ll}\\p{Lt}])\\u03A3(?![\\p{Mn}'.]*[\\p{Lu}\\p{Ll}\\p{Lt}])");
  GWAGEO_CHECK(at_word_end.has_value());
  return at_word_end->replace_all(out, final_sigma).value_or(out);
}

}  // namespace

struct Regex::Code {
  Compiled compiled;
  std::size_t group_count = 0;
};

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max) {
    return fail(ErrorKind::bad_input, "regex: the pattern is longer than " +
                                          std::to_string(pattern_bytes_max) + " bytes");
  }
  GWAGEO_TRY(check_utf8(pattern));
  Translation translation(pattern);
  GWAGEO_TRY(translation.run());
  const CompileContext context(pcre2_compile_context_create(nullptr));
  GWAGEO_CHECK(context != nullptr);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_unique<Code>();
  code->compiled.reset(pcre2_compile(
      units(translation.text()), translation.text().size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT | PCRE2_NO_UTF_CHECK,
      &error, &offset, context.get()));
  if (code->compiled == nullptr) {
    return fail(ErrorKind::bad_input, "regex: " + library_message(error) + " at byte " +
                                          std::to_string(translation.origin(offset)));
  }
  std::uint32_t groups = 0;
  pcre2_pattern_info(code->compiled.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  code->group_count = groups;
  return Regex(std::move(code));
}

std::size_t Regex::group_count() const { return code_->group_count; }

Result<std::vector<RegexMatch>> Regex::find_all(std::string_view text,
                                                std::size_t matches_max) const {
  GWAGEO_TRY(check_utf8(text));
  Search search(*code_->compiled, text);
  std::vector<RegexMatch> matches;
  while (matches.size() < matches_max) {
    GWAGEO_ASSIGN(found, search.next());
    if (!found) break;
    RegexMatch& match = matches.emplace_back();
    match.push_back(text.substr(search.begin(), search.end() - search.begin()));
    for (std::size_t i = 1; i <= group_count(); ++i) match.push_back(search.group(i));
  }
  return matches;
}

Result<std::string> Regex::replace_all(std::string_view text, std::string_view replacement) const {
  GWAGEO_TRY(check_utf8(text));
  Search search(*code_->compiled, text);
  std::string out;
  std::size_t copied = 0;
  for (;;) {
    GWAGEO_ASSIGN(found, search.next());
    if (!found) break;
    if (search.begin() < copied) continue;
    out.append(text.substr(copied, search.begin() - copied)).append(replacement);
    copied = search.end();
  }
  out.append(text.substr(copied));
  return out;
}

std::string lowercase(std::string_view text) {
  if (is_ascii(text) || !is_utf8(text)) return ascii_mapped(text, 'A', 'a');
  return letters_mapped(lowercase_special(text), "\\L$0");
}

std::string uppercase(std::string_view text) {
  if (is_ascii(text) || !is_utf8(text)) return ascii_mapped(text, 'a', 'A');
  return letters_mapped(specials_mapped(text, &special_upper_case), "\\U$0");
}

}  // namespace gwageo
