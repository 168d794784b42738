#include "worker/results_outbox.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// The first time; twice as long after every further try.
constexpr Duration results_resent_after = seconds(5);
constexpr std::uint32_t doublings_max = 3;

Duration patience(std::uint32_t tries) {
  return results_resent_after * (std::int64_t{1} << std::min(tries - 1, doublings_max));
}

}  // namespace

void ResultsOutbox::put(OutgoingResults results) {
  const auto& content = std::get<Results>(*results.message);
  const Place place{content.lease, content.chunk};
  const std::uint64_t number = ++puts_;
  const bool is_new =
      waiting_.try_emplace(place, Waiting{std::move(results), number, 0, false, {}}).second;
  GWAGEO_CHECK(is_new);
  unsent_.emplace(number, place);
}

void ResultsOutbox::send(Waiting& waiting, Instant now, Sends& sends) {
  if (waiting.tries == 0) {
    on_the_way_ += waiting.results.bytes;
    unsent_.erase(waiting.number);
  }
  ++waiting.tries;
  waiting.was_sent = true;
  waiting.sent_at = now;
  sends.push_back(waiting.results.message);
}

ResultsOutbox::Sends ResultsOutbox::next(Instant now) {
  Sends sends;
  for (auto& [place, waiting] : waiting_) {
    if (waiting.tries > 0 && waiting.sent_at + patience(waiting.tries) <= now) {
      send(waiting, now, sends);
    }
  }
  while (!unsent_.empty()) {
    Waiting& first = waiting_.at(unsent_.begin()->second);
    const bool has_room =
        on_the_way_ == 0 || on_the_way_ + first.results.bytes <= results_on_the_way_bytes;
    if (!has_room) break;
    send(first, now, sends);
  }
  return sends;
}

ResultsOutbox::Sends ResultsOutbox::all_of(LeaseId lease, Instant now) {
  Sends sends;
  for (auto it = waiting_.lower_bound({lease, 0}); it != waiting_.end(); ++it) {
    if (it->first.first != lease) break;
    if (it->second.tries == 0) send(it->second, now, sends);
  }
  return sends;
}

void ResultsOutbox::withhold(LeaseId lease) {
  std::erase_if(waiting_, [&](const auto& entry) {
    const auto& [place, waiting] = entry;
    if (place.first != lease || waiting.was_sent) return false;
    unsent_.erase(waiting.number);
    return true;
  });
}

void ResultsOutbox::sent_in_vain() {
  on_the_way_ = 0;
  for (auto& [place, waiting] : waiting_) {
    waiting.tries = 0;
    unsent_.emplace(waiting.number, place);
  }
}

std::optional<OutgoingResults> ResultsOutbox::take(LeaseId lease, std::uint32_t chunk) {
  const auto it = waiting_.find({lease, chunk});
  if (it == waiting_.end()) return std::nullopt;
  OutgoingResults results = std::move(it->second.results);
  if (it->second.tries > 0) on_the_way_ -= results.bytes;
  unsent_.erase(it->second.number);
  waiting_.erase(it);
  return results;
}

std::set<LeaseId> ResultsOutbox::leases() const {
  std::set<LeaseId> leases;
  for (const auto& [place, waiting] : waiting_) leases.insert(place.first);
  return leases;
}

}  // namespace gwageo
