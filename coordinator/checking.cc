// Checking: a share of the items is asked of a second worker, and workers are asked what others
// have answered, in leases that look like all others. The answers are compared and never recorded.
#include <algorithm>

#include "coordinator/answer_digest.h"
#include "coordinator/planted_bug.h"
#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

CheckFinding found(const CheckItem& item, const Digest& answer) {
  const bool is_kept = answer == item.kept.answer;
  switch (item.kind) {
    case CheckKind::again: return is_kept ? CheckFinding::agreed : CheckFinding::differed;
    case CheckKind::known: return is_kept ? CheckFinding::agreed : CheckFinding::kept_right;
    case CheckKind::third: break;
  }
  if (is_kept || planted(PlantedBug::the_checker_is_blamed)) return CheckFinding::kept_right;
  return answer == item.other->answer ? CheckFinding::other_right : CheckFinding::undecided;
}

}  // namespace

bool Scheduler::compares_answers(const Job& job) const {
  return state_.checks_set().any() && !is_exact_engine(model_of(state_, job.accepted).engine);
}

// Audits are checks themselves, and lend to nobody who ran their items before.
void Scheduler::await_checks(const LeaseGranted& granted, const RangeSet& done,
                             const ResultsReceived& e) {
  const JobAccepted& job = state_.job(granted.job)->accepted;
  if (!state_.checks_set().any() || job.audit != 0) return;
  const bool is_exact = is_exact_engine(model_of(state_, job).engine);
  const Answerer who = answerer(state_, granted.worker);
  std::vector<GivenAnswer> answers;
  for (const ItemOutcome& item : e.items) {
    if (!done.contains(item.index)) continue;
    answers.push_back({item.index, granted.lease, granted.worker, who, item.leaf,
                       is_exact ? item.leaf : item.answer});
  }
  checks_.answered(job.class_key, granted.job, state_.checks_set(), std::move(answers));
}

void Scheduler::sealed(const ResultsRecorded& results, const Digest& leaf) {
  checks_.sealed(results, leaf, now_, are_keys_told_apart(state_));
}

void Scheduler::resume_check(CheckItem item) {
  const Digest& class_key = state_.job(item.job)->accepted.class_key;
  checks_.add(class_key, std::move(item));
}

// ---- asking ----

// The class that the slot works on, or has loaded.
std::optional<Digest> Scheduler::class_on(WorkerId worker, std::uint32_t slot,
                                          std::uint64_t held) const {
  if (held == 0) {
    const SlotReport& report = sessions_.at(worker).slots[slot];
    if (report.loading || report.class_key == Digest{}) return std::nullopt;
    return report.class_key;
  }
  for (const LeaseId id : state_.leases_of(worker)) {
    const LeaseGranted& granted = state_.lease(id)->granted;
    if (granted.slot == slot) return state_.job(granted.job)->accepted.class_key;
  }
  return std::nullopt;
}

bool Scheduler::check_on(WorkerId worker, std::uint32_t slot, std::uint64_t held,
                         std::uint64_t most) {
  if (checks_.is_empty() || most == 0) return false;
  const Checker asked{answerer(state_, worker), are_keys_told_apart(state_)};
  std::vector<Digest> classes;
  if (const auto loaded = class_on(worker, slot, held)) classes.push_back(*loaded);
  if (held == 0) {  // What nobody who has the model could be asked is worth a load.
    for (const Digest& overdue : checks_.overdue(now_)) classes.push_back(overdue);
  }
  for (const Digest& class_key : classes) {
    const CheckItem* const first = checks_.first_for(class_key, asked);
    if (first == nullptr) continue;
    const Job& job = *state_.job(first->job);
    const bool has_room =
        pool_.could_run(worker, state_, job) &&
        (held > 0 ? pool_.is_sound(worker, slot, job) : pool_.has_room(worker, slot, job));
    if (!has_room) continue;
    const std::uint64_t count =
        std::min({most, items_of_a_frame(job), std::uint64_t{limits::lease_items_max}});
    const std::vector<CheckItem> items = checks_.take(class_key, asked, count, now_);
    if (items.empty()) continue;
    if (held == 0) pool_.runs(now_, worker, slot, state_, job);
    RangeSet indexes;
    for (const CheckItem& item : items) indexes.add({item.kept.index, item.kept.index + 1});
    const LeaseId id = state_.next_lease();
    for (const CheckItem& item : items) checked_[id].emplace(item.kept.index, item);
    record(LeaseGranted{id, items[0].job, worker, slot, indexes.ranges(), false, {}, true});
    arm(id);
    send(worker, SendGrant{id});
    return true;
  }
  return false;
}

void Scheduler::put_back_checks(LeaseId lease) {
  const auto ended = checked_.extract(lease);
  if (ended.empty()) return;
  for (auto& [index, item] : ended.mapped()) {
    if (++item.tries >= CrossChecks::tries_max) continue;
    const Job& job = *state_.job(item.job);
    if (!job.cancelled && !job.failed) checks_.add(job.accepted.class_key, std::move(item));
  }
}

// ---- judging ----

void Scheduler::judge_checks(const ResultsReceived& e) {
  const LeaseGranted granted = state_.lease(e.lease)->granted;
  std::map<std::uint64_t, CheckItem>& asked = checked_.at(e.lease);
  const JobAccepted& job = state_.job(granted.job)->accepted;
  const std::string& engine = model_of(state_, job).engine;
  const bool is_exact = is_exact_engine(engine);
  AnswersChecked checked{e.lease, granted.job, {}};
  std::vector<CheckItem> disputed;
  std::vector<AnswersDiffered> incidents;
  for (const ItemOutcome& item : e.items) {
    const auto it = asked.find(item.index);
    if (it == asked.end()) continue;
    if (is_retried(item.outcome)) {
      if (is_worker_to_blame(engine)) {
        suspicion_.point(name_of(granted.worker), "its engine failed");
      }
      CheckItem again = it->second;
      if (++again.tries < CrossChecks::tries_max) checks_.add(job.class_key, std::move(again));
      asked.erase(it);
      continue;
    }
    CheckItem known = std::move(it->second);
    asked.erase(it);
    const GivenAnswer given{item.index,     e.lease,
                            granted.worker, answerer(state_, granted.worker),
                            item.leaf,      is_exact ? item.leaf : item.answer};
    const CheckFinding finding = found(known, given.answer);
    const bool is_third = known.kind == CheckKind::third;
    checked.items.push_back({item.index, known.kept.worker,
                             known.other ? known.other->worker : WorkerId{}, known.kind, finding});
    if (given.answer != known.kept.answer && !is_third) {
      incidents.push_back(
          {granted.job, item.index, known.kept.lease, known.kept.leaf, e.lease, item.leaf});
    }
    if (finding == CheckFinding::agreed || finding == CheckFinding::kept_right) {
      if (known.kind != CheckKind::known) checks_.agreed(job.class_key, known, given);
    }
    if (finding != CheckFinding::differed) continue;
    known.kind = CheckKind::third;
    known.other = given;
    known.since = now_;
    known.tries = 0;
    disputed.push_back(std::move(known));
  }
  const bool is_over = asked.empty();
  for (CheckItem& item : disputed) checks_.add(job.class_key, std::move(item));
  if (!checked.items.empty()) record(checked);
  for (const AnswersDiffered& incident : incidents) record(incident);
  if (is_over) {
    checked_.erase(e.lease);
    end_lease(e.lease, LeaseEnd::probed);
  }
  for (const CheckedItem& item : checked.items) convict_by(item, granted, is_exact);
}

// Two agree against one. Of an engine that answers alike once is enough; of another one it may be
// chance, until it is too much of that.
void Scheduler::convict_by(const CheckedItem& item, const LeaseGranted& granted, bool is_exact) {
  WorkerId wrong;
  if (item.kind == CheckKind::known && item.finding == CheckFinding::kept_right) {
    wrong = granted.worker;
  } else if (item.finding == CheckFinding::kept_right) {
    wrong = item.other;
  } else if (item.finding == CheckFinding::other_right) {
    wrong = item.by;
  }
  // Nor is a name that has passed to another key: that one answered nothing of it.
  if (!wrong || !state_.has_its_name(wrong)) return;
  const std::string name = name_of(wrong);
  const WorkerChecks& checks = state_.checks().at(name);
  if (!is_exact && !checks.evidence.is_too_much()) return;
  checks_.forget(name);
  const CheckCounts all = checks.all();
  quarantine(wrong, "two others agree on item " + std::to_string(item.index) + " of job " +
                        std::to_string(granted.job.value) + ", and it does not; so it was in " +
                        std::to_string(all.wrong) + " of " + std::to_string(all.checked) +
                        " answers that were checked");
}

}  // namespace gwageo
