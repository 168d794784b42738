#include "protocol/yaml.h"

#include <gtest/gtest.h>

#include <string>

namespace gwageo {
namespace {

std::string refusal(std::string_view text, YamlDuplicates duplicates = YamlDuplicates::refuse) {
  const auto parsed = parse_yaml("a.yaml", text, duplicates);
  return parsed ? "accepted: " + to_json(*parsed).dump() : parsed.error().message;
}

std::string json_of(std::string_view text, YamlDuplicates duplicates = YamlDuplicates::refuse) {
  const auto parsed = parse_yaml("a.yaml", text, duplicates);
  return parsed ? to_json(*parsed).dump() : parsed.error().message;
}

YamlNode parsed(std::string_view text) {
  auto result = parse_yaml("a.yaml", text);
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : YamlNode{};
}

TEST(Yaml, ScalarsStayAsTheyAreWrittenWhereThatIsAsked) {
  const auto read = parse_yaml("a.yaml", "[415e898, 010, yes, 1.50, true, ~, null, '2', ]",
                               YamlDuplicates::refuse, YamlScalars::written);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read).dump(),
            "[\"415e898\",\"010\",\"yes\",\"1.50\",\"true\",null,null,\"2\"]");
}

TEST(Yaml, ResolvesPlainScalarsByTheCoreSchema) {
  EXPECT_EQ(json_of("[1, -2, +3, 0x1F, 1.5, -.5, 2., 1e3, true, False, null, ~, abc]"),
            "[1,-2,3,31,1.5,-0.5,2.0,1000.0,true,false,null,null,\"abc\"]");
  EXPECT_EQ(json_of("[\"1\", '2', \"true\", 'null', '', 2026-01-31, v1.2, -, 1-2]"),
            "[\"1\",\"2\",\"true\",\"null\",\"\",\"2026-01-31\",\"v1.2\",\"-\",\"1-2\"]");
  EXPECT_EQ(json_of("a: |\n  one\n  two\nb: >-\n  three\n  four\nc:\n"),
            "{\"a\":\"one\\ntwo\\n\",\"b\":\"three four\",\"c\":null}");
  EXPECT_EQ(json_of(""), "null");
}

TEST(Yaml, KeepsTextAsItIsWritten) {
  const std::string composed = "정답：";                // NFC
  const std::string decomposed = "\u1112\u1161\u11AB";  // NFD of one syllable
  EXPECT_EQ(json_of("[\"" + composed + "\", \"" + decomposed + "\", \"\\n\\u3000\"]"),
            "[\"" + composed + "\",\"" + decomposed + "\",\"\\n\u3000\"]");
}

// Task files of the field end their descriptions so, where a program wrote them.
TEST(Yaml, FoldsTheLinesOfQuotedText) {
  EXPECT_EQ(json_of("'A.\n\n\n  '"), R"("A.\n\n")");
  EXPECT_EQ(json_of("\"A.\\n\n\n\n  \""), R"("A.\n\n\n")");
  EXPECT_EQ(json_of("\"\n\n\n\""), R"("\n\n")");
  EXPECT_EQ(json_of("d: &x 'A.\n\n\n  '\ne: *x"), R"({"d":"A.\n\n","e":"A.\n\n"})");
  EXPECT_EQ(json_of("{\"가\": 'A\n\n  B  \n C ''s'''}"), R"({"가":"A\nB C 's'"})");
  EXPECT_EQ(json_of("\xEF\xBB\xBF\"A\\\n  \\ B \\\n\n\n C\\t \n D\""), R"("A B \n\nC\t D")");
  EXPECT_EQ(json_of("d: 'A\r\n\r\n  '\r\n"), R"({"d":"A\n"})");
}

TEST(Yaml, ResolvesTheEscapesOfQuotedText) {
  EXPECT_EQ(json_of(R"("\_\N\L\P|\x41\u00e9\U0001F642\/\e")"),
            "\"\u00a0\u0085\u2028\u2029|A\u00e9\U0001F642/\\u001b\"");
  EXPECT_EQ(json_of("'\\n ''\\_'"), R"("\\n '\\_")");
}

TEST(Yaml, KnowsTheTagsOfTextAndNull) {
  EXPECT_EQ(json_of("a: !!null 'null'\nb: !!str 12\nc: !!str '1\n\n\n '"),
            R"({"a":null,"b":"12","c":"1\n\n"})");
  EXPECT_NE(refusal("a: !!str [1]"), "");
}

TEST(Yaml, RemembersPlaces) {
  const YamlNode root = parsed("a: 1\nb:\n  - x\n  - {c: 2}\n");
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.members[1].line, 2);
  EXPECT_EQ(root.members[1].column, 1);
  const YamlNode& inner = root.members[1].value.elements[1];
  EXPECT_EQ(inner.line, 4);
  EXPECT_EQ(inner.column, 5);
  EXPECT_EQ(inner.members[0].value.column, 9);
}

TEST(Yaml, RefusesWhatOtherReadersTakeForSomethingElse) {
  EXPECT_EQ(refusal("a: yes"),
            "a.yaml:1:4: 'yes' is a boolean to some readers of YAML; put it in quotes, or write "
            "it plainly");
  for (const char* text : {"no", "On", "OFF", "010", "1_000", "12:30", "0b1", "0o7", "-0x1"}) {
    EXPECT_NE(refusal(text).find("to some readers of YAML"), std::string::npos) << text;
  }
  EXPECT_EQ(json_of("yes: 1"), "{\"yes\":1}");
  EXPECT_EQ(refusal("[.inf]"), "a.yaml:1:2: '.inf' is no finite number");
  EXPECT_EQ(refusal("9223372036854775808"),
            "a.yaml:1:1: '9223372036854775808' does not fit 64 bits");
}

TEST(Yaml, RefusesTagsByName) {
  EXPECT_EQ(refusal("a: 1\nb: !function utils.f"),
            "a.yaml:2:4: `!function` needs Python, which no task file runs here; write the task "
            "without it");
  EXPECT_EQ(refusal("a: !thing [1]"), "a.yaml:1:4: the tag `!thing` is not known here");
  EXPECT_EQ(refusal("a: !!int 1"),
            "a.yaml:1:4: the tag `!<tag:yaml.org,2002:int>` is not known here");
}

TEST(Yaml, RefusesMalformedDocumentsWithTheirPlace) {
  EXPECT_EQ(refusal("a: [1, 2").rfind("a.yaml:1:", 0), 0u) << refusal("a: [1, 2");
  EXPECT_NE(refusal("a: [1, 2").find("malformed YAML"), std::string::npos);
  EXPECT_EQ(refusal("a:\n\t- b").rfind("a.yaml:2:", 0), 0u) << refusal("a:\n\t- b");
  EXPECT_EQ(refusal("a:\n  - b\n \tc: 1\n"),
            "a.yaml:3:2: malformed YAML: a tab does not indent; write spaces in its place (the "
            "parser says: 3:2: illegal tab when looking for indentation)");
  EXPECT_EQ(refusal("# x\n\t# y\na: {\n").find("tab"), std::string::npos);
  EXPECT_EQ(json_of("a: [1,\n\t2]\nb:\tc"), R"({"a":[1,2],"b":"c"})");
  EXPECT_EQ(refusal("a: b\nc: \"d\n"), "a.yaml:2:4: malformed YAML: a quote without an end");
  EXPECT_EQ(refusal("a: b\nc: 'd\n  e\n\n"), "a.yaml:2:4: malformed YAML: a quote without an end");
  EXPECT_EQ(refusal("a: \"b\nc: d\n"), "a.yaml:1:4: malformed YAML: a quote without an end");
  EXPECT_EQ(refusal("a: [x?, y]\n"),
            "a.yaml:1:6: malformed YAML: unknown token; put a text with a '?' between brackets in "
            "quotes");
  EXPECT_EQ(refusal("---\na\n---\nb\n"), "a.yaml:3:1: a second document; a file holds one");
  EXPECT_EQ(refusal("a: b\nc: \xFF"), "a.yaml:2:4: not UTF-8");
  EXPECT_EQ(refusal("a: \x04 b"), "a.yaml:1:4: a control character");
  EXPECT_EQ(refusal("[a]: b"), "a.yaml:1:1: a key that is no plain text");
  EXPECT_EQ(refusal("null: b"), "a.yaml:1:1: a key that is no plain text");
  EXPECT_EQ(refusal("x: &a {b: 1}\ny:\n  <<: *a"),
            "a.yaml:3:3: the merge key `<<` is not known here");
}

TEST(Yaml, TreatsDuplicateKeysAsAsked) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3"), "a.yaml:3:1: key 'a': given twice, first in line 1");
  EXPECT_EQ(json_of("a: 1\nb: 2\na: 3", YamlDuplicates::last), "{\"a\":3,\"b\":2}");
}

TEST(Yaml, CopiesAliasesOutWithinBounds) {
  EXPECT_EQ(json_of("a: &x [1, {b: 2}]\nc: *x"), "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}");
  EXPECT_EQ(refusal("a: &x [1, *x]"), "a.yaml:1:11: an alias inside the node that it names");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int k = 0; k < 9; ++k) bomb += ", " + below;
    bomb += "]\n";
  }
  EXPECT_NE(refusal(bomb).find("more than 100,000 nodes"), std::string::npos);
  std::string wide = "a: &x \"" + std::string((1u << 20) - 16, 'x') + "\"\nb: [*x, *x, *x]\n";
  EXPECT_EQ(refusal(wide).rfind("accepted", 0), 0u);
  wide = "a: &x \"" + std::string((1u << 20) - 16, 'x') + "\"\nb: [*x, *x, *x, *x]\n";
  EXPECT_EQ(refusal(wide), "a.yaml:2:17: more than 4 MiB, with aliases copied out");
}

TEST(Yaml, BoundsDepthAndSize) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal(nested(64)).rfind("accepted", 0), 0u);
  EXPECT_EQ(refusal(nested(65)), "a.yaml:1:65: nesting deeper than 64");
  EXPECT_EQ(refusal(nested(100000)), "a.yaml:1:65: nesting deeper than 64");
  EXPECT_EQ(refusal(std::string((4u << 20) + 1, ' ')), "a.yaml: larger than 4 MiB");
}

TEST(YamlValue, ReadsTypesAndNamesWhatItGot) {
  const YamlNode root = parsed("{n: 1, x: 0.5, t: word, b: true, l: [a, b], m: {k: 3}, e: }");
  const YamlValue value("a.yaml", root);
  EXPECT_EQ(*value.find("n")->integer(0, 1), 1);
  EXPECT_EQ(*value.find("n")->number(), 1.0);
  EXPECT_EQ(*value.find("x")->number(), 0.5);
  EXPECT_EQ(*value.find("t")->text(), "word");
  EXPECT_TRUE(*value.find("b")->boolean());
  EXPECT_EQ(value.find("l")->texts()->size(), 2u);
  EXPECT_EQ(value.find("t")->texts()->front(), "word");
  EXPECT_TRUE(value.find("e")->is_null());
  EXPECT_FALSE(value.find("absent"));
  EXPECT_FALSE(value.find("t")->find("k"));
  EXPECT_EQ(value.find("l")->number().error().message,
            "a.yaml:1:37: key 'l': expected a number, got a list");
  EXPECT_EQ(value.find("n")->integer(2, 3).error().message,
            "a.yaml:1:5: key 'n': expected an integer from 2 to 3, got 1");
  EXPECT_EQ(value.find("n")->text().error().message,
            "a.yaml:1:5: key 'n': expected a string, got an integer");
  EXPECT_EQ(value.find("m")->find("k")->text().error().message,
            "a.yaml:1:52: key 'm.k': expected a string, got an integer");
  EXPECT_EQ(value.find("e")->boolean().error().message,
            "a.yaml:1:59: key 'e': expected true or false, got nothing");
  EXPECT_EQ((*value.find("l")->elements())[1].integer(0, 1).error().message,
            "a.yaml:1:41: key 'l[1]': expected an integer, got a string");
}

TEST(YamlValue, NamesMissingAndUnknownKeys) {
  const YamlNode root = parsed("wieght: 1\nother: {zzzzzz: 1}");
  const YamlValue value("a.yaml", root);
  EXPECT_EQ(value.need("weight").error().message, "a.yaml:1:1: the key 'weight' is missing");
  EXPECT_EQ(value.only({"weight", "other"}).error().message,
            "a.yaml:1:1: key 'wieght': unknown, did you mean 'weight'?");
  EXPECT_EQ(value.find("other")->only({"weight"}).error().message,
            "a.yaml:2:9: key 'other.zzzzzz': unknown");
  EXPECT_TRUE(value.only({"wieght", "other"}));
}

TEST(YamlValue, NamesAreWhatTheDesignSays) {
  EXPECT_TRUE(is_name("a"));
  EXPECT_TRUE(is_name("0-A.b_c"));
  EXPECT_TRUE(is_name(std::string(128, 'a')));
  EXPECT_FALSE(is_name(std::string(129, 'a')));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name("-a"));
  EXPECT_FALSE(is_name("a b"));
  EXPECT_FALSE(is_name("한"));
}

}  // namespace
}  // namespace gwageo
