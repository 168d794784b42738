#include "worker/fast_way.h"

#include <iterator>
#include <utility>

#include "protocol/check.h"

namespace gwageo {

void FastWay::hold(std::vector<Call> calls, std::vector<Response> responses, Duration waited) {
  GWAGEO_CHECK(path.is_open());
  GWAGEO_CHECK(!calls.empty());
  GWAGEO_CHECK(calls.size() == responses.size());
  held_.push_back({std::move(calls), std::move(responses), waited, ++held_last_});
}

std::optional<HeldAnswer> FastWay::draw(bool is_any_call_waiting) {
  if (held_.empty()) return std::nullopt;
  if (is_any_call_waiting && held_.size() < held_max) return std::nullopt;
  // So that what waits gets less with each that is good.
  const std::size_t later = is_any_call_waiting ? (held_.size() + 1) / 2 : 1;
  const auto at = held_.end() - 1 - static_cast<std::ptrdiff_t>(path.draw(later));
  HeldAnswer drawn = std::move(*at);
  held_.erase(at);
  return drawn;
}

HeldAnswers FastWay::end_comparison(std::uint64_t good_for,
                                    const std::vector<std::optional<Response>>& fast,
                                    const std::vector<Response>& slow,
                                    const std::vector<std::optional<Response>>& before) {
  GWAGEO_CHECK(before.empty() || before.size() == slow.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i] || !is_scored(slow[i].outcome)) continue;
    const std::string differs = disagreement(*before[i], slow[i]);
    if (!differs.empty()) path.close("the fast way " + differs);
  }
  const bool is_good = path.compared(fast, slow);
  HeldAnswers ended;
  if (!path.is_open()) ended.asked_again = take_all();
  while (is_good && !held_.empty() && held_.front().number <= good_for) {
    ended.handed_in.push_back(std::move(held_.front()));
    held_.pop_front();
  }
  handed_in_ += calls_in(ended.handed_in);
  return ended;
}

std::vector<HeldAnswer> FastWay::close(std::string reason) {
  path.close(std::move(reason));
  return take_all();
}

std::vector<HeldAnswer> FastWay::take_all() {
  std::vector<HeldAnswer> taken(std::make_move_iterator(held_.begin()),
                                std::make_move_iterator(held_.end()));
  held_.clear();
  return taken;
}

std::size_t calls_in(const std::vector<HeldAnswer>& answers) {
  std::size_t count = 0;
  for (const HeldAnswer& each : answers) count += each.calls.size();
  return count;
}

}  // namespace gwageo
