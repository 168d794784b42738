#include "benchmarks/letter_case.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

struct CaseRow {
  const char* text;
  const char* lower;
  const char* upper;
  const char* capitalized;
  const char* title;
};

// What Python 3.11 gives.
TEST(LetterCase, IsThatOfPython) {
  const CaseRow cases[] = {
      {"", "", "", "", ""},
      {"hELLO wORLD", "hello world", "HELLO WORLD", "Hello world", "Hello World"},
      {"it's 3rd", "it's 3rd", "IT'S 3RD", "It's 3rd", "It'S 3Rd"},
      {"École ñ", "école ñ", "ÉCOLE Ñ", "École ñ", "École Ñ"},
      {"straße", "straße", "STRASSE", "Straße", "Straße"},
      {"ßa", "ßa", "SSA", "Ssa", "Ssa"},
      {"ΟΔΟΣ ΣΑ", "οδος σα", "ΟΔΟΣ ΣΑ", "Οδος σα", "Οδος Σα"},
      {"ΑΣ. ΑΣ'Α Σ", "ας. ασ'α σ", "ΑΣ. ΑΣ'Α Σ", "Ας. ασ'α σ", "Ας. Ασ'Α Σ"},
      {"İI", "i\u0307i", "İI", "İi", "İi"},
      {"ǆ ﬁ", "ǆ ﬁ", "Ǆ FI", "ǅ ﬁ", "ǅ Fi"},
      {"ჰა", "ჰა", "ᲰᲐ", "ჰა", "ჰა"},
      {"ПРИВЕТ мир", "привет мир", "ПРИВЕТ МИР", "Привет мир", "Привет Мир"},
      {"한글 Ab", "한글 ab", "한글 AB", "한글 ab", "한글 Ab"},
      {"ŉ ﬃ ᾳ", "ŉ ﬃ ᾳ", "ʼN FFI ΑΙ", "ʼN ﬃ ᾳ", "ʼN Ffi ᾼ"},
      {"ÿ ı ſ µ ⅷ ⓚ", "ÿ ı ſ µ ⅷ ⓚ", "Ÿ I S Μ Ⅷ Ⓚ", "Ÿ ı ſ µ ⅷ ⓚ", "Ÿ I S Μ Ⅷ Ⓚ"},
      {"Ⱥ Ⅷ Ⓚ ẞ", "ⱥ ⅷ ⓚ ß", "Ⱥ Ⅷ Ⓚ ẞ", "Ⱥ ⅷ ⓚ ß", "Ⱥ Ⅷ Ⓚ ẞ"},
      {"ΟΔΥΣΣΕΥΣ ΣΑΣ Σ", "οδυσσευς σας σ", "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ", "Οδυσσευς σας σ", "Οδυσσευς Σας Σ"},
  };
  for (const CaseRow& one : cases) {
    EXPECT_EQ(python_lower(one.text), one.lower) << one.text;
    EXPECT_EQ(python_upper(one.text), one.upper) << one.text;
    EXPECT_EQ(python_capitalize(one.text), one.capitalized) << one.text;
    EXPECT_EQ(python_title(one.text), one.title) << one.text;
  }
}

}  // namespace
}  // namespace gwageo
