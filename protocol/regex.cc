// Python's `re` on top of PCRE2. The pattern is rewritten first (python_pattern.h).
//
// Unicode properties drive \w \d \b (Python's default for str), only "\n" is a line end, and ^ in
// (?m) matches after a last "\n" too. What still differs: look-behind of several widths and a \1
// before its group are accepted; (?i)\1 compares as a letter under (?i) would, where Python's
// lowers both texts and knows no pairs (s and U+017F); a class under (?i) finds a capital beyond
// U+FFFF that it lists beside other members, which Python's then never finds.
//
// Bound. A pattern that backtracks must end, by a count of work and not by a clock. Each pattern is
// compiled twice. The quick form is machine code, in which the library counts the entries of groups
// and repeats, anew for every start position; between two of them it scans the text at most once.
// So a limit of quick_work_max / size^2 bounds all work of a call on a text of `size` bytes. Where
// it is met, where the text is long, or where the machine lets no code be made, the slow form
// decides: an automatic callout before every part of the pattern counts the steps of the whole
// call.
#include "protocol/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/ascii.h"
#include "protocol/check.h"
#include "protocol/json.h"
#include "protocol/python_pattern.h"

namespace gwageo {
namespace {

constexpr std::uint32_t heap_kib_max = 128 * 1024;
constexpr std::size_t pattern_bytes_max = 64 * 1024;
constexpr std::uint64_t quick_work_max = 1'000'000'000;  // About a second.
constexpr std::uint64_t quick_limit_min = 30;            // Below, few patterns would get through.

template <auto release>
struct ReleasePattern {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Compiled = std::unique_ptr<pcre2_code, ReleasePattern<pcre2_code_free>>;
using CompileContext =
    std::unique_ptr<pcre2_compile_context, ReleasePattern<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, ReleasePattern<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, ReleasePattern<pcre2_match_data_free>>;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string library_message(int code) {
  PCRE2_UCHAR buffer[256];
  const int length = pcre2_get_error_message(code, buffer, sizeof buffer);
  if (length < 0) return "error " + std::to_string(code);
  return {reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(length)};
}

char ascii_lower(char c) { return is_letter(c) ? static_cast<char>(c | 0x20) : c; }

/// True where the text goes on with what the group matched, ASCII's letters in either case: what a
/// reference to it takes under (?a) and (?i). The callout's text is the group's number.
bool repeats_by_ascii(const pcre2_callout_block& block) {
  const char* const digits = reinterpret_cast<const char*>(block.callout_string);
  std::size_t group = 0;
  std::from_chars(digits, digits + block.callout_string_length, group);
  if (group >= block.capture_top) return false;
  const PCRE2_SIZE from = block.offset_vector[2 * group];
  const PCRE2_SIZE to = block.offset_vector[2 * group + 1];
  if (from == PCRE2_UNSET || to < from) return false;
  const std::string_view text(reinterpret_cast<const char*>(block.subject), block.subject_length);
  const std::string_view known = text.substr(from, to - from);
  const std::string_view next = text.substr(block.current_position, known.size());
  return std::equal(known.begin(), known.end(), next.begin(), next.end(),
                    [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

/// `steps_left`: of the slow form; none for the quick one. A callout with a text is a pattern's
/// own.
int see_callout(pcre2_callout_block* block, void* steps_left) {
  if (auto* const left = static_cast<std::uint64_t*>(steps_left)) {
    if (*left == 0) return PCRE2_ERROR_MATCHLIMIT;
    --*left;
  }
  return block->callout_string == nullptr || repeats_by_ascii(*block) ? 0 : 1;
}

/// What the quick form may do at each start position of a text; nothing where that is too little.
std::optional<std::uint32_t> quick_limit(std::size_t text_bytes) {
  const std::uint64_t size = text_bytes + 1;
  if (size > (1U << 16)) return std::nullopt;
  const std::uint64_t limit = quick_work_max / (size * size);
  if (limit < quick_limit_min) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, 10'000'000));
}

/// Walks over the matches of one text as Python does: a search goes on where the last match ended,
/// and only an empty match there may not follow an empty one.
class Search {
 public:
  /// `limit`: for the quick form, at each start position; for the slow form, nothing.
  Search(const pcre2_code& code, std::string_view text, std::optional<std::uint32_t> limit)
      : code_(code),
        text_(text),
        context_(pcre2_match_context_create(nullptr)),
        data_(pcre2_match_data_create_from_pattern(&code, nullptr)) {
    GWAGEO_CHECK(context_ != nullptr);
    GWAGEO_CHECK(data_ != nullptr);
    pcre2_set_heap_limit(context_.get(), heap_kib_max);
    if (limit) pcre2_set_match_limit(context_.get(), *limit);
    pcre2_set_callout(context_.get(), &see_callout, limit ? nullptr : &steps_left_);
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

/// REQUIRES: a pattern of PCRE2 that is right.
Compiled compiled_for_good(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Compiled code(pcre2_compile(units(pattern), pattern.size(), PCRE2_UTF | PCRE2_UCP, &error,
                              &offset, nullptr));
  GWAGEO_CHECK(code != nullptr);
  return code;
}

/// REQUIRES: UTF-8, and that what comes out has at most twice the bytes.
std::string substituted(const pcre2_code& code, std::string_view text, std::string_view replacement,
                        std::uint32_t options) {
  std::string out(text.size() * 2 + 16, '\0');
  PCRE2_SIZE length = out.size();
  const int rc = pcre2_substitute(&code, units(text), text.size(), 0, options, nullptr, nullptr,
                                  units(replacement), replacement.size(),
                                  reinterpret_cast<PCRE2_UCHAR*>(out.data()), &length);
  GWAGEO_CHECK(rc >= 0);
  out.resize(length);
  return out;
}

}  // namespace

struct Regex::Code {
  Compiled slow;
  Compiled quick;  // None where the machine lets no code be made.
  std::size_t group_count = 0;

  /// Calls `search` on the quick form, and on the slow one where that gives up.
  template <class Run>
  auto with_search(std::string_view text, Run run) const {
    if (const auto limit = quick_limit(text.size()); quick != nullptr && limit) {
      auto found = run(Search(*quick, text, limit));
      if (found) return found;
    }
    return run(Search(*slow, text, std::nullopt));
  }
};

namespace {

Status check_pattern(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max) {
    return fail(ErrorKind::bad_input, "regex: the pattern is longer than " +
                                          std::to_string(pattern_bytes_max) + " bytes");
  }
  return check_utf8(pattern);
}

}  // namespace

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  GWAGEO_TRY(check_pattern(pattern));
  GWAGEO_ASSIGN(translated, translate_python_pattern(pattern));
  return make(translated, pattern.size());
}

Result<Regex> Regex::compile_unicode(std::string_view pattern) {
  GWAGEO_TRY(check_pattern(pattern));
  TranslatedPattern same{std::string(pattern), {}};
  for (std::size_t i = 0; i < pattern.size(); ++i) same.origins.push_back(i);
  return make(same, pattern.size());
}

Result<Regex> Regex::make(const TranslatedPattern& translated, std::size_t pattern_size) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  GWAGEO_CHECK(context != nullptr);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  const auto compiled = [&](std::uint32_t more_options) {
    return Compiled(pcre2_compile(units(translated.text), translated.text.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_ALT_CIRCUMFLEX |
                                      PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK | more_options,
                                  &error, &offset, context.get()));
  };
  auto code = std::make_unique<Code>();
  code->slow = compiled(PCRE2_AUTO_CALLOUT);
  if (code->slow == nullptr) {
    return fail(ErrorKind::bad_input, "regex: " + library_message(error) + " at byte " +
                                          std::to_string(translated.origin(offset, pattern_size)));
  }
  code->quick = compiled(0);
  if (code->quick != nullptr && pcre2_jit_compile(code->quick.get(), PCRE2_JIT_COMPLETE) != 0) {
    code->quick.reset();
  }
  std::uint32_t groups = 0;
  pcre2_pattern_info(code->slow.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  code->group_count = groups;
  return Regex(std::move(code));
}

std::size_t Regex::group_count() const { return code_->group_count; }

Result<std::vector<RegexMatch>> Regex::find_all(std::string_view text,
                                                std::size_t matches_max) const {
  GWAGEO_TRY(check_utf8(text));
  const auto run = [&](Search search) -> Result<std::vector<RegexMatch>> {
    std::vector<RegexMatch> matches;
    while (matches.size() < matches_max) {
      GWAGEO_ASSIGN(found, search.next());
      if (!found) break;
      RegexMatch& match = matches.emplace_back();
      match.reserve(group_count() + 1);
      match.push_back(text.substr(search.begin(), search.end() - search.begin()));
      for (std::size_t i = 1; i <= group_count(); ++i) match.push_back(search.group(i));
    }
    return matches;
  };
  return code_->with_search(text, run);
}

Result<std::string> Regex::replace_all(std::string_view text, std::string_view replacement) const {
  GWAGEO_TRY(check_utf8(text));
  const auto run = [&](Search search) -> Result<std::string> {
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
  };
  return code_->with_search(text, run);
}

std::string without_punctuation(std::string_view text) {
  static const Compiled punctuation = compiled_for_good("\\p{P}+");
  return substituted(*punctuation, text, "", PCRE2_SUBSTITUTE_GLOBAL);
}

}  // namespace gwageo
