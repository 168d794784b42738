// Probes and isolation: who is to blame when things go wrong again and again, the worker or what it
// runs. A worker under suspicion is asked something that is known and gets nothing else meanwhile;
// a class that has taken several workers with it gets no more of them until somebody says so.
#include <algorithm>
#include <string_view>

#include "coordinator/answerer.h"
#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

constexpr std::size_t raced_max = 4096;

// Engines whose answer is a function of the request alone. Others may answer as they like, so
// another answer of theirs says nothing.
bool answers_alike(std::string_view engine) {
  return engine == "builtin" || engine == "recorded" || engine == "paced";
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "; ") + word;
  return text;
}

}  // namespace

const std::string& Scheduler::name_of(WorkerId worker) const {
  return state_.workers().at(worker).joined.name;
}

// ---- suspicion ----

std::optional<Suspicion::KnownAnswer> Scheduler::probe_for(WorkerId worker) const {
  const auto session = sessions_.find(worker);
  if (session == sessions_.end() || !suspicion_.suspects(session->second.name)) {
    return std::nullopt;
  }
  const std::string& name = session->second.name;
  // What is loaded there costs no load.
  for (const SlotReport& slot : session->second.slots) {
    const std::optional<Suspicion::KnownAnswer> known = suspicion_.known(slot.class_key, name);
    if (known) return known;
  }
  for (const auto& [class_key, answers] : suspicion_.known()) {
    const std::optional<Suspicion::KnownAnswer> known = suspicion_.known(class_key, name);
    if (known && pool_.could_run(worker, state_, *state_.job(known->job))) return known;
  }
  return std::nullopt;
}

bool Scheduler::is_probed(WorkerId worker) const {
  const std::set<LeaseId>& leases = state_.leases_of(worker);
  return std::any_of(leases.begin(), leases.end(),
                     [&](LeaseId id) { return probes_.contains(id); });
}

// On a slot without leases: what a suspect has under way may still be answered.
void Scheduler::probe(WorkerId worker, std::uint32_t slot, const Suspicion::KnownAnswer& known) {
  const Job& job = *state_.job(known.job);
  if (!pool_.has_room(worker, slot, job)) return;
  const LeaseId id = state_.next_lease();
  pool_.runs(now_, worker, slot, state_, job);
  probes_[id] = known;
  record(
      LeaseGranted{id, known.job, worker, slot, {{known.index, known.index + 1}}, false, {}, true});
  arm(id);
  send(worker, SendGrant{id});
}

void Scheduler::judge_probe(const ResultsReceived& e) {
  const LeaseGranted granted = state_.lease(e.lease)->granted;
  const auto known = probes_.find(e.lease);
  end_lease(e.lease, LeaseEnd::probed);
  if (known == probes_.end()) return;  // Of an earlier life of the coordinator.
  const Suspicion::KnownAnswer answer = known->second;
  probes_.erase(known);
  const auto item = std::find_if(e.items.begin(), e.items.end(), [&](const ItemOutcome& each) {
    return each.index == answer.index;
  });
  if (item == e.items.end() || is_retried(item->outcome)) return fail_probe(granted.worker);
  if (item->leaf == answer.leaf) return suspicion_.clear(name_of(granted.worker));
  record(
      AnswersDiffered{granted.job, answer.index, answer.lease, answer.leaf, e.lease, item->leaf});
  quarantine(granted.worker, "it answered item " + std::to_string(answer.index) + " of job " +
                                 std::to_string(granted.job.value) + " otherwise than worker " +
                                 answer.worker + " did");
}

void Scheduler::fail_probe(WorkerId worker) {
  if (!suspicion_.probe_failed(name_of(worker))) return;
  quarantine(worker, std::to_string(Suspicion::failures_max) +
                         " times it did not answer what others have answered");
}

void Scheduler::quarantine(WorkerId worker, const std::string& found) {
  const std::string name = name_of(worker);
  const std::string points = joined_words(suspicion_.points(name));
  const std::string before = points.empty() ? "" : "; it was asked because: " + points;
  suspicion_.clear(name);
  if (state_.quarantine().contains(name)) return;
  record(WorkerQuarantined{name, true, (found + before).substr(0, limits::text_bytes_max), {}});
  const std::string key = answerer(state_, worker).key;
  if (!are_keys_told_apart(state_)) return;
  for (const std::string& other : names_of_key(state_, key)) judge_by_key(other, key);
}

void Scheduler::judge_by_key(const std::string& name, const std::string& key) {
  const std::vector<std::string> wrong = convicted_names(state_, key);
  if (wrong.empty() || state_.quarantine().contains(name)) return;
  if (wrong.size() < names_bound) {
    const std::string what = "worker " + wrong.front() + ", which has its key, was found wrong";
    return suspicion_.point(name, what, Suspicion::points_max);
  }
  suspicion_.clear(name);
  record(WorkerQuarantined{name,
                           true,
                           "workers " + wrong[0] + " and " + wrong[1] + ", which have its key (" +
                               key + "), were found wrong",
                           {}});
}

// ---- answers that differ ----

void Scheduler::remember_answer(const LeaseGranted& granted, const ItemOutcome& item) {
  const Job& job = *state_.job(granted.job);
  if (!answers_alike(model_of(state_, job.accepted).engine)) return;
  suspicion_.remember(job.accepted.class_key,
                      {granted.job, item.index, granted.lease, item.leaf, name_of(granted.worker)});
}

void Scheduler::remember_race(const Twin& twin, JobId job, LeaseId winner,
                              const std::vector<ItemOutcome>& answers) {
  if (!answers_alike(model_of(state_, state_.job(job)->accepted).engine)) return;
  RangeSet lost;
  for (const Range& range : twin.items) lost.add(range);
  for (const ItemOutcome& item : answers) {
    if (!lost.contains(item.index)) continue;
    raced_[{twin.lease, item.index}] = {job, item.index, winner, item.leaf, {}};
    if (raced_.size() > raced_max) raced_.erase(raced_.begin());
  }
}

// What comes too late for an item that somebody else has answered first must be the same.
void Scheduler::compare_late(const ResultsReceived& e) {
  if (raced_.empty()) return;
  for (const ItemOutcome& item : e.items) {
    const auto raced = raced_.find({e.lease, item.index});
    if (raced == raced_.end()) continue;
    const Suspicion::KnownAnswer kept = raced->second;
    raced_.erase(raced);
    if (is_retried(item.outcome) || item.leaf == kept.leaf) continue;
    record(AnswersDiffered{kept.job, item.index, kept.lease, kept.leaf, e.lease, item.leaf});
    suspicion_.point(name_of(e.worker),
                     "it answered item " + std::to_string(item.index) + " of job " +
                         std::to_string(kept.job.value) + " otherwise than another worker",
                     Suspicion::points_max);
  }
}

// ---- isolation ----

// The model of this class has taken one worker after another with it.
void Scheduler::isolate_if_poison(const Digest& class_key) {
  const Losses& losses = state_.losses(class_key);
  if (losses.workers.size() < limits::workers_lost_max) return;
  std::string names;
  for (const WorkerId worker : losses.workers) {
    names += (names.empty() ? "" : ", ") + name_of(worker);
  }
  const std::string reason = "its model took " + std::to_string(losses.workers.size()) +
                             " workers with it, one after another, and answered nothing between (" +
                             names + ")";
  std::vector<JobId> jobs;
  for (const auto& [id, job] : state_.jobs()) {
    const bool is_of_it = job.accepted.class_key == class_key;
    if (is_of_it && job.open() && !job.paused) jobs.push_back(id);
  }
  for (const JobId job : jobs) {
    record(JobPaused{job, true, {}, reason.substr(0, limits::text_bytes_max)});
  }
}

}  // namespace gwageo
