// A worker behind a slow link: its results take minutes to arrive, its heartbeats must not. The
// link is a queue of bytes in virtual time, as a connection is.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "protocol/codec.h"
#include "protocol/limits.h"
#include "worker/agent.h"

namespace gwageo {
namespace {

constexpr std::int64_t bytes_per_second = 128 * 1024;
constexpr std::uint64_t items = 64;
constexpr std::size_t answer_bytes = 100'000;

class SlowLink : public ::testing::Test {
 protected:
  void take(const AgentActions& actions) {
    for (const auto& order : actions.orders) {
      if (const auto* const start = std::get_if<StartCalls>(&order)) {
        for (const Call& call : start->calls) tokens_.push_back(call.token);
      }
    }
    for (const auto& message : actions.sends) {
      const auto bytes = static_cast<std::int64_t>(encode(*message).size());
      free_at_ = std::max(free_at_, now_) + Duration{bytes * 1'000'000 / bytes_per_second};
      bytes_sent_ += bytes;
      link_.push_back({free_at_, message});
    }
  }
  // What has come through by now reaches the coordinator, which answers at once.
  void deliver() {
    while (!link_.empty() && link_.front().first <= now_) {
      const auto [at, message] = link_.front();
      link_.pop_front();
      if (std::holds_alternative<Heartbeat>(*message)) {
        longest_silence_ = std::max(longest_silence_, at - heard_at_);
        heard_at_ = at;
      }
      const auto* const results = std::get_if<Results>(message.get());
      if (results == nullptr) continue;
      arrived_ += results->items.size();
      take(agent_.step(now_, MessageArrived{Acknowledge{results->lease, results->chunk}}));
    }
  }

  Instant now_;
  Instant free_at_;   // When the link has sent all that is in it.
  Instant heard_at_;  // The last heartbeat's arrival.
  Duration longest_silence_;
  std::deque<std::pair<Instant, std::shared_ptr<const Message>>> link_;
  std::int64_t bytes_sent_ = 0;
  std::uint64_t arrived_ = 0;
  std::vector<std::uint64_t> tokens_;
  Agent agent_{AgentOptions{WorkerId{1}, "w", "0", {"paced"}, 1, items}};
};

TEST_F(SlowLink, HeartbeatsComeWithinATermAndNothingIsSentInVain) {
  const Digest key = sha256("model");
  take(agent_.start(now_));
  take(agent_.step(now_, MessageArrived{Welcome{1, limits::heartbeat, limits::lease_term}}));
  Grant grant;
  grant.lease = LeaseId{1};
  grant.class_key = key;
  for (std::uint64_t i = 0; i < items; ++i) {
    grant.items.push_back({i, "task", std::to_string(i), 0, {encode(Request{})}});
  }
  take(agent_.step(now_, MessageArrived{std::move(grant)}));
  take(agent_.step(now_, ModelLoaded{0, key, {}, {}, {}, false}));
  CallsEnded ended;
  for (const std::uint64_t token : tokens_) {
    ended.completions.push_back({token, {}});
    ended.completions.back().response.text = std::string(answer_bytes, 'x');
  }
  take(agent_.step(now_, std::move(ended)));
  for (; arrived_ < items && now_ < Instant{} + seconds(600); now_ = now_ + milliseconds(10)) {
    take(agent_.step(now_, TimePassed{}));
    deliver();
  }
  EXPECT_EQ(arrived_, items);
  EXPECT_LT(longest_silence_, limits::lease_term);
  EXPECT_LT(longest_silence_, seconds(6));
  EXPECT_LT(bytes_sent_, static_cast<std::int64_t>(items * answer_bytes * 11 / 10));
}

}  // namespace
}  // namespace gwageo
