// What the coordinator was told of slots that are out of order, and whether it lends them anything
// all the same.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/messages.h"
#include "protocol/transport.h"

namespace gwageo::sim {

/// Judges from frames alone.
class FaultOracle {
 public:
  /// A frame reached the coordinator, in a turn of it.
  void delivered(PeerId from, const Message& message) {
    if (std::holds_alternative<Hello>(message)) {  // Nothing is known until its next heartbeat.
      told_[from] = {};
      before_.erase(from);
    }
    const auto* const heartbeat = std::get_if<Heartbeat>(&message);
    const auto known = told_.find(from);
    if (heartbeat == nullptr || known == told_.end()) return;
    known->second.assign(heartbeat->slots.size(), false);
    for (std::size_t i = 0; i < heartbeat->slots.size(); ++i) {
      known->second[i] = !heartbeat->slots[i].fault.empty();
      if (known->second[i]) ++faults_;
    }
  }
  /// The coordinator sent this, after the frames of the turn. What went wrong; empty: nothing. A
  /// slot counts that was faulty before the turn, in all of it and after it.
  std::string sent(PeerId to, const Message& message) const {
    const auto* const grant = std::get_if<Grant>(&message);
    if (grant == nullptr) return {};
    for (std::uint32_t i = grant->slot; i < grant->slot + grant->width; ++i) {
      if (!is_faulty(before_, to, i) || !is_faulty(told_, to, i)) continue;
      return "lease " + std::to_string(grant->lease.value) + " lies on slot " + std::to_string(i) +
             ", which is out of order";
    }
    return {};
  }
  void turn_is_over() { before_ = told_; }
  void coordinator_died() {
    told_.clear();
    before_.clear();
  }
  /// Slots that were said to be faulty, in all heartbeats.
  std::uint64_t faults() const { return faults_; }

 private:
  using Told = std::map<PeerId, std::vector<bool>>;
  static bool is_faulty(const Told& told, PeerId worker, std::uint32_t slot) {
    const auto known = told.find(worker);
    return known != told.end() && slot < known->second.size() && known->second[slot];
  }
  Told told_;
  Told before_;
  std::uint64_t faults_ = 0;
};

}  // namespace gwageo::sim
