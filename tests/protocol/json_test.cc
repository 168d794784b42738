#include "protocol/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace gwageo {
namespace {

std::string refusal_of_json(std::string_view text) {
  const auto parsed = Json::parse(text);
  return parsed ? "accepted: " + parsed->dump() : parsed.error().message;
}

std::string round_trip(std::string_view text) { return Json::parse(text).value().dump(); }

TEST(Json, ReadsAndPrintsEveryKind) {
  const std::string text =
      "{\"z\":null,\"a\":[true,false,-1,1.5,\"x\"],\"m\":{},\"e\":[],\"한\":\"정답：\"}";
  EXPECT_EQ(round_trip(text), text);
  EXPECT_EQ(round_trip(" [ 1 , 2 ] "), "[1,2]");
  EXPECT_EQ(Json::parse("{\"a\":[1]}").value().dump(2), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, KeepsIntegersThatFit) {
  EXPECT_TRUE(Json::parse("9223372036854775807").value().is_integer());
  EXPECT_EQ(Json::parse("-9223372036854775808").value().as_integer(), INT64_MIN);
  EXPECT_FALSE(Json::parse("9223372036854775808").value().is_integer());
  EXPECT_TRUE(Json::parse("9223372036854775808").value().is_number());
  EXPECT_FALSE(Json::parse("1.0").value().is_integer());
  EXPECT_EQ(Json::parse("1.0").value().as_double(), 1.0);
  EXPECT_EQ(Json::parse("3").value().as_double(), 3.0);
}

TEST(Json, PrintsDoublesThatReadBackEqual) {
  for (const double v : {0.1, 1e300, -2.5e-300, 1.0 / 3.0, 123456789.123456789, 5e-324}) {
    EXPECT_EQ(Json::parse(Json(v).dump()).value().as_double(), v);
  }
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).dump(), "null");
}

TEST(Json, ReadsEscapes) {
  EXPECT_EQ(Json::parse("\"\\u00e9\\ud55c\\ud83d\\ude00\\n\\\"\"").value().as_string(),
            "é한\U0001F600\n\"");
  EXPECT_EQ(Json::parse("\"\\u0000\"").value().as_string(), std::string(1, '\0'));
  EXPECT_NE(refusal_of_json("\"\\ud83d\"").find("malformed JSON at line 1"), std::string::npos);
}

// Other readers go on behind it, or refuse it: what stands there would be seen by some only.
TEST(Json, RefusesAZeroByteWhereverItIs) {
  using namespace std::string_literals;
  EXPECT_EQ(refusal_of_json("{\"a\":\n1}\0{\"auto_map\":{}}"s),
            "malformed JSON at line 2, column 3: a zero byte");
  for (const std::string& text : {"{}\0"s, "\0{}"s, "{\"a\":\"x\0y\"}"s, "[1,\0 2]"s}) {
    EXPECT_NE(refusal_of_json(text).find("a zero byte"), std::string::npos);
  }
}

TEST(Json, RefusesWithLineAndColumn) {
  EXPECT_EQ(refusal_of_json("{\"a\":1,\n \"b\":}").rfind("malformed JSON at line 2, column 6", 0),
            0u)
      << refusal_of_json("{\"a\":1,\n \"b\":}");
  EXPECT_EQ(refusal_of_json("").rfind("malformed JSON at line 1", 0), 0u);
  EXPECT_EQ(refusal_of_json("1 2").rfind("malformed JSON at line 1, column 3", 0), 0u)
      << refusal_of_json("1 2");
  EXPECT_EQ(refusal_of_json("\n\"\xC3\"").rfind("not UTF-8 at line 2, column 2", 0), 0u);
  for (const char* bad : {"{", "[1,]", "{'a':1}", "nul", "01", "+1", ".5", "NaN", "\"\t\"", "{1:2}",
                          "// x\n1", "[1", "\"a"}) {
    EXPECT_EQ(refusal_of_json(bad).rfind("malformed JSON", 0), 0u) << bad;
  }
}

TEST(Json, ReadsPythonsNumbersWhereTheyAreExpected) {
  const Json read =
      Json::parse_python(R"({"a":[true,-1.5e-3,NaN,2, -Infinity,"NaN \" Infinity"],"b": Infinity})")
          .value();
  const Json::Array& list = read.find("a")->as_array();
  EXPECT_EQ(list[1], Json(-1.5e-3));
  EXPECT_TRUE(std::isnan(list[2].as_double()));
  EXPECT_EQ(list[3], Json(2));
  EXPECT_EQ(list[4], Json(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(list[5], Json("NaN \" Infinity"));
  EXPECT_EQ(*read.find("b"), Json(std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::isnan(Json::parse_python("NaN").value().as_double()));
  EXPECT_EQ(Json::parse_python("{\"a\":1}").value(), Json::parse("{\"a\":1}").value());
}

TEST(Json, RefusesWhatIsNoNumberOfPythonsEither) {
  for (const char* bad : {"1NaN", "NaN1", "nan", "Inf", "-NaN", "--Infinity", "NaNaN", "{NaN:1}",
                          "[NaN", "Infinity,", "- Infinity", "[Infinity 1]", "\"NaN"}) {
    const auto read = Json::parse_python(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().message.rfind("malformed JSON", 0), 0u) << bad;
  }
  EXPECT_EQ(Json::parse_python("[NaN,\n -Infinity x]")
                .error()
                .message.rfind("malformed JSON at line 2, column 12", 0),
            0u);
}

TEST(Json, RefusesWhatReadersDisagreeAbout) {
  EXPECT_EQ(refusal_of_json("{\"a\":1,\"b\":2,\"a\":3}"), "the JSON has the key \"a\" twice");
  EXPECT_NE(refusal_of_json("1e999").find("JSON"), std::string::npos);
  EXPECT_NE(refusal_of_json("1e999").rfind("accepted", 0), 0u);
}

TEST(Json, BoundsNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal_of_json(nested(64)).rfind("accepted", 0), 0u);
  EXPECT_EQ(refusal_of_json(nested(65)), "the JSON has nesting deeper than 64");
  EXPECT_EQ(refusal_of_json(std::string(1'000'000, '[')), "the JSON has nesting deeper than 64");
}

TEST(Json, BuildsObjectsInOrder) {
  Json value;
  value["b"] = 1;
  value["a"].push_back("x");
  value["b"] = 2;
  EXPECT_EQ(value.dump(), "{\"b\":2,\"a\":[\"x\"]}");
  EXPECT_EQ(value.find("a")->as_array().size(), 1u);
  EXPECT_EQ(value.find("c"), nullptr);
  EXPECT_EQ(Json(1).find("c"), nullptr);
  EXPECT_EQ(Json().type_name(), "null");
  EXPECT_EQ(Json(true).type_name(), "boolean");
  EXPECT_EQ(Json(1).type_name(), "integer");
  EXPECT_EQ(Json(1.5).type_name(), "number");
  EXPECT_EQ(Json("a").type_name(), "string");
  EXPECT_EQ(Json::array().type_name(), "array");
  EXPECT_EQ(Json::object().type_name(), "object");
}

TEST(Utf8, KnowsWellFormedBytes) {
  EXPECT_TRUE(is_utf8("a é 한 \U0001F600"));
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE1\x80", "\xC3"}) {
    std::size_t at = 99;
    EXPECT_FALSE(is_utf8(std::string("ok") + bad, &at));
    EXPECT_EQ(at, 2u);
  }
}

}  // namespace
}  // namespace gwageo
