// Python's answers were printed by CPython 3.11's `re`.
#include "protocol/regex.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace gwageo {
namespace {

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | code >> 6), tail(0);
  if (code < 0x10000) return put(0xE0 | code >> 12), tail(6), tail(0);
  put(0xF0 | code >> 18), tail(12), tail(6), tail(0);
}

using Matches = std::vector<std::vector<std::string>>;

/// Whole match and groups of every match, as text.
Matches find(std::string_view pattern, std::string_view text) {
  const Result<Regex> regex = Regex::compile(pattern);
  if (!regex) return {{"error: " + regex.error().message}};
  const auto found = regex->find_all(text);
  if (!found) return {{"error: " + found.error().message}};
  Matches out;
  for (const RegexMatch& match : *found) out.emplace_back(match.begin(), match.end());
  return out;
}

std::string replace(std::string_view pattern, std::string_view text, std::string_view with) {
  return Regex::compile(pattern)->replace_all(text, with).value();
}

TEST(Regex, FindsGroupsAndWholeMatches) {
  EXPECT_EQ(find("-?[0-9]+", "a 12, b -7"), (Matches{{"12"}, {"-7"}}));
  EXPECT_EQ(find("(\\w)(\\d)?", "a1 b"), (Matches{{"a1", "a", "1"}, {"b", "b", ""}}));
  EXPECT_EQ(find("x", "abc"), Matches{});
}

TEST(Regex, EmptyMatchesFollowPython) {
  // re.findall("x*", "axb") == ['', 'x', '', '']
  EXPECT_EQ(find("x*", "axb"), (Matches{{""}, {"x"}, {""}, {""}}));
  // re.findall("a|", "가a") == ['', 'a', '']
  EXPECT_EQ(find("a|", "가a"), (Matches{{""}, {"a"}, {""}}));
  // re.sub("x*", "-", "axb") == '-a--b-'
  EXPECT_EQ(replace("x*", "axb", "-"), "-a--b-");
  EXPECT_EQ(replace("\\b", "가 b", "|"), "|가| |b|");
}

TEST(Regex, LookBehindOnKorean) {
  EXPECT_EQ(find("(?<=정답은)\\s*[(]?(A|B|C|D)", "따라서 정답은 (C) 입니다"),
            (Matches{{" (C", "C"}}));
  EXPECT_EQ(find("정답\\s*[:：]\\s*([①-⑤])", "정답：③"), (Matches{{"정답：③", "③"}}));
}

TEST(Regex, ReadsPythonWhereItDiffersFromPerl) {
  EXPECT_EQ(find("a\\Z", "a\n"), Matches{});  // \Z is the very end
  EXPECT_EQ(find("a$", "a\n"), (Matches{{"a"}}));
  EXPECT_EQ(find("\\uac00\\U0000AC01", "가각"), (Matches{{"가각"}}));
  EXPECT_EQ(find("[\\uac00-\\ud7a3]+", "abc 한글"), (Matches{{"한글"}}));
  EXPECT_EQ(find("a{,2}b", "aaab"), (Matches{{"aab"}}));
  EXPECT_EQ(find("a{x", "a{x"), (Matches{{"a{x"}}));
  EXPECT_EQ(find("[[:d]+", "[:d"), (Matches{{"[:d"}}));  // no POSIX classes
  EXPECT_EQ(find("[]a]+", "a]b"), (Matches{{"a]"}}));
  EXPECT_EQ(find("[^]a]+", "a]b"), (Matches{{"b"}}));
  EXPECT_EQ(find(".", "\r\n"), (Matches{{"\r"}}));  // only \n ends a line
  EXPECT_EQ(find("\\d+", "٣٤"), (Matches{{"٣٤"}}));
  EXPECT_EQ(find("\\w+", "한글 ß"), (Matches{{"한글"}, {"ß"}}));
  EXPECT_EQ(find("(?P<n>a)(?P=n)", "aa"), (Matches{{"aa", "a"}}));
  EXPECT_EQ(find("(?i)ÄB", "äb"), (Matches{{"äb"}}));
  EXPECT_EQ(find("(?s)Q:.*?\\n", "Q: a\nb\n"), (Matches{{"Q: a\n"}}));
}

TEST(Regex, RefusesWithTheOffsetInTheGivenPattern) {
  EXPECT_EQ(find("ab(c", "")[0][0].substr(0, 13), "error: regex:");
  EXPECT_NE(find("ab(c", "")[0][0].find("at byte 4"), std::string::npos);
  // The offset is one of the pattern as given, though \u.... was written differently for the
  // library.
  EXPECT_NE(find("\\uac00\\uac00(", "")[0][0].find("at byte 13"), std::string::npos);
  EXPECT_NE(find("(*UTF)a", "")[0][0].find("nothing to repeat at byte 1"), std::string::npos);
  EXPECT_NE(find("\xFF", "")[0][0].find("not UTF-8 at byte 0"), std::string::npos);
  EXPECT_NE(find("a", "ab\xFF")[0][0].find("not UTF-8 at byte 2"), std::string::npos);
  EXPECT_FALSE(Regex::compile(std::string(70000, 'a')).has_value());
}

TEST(Regex, WhiteSpaceIsPythons) {
  EXPECT_EQ(find("\\s+", "a\x1C\x1F\xC2\x85\xC2\xA0\u3000b"),
            (Matches{{"\x1C\x1F\xC2\x85\xC2\xA0\u3000"}}));
  EXPECT_EQ(find("\\s", "\u180E\u200B"), Matches{});
  EXPECT_EQ(find("\\S+", "ab\x1C한\u180E"), (Matches{{"ab"}, {"한\u180E"}}));
  EXPECT_EQ(find("[\\s,]+", "a,\x1F b"), (Matches{{",\x1F "}}));
  EXPECT_EQ(find("[^\\S\n]+", "a \n\x1F"), (Matches{{" "}, {"\x1F"}}));
  EXPECT_EQ(find("[\\s\\S]+", "a\x1F\n"), (Matches{{"a\x1F\n"}}));
  EXPECT_EQ(find("[\\s-]+", "a -b"), (Matches{{" -"}}));
}

TEST(Regex, EscapesArePythons) {
  EXPECT_EQ(find("\\v", "\n\x0B"), (Matches{{"\x0B"}}));
  EXPECT_EQ(find("\\x41\\102\\07", "AB\x07"), (Matches{{"AB\x07"}}));
  EXPECT_EQ(find("(a)\\1", "aa"), (Matches{{"aa", "a"}}));
  EXPECT_EQ(find("[\\b]", "\b"), (Matches{{"\b"}}));
  EXPECT_EQ(find("\\-\\:\\é", "-:é"), (Matches{{"-:é"}}));
  EXPECT_EQ(find("a{,}b", "aab"), (Matches{{"aab"}}));
  EXPECT_EQ(find("a{}|{x}", "a{}{x}"), (Matches{{"a{}"}, {"{x}"}}));
}

TEST(Regex, GroupsAndFlagsArePythons) {
  EXPECT_EQ(find("(?P<q>[A-D])?(?(q)x|y)", "Ax y"), (Matches{{"Ax", "A"}, {"y", ""}}));
  EXPECT_EQ(find("(a)?(?(1)b|c)", "ab c"), (Matches{{"ab", "a"}, {"c", ""}}));
  EXPECT_EQ(find("(?u)(?i)a", "A"), (Matches{{"A"}}));
  EXPECT_EQ(find("(?i:a)b", "Ab AB"), (Matches{{"Ab"}}));
  EXPECT_EQ(find("(?i)a(?-i:b)", "Ab AB"), (Matches{{"Ab"}}));
  EXPECT_EQ(find("a(?# why )b", "ab"), (Matches{{"ab"}}));
  EXPECT_EQ(find("(?>a+)b|a++c", "aab aac"), (Matches{{"aab"}, {"aac"}}));
  EXPECT_EQ(find("(?m)^", "a\nb\n"), (Matches{{""}, {""}, {""}}));
  EXPECT_EQ(find("(?m)^.*$", "a\nb"), (Matches{{"a"}, {"b"}}));
}

TEST(Regex, RefusesWhatPythonRefuses) {
  const auto refusal = [](std::string_view pattern) { return find(pattern, "")[0][0]; };
  EXPECT_EQ(refusal("\\p{L}"), "error: regex: bad escape \\p at byte 0");
  EXPECT_EQ(refusal("a\\Kb"), "error: regex: bad escape \\K at byte 1");
  EXPECT_EQ(refusal("[\\h]"), "error: regex: bad escape \\h at byte 1");
  EXPECT_EQ(refusal("(?R)"), "error: regex: unknown flag 'R' at byte 2");
  EXPECT_EQ(refusal("(?|a)"), "error: regex: unknown extension ?| at byte 1");
  EXPECT_EQ(refusal("(?<n>a)"), "error: regex: unknown extension ?<n at byte 1");
  EXPECT_EQ(refusal("(?é)"), "error: regex: unknown extension ?é at byte 1");
  EXPECT_EQ(refusal("(?P>n)"), "error: regex: unknown extension ?P> at byte 1");
  EXPECT_EQ(refusal("a(?i)b"),
            "error: regex: global flags not at the start of the expression at byte 1");
  EXPECT_EQ(refusal("(?x) a(?i)"),
            "error: regex: global flags not at the start of the expression at byte 6");
  EXPECT_EQ(refusal("(?L)a"), "error: regex: flag 'L' is for bytes, and this is text at byte 2");
  EXPECT_EQ(refusal("(?a)(?u)a"), "error: regex: flags 'a' and 'u' are incompatible at byte 4");
  EXPECT_EQ(refusal("(?i-i:a)"), "error: regex: flag 'i' turned on and off at byte 4");
  EXPECT_EQ(refusal("(?-a:a)"), "error: regex: flag 'a' cannot be turned off at byte 3");
  EXPECT_EQ(refusal("(?-:a)"), "error: regex: missing flag at byte 3");
  EXPECT_EQ(refusal("(?i-m)a"), "error: regex: missing : at byte 5");
  EXPECT_EQ(refusal("(?ai)(k)(?P=n)"), "error: regex: unknown group name 'n' at byte 12");
  EXPECT_EQ(refusal("\\b(?# why )*"), "error: regex: nothing to repeat at byte 11");
  EXPECT_EQ(refusal("\\N{DIGIT ONE}"),
            "error: regex: named characters (\\N{...}) are not in this version at byte 0");
  EXPECT_EQ(refusal("a**"), "error: regex: multiple repeat at byte 2");
  EXPECT_EQ(refusal("|*"), "error: regex: nothing to repeat at byte 1");
  EXPECT_EQ(refusal("^*"), "error: regex: nothing to repeat at byte 1");
  EXPECT_NE(refusal("[\\w-z]").find("bad character range"), std::string::npos);
  EXPECT_NE(refusal("(a)\\2").find("error: regex:"), std::string::npos);
}

/// Characters that follow one another, as text.
struct Letters {
  char32_t first;
  std::string text;
};

/// All characters that there are.
const std::vector<Letters>& all_letters() {
  static const std::vector<Letters> all = [] {
    std::vector<Letters> made;
    constexpr char32_t end = 0x110000;
    constexpr char32_t chunk = 0x800;
    for (char32_t first = 0; first < end; first += chunk) {
      if (first >= 0xD800 && first < 0xE000) continue;  // No characters.
      made.push_back({first, {}});
      for (char32_t c = first; c < first + chunk; ++c) append_utf8(made.back().text, c);
    }
    return made;
  }();
  return all;
}

/// What matches of them.
std::u32string matched(const std::string& pattern) {
  const Result<Regex> regex = Regex::compile(pattern);
  if (!regex) return U"?";
  std::u32string out;
  for (const auto& [first, text] : all_letters()) {
    const auto found = regex->find_all(text);
    if (!found) return U"?";
    for (const RegexMatch& match : *found) {
      const auto at = match.front().data() - text.data();
      const std::string_view before(text.data(), static_cast<std::size_t>(at));
      out += first + static_cast<char32_t>(std::count_if(before.begin(), before.end(), [](char c) {
               return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
             }));
    }
  }
  return out;
}

TEST(Regex, LettersWithoutCaseArePythonsWhereTheLibraryDiffers) {
  const std::u32string_view alike[] = {U"Ii\u0130\u0131", U"\u0390\u1FD3", U"\u03B0\u1FE3",
                                       U"\uFB05\uFB06"};
  for (const std::u32string_view letter : alike) {
    for (const char32_t c : letter) {
      std::string written;
      append_utf8(written, c);
      char escaped[16];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      EXPECT_EQ(matched("(?i)" + written), letter) << escaped;
      EXPECT_EQ(matched(std::string("(?i)") + escaped), letter);
      EXPECT_EQ(matched(std::string("(?i)[") + escaped + "]"), letter);
      EXPECT_EQ(matched("(?i:" + written + ")"), letter) << escaped;
      EXPECT_EQ(matched("(?i)(?-i:" + written + ")"), std::u32string(1, c)) << escaped;
      EXPECT_EQ(matched(std::string("(?i)(?![^") + escaped + "])(?s:.)"), letter) << escaped;
    }
  }
  // Those that both have, and ones with a range.
  EXPECT_EQ(matched("(?i)k"), U"Kk\u212A");
  EXPECT_EQ(matched("(?i)s"), U"Ss\u017F");
  EXPECT_EQ(matched("(?i)[H-J]"), U"HIJhij\u0130\u0131");
  EXPECT_EQ(matched("(?i)[a-z]"),
            U"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\u0130\u0131\u017F\u212A");
  EXPECT_EQ(find("(?i)[^a-z]", "aIİıſz1"), (Matches{{"1"}}));
  EXPECT_EQ(find("(?i)DİL|ıŞIK", "dil ışık IŞİK"), (Matches{{"dil"}, {"ışık"}, {"IŞİK"}}));
  EXPECT_EQ(find("(?i)(?P<i>i)(?P=i)", "iI"), (Matches{{"iI", "i"}}));  // The name stays.
}

TEST(Regex, AsciiAloneIsPythons) {
  EXPECT_EQ(find("(?a)\\w+", "aé_9３ İ"), (Matches{{"a"}, {"_9"}}));
  EXPECT_EQ(find("(?a)\\W", "é_３"), (Matches{{"é"}, {"３"}}));
  EXPECT_EQ(find("(?a)\\d[\\D]", "3３4x"), (Matches{{"3３"}, {"4x"}}));
  EXPECT_EQ(find("(?a)\\s", " \x1C\x0B\u00A0\u3000"), (Matches{{" "}, {"\x0B"}}));
  EXPECT_EQ(find("(?a)\\S", " \x1C"), (Matches{{"\x1C"}}));
  EXPECT_EQ(replace("(?a)\\b", "éa b", "|"), "é|a| |b|");
  EXPECT_EQ(replace("(?a)\\B", "éa b", "-"), "-éa b");
  EXPECT_EQ(find("\\B", ""), Matches{});
  EXPECT_EQ(find("(?a)\\B", ""), Matches{});
  EXPECT_EQ(matched("(?ai)k"), U"Kk");
  EXPECT_EQ(matched("(?ia)[h-j]"), U"HIJhij");
  EXPECT_EQ(matched("(?a)(?i)\\xe9"), U"\u00E9");
  EXPECT_EQ(find("(?a:\\w)(?i:K)\\w", "ak\u00E9 \u00E9kk"), (Matches{{"ak\u00E9"}}));
  EXPECT_EQ(find("(?a)a(?u:\\w)", "aé"), (Matches{{"aé"}}));
}

TEST(Regex, ReferencesToGroupsByAsciiAloneArePythons) {
  EXPECT_EQ(find("(?ai)(k)\\1", "kK k\u212A KK"), (Matches{{"kK", "k"}, {"KK", "K"}}));
  EXPECT_EQ(find("(?ai)(\u00e9s)\\1", "\u00e9s\u00c9s \u00e9s\u00e9S \u00e9s\u00e9\u017F"),
            (Matches{{"\u00e9s\u00e9S", "\u00e9s"}}));
  EXPECT_EQ(find("(?ia)(x)(?P<word>\\w+) (?P=word)!", "xAb aB! x\uAC00a aa!"),
            (Matches{{"xAb aB!", "x", "Ab"}}));
  EXPECT_EQ(find("(?ai:(a|b)\\1+)(?P<n>c)(?P=n)", "aAaacc bBcC"), (Matches{{"aAaacc", "a", "c"}}));
  EXPECT_EQ(find("(?ai)(?:(a)|b)\\1", "b aA"), (Matches{{"aA", "a"}}));  // Of no part: no match.
  EXPECT_EQ(find("(?ai)(a+)\\1$", "aAaAa"), (Matches{{"AaAa", "Aa"}}));  // And backtracks.
  EXPECT_EQ(find("(?ai)(a)(?=\\1)", "aAb"), (Matches{{"a", "a"}}));
  EXPECT_EQ(find("(?ai)([kq])\\1(?<=\\1)", "k\u212A qQ"), (Matches{{"qQ", "q"}}));
  EXPECT_EQ(find("(?i)(k)\\1", "k\u212A"), (Matches{{"k\u212A", "k"}}));
  // By the slow form.
  const std::string far(70'000, '.');
  EXPECT_EQ(find("(?ai)(k)\\1", far + "k\u212A" + far + "Kk"), (Matches{{"Kk", "K"}}));
}

TEST(Regex, VerbosePatternsArePythons) {
  EXPECT_EQ(
      find("(?x) answer \\s is  # what it says\n  \\s* ( [A-D] )  # the letter", "answer is B"),
      (Matches{{"answer is B", "B"}}));
  EXPECT_EQ(find("(?x)a\\ b[ #]c\\#", "a b c# a b#c#"), (Matches{{"a b c#"}, {"a b#c#"}}));
  EXPECT_EQ(find("(?x) a {2} +", "aa"), (Matches{{"error: regex: multiple repeat at byte 11"}}));
  EXPECT_EQ(find("(?x) a {2} b +", "aabb"), (Matches{{"aabb"}}));
  EXPECT_EQ(find("(?x)a\u00A0b", "a\u00A0b ab"), (Matches{{"a\u00A0b"}}));  // ASCII's blanks alone.
  EXPECT_EQ(find("(?x)a\x1C"
                 "b",
                 "a\x1C"
                 "b"),
            (Matches{{"a\x1C"
                      "b"}}));
  EXPECT_EQ(find("(?x) (?i) a", "A"), (Matches{{"A"}}));
  EXPECT_EQ(find("a (?x: b c ) d", "a bc d"), (Matches{{"a bc d"}}));
  EXPECT_EQ(find("(?x)a b(?-x: c )d e", "ab c de"), (Matches{{"ab c de"}}));
  EXPECT_EQ(find("(?x)(1) \\1 2 {2 }", "112{2}"), (Matches{{"112{2}", "1"}}));
  // An escape is read as one, so that a comment goes on after it.
  EXPECT_EQ(find("(?x)a#\\\nb\nc", "ac"), (Matches{{"ac"}}));
  EXPECT_EQ(find("(?x)a#\\", "a"),
            (Matches{{"error: regex: bad escape (end of pattern) at byte 6"}}));
  EXPECT_EQ(find("(?x)a#b", "a"), (Matches{{"a"}}));
  EXPECT_EQ(find("(?x)( ?:a)", "a"), (Matches{{"error: regex: nothing to repeat at byte 6"}}));
}

TEST(Regex, CatastrophicPatternsEndWithAnError) {
  const std::string text(40, 'a');
  const auto found = Regex::compile("(a+)+$")->find_all(text + "b");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().kind, ErrorKind::bad_input);
  EXPECT_NE(found.error().message.find("gave up"), std::string::npos);
  EXPECT_FALSE(Regex::compile("(a|a)*[cd]")->replace_all(text, "").has_value());
}

TEST(Regex, LongTextsOfOrdinaryPatternsStayFarBelowTheBound) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "word " + std::to_string(i) + "\n";
  EXPECT_EQ(Regex::compile("(\\d+)")->find_all(text)->size(), 50000U);
  EXPECT_EQ(Regex::compile("(?s)^(.*?)word 49999")->find_all(text)->size(), 1U);
  EXPECT_EQ(Regex::compile("(\\d+)")->find_all(text, 3)->size(), 3U);
}

TEST(Regex, TheBoundDoesNotDependOnTheLengthOfTheText) {
  // Polynomial patterns: the quick form gives up, the slow one decides.
  const Regex five = std::move(Regex::compile("(a*)*b|a*a*a*a*a*c").value());
  EXPECT_FALSE(five.find_all(std::string(3000, 'a')).has_value());
  EXPECT_FALSE(five.find_all(std::string(60000, 'a')).has_value());
  EXPECT_EQ(Regex::compile("a+b")->find_all(std::string(3000, 'a') + "b")->size(), 1U);
  EXPECT_EQ(Regex::compile("(?s)x.*?y")->find_all("x" + std::string(200000, 'a') + "y")->size(),
            1U);
}

TEST(Regex, WithoutPunctuation) {
  EXPECT_EQ(without_punctuation("(정답：B)。 a-b_c $1+1"), "정답B abc $1+1");
  EXPECT_EQ(without_punctuation(""), "");
}

TEST(Regex, ReadsTokenizersPatternsAsTheLibraryDoes) {
  EXPECT_FALSE(Regex::compile("\\p{L}+"));
  const auto words = Regex::compile_unicode("\\p{L}+");
  ASSERT_TRUE(words) << words.error().message;
  const auto found = words->find_all("한글, a1");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).at(0), "한글");
  EXPECT_EQ(found->at(1).at(0), "a");
  EXPECT_EQ(Regex::compile_unicode("a(").error().message.rfind("regex: ", 0), 0u);
}

}  // namespace
}  // namespace gwageo
