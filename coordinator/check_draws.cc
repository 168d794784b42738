#include "coordinator/check_draws.h"

#include <algorithm>

#include "coordinator/checks.h"
#include "protocol/limits.h"

namespace gwageo {

std::optional<std::string> CheckDraws::see(const Record& record, const Digest& leaf) {
  if (const auto* const set = std::get_if<ChecksSet>(&record.fact)) shares_ = *set;
  note_disputes(record);
  const auto* const job = std::get_if<JobAccepted>(&record.fact);
  if (job != nullptr && job->audit != 0) audits_.insert(job->job);
  const auto* const results = std::get_if<ResultsRecorded>(&record.fact);
  if (results != nullptr) return draw(*results, leaf);
  const auto* const checked = std::get_if<AnswersChecked>(&record.fact);
  return checked == nullptr ? std::nullopt : take(*checked);
}

// The finding comes first, then the incident with the leaf of what was said otherwise.
void CheckDraws::note_disputes(const Record& record) {
  if (const auto* const f = std::get_if<LeaseGranted>(&record.fact); f != nullptr && f->probe) {
    probes_[f->lease] = f->worker;
  }
  if (const auto* const f = std::get_if<LeaseEnded>(&record.fact)) probes_.erase(f->lease);
  if (const auto* const f = std::get_if<AnswersDiffered>(&record.fact)) {
    const auto found = disputed_.find({f->job, f->index});
    const bool is_its = found != disputed_.end() && found->second.lease == f->other;
    if (is_its) found->second.leaf = f->other_leaf;
  }
  const auto* const checked = std::get_if<AnswersChecked>(&record.fact);
  if (checked == nullptr) return;
  const auto probe = probes_.find(checked->lease);
  for (const CheckedItem& item : checked->items) {
    const std::pair key(checked->job, item.index);
    if (item.kind == CheckKind::third) disputed_.erase(key);
    if (item.finding != CheckFinding::differed || probe == probes_.end()) continue;
    disputed_[key] = {probe->second, checked->lease, {}, record.at};
  }
}

std::optional<std::string> CheckDraws::draw(const ResultsRecorded& results, const Digest& leaf) {
  if (shares_.again == 0 || audits_.contains(results.job)) return std::nullopt;
  std::uint64_t items = 0;
  for (const Range& range : results.ranges) {
    items += std::min<std::uint64_t>(range.end - range.begin, limits::lease_items_max + 1);
  }
  // Who forges a journal shall not keep its reader busy for years.
  if (items > limits::lease_items_max) return "it records more items than a lease has";
  for (const Range& range : results.ranges) {
    for (std::uint64_t i = range.begin; i < range.end; ++i) {
      if (!is_drawn(CheckKind::again, leaf, i, shares_.again)) continue;
      coverage_.drawn += open_[results.job].insert(i).second ? 1 : 0;
    }
  }
  return std::nullopt;
}

std::optional<std::string> CheckDraws::take(const AnswersChecked& checked) {
  for (const CheckedItem& item : checked.items) {
    if (item.kind != CheckKind::again) continue;
    const auto open = open_.find(checked.job);
    if (open == open_.end() || open->second.erase(item.index) == 0) {
      return "item " + std::to_string(item.index) + " of job " + std::to_string(checked.job.value) +
             " was asked again and was not drawn, or was asked twice";
    }
    ++coverage_.asked;
  }
  return std::nullopt;
}

}  // namespace gwageo
