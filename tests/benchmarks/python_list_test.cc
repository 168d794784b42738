// What Python 3.11's ast.literal_eval made of the same texts.
#include "benchmarks/python_list.h"

#include <gtest/gtest.h>

#include <string>

#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

// The list as Python prints it, "no list", or why it cannot be held.
std::string read(std::string_view text) {
  const auto list = read_python_list(text);
  if (!list) return "refused: " + list.error().message;
  return *list ? python_literal(**list) : "no list";
}

struct ListCase {
  std::string_view text;
  std::string_view expected;
};

TEST(PythonList, HoldsTheLiteralsOfJson) {
  const ListCase cases[] = {
      {"['a', \"b\"]", "['a', 'b']"},
      {"[None, True, False, [], {'k': [1]}, (2), ]", "[None, True, False, [], {'k': [1]}, 2]"},
      {" [1,\n2 # two]\n]\n", "[1, 2]"},
      {"('a', 'b')", "['a', 'b']"},
      {"('a',)", "['a']"},
      {"[{}]", "[{}]"},
  };
  for (const ListCase& one : cases) EXPECT_EQ(read(one.text), one.expected) << one.text;
}

TEST(PythonList, ReadsNumbersAsPythonDoes) {
  const ListCase cases[] = {
      {"[1_000, 0x1F, 0b10, 0o17, 00, -0]", "[1000, 31, 2, 15, 0, 0]"},
      {"[1., .5, 01.5, 1e3, 1.5E-7, + 5, - 5]", "[1.0, 0.5, 1.5, 1000.0, 1.5e-07, 5, -5]"},
      {"[007]", "no list"},
      {"[1__0]", "no list"},
      {"[.]", "no list"},
      {"[1e]", "no list"},
      {"[3-4]", "no list"},
      {"[--1]", "no list"},
      {"[0x]", "no list"},
  };
  for (const ListCase& one : cases) EXPECT_EQ(read(one.text), one.expected) << one.text;
}

TEST(PythonList, ReadsStringsAsPythonDoes) {
  const ListCase cases[] = {
      {"['''it's\ntwo lines''', \"\"\"so \"is\" it\"\"\"]",
       "[\"it's\\ntwo lines\", 'so \"is\" it']"},
      {"['''a\r\nb''']", "['a\\nb']"},
      {"['a' 'b'\n\"c\"]", "['abc']"},
      {R"(['\sqrt \d \n \x41 \101 \uAC00'])", R"(['\\sqrt \\d \n A A 가'])"},
      {R"([r'\n\'', u'b'])", R"(["\\n\\'", 'b'])"},
      {"['a\\\nb']", "['ab']"},
      {"['a\nb']", "no list"},
      {"['a]", "no list"},
      {R"(['\x4'])", "no list"},
      {"['a' b'b']", "no list"},
      {"[f'a']", "no list"},
  };
  for (const ListCase& one : cases) EXPECT_EQ(read(one.text), one.expected) << one.text;
}

TEST(PythonList, LeavesOtherTextsAlone) {
  for (const std::string_view text :
       {"", "[", "[a]", "[1] and [2]", "[1][0]", "[,]", "[1 2]", "['a'", "(1)", "'a'", "{1: 2}",
        "[true]", "[Nonesuch]", "[{1, 2: 3}]", "[1];", "(", "[{'a' 1}]"}) {
    EXPECT_EQ(read(text), "no list") << text;
  }
}

TEST(PythonList, NamesWhatJsonDoesNotHold) {
  const ListCase cases[] = {
      {"[(1, 2)]", "a tuple"},
      {"[{1, 2}]", "a set"},
      {"[set()]", "a set"},
      {"[{1: 2}]", "a key that is no string"},
      {"[...]", "'...', which is a value of Python's"},
      {"[1+2j]", "a complex number"},
      {"[b'a']", "bytes"},
      {"[99999999999999999999]", "an integer beyond 64 bits"},
      {R"(['\N{DIGIT ONE}'])", "a character by its name, '\\N{...}'"},
      {R"(['\ud800'])", "half of a surrogate pair"},
  };
  for (const ListCase& one : cases) {
    EXPECT_EQ(read(one.text), "refused: a list with " + std::string(one.expected));
  }
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  EXPECT_EQ(read(deep), "refused: a list nested deeper than 64");
  EXPECT_EQ(read(std::string(70, '{') + std::string(70, '}')), "no list");
}

}  // namespace
}  // namespace gwageo
