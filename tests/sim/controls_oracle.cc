#include "tests/sim/controls_oracle.h"

#include <algorithm>

namespace gwageo::sim {

std::string ControlsOracle::see(const Record& record) {
  std::string violation;
  if (const auto* const joined = std::get_if<WorkerJoined>(&record.fact)) {
    names_[joined->worker] = joined->name;
  } else if (const auto* const job = std::get_if<JobAccepted>(&record.fact)) {
    teams_.insert(job->team);
    gpus_[job->job] = job->gpus;
  } else if (const auto* const kept = std::get_if<WorkerQuarantined>(&record.fact)) {
    if (kept->quarantined) quarantined_.insert(kept->name);
    if (!kept->quarantined) quarantined_.erase(kept->name);
  } else if (const auto* const paused = std::get_if<JobPaused>(&record.fact)) {
    if (paused->paused) paused_.insert(paused->job);
    if (!paused->paused) paused_.erase(paused->job);
    pending_.erase(paused->job);
  } else if (const auto* const granted = std::get_if<LeaseGranted>(&record.fact)) {
    violation = judge(*granted);
    if (violation.empty()) violation = judge_block(*granted);
    LeaseView& lease = leases_[granted->lease];
    lease.slot = {granted->worker, granted->slot};
    lease.job = granted->job;
    for (const Range& range : granted->ranges) lease.rest.add(range);
    lease.probe = granted->probe;
    Slot& slot = slots_[lease.slot];
    if (slot.leases.empty()) slot.begun = slot.looked = record.at;
    // Until a probe begins somebody pays, if anybody is there.
    const bool has_payer = std::any_of(
        slot.leases.begin(), slot.leases.end(),
        [&](const LeaseId id) { return id != granted->lease && !leases_.at(id).probe; });
    if (granted->probe && has_payer) slot.looked = record.at;
    slot.width = gpus_.at(granted->job);
    slot.leases.insert(granted->lease);
  } else if (const auto* const shrunk = std::get_if<LeaseShrunk>(&record.fact)) {
    for (const Range& range : shrunk->removed) leases_[shrunk->lease].rest.remove(range);
  } else if (const auto* const results = std::get_if<ResultsRecorded>(&record.fact)) {
    take_from_twins(results->lease, results->ranges, record.at);
    settle(results->lease, results->ranges, record.at);
  } else if (const auto* const failed = std::get_if<AttemptFailed>(&record.fact)) {
    settle(failed->lease, failed->ranges, record.at);
  } else if (const auto* const ended = std::get_if<LeaseEnded>(&record.fact)) {
    end(ended->lease, record.at);
  }
  return violation;
}

std::string ControlsOracle::judge(const LeaseGranted& granted) const {
  if (paused_.contains(granted.job) && !granted.probe) return "a paused job got a lease";
  const auto name = names_.find(granted.worker);
  const bool is_quarantined = name != names_.end() && quarantined_.contains(name->second);
  return is_quarantined ? "a quarantined worker got a lease" : "";
}

std::string ControlsOracle::judge_block(const LeaseGranted& granted) const {
  const std::uint32_t width = gpus_.at(granted.job);
  if (granted.slot % width != 0) return "a block begins where none may";
  for (const auto& [place, slot] : slots_) {
    if (place.first != granted.worker || slot.leases.empty()) continue;
    const bool is_same = place.second == granted.slot && slot.width == width;
    const bool is_apart =
        place.second + slot.width <= granted.slot || granted.slot + width <= place.second;
    if (!is_same && !is_apart) return "two blocks that have leases overlap";
  }
  return {};
}

void ControlsOracle::touch(LeaseId lease, Instant at) {
  slots_[leases_.at(lease).slot].looked = at;
}

void ControlsOracle::settle(LeaseId lease, const std::vector<Range>& ranges, Instant at) {
  if (!leases_.contains(lease)) return;  // Another invariant's business.
  touch(lease, at);
  for (const Range& range : ranges) leases_[lease].rest.remove(range);
  if (leases_[lease].rest.empty()) end(lease, at);
}

void ControlsOracle::take_from_twins(LeaseId winner, const std::vector<Range>& ranges, Instant at) {
  if (!leases_.contains(winner)) return;
  std::vector<LeaseId> twins;
  for (const auto& [id, lease] : leases_) {
    if (id == winner || lease.probe || lease.job != leases_[winner].job) continue;
    const RangeSet& rest = lease.rest;
    const bool has_any = std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
      return !rest.intersection(range).empty();
    });
    if (has_any) twins.push_back(id);
  }
  for (const LeaseId id : twins) settle(id, ranges, at);
}

void ControlsOracle::end(LeaseId lease, Instant at) {
  if (!leases_.contains(lease)) return;
  Slot& slot = slots_[leases_[lease].slot];
  // Nobody is charged for what a probe took since somebody was last charged for the slot.
  if (leases_[lease].probe) slot.begun = slot.begun + (at - slot.looked);
  touch(lease, at);
  slot.leases.erase(lease);
  if (slot.leases.empty()) busy_ = busy_ + (at - slot.begun) * slot.width;
  leases_.erase(lease);
}

std::string ControlsOracle::look(const State& state) {
  Duration charged;
  for (const std::string& team : teams_) charged = charged + state.team_tree().own(team).gpu_time;
  Duration busy = busy_;
  for (auto& [place, slot] : slots_) {
    if (slot.leases.empty()) continue;
    // Of what nothing comes is charged, too: when, is the coordinator's rule.
    const Instant since = state.slot_time().busy().at(place).since;
    if (since < slot.looked) return "a slot's time was not charged when something came of it";
    slot.looked = since;
    busy = busy + (slot.looked - slot.begun) * slot.width;
  }
  if (charged != busy) {
    return "teams were charged " + std::to_string(charged.microseconds) + " us for " +
           std::to_string(busy.microseconds) + " us of busy slots";
  }
  for (const JobId id : paused_) {
    const Job& job = *state.job(id);
    RangeSet rest = job.pending;
    for (const auto& [outcome, items] : job.given_up) rest.add(items);
    const bool shrank = job.open() && pending_.contains(id) && !rest.covers(pending_[id]);
    if (shrank) return "pending items of a paused job went somewhere";
    pending_[id] = job.pending;
  }
  return {};
}

}  // namespace gwageo::sim
