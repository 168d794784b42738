// A pattern of Python's `re`, rewritten for PCRE2. Pure; sees no library.
//
// The two languages agree on nearly everything that task files use. Where they write the same thing
// differently it is rewritten; what only PCRE2 knows is refused as Python refuses it:
//
//   Python              PCRE2             why
//   \Z                  \z                Python's matches at the very end only
//   \u12AB \U0001F600   \x{...}           PCRE2 has no \u
//   \v                  \x{0b}            PCRE2's is a set
//   \s \S               a set of ranges   Python counts U+001C..U+001F, PCRE2 U+180E
//   \1                  \g{1}             PCRE2 may read it as an octal number
//   \012 \0             \x{0a} \x{00}     the rules for octal numbers differ
//   (?(name)yes|no)     (?(<name>)...     PCRE2 has names that mean something else
//   (?u)                nothing           it is how everything is read here
//   (?i)i (?i)[H-J]     more members      Python's i is U+0130 and U+0131 too (and three more
//   pairs)
//   (?a)\w (?a)\b       ASCII's sets      PCRE2 10.42 has no such flag; (?ai)k is [kK]
//   (?x)                nothing           white space and comments are left out here, by Python's
//   rule \B                  (?!\A\z)\B        Python's is nowhere in an empty text x{,3} x{,}
//   x{0,3} x{0,}      PCRE2 10.42 takes them literally [ inside a class    \[                PCRE2
//   would look for POSIX classes \h \K \p{..} \Q...  refused           Python: bad escape
//   (*verb) (?R) (?|..) refused           Python: nothing to repeat, unknown extension
//   a(?i) a** ^* [\s-a] refused           Python: an error, PCRE2 would guess
//   (?L)                refused           Python: not for text
//   (?ai)\1             a callout first   regex.cc compares there as Python does
//   \N{..}              refused           Python has them; not in this version
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// A rewritten pattern. A value.
struct TranslatedPattern {
  std::string text;
  std::vector<std::size_t> origins;  ///< Where in Python's pattern each byte of `text` came from.
  /// The byte of Python's pattern that byte `offset` of `text` stands for.
  std::size_t origin(std::size_t offset, std::size_t pattern_size) const {
    return offset < origins.size() ? origins[offset] : pattern_size;
  }
};

/// bad_input, "regex: WHAT at byte OFFSET", for what Python refuses and PCRE2 would not, and for
/// what is not in this version. Other mistakes are left to PCRE2. REQUIRES: UTF-8.
Result<TranslatedPattern> translate_python_pattern(std::string_view pattern);

}  // namespace gwageo
