// Whose work may be in one engine: equal files of two teams never are.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "coordinator/state.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

class Tenants : public testing::SmallPool {
 protected:
  /// The class of a model with the same files, engine and options as all others here.
  Digest class_of(const std::string& name, const std::string& team, const std::string& role) {
    const std::string body = R"({"name": ")" + name + R"(", "role": ")" + role +
                             R"(", "released": "2026-10-01", "engine": "recorded", "team": ")" +
                             team + R"(", "digest": ")" + to_hex(sha256("files")) + "\"}";
    EXPECT_EQ(say(op(), "model.add", body).code, ReplyCode::done);
    return state().model(name)->class_key;
  }
};

TEST_F(Tenants, ACandidateIsItsTeamsAloneAndReferencesAreEverybodys) {
  const Digest red = class_of("red-x", "red", "candidate");
  EXPECT_EQ(class_of("red-y", "red", "candidate"), red);
  EXPECT_NE(class_of("blue-x", "blue", "candidate"), red);
  const Digest shared = class_of("ref-x", "red", "reference");
  EXPECT_NE(shared, red);
  EXPECT_EQ(class_of("ref-y", "blue", "reference"), shared);
}

TEST_F(Tenants, ASlotThatGoesToAnotherTeamIsGivenAnotherClass) {
  class_of("red-x", "red", "candidate");
  class_of("blue-x", "blue", "candidate");
  ASSERT_EQ(submit(op(), "red-x").code, ReplyCode::done);
  ASSERT_EQ(submit(op(), "blue-x").code, ReplyCode::done);
  const WorkerId worker = hello("w");
  std::set<JobId> served;
  while (!leases(worker).empty()) {
    // Of one class at a time: the worker takes its engine down between the two.
    std::set<Digest> classes;
    for (const LeaseId id : leases(worker)) {
      const Job& of = *state().job(state().lease(id)->granted.job);
      classes.insert(of.accepted.class_key);
      served.insert(of.accepted.job);
    }
    EXPECT_EQ(classes.size(), 1u);
    hand_in_all(leases(worker)[0]);
    pass(seconds(1));
  }
  EXPECT_EQ(served.size(), 2u);
}

}  // namespace
}  // namespace gwageo
