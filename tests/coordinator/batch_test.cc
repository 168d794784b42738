// What workers sign: of honest ones all that is on record, of others nothing that is false, and
// whoever does not sign gets no more work.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

class SigningHall : public ExamHall {
 public:
  SigningHall() : ExamHall("2026-06-30") {
    std::vector<std::string> rows;
    for (int i = 0; i < 200; ++i) rows.push_back(std::to_string(1000 + i));
    add_suite(1, rows);
  }
  void submit(const std::string& name) {
    add_model(name, "candidate", "2026-06-01");
    EXPECT_EQ(say("submit", Json::Object{{"request", name}, {"model", name}, {"suite", "s"}}).code,
              ReplyCode::done);
  }
  const WorkerLife& worker() const { return state().workers().at({7}); }
};

TEST(Batches, WhatIsOnRecordIsSignedWithinASecond) {
  SigningHall hall;
  hall.submit("knows-30");
  EXPECT_GT(hall.worker().chunks, 0u);
  EXPECT_EQ(hall.worker().unsigned_chunks.size(), hall.worker().chunks);
  hall.pass(seconds(2));
  EXPECT_EQ(hall.worker().unsigned_chunks.size(), 0u);
  EXPECT_GT(hall.worker().batches, 0u);
  const std::uint64_t before = hall.state().records();
  hall.pass(seconds(30));
  EXPECT_EQ(hall.state().records(), before) << "nothing new, nothing to sign";
  hall.restart();
  EXPECT_EQ(hall.worker().unsigned_chunks.size(), 0u);
}

TEST(Batches, WhoeverDoesNotSignIsShownAndThenGetsNoMoreLeases) {
  SigningHall hall;
  hall.signs = false;
  hall.submit("knows-30");
  const auto shown = [&] {
    const Json body = *Json::parse(hall.say("workers", Json::object()).body);
    return *body.find("workers")->as_array().at(0).find("unsigned");
  };
  EXPECT_TRUE(shown().is_null());
  hall.pass(seconds(12));
  ASSERT_TRUE(shown().is_object());
  EXPECT_EQ(*shown().find("gets_leases"), Json(true));
  hall.pass(seconds(50));
  EXPECT_EQ(*shown().find("gets_leases"), Json(false));
  hall.take_asked();
  hall.submit("knows-60");
  hall.pass(seconds(5));
  EXPECT_TRUE(hall.take_asked().empty());
  hall.signs = true;
  hall.pass(seconds(10));
  EXPECT_EQ(hall.take_asked()["knows-60"], 200u);
  EXPECT_TRUE(shown().is_null());
}

TEST(Batches, AFalseOneIsRefusedAndSaysWhy) {
  const std::map<std::string, std::function<void(Batch&)>> spoiled = {
      {"are signed with root", [](Batch& b) { b.chunks[0].root = sha256("other"); }},
      {"are not there to be signed", [](Batch& b) { b.chunks.back().lease.value += 1000; }},
      {"the signature is not by the signing key",
       [](Batch& b) {
         b.signature.bytes[0] = static_cast<std::uint8_t>(b.signature.bytes[0] ^ 1);
       }},
      {"comes next", [](Batch& b) { b.batch += 1; }},
      {"no such worker", [](Batch& b) { b.worker = {99}; }}};
  for (const auto& [why, spoil] : spoiled) {
    SigningHall hall;
    hall.submit("knows-30");
    hall.spoils = spoil;
    const std::uint64_t before = hall.worker().unsigned_chunks.size();
    hall.pass(seconds(2));
    EXPECT_NE(hall.refusal.find(why), std::string::npos) << hall.refusal;
    EXPECT_EQ(hall.worker().unsigned_chunks.size(), before) << why;
    EXPECT_EQ(hall.worker().batches, 0u) << why;
  }
}

TEST(Batches, AWorkerThatDoesNotSignAtAllIsNotLetIn) {
  SigningHall hall;
  Hello hello;
  hello.protocol = limits::protocol_version;
  hello.worker = {8};
  hello.name = "old";
  hello.signs = false;
  hall.introduce(hello);
  EXPECT_NE(hall.refusal.find("does not sign"), std::string::npos);
  EXPECT_FALSE(hall.state().workers().contains({8}));
}

}  // namespace
}  // namespace gwageo::testing
