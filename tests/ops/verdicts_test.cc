// How verdicts move, through the program: history, explanation, replay, another policy, watching.
#include <fstream>

#include "tests/ops/program.h"
#include "tests/ops/svg_document.h"

namespace gwageo::testing {
namespace {

/// Days long over, so that no verdict depends on when the test is run.
constexpr const char* reference_day = "2020-01-01";
constexpr const char* candidate_day = "2020-02-01";

class Verdicts : public ProgramTest {
 protected:
  static std::string policy(const std::string& share, const std::string& compare) {
    return "target: t\nsuite: mini\nshare: " + share + "\n" + compare + "\n";
  }
  /// A reference that knows the ones, and a candidate that knows the twos: each right on another
  /// quarter.
  void examined() {
    write_suite("mini");
    write("named.yaml", policy("0.95", "compare: {model: old}"));
    write("lower.yaml", policy("0.9", "compare: {model: old}"));
    write("window.yaml", policy("0.95", "compare: best\nwindow: {months: 6}"));
    up();
    done({"suite", "add", "mini/suite.yaml"});
    add_paced("old", "reference", reference_day, "1");
    done({"target", "add", "named.yaml"});
    add_paced("new", "candidate", candidate_day, "2");
    done({"submit", "--model", "old", "--suite", "mini", "--wait"});
    done({"submit", "--model", "new", "--suite", "mini", "--wait"});
    ASSERT_TRUE(eventually([&] { return newest() == "inconclusive"; }));
  }
  Json::Array history() const {
    return done({"target", "history", "t", "--json"}).json().find("verdicts")->as_array();
  }
  std::string newest() const {
    const Json::Array verdicts = history();
    return verdicts.empty() ? "" : verdicts.back().find("verdict")->as_string();
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in:\n" << text;
}

TEST_F(Verdicts, TheHistorySaysWhatMoved) {
  examined();
  const std::size_t before = history().size();
  done({"target", "add", "lower.yaml"});
  ASSERT_TRUE(eventually([&] { return history().size() > before; }));
  const std::string table = done({"target", "history", "t"}).out;
  expect_part(table, "what moved it");
  expect_part(table, "the first verdict");
  expect_part(table, "new was examined (job 2)");
  expect_part(table, "policy 1 -> 2: share: 0.95 -> 0.9");
  const Json last = history().back();
  EXPECT_EQ(*last.find("ratio_exact"), Json("1/1"));
  EXPECT_EQ(*last.find("share"), Json(0.9));
  EXPECT_EQ(*last.find("moves")->as_array()[0].find("kind"), Json("policy"));
  EXPECT_EQ(*last.find("moves")->as_array()[0].find("before"), Json("1"));

  expect_part(done({"target", "history", "t", "--last", "1"}).out,
              std::to_string(before) + " older verdicts are left out (--last N)\n");
  const std::string drawn = done({"target", "history", "t", "--chart", "--svg", "t.svg"}).out;
  expect_part(drawn, "A  new: 1.0000, inconclusive");
  EXPECT_EQ(read_svg(read("t.svg")).fault, "");
  expect({"target", "history", "nothing"}, 2, {"no target is named nothing"});
  expect({"target", "history", "t", "--candidate", "none"}, 2,
         {"target t has no verdict on none, and no model is named so"});
  const Json audit = done({"audit", "rescore", "--json"}).json();
  EXPECT_EQ(*audit.find("ok"), Json(true)) << audit.dump(2);
}

TEST_F(Verdicts, AVerdictIsExplainedDownToItems) {
  examined();
  const std::string text = done({"explain", "t/new", "--items", "3"}).out;
  expect_part(text, "The candidate has to reach 0.95 (19/20) of reference old.\n");
  expect_part(text, "old              1  2020-01-01          -                1  0.2500  1/4\n");
  expect_part(text, "1/1 = 1.0000, which reaches the share.\n");
  expect_part(text, "both right  only candidate  only reference  both wrong\n");
  expect_part(text, "sums     1        0.0        1.0  ");
  expect_part(text, "Their answers: gwageo results 2 --format lm-eval --out DIR");
  const Json json = done({"explain", "t/new", "--json"}).json();
  ASSERT_EQ(json.find("items")->as_array().size(), 10u);
  const Json& item = json.find("items")->as_array()[0];
  EXPECT_EQ(*item.find("item"), Json("1"));
  EXPECT_EQ(*item.find("reference"), Json(1.0));
  const Json& task = json.find("tasks")->as_array()[0];
  EXPECT_EQ(*task.find("only_candidate"), Json(10));
  EXPECT_EQ(*task.find("only_reference"), Json(10));
  EXPECT_EQ(*task.find("both_wrong"), Json(20));
  EXPECT_EQ(*json.find("inputs")->find("target")->find("share"), Json("19/20"));
  expect({"explain", "t/none"}, 2, {"there is no verdict \"t/none\" on record"});
  expect({"explain", "t/new", "--items", "1001"}, 2, {"--items"});
  expect({"explain", "1", "--items", "3"}, 2, {"--items is for a verdict"});

  done({"keys", "new", "team", "red", "--out", "red.key"});
  const Json red = done({"explain", "t/new", "--key", "red.key", "--json"}).json();
  EXPECT_TRUE(red.find("items")->is_null());
  EXPECT_EQ(red.find("tasks")->as_array()[0].find("only_reference"), nullptr);
  expect_part(done({"explain", "t/new", "--key", "red.key"}).out,
              "a team reads the items of its own jobs only");
}

TEST_F(Verdicts, StoredResultsAreJudgedOnAnyDayAndByAnyPolicy) {
  examined();
  const std::size_t recorded = history().size();
  const std::vector<std::string> range = {"target",     "replay",     "t",
                                          "--from",     "2020-03-01", "--to",
                                          "2020-08-01", "--policy",   "window.yaml"};
  const std::string text = done(range).out;
  expect_part(text, "2020-03-01  new        inconclusive  1.0000");
  expect_part(text, "2020-07-01  new        pending");
  expect_part(text, "reference old left the window (released 2020-01-01, out since 2020-07-01)\n");
  expect_part(text, "154 days judged, nothing recorded\n");
  std::vector<std::string> as_json = range;
  as_json.emplace_back("--json");
  const Json json = done(as_json).json();
  EXPECT_EQ(*json.find("days"), Json(154));
  EXPECT_EQ(json.find("verdicts")->as_array().size(), 2u);
  EXPECT_EQ(*json.find("policy"), Json("window.yaml"));
  EXPECT_EQ(history().size(), recorded);

  const Json shown =
      done({"target", "show", "t", "--as-of", "2020-03-01", "--policy", "window.yaml", "--json"})
          .json();
  EXPECT_TRUE(shown.find("version")->is_null());
  EXPECT_EQ(shown.find("cohort")->as_array().size(), 1u);
  EXPECT_EQ(*shown.find("moves"), Json::array());
  expect({"target", "replay", "t", "--from", "2020-03-01"}, 2, {"--to"});
  expect({"target", "replay", "t", "--from", "2020-03-01", "--to", "2020-02-01"}, 2,
         {"is before `from`"});
  expect({"target", "replay", "t", "--from", "2020-03-01", "--to", "2040-02-01"}, 2,
         {"4000 days at most"});
  expect({"target", "replay", "t", "--from", "2020-02-30", "--to", "2040-02-01"}, 2,
         {"is no date"});
  write("wrong.yaml", "target: t\nsuite: none\n");
  expect({"target", "show", "t", "--policy", "wrong.yaml"}, 2,
         {"wrong.yaml:2:8", "there is no suite none"});
}

TEST_F(Verdicts, WatchingShowsEveryMove) {
  examined();
  const pid_t watch = begin("watch", {"target", "watch", "t"});
  const pid_t lines = begin("lines", {"target", "watch", "t", "--json"});
  ASSERT_TRUE(eventually([&] { return read(".watch.out").find("new") != std::string::npos; }));
  // Whoever prints no table does not say when he began: something moves until he has seen it.
  bool is_lower = false;
  EXPECT_TRUE(eventually([&] {
    if (read(".lines.out").find('\n') != std::string::npos) return true;
    is_lower = !is_lower;
    done({"target", "add", is_lower ? "lower.yaml" : "named.yaml"});
    return false;
  }));
  EXPECT_TRUE(eventually([&] {
    return read(".watch.out").find("policy 1 -> 2: share: 0.95 -> 0.9\n") != std::string::npos;
  })) << read(".watch.out");
  const std::string lines_out = read(".lines.out");
  const Result<Json> move = Json::parse(lines_out.substr(0, lines_out.find('\n')));
  ASSERT_TRUE(move) << lines_out;
  EXPECT_EQ(*move->find("moves")->as_array()[0].find("kind"), Json("policy"));
  stop(watch);
  stop(lines);
}

}  // namespace
}  // namespace gwageo::testing
