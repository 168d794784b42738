// Whether those who vouch for one another are others: whoever lends checks and audits to names of
// one key is told by the record.
#include "ops/vouching_hands.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/store.h"
#include "tests/coordinator/audit_hall.h"

namespace gwageo::testing {
namespace {

/// What the journal shows, where each fact was as `change` makes it.
VouchingHands seen(const Store& journal, const std::function<void(Fact&)>& change) {
  VouchingHands hands;
  State state;
  const keys::KeyRange all = keys::journal_from(0);
  EXPECT_TRUE(journal.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    Record record = decode_record(bytes).value();
    change(record.fact);
    state.apply(record.at, record.fact);
    hands.see(state, record);
    return true;
  }));
  return hands;
}

TEST(VouchingHands, OfOneKeyAreCounted) {
  AuditHall hall(0);
  for (const auto& [worker, key] : std::map<std::uint64_t, std::string>{{1, "one"}, {2, "two"}}) {
    hall.join(worker, key);
  }
  ASSERT_EQ(hall.say("checks.set", Json(Json::Object{{"again", 200'000}, {"known", 0}})).code,
            ReplyCode::done);
  hall.run_job();
  hall.let_pass(seconds(60));
  hall.audited(100);

  const VouchingHands honest = seen(hall.store(), [](Fact&) {});
  EXPECT_EQ(honest.checks_of_one_key() + honest.audits_by_name(), 0U);
  EXPECT_FALSE(honest.first());

  // The same, by a coordinator that lends without a look at keys: a third one is in the pool, and
  // these two have one.
  const VouchingHands other = seen(hall.store(), [](Fact& fact) {
    if (auto* const joined = std::get_if<WorkerJoined>(&fact)) joined->principal = "one";
    if (auto* const drawn = std::get_if<AuditDrawn>(&fact)) {
      for (AuditPart& part : drawn->parts) part.not_by.clear();
    }
  });
  EXPECT_EQ(other.checks_of_one_key() + other.audits_by_name(), 0U) << "all have one key";
}

TEST(VouchingHands, WhoAskedThemThoughThereWereOthersIsTold) {
  AuditHall hall(0);
  hall.join(1, "one");
  hall.join(2, "two");
  hall.join(3, "three");
  ASSERT_EQ(hall.say("checks.set", Json(Json::Object{{"again", 200'000}, {"known", 0}})).code,
            ReplyCode::done);
  hall.run_job();
  hall.let_pass(seconds(60));
  hall.audited(100);
  const VouchingHands other = seen(hall.store(), [](Fact& fact) {
    auto* const joined = std::get_if<WorkerJoined>(&fact);
    if (joined != nullptr && joined->principal == "two") joined->principal = "one";
    if (auto* const drawn = std::get_if<AuditDrawn>(&fact)) {
      for (AuditPart& part : drawn->parts) part.not_by.clear();
    }
  });
  EXPECT_GT(other.checks_of_one_key(), 0U);
  EXPECT_EQ(other.audits_by_name(), 1U);
  EXPECT_TRUE(other.first());
}

}  // namespace
}  // namespace gwageo::testing
