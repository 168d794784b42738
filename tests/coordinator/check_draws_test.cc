// What a reader of the journal finds of the draws of checks.
#include "coordinator/check_draws.h"

#include <gtest/gtest.h>

#include "coordinator/checks.h"

namespace gwageo {
namespace {

class CheckDrawsTest : public ::testing::Test {
 protected:
  std::optional<std::string> see(Fact fact, const Digest& leaf = {}) {
    Record record;
    record.fact = std::move(fact);
    return draws_.see(record, leaf);
  }
  std::optional<std::string> asked(std::uint64_t index, CheckKind kind = CheckKind::again) {
    const WorkerId other = kind == CheckKind::third ? WorkerId{2} : WorkerId{};
    return see(AnswersChecked{{9}, {1}, {{index, {1}, other, kind, CheckFinding::agreed}}});
  }
  CheckDraws draws_;
};

TEST_F(CheckDrawsTest, CountsWhatWasDrawnAndRefusesWhatWasNot) {
  const Digest leaf = sha256("a record");
  EXPECT_FALSE(see(ResultsRecorded{{1}, {1}, {{0, 100}}, {}, {}}, leaf));
  EXPECT_EQ(draws_.coverage().drawn, 0u);  // Nothing was set.
  EXPECT_FALSE(see(ChecksSet{100'000, 0, "op"}));
  EXPECT_FALSE(see(ResultsRecorded{{2}, {1}, {{100, 200}}, {}, {}}, leaf));
  std::vector<std::uint64_t> drawn;
  for (std::uint64_t i = 100; i < 200; ++i) {
    if (is_drawn(CheckKind::again, leaf, i, 100'000)) drawn.push_back(i);
  }
  ASSERT_GT(drawn.size(), 1u);
  ASSERT_LT(drawn.size(), 40u);
  EXPECT_EQ(draws_.coverage().drawn, drawn.size());
  EXPECT_FALSE(asked(drawn[0]));
  EXPECT_FALSE(asked(drawn[0], CheckKind::third));
  EXPECT_FALSE(asked(drawn[0], CheckKind::known));
  EXPECT_EQ(draws_.coverage().asked, 1u);
  EXPECT_TRUE(asked(drawn[0]));  // Twice.
  const auto spared = asked(drawn[1] + 1 == drawn[2 % drawn.size()] ? 0 : drawn[1] + 1);
  ASSERT_TRUE(spared);
  EXPECT_NE(spared->find("was not drawn"), std::string::npos);
}

TEST_F(CheckDrawsTest, AuditsAreNotDrawnFromAndAForgedRangeCostsNothing) {
  EXPECT_FALSE(see(ChecksSet{check_share_one, 0, "op"}));
  JobAccepted audit;
  audit.job = {1};
  audit.audit = 3;
  EXPECT_FALSE(see(audit));
  EXPECT_FALSE(see(ResultsRecorded{{1}, {1}, {{0, 10}}, {}, {}}));
  EXPECT_EQ(draws_.coverage().drawn, 0u);
  EXPECT_TRUE(see(ResultsRecorded{{1}, {2}, {{0, std::uint64_t{1} << 60}}, {}, {}}));
}

TEST_F(CheckDrawsTest, HoldsWhatIsDisputedUntilAThirdIsHeard) {
  const Digest no = sha256("no");
  const auto checked = [&](CheckKind kind, WorkerId other, CheckFinding finding, LeaseId lease) {
    (void)see(AnswersChecked{lease, {1}, {{5, {7}, other, kind, finding}}});
  };
  EXPECT_FALSE(see(LeaseGranted{{9}, {1}, {8}, 0, {{5, 6}}, false, {}, true}));
  checked(CheckKind::known, {}, CheckFinding::agreed, {9});
  EXPECT_TRUE(draws_.disputed().empty());
  checked(CheckKind::known, {}, CheckFinding::differed, {9});
  EXPECT_FALSE(see(AnswersDiffered{{1}, 5, {2}, {}, {9}, no}));
  EXPECT_FALSE(see(LeaseEnded{{9}, LeaseEnd::probed}));
  ASSERT_EQ(draws_.disputed().size(), 1u);
  const auto& [place, disputed] = *draws_.disputed().begin();
  EXPECT_EQ(place, (std::pair{JobId{1}, std::uint64_t{5}}));
  EXPECT_EQ(disputed.worker, WorkerId{8});
  EXPECT_EQ(disputed.lease, LeaseId{9});
  EXPECT_EQ(disputed.leaf, no);
  EXPECT_FALSE(see(LeaseGranted{{10}, {1}, {6}, 0, {{5, 6}}, false, {}, true}));
  checked(CheckKind::third, {8}, CheckFinding::undecided, {10});
  EXPECT_TRUE(draws_.disputed().empty());
}

}  // namespace
}  // namespace gwageo
