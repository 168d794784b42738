// What may be set of teams, what they use, and what they may submit.
#include "coordinator/team_rules.h"

#include <gtest/gtest.h>

#include "protocol/limits.h"

namespace gwageo {
namespace {

TeamSet named_team(const std::string& name, const std::string& parent = "") {
  TeamSet set;
  set.name = name;
  set.parent = parent;
  return set;
}

/// "fits", or what is wrong with the last of `sets` beside those before it.
std::string verdict_of_sets(const std::vector<TeamSet>& sets) {
  std::map<std::string, TeamSet> known;
  for (std::size_t i = 0; i + 1 < sets.size(); ++i) {
    const Status fits = check_team(known, sets[i]);
    EXPECT_TRUE(fits) << sets[i].name << ": " << fits.error().message;
    known[sets[i].name] = sets[i];
  }
  const Status fits = check_team(known, sets.back());
  if (fits) return "fits";
  EXPECT_EQ(fits.error().kind, ErrorKind::bad_input);
  return fits.error().message;
}

TeamSet promised(TeamSet set, std::uint32_t guarantee, std::uint32_t limit = 0) {
  set.guarantee = guarantee;
  set.limit = limit;
  return set;
}

TEST(TeamRules, ValuesHaveBounds) {
  const auto with = [](auto change) {
    TeamSet set = named_team("a");
    change(set);
    return verdict_of_sets({set});
  };
  EXPECT_EQ(with([](TeamSet&) {}), "fits");
  EXPECT_EQ(with([](TeamSet& t) { t.weight = 0; }),
            "`share`: 0: shares that sum to nothing divide nothing; from 1 to 1000000");
  EXPECT_EQ(with([](TeamSet& t) { t.weight = limits::team_weight_max; }), "fits");
  EXPECT_EQ(with([](TeamSet& t) { t.weight = limits::team_weight_max + 1; }),
            "`share`: 1000001 is more than 1000000");
  EXPECT_EQ(with([](TeamSet& t) { t.gpu_hours_max = limits::team_gpu_hours_max; }), "fits");
  EXPECT_EQ(with([](TeamSet& t) { t.gpu_hours_max = limits::team_gpu_hours_max + 1; }),
            "`gpu_hours`: 1000000001 is more than 1000000000");
  EXPECT_EQ(with([](TeamSet& t) { t.jobs_max = limits::jobs_open_max + 1; }),
            "`jobs`: 100001 is more than 100000");
  EXPECT_EQ(with([](TeamSet& t) { t = promised(t, 4, 4); }), "fits");
  EXPECT_EQ(with([](TeamSet& t) { t = promised(t, 4, 3); }),
            "`limit`: 3 is under the guarantee of 4: what is guaranteed must be allowed");
  EXPECT_EQ(with([](TeamSet& t) { t.name = "none"; }),
            "`name`: \"none\" is the word for no team at all");
}

TEST(TeamRules, ParentsAreThereAndLeadToATop) {
  EXPECT_EQ(verdict_of_sets({named_team("a", "lab")}),
            "`parent`: nobody set a team lab; add it first (gwageo team add lab)");
  EXPECT_EQ(verdict_of_sets({named_team("a", "a")}),
            "`parent`: a -> a is a cycle: no team may be above itself");
  EXPECT_EQ(verdict_of_sets({named_team("lab"), named_team("a", "lab"), named_team("b", "a"),
                             named_team("lab", "b")}),
            "`parent`: lab -> b -> a -> lab is a cycle: no team may be above itself");
  std::vector<TeamSet> deep{named_team("t1")};
  for (int i = 2; i <= 8; ++i) {
    deep.push_back(named_team("t" + std::to_string(i), "t" + std::to_string(i - 1)));
  }
  EXPECT_EQ(verdict_of_sets(deep), "fits");
  std::vector<TeamSet> deeper = deep;
  deeper.push_back(named_team("t9", "t8"));
  EXPECT_EQ(verdict_of_sets(deeper),
            "`parent`: t9 -> t8 -> t7 -> t6 -> t5 -> t4 -> t3 -> t2 -> t1: that makes 9 levels of "
            "teams, at most 8");
  deep.push_back(named_team("top"));
  deep.push_back(named_team("t1", "top"));  // What is below comes with it.
  EXPECT_NE(verdict_of_sets(deep).find("that makes 9 levels"), std::string::npos);
}

TEST(TeamRules, NoGroupPromisesMoreThanItHas) {
  const TeamSet lab = promised(named_team("lab"), 4);
  const TeamSet a = promised(named_team("a", "lab"), 3);
  EXPECT_EQ(verdict_of_sets({lab, a, promised(named_team("b", "lab"), 1)}), "fits");
  EXPECT_EQ(verdict_of_sets({lab, a, promised(named_team("b", "lab"), 2)}),
            "`guarantee`: the teams in lab are guaranteed 5 together, which is more than its "
            "guarantee of 4: raise that first, or guarantee less");
  EXPECT_EQ(verdict_of_sets({lab, a, promised(named_team("lab"), 2)}),
            "`guarantee`: the teams in lab are guaranteed 3 together, which is more than its "
            "guarantee of 2: raise that first, or guarantee less");
  const TeamSet bounded = promised(named_team("lab"), 0, 2);
  EXPECT_EQ(verdict_of_sets({bounded, promised(named_team("b", "lab"), 2)}), "fits");
  EXPECT_EQ(verdict_of_sets({bounded, promised(named_team("b", "lab"), 3)}),
            "`guarantee`: the teams in lab are guaranteed 3 together, which is more than its "
            "limit of 2: raise that first, or guarantee less");
  EXPECT_EQ(verdict_of_sets({named_team("lab"), promised(named_team("b", "lab"), 300)}), "fits");
  // What a group has to keep counts above it, whatever is set of the group.
  EXPECT_EQ(verdict_of_sets({lab, named_team("mid", "lab"), promised(named_team("c", "mid"), 5)}),
            "`guarantee`: the teams in lab are guaranteed 5 together, which is more than its "
            "guarantee of 4: raise that first, or guarantee less");
  // A team that moves takes what it is promised with it.
  EXPECT_NE(
      verdict_of_sets({lab, a, promised(named_team("b"), 2), promised(named_team("b", "lab"), 2)}),
      "fits");
}

TEST(TeamRules, SoManyTeamsAndNoMore) {
  std::map<std::string, TeamSet> known;
  while (known.size() < limits::teams_max) {
    const std::string name = "t" + std::to_string(known.size());
    known[name] = named_team(name);
  }
  EXPECT_TRUE(check_team(known, named_team("t7")));
  const Status fits = check_team(known, named_team("new"));
  ASSERT_FALSE(fits);
  EXPECT_EQ(fits.error().message, "`name`: 4096 teams are set, and no more may be");
}

TEST(TeamTree, AGroupUsesWhatIsBelowIt) {
  TeamTree tree;
  tree.add("a", {1, 10, seconds(5)});  // Before anybody set it.
  tree.set(named_team("lab"));
  tree.set(named_team("a", "lab"));
  tree.add("b", {2, 20, seconds(7)});
  EXPECT_EQ(tree.use("lab"), (TeamUse{1, 10, seconds(5)}));
  tree.set(named_team("b", "lab"));
  EXPECT_EQ(tree.use("lab"), (TeamUse{3, 30, seconds(12)}));
  tree.add("b", {-1, -15, seconds(1)});
  EXPECT_EQ(tree.use("lab"), (TeamUse{2, 15, seconds(13)}));
  EXPECT_EQ(tree.use("b"), (TeamUse{1, 5, seconds(8)}));
  EXPECT_EQ(tree.own_uses().at("b"), (TeamUse{1, 5, seconds(8)}));
  tree.check();
  tree.set(named_team("b"));
  EXPECT_EQ(tree.use("lab"), (TeamUse{1, 10, seconds(5)}));
  EXPECT_EQ(tree.chain("a"), (std::vector<std::string>{"a", "lab"}));
  EXPECT_EQ(tree.chain("nobody"), (std::vector<std::string>{"nobody"}));
  tree.check();
}

TEST(TeamTree, HoursAreUsedUpToTheMicrosecond) {
  TeamTree tree;
  TeamSet lab = named_team("lab");
  lab.gpu_hours_max = 1;
  tree.set(lab);
  tree.set(named_team("a", "lab"));
  tree.set(named_team("b", "lab"));
  EXPECT_FALSE(tree.add("a", {0, 0, gpu_hour - microseconds(2)}));
  EXPECT_FALSE(tree.add("b", {0, 0, microseconds(1)}));
  EXPECT_EQ(tree.spent("b"), nullptr);
  EXPECT_TRUE(tree.add("b", {0, 0, microseconds(1)}));
  for (const char* name : {"a", "b", "lab"}) {
    ASSERT_NE(tree.spent(name), nullptr) << name;
    EXPECT_EQ(tree.spent(name)->name, "lab");
  }
  EXPECT_FALSE(tree.add("a", {0, 0, gpu_hour}));  // It had been before.
  EXPECT_EQ(tree.spent("other"), nullptr);
  lab.gpu_hours_max = 3;
  tree.set(lab);
  EXPECT_EQ(tree.spent("a"), nullptr);
  lab.gpu_hours_max = 0;
  tree.set(lab);
  EXPECT_EQ(tree.spent("a"), nullptr);
}

// A journal may say anything before it is believed.
TEST(TeamTree, TimeThatCannotBeDoesNotOverflow) {
  TeamTree tree;
  for (int i = 0; i < 3; ++i) tree.add("a", {0, 0, {std::numeric_limits<std::int64_t>::max()}});
  EXPECT_EQ(tree.use("a").gpu_time.microseconds, std::numeric_limits<std::int64_t>::max());
}

class Quotas : public ::testing::Test {
 protected:
  Quotas() {
    tree_.set(named_team("lab"));
    tree_.set(named_team("a", "lab"));
  }
  void set(const std::string& name, const std::string& parent, std::uint32_t jobs,
           std::uint64_t items, std::uint64_t hours) {
    TeamSet set = named_team(name, parent);
    set.jobs_max = jobs;
    set.items_max = items;
    set.gpu_hours_max = hours;
    tree_.set(set);
  }
  std::string says(std::uint64_t items) {
    const Status fits = check_quotas(tree_, "a", items);
    return fits ? "fits" : fits.error().message;
  }
  TeamTree tree_;
};

TEST_F(Quotas, SayWhoseAndHowMuchAndWhatToDo) {
  tree_.add("a", {2, 100, gpu_hour + gpu_hour + milliseconds(36000)});
  EXPECT_EQ(says(1000000), "fits");
  set("a", "lab", 3, 0, 0);
  EXPECT_EQ(says(1), "fits");
  set("a", "lab", 2, 0, 0);
  EXPECT_EQ(says(1),
            "team a has a quota of 2 open jobs, and 2 are open: wait until one is over, cancel "
            "one, or ask an operator to raise it (gwageo team set a --jobs N)");
  EXPECT_EQ(says(0), "fits");  // What is all known costs nothing.
  set("a", "lab", 0, 150, 0);
  EXPECT_EQ(says(50), "fits");
  EXPECT_EQ(says(51),
            "team a has a quota of 150 unsettled items, and has 100, to which this job would add "
            "51: wait until some are settled, or ask an operator to raise it (gwageo team set a "
            "--items N)");
  set("a", "lab", 0, 0, 3);
  EXPECT_EQ(says(1), "fits");
  set("a", "lab", 0, 0, 2);
  EXPECT_EQ(says(1),
            "team a has a quota of 2 GPU-hours, and has used 2.01 of them: submit nothing more, or "
            "ask an operator to raise it (gwageo team set a --gpu-hours N)");
}

TEST_F(Quotas, AreThoseOfEveryGroupToo) {
  tree_.set(named_team("b", "lab"));
  tree_.add("b", {2, 100, {}});
  set("lab", "", 2, 0, 0);
  EXPECT_EQ(says(1),
            "group lab, which team a is in, has a quota of 2 open jobs, and 2 are open: wait until "
            "one is over, cancel one, or ask an operator to raise it (gwageo team set lab --jobs "
            "N)");
  EXPECT_TRUE(check_quotas(tree_, "nobody", 5));
}

TEST(TeamRules, HoursAreRoundedDown) {
  EXPECT_EQ(hours_text({}), "0.00");
  EXPECT_EQ(hours_text(gpu_hour - microseconds(1)), "0.99");
  EXPECT_EQ(hours_text(gpu_hour * 12 + seconds(180)), "12.05");
}

}  // namespace
}  // namespace gwageo
