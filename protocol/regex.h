// Regex: regular expressions with the syntax and the matching rules of Python's `re` on str, for
// task files written for harnesses in Python. Pure. PCRE2 does the work and is seen by regex.cc
// alone. What differs from Python is listed there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

struct TranslatedPattern;

/// The groups of one match: the whole match first, then each group; a group that took no part is
/// empty, as in `findall`. Views into the text that was searched.
using RegexMatch = std::vector<std::string_view>;

/// One compiled pattern. Immutable once made: may be used from several threads at once.
class Regex {
 public:
  /// The pattern as `re.compile` reads it. bad_input names the byte offset (from 0) and the reason.
  static Result<Regex> compile(std::string_view pattern);
  /// The pattern as PCRE2 reads it, for tokenizers, whose patterns name Unicode's categories
  /// (`\p{L}`), which Python's cannot.
  static Result<Regex> compile_unicode(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  std::size_t group_count() const;

  /// The first `matches_max` matches that `re.finditer` gives, left to right. bad_input where the
  /// text is no UTF-8, or where the search takes too much work (`steps_max`): the text then has no
  /// answer, and the caller goes on.
  Result<std::vector<RegexMatch>> find_all(
      std::string_view text,
      std::size_t matches_max = std::numeric_limits<std::size_t>::max()) const;

  /// `text` with every match replaced by `replacement`, which is taken literally. Fails as
  /// `find_all` does.
  Result<std::string> replace_all(std::string_view text, std::string_view replacement) const;

  /// Steps of one call that quicker means have given up, counted where the pattern moves to another
  /// of its parts: about half a second. A pattern that backtracks exponentially meets it; ordinary
  /// ones stay far below.
  static constexpr std::uint64_t steps_max = 20'000'000;

 private:
  struct Code;
  static Result<Regex> make(const TranslatedPattern& translated, std::size_t pattern_size);
  explicit Regex(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

/// `text` without the characters of Unicode's categories P*. REQUIRES: UTF-8.
std::string without_punctuation(std::string_view text);

}  // namespace gwageo
