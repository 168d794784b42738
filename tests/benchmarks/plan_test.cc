#include "benchmarks/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.h"

namespace gwageo {
namespace {

PlanEntry sample_entry() {
  PlanEntry entry;
  entry.task = 3;
  entry.item = "문항-1";
  entry.item_digest = sha256("item");
  entry.repeat = 2;
  entry.requests = {"one", std::string("t\0wo", 4)};
  entry.reference = {{"답", ""}, {1}, {"가", "나"}};
  return entry;
}

TEST(PlanEntry, ReadsBackWhatWasWritten) {
  EXPECT_EQ(decode_plan_entry(encode(sample_entry())).value(), sample_entry());
  EXPECT_EQ(decode_plan_entry(encode(PlanEntry())).value(), PlanEntry());
}

TEST(PlanEntry, IsSeenWhereItLies) {
  for (const PlanEntry& entry : {sample_entry(), PlanEntry()}) {
    const std::string bytes = encode(entry);
    const PlanEntryView view = view_plan_entry(bytes).value();
    EXPECT_EQ(view.task, entry.task);
    EXPECT_EQ(view.item, entry.item);
    EXPECT_TRUE(view.item.data() >= bytes.data() &&
                view.item.data() <= bytes.data() + bytes.size());
    EXPECT_EQ(view.item_digest, entry.item_digest);
    EXPECT_EQ(view.repeat, entry.repeat);
    std::vector<std::string> requests;
    view.for_each_request([&](std::string_view request) { requests.emplace_back(request); });
    EXPECT_EQ(requests, entry.requests);
  }
}

TEST(PlanEntry, HasTheLayoutThatIsDrawn) {
  ByteWriter out;
  out.u8(1);
  out.u32(3);
  out.text("문항-1");
  out.digest(sha256("item"));
  out.u32(2);
  out.u32(2);
  out.text("one");
  out.text(std::string("t\0wo", 4));
  out.u32(2);
  out.text("답");
  out.text("");
  out.i64(1);
  out.u32(2);
  out.text("가");
  out.text("나");
  EXPECT_EQ(encode(sample_entry()), out.bytes());
}

TEST(PlanEntry, KeepsSeveralRightChoices) {
  PlanEntry entry = sample_entry();
  entry.reference.golds = {0, 1};
  const std::string bytes = encode(entry);
  EXPECT_EQ(decode_plan_entry(bytes).value(), entry);
  EXPECT_TRUE(view_plan_entry(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(decode_plan_entry(std::string_view(bytes).substr(0, size))) << size;
    ASSERT_FALSE(view_plan_entry(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_EQ(entry.reference.gold(), -1);
  EXPECT_TRUE(entry.reference.is_gold(1));
  EXPECT_FALSE(entry.reference.is_gold(2));
  entry.reference.golds.clear();
  EXPECT_EQ(decode_plan_entry(encode(entry)).value(), entry);
}

TEST(PlanEntry, AClusterTakesALayoutOfItsOwn) {
  PlanEntry entry = sample_entry();
  const std::string plain = encode(entry);
  entry.cluster = "지문-7";
  const std::string bytes = encode(entry);
  EXPECT_EQ(bytes[0], 2);
  EXPECT_EQ(bytes.size(), plain.size() + 4 + entry.cluster.size());
  EXPECT_EQ(decode_plan_entry(bytes).value(), entry);
  EXPECT_EQ(view_plan_entry(bytes)->item, entry.item);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(decode_plan_entry(std::string_view(bytes).substr(0, size))) << size;
    ASSERT_FALSE(view_plan_entry(std::string_view(bytes).substr(0, size))) << size;
  }
  std::string empty = plain + std::string(4, '\0');
  empty[0] = 2;
  EXPECT_FALSE(decode_plan_entry(empty));
  EXPECT_FALSE(view_plan_entry(empty));
  EXPECT_NE(plan_leaf("t", entry), plan_leaf("t", sample_entry()));
}

TEST(PlanEntry, RefusesBytesThatAreNone) {
  const std::string whole = encode(sample_entry());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = decode_plan_entry(std::string_view(whole).substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_FALSE(view_plan_entry(std::string_view(whole).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_plan_entry(whole + "x"));
  EXPECT_FALSE(view_plan_entry(whole + "x"));
  std::string other = whole;
  other[0] = 2;
  EXPECT_FALSE(decode_plan_entry(other));
  EXPECT_FALSE(view_plan_entry(other));
  // A count that no bytes stand behind allocates nothing.
  other = whole;
  const std::size_t count_at = 1 + 4 + 4 + std::string("문항-1").size() + 32 + 4;
  for (std::size_t i = 0; i < 4; ++i) other[count_at + i] = '\xFF';
  EXPECT_FALSE(decode_plan_entry(other));
  EXPECT_FALSE(view_plan_entry(other));
}

TEST(PlanLeaf, CoversWhatIsAskedAndWhatItIsScoredAgainst) {
  const Digest leaf = plan_leaf("t", sample_entry());
  EXPECT_NE(plan_leaf("u", sample_entry()), leaf);
  PlanEntry other = sample_entry();
  other.task = 4;  // A task's place in the suite is not part of the leaf, its name is.
  EXPECT_EQ(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.item = "x";
  EXPECT_NE(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.item_digest = sha256("x");
  EXPECT_NE(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.repeat = 0;
  EXPECT_NE(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.requests[1] = "x";
  EXPECT_NE(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.reference.golds = {0};
  EXPECT_NE(plan_leaf("t", other), leaf);
  other = sample_entry();
  other.reference.targets.pop_back();
  EXPECT_NE(plan_leaf("t", other), leaf);
}

}  // namespace
}  // namespace gwageo
