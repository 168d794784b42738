// What Python 3.11 printed for the same values.
#include "benchmarks/python_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace gwageo {
namespace {

std::string dumped(std::string_view json, int indent = 0) {
  return python_json(Json::parse(json).value(), indent);
}

TEST(PythonJson, OneLineHasBlanksAfterCommasAndColons) {
  EXPECT_EQ(dumped(R"({"b":[1,2.0,null],"a":{"t":true,"f":false},"e":[],"o":{}})"),
            R"({"b": [1, 2.0, null], "a": {"t": true, "f": false}, "e": [], "o": {}})");
}

TEST(PythonJson, IndentedPartsHaveLinesAndEmptyOnesHaveNone) {
  EXPECT_EQ(dumped(R"({"질문":"가","l":[[],{}, 1],"o":{"k":[2]}})", 2),
            "{\n  \"질문\": \"가\",\n  \"l\": [\n    [],\n    {},\n    1\n  ],\n"
            "  \"o\": {\n    \"k\": [\n      2\n    ]\n  }\n}");
}

TEST(PythonJson, EscapesWhatItMustAndNothingElse) {
  EXPECT_EQ(dumped(R"("\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u00a0\u2028😀")"),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\u00a0\u2028😀\"");
}

TEST(PythonJson, NumbersAreTheirRepr) {
  EXPECT_EQ(dumped("[1e22,1e16,0.1,-0.0,0.00001,9007199254740993,1E2]"),
            "[1e+22, 1e+16, 0.1, -0.0, 1e-05, 9007199254740993, 100.0]");
  const double infinity = std::numeric_limits<double>::infinity();
  const Json::Array odd = {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(python_json(Json(odd)), "[Infinity, -Infinity, NaN]");
}

}  // namespace
}  // namespace gwageo
