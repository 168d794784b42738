#include "benchmarks/template.h"

#include <gtest/gtest.h>

#include <string>

namespace gwageo {
namespace {

const char* const row_text =
    "{\"q\": \" 다음 중 옳은 것은?\\n\", \"a\": 3, \"neg\": -2, \"yes\": true, \"f\": 0.1, "
    "\"big\": 1e+16, \"small\": 1.5e-07, \"none_\": null, \"empty\": \"\", \"c\": [\"가\", "
    "\"b's\", \"\\\"x\\\"\", 4], \"o\": {\"k\": {\"z\": [1, 2]}, \"items\": \"i\", \"list\": "
    "[\"p\", \"q\"]}, \"num\": \" 12 \", \"full\": \"정답： A　\", \"nfd\": \"한\", \"e\": [], "
    "\"word\": \"Hello World\", \"one\": 1.0}";

Json row() { return Json::parse(row_text).value(); }

std::string rendered(std::string_view text, const Json& fields) {
  const auto compiled = Template::compile(text);
  if (!compiled) return "refused: " + compiled.error().message;
  std::string out;
  const Status status = compiled->render(fields, out);
  return status ? out : "error: " + status.error().message;
}

std::string rendered(std::string_view text) { return rendered(text, row()); }

struct TemplateCase {
  const char* text;
  const char* expected;
};

// Expected texts are those of Jinja 3.1.2 under Python 3.11 with StrictUndefined and a kept final
// line end.
TEST(Template, RendersAsTheLanguageItIsASubsetOf) {
  // clang-format off
  const TemplateCase cases[] = {
      {"plain, no braces\n",
       "plain, no braces\n"},
      {"{{q}}",
       " 다음 중 옳은 것은?\n"},
      {"{{ q.strip() }}",
       "다음 중 옳은 것은?"},
      {"{{q|trim}}|",
       "다음 중 옳은 것은?|"},
      {"{{q.lstrip()}}",
       "다음 중 옳은 것은?\n"},
      {"{{q.rstrip()}}",
       " 다음 중 옳은 것은?"},
      {"{{full.strip()}}|",
       "정답： A|"},
      {"{{nfd}}{{nfd|length}}",
       "한3"},
      {"{{a}} {{neg}} {{yes}} {{f}} {{none_}}",
       "3 -2 True 0.1 None"},
      {"{{big}} {{small}} {{one}}",
       "1e+16 1.5e-07 1.0"},
      {"{{c}}",
       "['가', \"b's\", '\"x\"', 4]"},
      {"{{o}}",
       "{'k': {'z': [1, 2]}, 'items': 'i', 'list': ['p', 'q']}"},
      {"{{c[0]}}{{c[-1]}}{{c.1}}",
       "가4b's"},
      {"{{o.k.z[1]}}{{o['items']}}{{o['k'].z}}",
       "2i[1, 2]"},
      {"{{q[1]}}{{q[-2]}}",
       "다?"},
      {"{{a+1}}{{a-1}}{{-a}}{{+a}}{{yes+1}}{{f+a}}",
       "423323.1"},
      {"{{'가'+'나'}}{{a ~ yes ~ none_}}{{c+[none_]}}",
       "가나3TrueNone['가', \"b's\", '\"x\"', 4, None]"},
      {"{{1 + 2 ~ 3 - 1 if false else 5 - 2 - 1}}",
       "2"},
      {"{% if a > 2 %}x{% elif a == 1 %}y{% else %}z{% endif %}",
       "x"},
      {"{% if empty %}x{% elif a == 3 %}y{% else %}z{% endif %}",
       "y"},
      {"{% if empty %}x{% elif e %}y{% else %}z{% endif %}",
       "z"},
      {"{% if empty %}x{% endif %}tail\n\n",
       "tail\n\n"},
      {"{{'A' if a == 3 else 'B'}}{{'A' if not a else 'B'}}",
       "AB"},
      {"{{'only' if empty}}|",
       "|"},
      {"{{empty or 'd'}}{{a and 'e'}}{{empty and 'x'}}|{{not a}}",
       "de|False"},
      {"{{'옳' in q}}{{4 in c}}{{'k' in o}}{{5 not in c}}",
       "TrueTrueTrueTrue"},
      {"{{a <= 3}}{{a < f}}{{'a' < 'b'}}{{a != 3}}{{one == 1}}{{yes == 1}}",
       "TrueFalseTrueFalseTrueTrue"},
      {"{{c|join(', ')}}",
       "가, b's, \"x\", 4"},
      {"{{', '.join(o.list)}}{{'xyz'|join('-')}}",
       "p, qx-y-z"},
      {"{{c|length}}{{q|length}}{{o|count}}",
       "4133"},
      {"{{num|int + 1}}{{'12.7'|int}}{{'x'|int}}{{'x'|int(7)}}{{'1_0'|int}}{{yes|int}}",
       "131207101"},
      {"{{a|string + 'x'}}",
       "3x"},
      {"{{word.lower()}}{{word|upper}}{{'hELLO'|capitalize}}{{word.capitalize()}}",
       "hello worldHELLO WORLDHelloHello world"},
      {"{{word.split()}}{{word.split('o')}}{{' a  b '.split()}}{{q.split()[0]}}",
       "['Hello', 'World']['Hell', ' W', 'rld']['a', 'b']다음"},
      {"{{word.replace('o','0')}}{{word|replace('l','L')}}{{a|replace(3,4)}}",
       "Hell0 W0rldHeLLo WorLd4"},
      {"{{c.index(4)}}{{word.index('W')}}{{full.index('：')}}",
       "362"},
      {"{{'xxabxx'.strip('x')}}{{'가나가'.rstrip('가')}}{{word|trim('Hd')}}",
       "ab가나ello Worl"},
      {"  {{- a -}}  \n {{ a }}",
       "33"},
      {"a {%- if yes -%} x {%- endif -%} b",
       "axb"},
      {"l{# comment #}r {#- c -#}  b",
       "lrb"},
      {"{{'\\n\\x41\\uac00\\q\\''}}{{\"a\" 'b'}}{{1_000}}",
       "\nA가\\q'ab1000"},
      {"x\r\ny\rz",
       "x\ny\nz"},
      {"{{[a, 'k', [none, True]]}}{{[]}}",
       "[3, 'k', [None, True]][]"},
      {"{{(a + 1)|string|length}}{{-a|string}}",
       "13"},
      {"{{'}}'}}{{\"{{\"}} } }} { {",
       "}}{{ } }} { {"},
      {"{%if a%}{%if e%}1{%else%}2{%endif%}{%endif%}",
       "2"},
  };
  // clang-format on
  for (const TemplateCase& one : cases) EXPECT_EQ(rendered(one.text), one.expected) << one.text;
}

TEST(Template, RefusesAMissingFieldWithItsNameAndPlace) {
  EXPECT_EQ(rendered("Q: {{answer}}"),
            "error: line 1, column 6 of the template: the field 'answer' is undefined");
  EXPECT_EQ(rendered("a\n{{o.missing}}"),
            "error: line 2, column 5 of the template: the field 'missing' is undefined");
  EXPECT_EQ(rendered("{{o['missing']}}"),
            "error: line 1, column 4 of the template: the field 'missing' is undefined");
  EXPECT_EQ(rendered("{{c[4]}}"),
            "error: line 1, column 4 of the template: item 4 is undefined: there are 4");
  EXPECT_EQ(rendered("{{c[-5]}}"),
            "error: line 1, column 4 of the template: item -5 is undefined: there are 4");
  EXPECT_EQ(rendered("{{a.b}}"),
            "error: line 1, column 5 of the template: 'b' of an integer is undefined");
  EXPECT_EQ(rendered("{{o.items}}"),
            "error: line 1, column 5 of the template: '.items' is a method of objects; write "
            "[\"items\"] for the field");
  EXPECT_EQ(rendered("{% if missing %}{% endif %}"),
            "error: line 1, column 7 of the template: the field 'missing' is undefined");
}

TEST(Template, RefusesOperationsThatPythonRefuses) {
  const TemplateCase cases[] = {
      {"{{a + 'x'}}", "'+' between an integer and a string"},
      {"{{word - 1}}", "'-' between a string and an integer"},
      {"{{ -word }}", "a sign before a string"},
      {"{{a < word}}", "'<' between an integer and a string"},
      {"{{a in word}}", "'in' between an integer and a string"},
      {"{{a.strip()}}", "'strip' called on an integer"},
      {"{{', '.join(c)}}", "'join' of a list that holds an integer"},
      {"{{a|join}}", "'join' of an integer"},
      {"{{a|length}}", "'length' of an integer"},
      {"{{c.index('z')}}", "'index': 'z' is not in the list"},
      {"{{word.index('z')}}", "'index': 'z' is not in the string"},
      {"{{word.split('')}}", "'split' at anything but a string that is not empty"},
      {"{{a[0]}}", "an integer cannot be indexed by an integer"},
      {"{{9223372036854775807 + 1}}", "an integer beyond 64 bits"},
  };
  for (const TemplateCase& one : cases) {
    const std::string got = rendered(one.text);
    EXPECT_EQ(got.rfind("error: line 1, column ", 0), 0u) << got;
    EXPECT_NE(got.find(std::string(": ") + one.expected), std::string::npos) << got;
  }
}

TEST(Template, RefusesWhatThisVersionWouldRenderDifferently) {
  EXPECT_EQ(rendered("{{'가A'|lower}}"), "가a");
  EXPECT_NE(rendered("{{'１２'|int}}").find("'int' of digits outside ASCII"), std::string::npos);
  EXPECT_EQ(rendered("{{'가'|int}}"), "0");
  const TemplateCase cases[] = {
      {"{{ [missing] }}", "the field 'missing' is undefined"},
      {"{{ c|reverse }}", "an iterator prints as a place in memory; add '| list'"},
      {"{{ word.upper }}", "'upper' of a string is an attribute of Python's, no field"},
      {"{{ o['items'] }}{{ o['keys'] }}", "'keys' of an object is an attribute of Python's"},
      {"{{ (word|tojson) + 'x' }}", "an operator after 'tojson', which escapes text for HTML"},
      {"{% for x in c %}{{ loop }}{% endfor %}", "'loop' can only be asked for its members"},
      {"{{ 9007199254740993 / 3 }}", "'/' of integers that no double holds"},
      {"{{ '²'.isdigit() }}", "'isdigit' of characters outside ASCII"},
  };
  for (const TemplateCase& one : cases) {
    const std::string got = rendered(one.text);
    EXPECT_EQ(got.rfind("error: line 1, column ", 0), 0u) << got;
    EXPECT_NE(got.find(one.expected), std::string::npos) << got;
  }
}

TEST(Template, RefusesWhatIsOutsideByName) {
  const TemplateCase cases[] = {
      {"{% macro m() %}{% endmacro %}", "line 1, column 4 of the template: the statement 'macro'"},
      {"a\n{% include 'x' %}", "line 2, column 4 of the template: the statement 'include'"},
      {"{% import 'x' as y %}", "line 1, column 4 of the template: the statement 'import'"},
      {"{% block b %}{% endblock %}", "line 1, column 4 of the template: the statement 'block'"},
      {"{% extends 'x' %}", "line 1, column 4 of the template: the statement 'extends'"},
      {"{% for x in c recursive %}{% endfor %}",
       "line 1, column 15 of the template: a recursive 'for'"},
      {"{% for a, (b, c) in c %}{% endfor %}",
       "line 1, column 11 of the template: names in brackets"},
      {"{% set x | upper %}{% endset %}",
       "line 1, column 10 of the template: a 'set' block with a filter"},
      {"{{ dict(a=1) }}", "line 1, column 4 of the template: the function 'dict'"},
      {"{{ word.encode() }}", "line 1, column 9 of the template: the method 'encode'"},
      {"{{ word|urlize }}", "line 1, column 9 of the template: the filter 'urlize'"},
      {"{{ a is callable }}", "line 1, column 9 of the template: the test 'callable'"},
      {"{{ word.__class__ }}", "line 1, column 9 of the template: the attribute '__class__'"},
      {"{{ word.split('o', 1, 2) }}",
       "line 1, column 23 of the template: 'split' with so many arguments"},
      {"{{ word|replace('a') }}", "line 1, column 9 of the template: 'replace' with 1 arguments"},
      {"{{ word|replace(before='a') }}", "line 1, column 17 of the template: an argument by name"},
      {"{{ word.format(*c) }}", "line 1, column 16 of the template: an argument that unpacks"},
      {"{{ c[1, 2] }}", "line 1, column 7 of the template: several indices"},
  };
  for (const TemplateCase& one : cases) {
    EXPECT_EQ(rendered(one.text),
              std::string("refused: ") + one.expected +
                  " is outside the subset of Jinja that this version reads; write the template "
                  "without it, or import a plan that the harness has rendered");
  }
}

TEST(Template, RefusesMalformedTextWithItsPlace) {
  const TemplateCase cases[] = {
      {"ab {{ a", "line 1, column 4 of the template: an opening that is never closed"},
      {"{% if a %}x", "line 1, column 1 of the template: an 'if' without 'endif'"},
      {"x{% endif %}", "line 1, column 2 of the template: 'endif' without its 'if'"},
      {"x{% else %}", "line 1, column 2 of the template: 'else' without its 'if'"},
      {"{{ 'a }}", "line 1, column 4 of the template: a string that does not end"},
      {"{{ a b }}", "line 1, column 6 of the template: expected the end of the brackets"},
      {"{{}}", "line 1, column 3 of the template: expected a value"},
      {"{{ a ? b }}", "line 1, column 6 of the template: a character that means nothing here"},
      {"{# x", "line 1, column 3 of the template: a comment that does not end"},
      {"{{ a. }}", "line 1, column 7 of the template: expected a name after '.'"},
      {"{{ (a }}", "line 1, column 7 of the template: '}' closes nothing"},
      {"{{ [a b] }}", "line 1, column 7 of the template: expected ',' or ']'"},
      {"{% for x in c %}x", "line 1, column 1 of the template: a 'for' without 'endfor'"},
      {"{% for in c %}", "line 1, column 8 of the template: expected a name"},
      {"{% for x c %}", "line 1, column 10 of the template: expected 'in'"},
      {"{% set x = 1 %}{% endset %}",
       "line 1, column 16 of the template: 'endset' without its 'set'"},
      {"{% set true = 1 %}", "line 1, column 8 of the template: 'true' cannot be set"},
      {"{% raw %}x", "line 1, column 1 of the template: a 'raw' without 'endraw'"},
      {"{% for x in c %}{{ a }}{% endfor %}{% set a = 1 %}",
       "line 1, column 20 of the template: 'a' is read in a block before the template sets it "
       "around that block; give the variable another name"},
      {"{{ {1 2} }}", "line 1, column 7 of the template: expected ':'"},
      {"{{ a is none 1 }}", "line 1, column 14 of the template: 'none' takes no argument"},
      {"{{ '\\N{DASH}' }}",
       "line 1, column 5 of the template: an escape that this version does not know"},
      {"{{ 99999999999999999999 }}", "line 1, column 4 of the template: an integer beyond 64 bits"},
  };
  for (const TemplateCase& one : cases) {
    EXPECT_EQ(rendered(one.text), std::string("refused: ") + one.expected);
  }
}

TEST(Template, BoundsNesting) {
  const auto nested = [](std::size_t depth) {
    return "{{" + std::string(depth, '(') + "a" + std::string(depth, ')') + "}}";
  };
  EXPECT_EQ(rendered(nested(20)), "3");
  EXPECT_NE(rendered(nested(100000)).find("nested too deeply"), std::string::npos);
  std::string sum = "{{a";
  for (int i = 0; i < 100000; ++i) sum += "+a";
  EXPECT_NE(rendered(sum + "}}").find("nested too deeply"), std::string::npos);
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += "{% if a %}";
  EXPECT_NE(rendered(blocks).find("nested too deeply"), std::string::npos);
}

TEST(Template, BoundsWorkAndSize) {
  const TemplateCase cases[] = {
      // Texts take 9,750,000 steps, and loops 1,300,000: neither is too much by itself.
      {"{% set s = 'xxxxxxxxxxxxxxxx' * 1000000 %}{% for i in range(38) %}{{ s.startswith('y') "
       "}}{% endfor %}"
       "{% for i in range(9999) %}{% for j in word %}{% for k in word %}"
       "{% endfor %}{% endfor %}{% endfor %}",
       "more than 10000000 steps"},
      {"{{ range(1000000) }}", "a 'range' of more than 100000 integers"},
      {"{{ 'x' * 100000000 }}", "'*' gives more than 16777216 bytes"},
      {"{% set s = namespace(v='xxxxxxxxxxxxxxxx') %}{% for i in range(40) %}"
       "{% set s.v = s.v ~ s.v %}{% endfor %}",
       "a text of more than 16777216 bytes"},
      {"{% set s = 'xxxxxxxxxxxxxxxx' * 1000000 %}{{ s }}{{ s }}",
       "more than 16777216 bytes are printed"},
      {"{% set s = namespace(v=1) %}{% for i in range(1000) %}{% set s.v = [s.v] %}{% endfor %}",
       "too deeply"},
      {"{{ 'aaaa'.replace('', 'xxxxxxxxxxxxxxxx' * 1000000) }}",
       "'replace' gives more than 16777216 bytes"},
  };
  for (const TemplateCase& one : cases) {
    const std::string got = rendered(one.text);
    EXPECT_NE(got.find(one.expected), std::string::npos) << one.text << " gives " << got;
  }
}

TEST(Template, GivesTheValueOfAnExpression) {
  const Template list = Template::compile("{{ [word, a] }}").value();
  ASSERT_TRUE(list.is_expression());
  EXPECT_EQ(list.evaluate(row())->dump(), "[\"Hello World\",3]");
  EXPECT_EQ(Template::compile("{{ (word, a) }}")->evaluate(row())->dump(),
            "\"('Hello World', 3)\"");
  EXPECT_EQ(Template::compile("{{ {'k': a} }}")->evaluate(row())->dump(), "{\"k\":3}");
  EXPECT_EQ(Template::compile("{{ a if false }}")->evaluate(row())->dump(), "\"\"");
  EXPECT_FALSE(Template::compile("{{missing}}")->evaluate(row()).has_value());
  EXPECT_FALSE(Template::compile("{{a}} ").value().is_expression());
  EXPECT_FALSE(Template::compile("a").value().is_expression());
  EXPECT_FALSE(Template::compile("").value().is_expression());
}

}  // namespace
}  // namespace gwageo
