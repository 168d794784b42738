// The history of a target as a chart: in a terminal, and as a picture.
#include "ops/verdict_chart.h"

#include <gtest/gtest.h>

#include "ops/verdict_chart_svg.h"
#include "ops/verdict_chart_text.h"
#include "tests/ops/svg_document.h"

namespace gwageo::testing {
namespace {

Json verdict(const std::string& as_of, const std::string& candidate, const std::string& kind,
             double ratio, const std::string& moved, double share = 0.95) {
  Json json;
  json["as_of"] = as_of;
  json["candidate"] = candidate;
  json["verdict"] = kind;
  json["ratio"] = kind == "pending" ? Json(nullptr) : Json(ratio);
  json["share"] = share;
  json["ci"] = Json::array();
  json["ci"].push_back(ratio - 0.01);
  json["ci"].push_back(ratio + 0.01);
  json["moves"] = Json::array();
  Json move;
  move["kind"] = moved == "the first verdict" ? "first" : "entered";
  move["text"] = moved;
  json["moves"].push_back(std::move(move));
  return json;
}

Json::Array example() {
  return {verdict("2026-01-01", "haneul", "pass", 0.98, "the first verdict"),
          verdict("2026-01-01", "narae", "fail", 0.90, "the first verdict"),
          verdict("2026-02-01", "haneul", "inconclusive", 0.95, "reference <b> & co entered"),
          verdict("2026-02-01", "narae", "fail", 0.88, "reference <b> & co entered"),
          verdict("2026-03-01", "narae", "pass", 0.96, "scores of narae moved")};
}

TEST(VerdictChart, KnowsWhatWasInForceOnADay) {
  const VerdictChart chart = chart_of(example());
  EXPECT_EQ(date_of(chart.first), "2026-01-01");
  EXPECT_EQ(date_of(chart.last), "2026-03-01");
  ASSERT_EQ(chart.tracks.size(), 2U);
  EXPECT_EQ(ratio_on(chart.tracks[0], *day_number("2025-12-31")), std::nullopt);
  EXPECT_EQ(ratio_on(chart.tracks[0], *day_number("2026-01-31")), 0.98);
  EXPECT_EQ(ratio_on(chart.tracks[0], *day_number("2026-02-01")), 0.95);
  ASSERT_EQ(chart.events.size(), 3U);
  EXPECT_EQ(chart.events[0].texts, std::vector<std::string>{"first verdict on haneul, narae"});
  EXPECT_EQ(chart.events[1].texts, (std::vector<std::string>{"reference <b> & co entered",
                                                             "haneul pass -> inconclusive"}));
  EXPECT_EQ(chart.events[2].texts,
            (std::vector<std::string>{"scores of narae moved", "narae fail -> pass"}));
}

TEST(VerdictChart, IsDrawnInATerminal) {
  EXPECT_EQ(chart_text(chart_of(example()), 60), R"( 0.9900 |
        |AAAAAAAAAAAAAAAAAAAAAAAAA
        |
 0.9660 |
        |                                               B
        |-------------------------AAAAAAAAAAAAAAAAAAAAAAA
 0.9420 |
        |
        |
 0.9180 |
        |
        |BBBBBBBBBBBBBBBBBBBBBBBBB
 0.8940 |
        |
        |                         BBBBBBBBBBBBBBBBBBBBBB
 0.8700 |
        +------------------------------------------------
         1                        2                     3
         2026-01-01                            2026-03-01

  A  haneul: 0.9500, inconclusive
  B  narae: 0.9600, pass
  -  the share, 0.9500

  1  2026-01-01  first verdict on haneul, narae
  2  2026-02-01  reference <b> & co entered
                 haneul pass -> inconclusive
  3  2026-03-01  scores of narae moved
                 narae fail -> pass
)");
}

TEST(VerdictChart, IsBoundedHoweverManyThereAre) {
  Json::Array many;
  for (int day = 1; day <= 28; ++day) {
    for (int i = 0; i < 30; ++i) {
      many.push_back(verdict("2026-01-" + std::string(day < 10 ? "0" : "") + std::to_string(day),
                             "model-" + std::to_string(i), "fail", 0.5 + 0.01 * i, "moved"));
    }
  }
  const VerdictChart chart = chart_of(many);
  EXPECT_EQ(chart.tracks.size(), tracks_max);
  EXPECT_EQ(chart.tracks_left_out, 18U);
  EXPECT_EQ(chart.tracks[0].candidate, "model-18");  // The highest, by name.
  EXPECT_EQ(chart.events.size(), events_max);
  EXPECT_EQ(chart.events_left_out, 8U);
  EXPECT_EQ(date_of(chart.events.back().day), "2026-01-28");
}

TEST(VerdictChart, IsAPictureThatNeedsNothingElse) {
  const std::string svg = chart_svg("target <t>", chart_of(example()));
  EXPECT_EQ(read_svg(svg).fault, "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("href"), std::string::npos);
  EXPECT_NE(svg.find("reference &lt;b&gt; &amp; co entered"), std::string::npos);
  EXPECT_NE(svg.find("target &lt;t&gt;"), std::string::npos);
}

TEST(VerdictChart, WhereCandidatesMeetTextSaysSo) {
  const Json::Array equal = {verdict("2026-01-01", "a", "pass", 0.97, "the first verdict"),
                             verdict("2026-01-01", "b", "pass", 0.97, "the first verdict"),
                             verdict("2026-02-01", "b", "pass", 0.99, "scores of b moved")};
  const std::string text = chart_text(chart_of(equal), 60);
  EXPECT_NE(text.find(" |" + std::string(47, '*') + "A\n"), std::string::npos);
  EXPECT_NE(text.find("\n  *  several of them\n"), std::string::npos);
  EXPECT_EQ(chart_text(chart_of(example()), 60).find("several"), std::string::npos);
}

TEST(VerdictChart, OfOneDayOrOfNothingIsNoFault) {
  EXPECT_EQ(chart_text(chart_of({}), 100), "no verdicts to draw\n");
  const Json::Array pending = {verdict("2026-01-01", "a", "pending", 0, "the first verdict")};
  EXPECT_NE(chart_text(chart_of(pending), 100).find("A  a: pending"), std::string::npos);
  EXPECT_EQ(read_svg(chart_svg("t", chart_of(pending))).fault, "");
}

}  // namespace
}  // namespace gwageo::testing
