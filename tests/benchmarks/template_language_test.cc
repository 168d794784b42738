// What the template language gives, compared with Jinja2 itself.
#include <gtest/gtest.h>

#include <string>

#include "benchmarks/template.h"

namespace gwageo {
namespace {

const char* const language_row_text =
    "{\"q\": \" 다음 중 옳은 것은?\\n\", \"a\": 3, \"neg\": -2, \"yes\": true, \"f\": 0.1, "
    "\"none_\": null, \"empty\": \"\", \"c\": [\"가\", \"b's\", \"\\\"x\\\"\", 4], \"choices\": "
    "{\"label\": [\"A\", \"B\", \"C\"], \"text\": [\"하나\", \"둘\", \"셋\"], \"items\": [1]}, "
    "\"rows\": [{\"x\": 2, \"y\": \"Beta\"}, {\"x\": 1, \"y\": \"alpha\"}, {\"x\": 2}], \"n\": [3, "
    "1, 2, 3, 1], \"e\": [], \"word\": \"Hello World\", \"eu\": \"École straße ΣΑΣ ǆ İ\", \"csv\": "
    "\"x,y,,z\", \"ab\": \"aXbXc\", \"lines\": \"one\\r\\ntwo\\n\", \"answer\": 2}";

std::string rendered_row(std::string_view text) {
  const auto compiled = Template::compile(text);
  if (!compiled) return "refused: " + compiled.error().message;
  std::string out;
  const Status status = compiled->render(Json::parse(language_row_text).value(), out);
  return status ? out : "error: " + status.error().message;
}

struct LanguageCase {
  const char* text;
  const char* expected;
};

template <std::size_t n>
void expect_all(const LanguageCase (&cases)[n]) {
  for (const LanguageCase& one : cases) EXPECT_EQ(rendered_row(one.text), one.expected) << one.text;
}

// The reader of names and spaces counts on whole characters. Task files are UTF-8 before they get
// here; a fuzzer was not.
TEST(TemplateLanguage, RefusesWhatIsNoUtf8) {
  EXPECT_EQ(rendered_row("{% set\xC2 s -%}"), "refused: the template: byte 6 is no UTF-8");
  EXPECT_EQ(rendered_row("a\xFF"), "refused: the template: byte 1 is no UTF-8");
}

// Expected texts are those of Jinja 3.1.6 under Python 3.11 with StrictUndefined, a kept final line
// end and the harness's filter regex_replace.

TEST(TemplateLanguage, LoopsAsJinja) {
  const LanguageCase cases[] = {
      {"{% for x in c %}{{ x }};{% endfor %}", "가;b's;\"x\";4;"},
      {"{% for i in range(choices['label'] | length) -%}\n{{choices['label'][i]}}. "
       "{{choices['text'][i]}}\n{% endfor -%}\nAnswer:",
       "A. 하나\nB. 둘\nC. 셋\nAnswer:"},
      {"{% for k, v in choices.items() %}{{k}}={{v}} {% endfor %}",
       "label=['A', 'B', 'C'] text=['하나', '둘', '셋'] items=[1] "},
      {"{% for x in e %}x{% else %}none{% endfor %}{% for x in n %}{% else %}never{% endfor %}",
       "none"},
      {"{% for x in n if x > 1 %}{{loop.index}}/{{loop.length}}:{{x}} {% endfor %}",
       "1/3:3 2/3:2 3/3:3 "},
      {"{% for x in n "
       "%}{{loop.index0}}{{loop.revindex}}{{loop.revindex0}}{{loop.first}}{{loop.last}}{{loop."
       "depth}} {% endfor %}",
       "054TrueFalse1 143FalseFalse1 232FalseFalse1 321FalseFalse1 410FalseTrue1 "},
      {"{% for x in n %}{% if not loop.first %}{{ loop.previtem }}<{% endif %}{{x}}{% if not "
       "loop.last %}>{{ loop.nextitem }}{% endif %} {% endfor %}",
       "3>1 3<1>2 1<2>3 2<3>1 3<1 "},
      {"{% for x in n %}{{ loop.cycle('a','b') }}{% endfor %}", "ababa"},
      {"{% for x in 'ab한' %}[{{x}}]{% endfor %}{% for k in {'p':1,'q':2} %}{{k}}{% endfor %}",
       "[a][b][한]pq"},
      {"{% for x in n %}{% for y in [x] %}{{loop.index}}{{y}}{% endfor %}{{loop.index}} {% endfor "
       "%}",
       "131 112 123 134 115 "},
      {"{% for a, b in [(1,2),[3,4]] %}{{a}}{{b}}{% endfor %}{{a}}", "12343"},
      {"{% for x in rows|map(attribute='x') %}{{x}}{% endfor %}", "212"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, VariablesAsJinja) {
  const LanguageCase cases[] = {
      {"{% set x = 5 %}{{x}}{% set x = x + 1 %}{{x}}", "56"},
      {"{% set a = 'new' %}{{a}}", "new"},
      {"{% set x = 0 %}{% for i in n %}{{x}}{% set x = x + i %}{{x}} {% endfor %}{{x}}",
       "03 01 02 03 01 0"},
      {"{% for i in n %}{% if loop.first %}{% set y = 'set' %}{% endif %}{{ y is defined }}{% "
       "endfor %}",
       "TrueFalseFalseFalseFalse"},
      {"{% if yes %}{% set z = 1 %}{% endif %}{{z}}", "1"},
      {"{% set s = namespace(total=0) %}{% for i in n %}{% set s.total = s.total + i %}{% endfor "
       "%}{{s.total}}",
       "10"},
      {"{% set u, v = 1, 'two' %}{{u}}{{v}}", "1two"},
      {"{% set block %}<{{a}}>{% endset %}{{block}}{{block|length}}", "<3>3"},
      {"{% set t = 1, 2 %}{{t}}", "(1, 2)"},
      {"{% set m = missing %}{{ m is defined }}{{ m|default('d') }}", "Falsed"},
      {"{% set _context = csv.split(',')[-1] %}{{ _context | trim }}", "z"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, ExpressionsAsJinja) {
  const LanguageCase cases[] = {
      {"{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 2 ** 10 }} "
       "{{ 2 ** 3 ** 2 }} {{ 2 ** -1 }}",
       "3 -4 1 2 3.5 3.0 1024 64 0.5"},
      {"{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1e3 }} {{ 1.50 }} {{ 0x1F }} {{ 0b11 }} {{ 1_0.5 }}",
       "3.0 0.5 1000.0 1.5 31 3 10.5"},
      {"{{ 'ab' * 2 }}{{ 2 * [1] }}{{ (1,) + (2, 3) }}{{ true * 2 }}", "abab[1, 1](1, 2, 3)2"},
      {"{{ 1 < a < 5 }}{{ 1 < a > 5 }}{{ 1 == 1.0 == true }}{{ 'a' < 'b' <= 'b' }}{{ [1, 2] < [1, "
       "3] }}",
       "TrueFalseTrueTrueTrue"},
      {"{{ (1, 2) }}{{ (1,) }}{{ () }}{{ 1, 2 }}", "(1, 2)(1,)()(1, 2)"},
      {"{{ {'cause': '왜', 'effect': 2}['cause'] }}{{ {'a': 1, 2: [none]} }}{{ {} }}",
       "왜{'a': 1, 2: [None]}{}"},
      {"{{ word[:5] }}|{{ word[-5:] }}|{{ word[::-1] }}|{{ word[1:8:3] }}|{{ q[1:3] }}|{{ c[1:] "
       "}}|{{ c[::-2] }}|{{ word[9:2] }}|{{ c[-99:99] }}",
       "Hello|World|dlroW olleH|eoo|다음|[\"b's\", '\"x\"', 4]|[4, \"b's\"]||['가', \"b's\", "
       "'\"x\"', 4]"},
      {"{{ missing is defined }}{{ a is defined }}{{ missing is undefined }}{{ choices.nope is "
       "defined }}{{ c[9] is defined }}",
       "FalseTrueTrueFalseFalse"},
      {"{{ missing|default('x') }}{{ a|default('x') }}{{ empty|default('x') }}{{ "
       "empty|default('x', true) }}{{ none_|d('x', boolean=true) }}",
       "x3xx"},
      {"{{ none_ is none }}{{ a is not none }}{{ word is string }}{{ choices is mapping }}{{ c is "
       "iterable }}{{ a is number }}{{ f is float }}{{ a is integer }}{{ yes is boolean }}{{ e is "
       "sequence }}",
       "TrueTrueTrueTrueTrueTrueTrueTrueTrueTrue"},
      {"{{ a is odd }}{{ a is even }}{{ 9 is divisibleby 3 }}{{ a is in [1, 3] }}{{ a is eq 3 }}{{ "
       "a is gt(2) }}{{ 'abc' is lower }}{{ yes is true }}",
       "TrueFalseTrueTrueTrueTrueTrueTrue"},
      {"{{ not a is none }}{{ a is none or yes }}{{ a if a is defined else 'x' }}", "TrueTrue3"},
      {"{{ ('x' if empty) ~ '|' ~ ('y' if a) }}", "|y"},
      {"{{ answer.split('####')[-1].strip() if answer is string else answer }}", "2"},
      {"{{ c[yes] }}{{ c[-1:] == [4] }}{{ choices['label'][answer] }}{{ choices.label.index('C') "
       "}}",
       "b'sTrueC2"},
      {"{{ range(3) }}{{ range(1, 9, 2)|list }}{{ range(3, 0, -1)|join }}{{ range(4)[2] }}{{ 2 in "
       "range(3) }}",
       "range(0, 3)[1, 3, 5, 7]3212True"},
      {"{{ a ~ f ~ none_ ~ c[:1] }}{{ 1 ~ 2 + 3 ~ 4 if false else 'n' }}", "30.1None['가']n"},
      {"{{ -a ** 2 }} {{ -a|abs }} {{ +a }} {{ - -a }}", "9 3 3 3"},
      {"{{ {'a': {'b': 1}}}}", "{'a': {'b': 1}}"},
      {"{{ '\\x41\\101\\t\\u00e9' }}", "AA\té"},
  };
  expect_all(cases);
}

// Printed by Jinja 3.1.
TEST(TemplateLanguage, SelfIsTheTemplateWhateverTheFields) {
  const LanguageCase cases[] = {
      {"{{ self is defined }}{{ self is undefined }}{{ self is string }}{{ self is none }}{{ self "
       "is mapping }}{{ self is number }}{{ self is boolean }}{{ self is true }}",
       "TrueFalseFalseFalseFalseFalseFalseFalse"},
      {"{% for i in [1] %}{{ not self is defined }}{% endfor %}", "False"},
      {"{% set self = 3 %}{{ self }}{{ self is string }}", "3False"},
  };
  expect_all(cases);
  EXPECT_EQ(
      rendered_row("a{{ self }}"),
      "error: line 1, column 5 of the template: 'self' is the template itself to Jinja, whatever "
      "fields there are; only a test may ask for it here (is defined); give a field of that "
      "name another one");
}

TEST(TemplateLanguage, ReprEscapesWhatIsNotPrintable) {
  const LanguageCase cases[] = {
      {"{{ ['\u0378', '\u00ad', '\u3000', '\u1734', '\ue000'] }}",
       "['\\u0378', '\\xad', '\\u3000', '\u1734', '\\ue000']"},
      {"{{ ['\U0001FADD', '\U000E0FFF', '\U0010FFFF', '\U0001F393'] }}",
       "['\\U0001fadd', '\\U000e0fff', '\\U0010ffff', '\U0001F393']"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, FiltersAsJinja) {
  const LanguageCase cases[] = {
      {"{{ rows|map(attribute='x')|list }}{{ rows|map(attribute='y', default='?')|join(',') }}{{ "
       "c|map('string')|map('upper')|join('/') }}",
       "[2, 1, 2]Beta,alpha,?가/B'S/\"X\"/4"},
      {"{{ n|sort }}{{ n|sort(reverse=true) }}{{ n|unique|list }}{{ ['b','A','a','B']|sort }}{{ "
       "['b','A']|sort(case_sensitive=true) }}{{ rows|sort(attribute='x')|map(attribute='x')|join "
       "}}",
       "[1, 1, 2, 3, 3][3, 3, 2, 1, 1][3, 1, 2]['A', 'a', 'b', 'B']['A', 'b']122"},
      {"{{ n|first }}{{ n|last }}{{ word|first }}{{ n|reverse|list }}{{ 'abc한'|reverse }}{{ n|min "
       "}}{{ n|max }}{{ n|sum }}{{ rows|sum(attribute='x') }}",
       "31H[1, 3, 2, 1, 3]한cba13105"},
      {"{{ rows|selectattr('y','defined')|map(attribute='y')|list }}{{ "
       "rows|rejectattr('x','equalto',2)|list }}{{ n|select('>', 1)|list }}{{ n|reject('odd')|list "
       "}}{{ c|select('string')|list }}",
       "['Beta', 'alpha'][{'x': 1, 'y': 'alpha'}][3, 2, 3][2]['가', \"b's\", '\"x\"']"},
      {"{{ 2.5|round }} {{ 3.14159|round(2) }} {{ 7|round }} {{ 1.25|round(1,'ceil') }} {{ "
       "1.25|round(1,'floor') }} {{ 3.7|int }} {{ '3.7'|float }} {{ 'x'|float }} {{ 'inf'|int(9) "
       "}}",
       "2.0 3.14 7 1.3 1.2 3 3.7 0.0 9"},
      {"{{ 'hello-world (foo) bar'|title }} {{ 'it\\'s a'|title }} {{ 'it\\'s a'.title() }} {{ "
       "word|lower|capitalize }}",
       "Hello-World (Foo) Bar It's A It'S A Hello world"},
      {"{{ eu|lower }} {{ eu|upper }} {{ eu.title() }} {{ eu.capitalize() }} {{ eu|title }}",
       "école straße σας ǆ i̇ ÉCOLE STRASSE ΣΑΣ Ǆ İ École Straße Σας ǅ İ "
       "École straße σας ǆ i̇ École Straße Σας Ǆ İ"},
      {"{{ choices|tojson }}{{ \"<'&\\\"한🎓>\"|tojson }}",
       "{\"items\": [1], \"label\": [\"A\", \"B\", \"C\"], \"text\": [\"\\ud558\\ub098\", "
       "\"\\ub458\", \"\\uc14b\"]}\"\\u003c\\u0027\\u0026\\\"\\ud55c\\ud83c\\udf93\\u003e\""},
      {"{{ {'b':[1,{}],'a':[]}|tojson(indent=2) }}",
       "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}"},
      {"{{ 'a1b22'|regex_replace('[0-9]+', '<\\\\g<0>>') }}{{ 'John Smith'|regex_replace('(\\\\w+) "
       "(\\\\w+)', '\\\\2 \\\\1') }}{{ 'aaa'|regex_replace('a', 'b', 2) }}{{ "
       "'abc'|regex_replace('x*', '-') }}",
       "a<1>b<22>Smith Johnbba-a-b-c-"},
      {"{{ 'aXbXc'|replace('X', '', 1) }}{{ csv|trim('xz') }}{{ a|replace(3, 'three') }}{{ "
       "'abc'|replace('', '-') }}",
       "abXc,y,,three-a-b-c-"},
      {"{{ choices|dictsort }}{{ {'b':1,'a':2}|items|list }}{{ {'b':1,'a':2}|dictsort(by='value') "
       "}}",
       "[('items', [1]), ('label', ['A', 'B', 'C']), ('text', ['하나', '둘', '셋'])][('b', 1), "
       "('a', 2)][('b', 1), ('a', 2)]"},
      {"{{ none_|map(attribute='x')|list }}{{ c|list == c }}{{ 'ab'|list }}{{ c|count }}",
       "[]True['a', 'b']4"},
      {"{{ c|join(d='-') }}{{ rows|join(', ', attribute='x') }}", "가-b's-\"x\"-42, 1, 2"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, MethodsAsJinja) {
  const LanguageCase cases[] = {
      {"{{ csv.split(',') }}{{ csv.split(',', 1) }}{{ csv.rsplit(',', 1) }}{{ ' a b  c "
       "'.split(none, 1) }}{{ csv.split(',', maxsplit=1) }}",
       "['x', 'y', '', 'z']['x', 'y,,z']['x,y,', 'z']['a', 'b  c ']['x', 'y,,z']"},
      {"{{ lines.splitlines() }}{{ ab.find('X') }}{{ ab.find('z') }}{{ ab.rfind('X') }}{{ "
       "ab.rindex('X') }}{{ q.find('옳') }}{{ ab.count('X') }}{{ n.count(3) }}",
       "['one', 'two']1-133622"},
      {"{{ ab.startswith('aX') }}{{ ab.endswith('x') }}{{ ab.endswith(('b', 'c')) }}{{ "
       "ab.removeprefix('a') }}{{ ab.removesuffix('a') }}",
       "TrueFalseTrueXbXcaXbXc"},
      {"{{ '{} and {}'.format(a, word) }}{{ '{1}{0}{{}}'.format('x', c) }}",
       "3 and Hello World['가', \"b's\", '\"x\"', 4]x{}"},
      {"{{ choices.keys() }}{{ {'a': 1}.values() }}{{ {'a': 1}.items() }}{{ choices.get('label') "
       "}}{{ choices.get('z') }}{{ choices.get('z', 'no') }}",
       "dict_keys(['label', 'text', 'items'])dict_values([1])dict_items([('a', 1)])['A', 'B', "
       "'C']Noneno"},
      {"{{ '12'.isdigit() }}{{ word.isdigit() }}{{ ab.replace('X', '-', 1) }}{{ ', "
       "'.join(choices.text) }}{{ '-'.join('abc') }}",
       "TrueFalsea-bXc하나, 둘, 셋a-b-c"},
      {"{{ [False, True].index(yes) }}{{ (1, 2, 2).count(2) }}", "12"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, WhiteSpaceAsJinja) {
  const LanguageCase cases[] = {
      {"a  {%- if yes %} b {% endif -%}  c", "a b c"},
      {"{%- raw %} {{ x }} {% if %}{% endraw -%}   z", " {{ x }} {% if %}z"},
      {"{% raw -%}  {{a}}  {%- endraw %} z", "{{a}} z"},
      {"{{ a -}}\n\n  {{- a }}\n\n", "33\n\n"},
      {"{% if yes +%} x {%- endif %}", " x"},
      {"a{#- c -#}  b {# {{ #}c", "ab c"},
      {"line\n{% set x = 1 %}\nnext\n", "line\n\nnext\n"},
  };
  expect_all(cases);
}

}  // namespace
}  // namespace gwageo
