#include "coordinator/lookup.h"

#include <algorithm>
#include <map>

#include "coordinator/lost_answers.h"

namespace gwageo {
namespace {

// Items of an open job that it is going to execute itself, as far as nobody holds it up.
RangeSet coming(const State& state, const Job& job) {
  RangeSet items;
  if (!job.open()) return items;
  if (!state.held(job)) items = job.pending;
  for (const LeaseId lease : state.leases_of(job.accepted.job)) {
    items.add(state.lease(lease)->rest);
  }
  return items;
}

using KeyIndex = std::map<std::pair<Digest, Digest>, std::vector<std::uint64_t>>;

class Search {
 public:
  Search(const State& state, PlanReader& plans, const JobAccepted& submission)
      : state_(state), plans_(plans), submission_(submission) {
    open_.add({0, submission.items});
  }

  Status take_from(const Job& source, const RangeSet& available, bool stored) {
    if (available.empty() || open_.empty()) return {};
    const PlanOnRecord theirs = plan_of(source.accepted);
    if (plan_of(submission_) == theirs) {
      for (const Range& range : available.ranges()) {
        for (const Range& hit : open_.intersection(range).ranges()) {
          adopt({hit.begin, hit.end, source.accepted.job, hit.begin, stored});
        }
      }
      return {};
    }
    return take_by_key(source, theirs, available, stored);
  }

  // Items that ask what an earlier item of the plan asks follow that item.
  Status take_from_itself() {
    if (is_by_item(state_, submission_)) return {};
    GWAGEO_ASSIGN(duplicates, plans_.duplicates(plan_of(submission_)));
    for (const auto& [index, first] : duplicates) {
      if (!open_.contains(index)) continue;
      if (open_.contains(first)) {
        adopt({index, index + 1, JobId{}, first, false});
      } else if (const Adoption* const known = adoption_of(first)) {
        adopt({index, index + 1, known->source, known->source_begin + (first - known->begin),
               known->stored});
      }
    }
    return {};
  }

  std::vector<Adoption> finish() {
    std::sort(found_.begin(), found_.end(),
              [](const Adoption& a, const Adoption& b) { return a.begin < b.begin; });
    std::vector<Adoption> merged;
    for (const Adoption& next : found_) {
      Adoption* const last = merged.empty() ? nullptr : &merged.back();
      if (last != nullptr && last->end == next.begin && last->source == next.source &&
          last->stored == next.stored &&
          last->source_begin + (last->end - last->begin) == next.source_begin) {
        last->end = next.end;
      } else {
        merged.push_back(next);
      }
    }
    return merged;
  }

 private:
  PlanOnRecord plan_of(const JobAccepted& job) const {
    return {state_.plan_of(job).manifest, job.plan_root};
  }

  void adopt(const Adoption& adoption) {
    open_.remove({adoption.begin, adoption.end});
    found_.push_back(adoption);
  }

  const Adoption* adoption_of(std::uint64_t index) const {
    for (const Adoption& known : found_) {
      if (index >= known.begin && index < known.end) return &known;
    }
    return nullptr;
  }

  std::pair<Digest, Digest> key(const ItemKey& item) const {
    return {item.requests, is_by_item(state_, submission_) ? item.item : Digest{}};
  }

  Status take_by_key(const Job& source, const PlanOnRecord& plan, const RangeSet& available,
                     bool stored) {
    if (my_keys_.empty()) {
      GWAGEO_ASSIGN(mine, plans_.item_keys(plan_of(submission_)));
      for (std::uint64_t i = 0; i < mine.size(); ++i) my_keys_[key(mine[i])].push_back(i);
    }
    const Result<std::vector<ItemKey>> theirs = plans_.item_keys(plan);
    // Of a plan that was altered or is gone nothing is taken over.
    if (!theirs && theirs.error().kind == ErrorKind::corrupt) return {};
    if (!theirs) return tl::unexpected(theirs.error());
    for (const Range& range : available.ranges()) {
      for (std::uint64_t i = range.begin; i < range.end && i < theirs->size(); ++i) {
        const auto hit = my_keys_.find(key((*theirs)[i]));
        if (hit == my_keys_.end()) continue;
        for (const std::uint64_t index : hit->second) {
          if (open_.contains(index)) adopt({index, index + 1, source.accepted.job, i, stored});
        }
      }
    }
    return {};
  }

  const State& state_;
  PlanReader& plans_;
  const JobAccepted& submission_;
  RangeSet open_;
  std::vector<Adoption> found_;
  KeyIndex my_keys_;
};

}  // namespace

bool is_by_item(const State& state, const JobAccepted& job) {
  const ModelAdded* const model = state.model(job.model);
  return model != nullptr && model->engine == "recorded";
}

Result<std::vector<Adoption>> find_adoptions(const State& state, PlanReader& plans,
                                             const JobAccepted& submission) {
  if (submission.skip_lookup) return std::vector<Adoption>{};
  Search search(state, plans, submission);
  const std::map<JobId, RangeSet> lost = answers_not_to_take(state);
  for (const auto& [id, job] : state.jobs()) {
    if (job.accepted.library != submission.library) continue;
    RangeSet stored = job.executed;
    stored.remove(job.disowned);
    if (const auto gone = lost.find(id); gone != lost.end()) stored.remove(gone->second);
    GWAGEO_TRY(search.take_from(job, stored, true));
  }
  for (const auto& [id, job] : state.jobs()) {
    if (job.accepted.library != submission.library) continue;
    GWAGEO_TRY(search.take_from(job, coming(state, job), false));
  }
  GWAGEO_TRY(search.take_from_itself());
  return search.finish();
}

}  // namespace gwageo
