// The characters of a Python pattern that PCRE2 would take otherwise: what (?i) and (?a) say of
// them. Pure; sees no library.
#pragma once

#include <string>
#include <string_view>

namespace gwageo {

/// The flags under which a part of a pattern is read. A value.
struct PatternMode {
  bool is_caseless = false;
  bool is_ascii = false;
  bool is_verbose = false;
  /// Under (?a) only ASCII's letters have a case, which PCRE2 10.42 cannot be told: there they are
  /// written out.
  bool library_is_caseless() const { return is_caseless && !is_ascii; }
  /// Takes the letters of (?on-off).
  void change(std::string_view on, std::string_view off);
};

/// The members of a class for \d \D \s \S \w \W; empty where PCRE2 has the same set.
std::string_view set_ranges(char set, bool is_ascii);
/// What stands for \b and \B; empty where PCRE2 has the same place, and for another letter.
std::string_view word_place(char place, bool is_ascii);
/// \x{...}
std::string code_escape(char32_t code);

/// What a class has to hold beside its members for (?i) to be Python's. A value.
class OtherCases {
 public:
  explicit OtherCases(const PatternMode& mode) : mode_(mode) {}
  /// Takes a range of members, or one.
  void see(char32_t low, char32_t high);
  const std::string& text() const { return text_; }

 private:
  void add(std::u32string_view codes);

  PatternMode mode_;
  std::string text_;
};

}  // namespace gwageo
