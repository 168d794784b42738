#include "coordinator/failure_reasons.h"

#include <algorithm>

namespace gwageo {

void LastErrors::note(JobId job, Outcome outcome, std::string_view item, std::string error) {
  std::vector<FailureReason>& reasons = kinds_[{job, outcome}];
  const auto known = std::ranges::find(reasons, error, &FailureReason::reason);
  FailureReason newest{std::move(error), 1, std::string(item)};
  if (known != reasons.end()) {
    newest.count += known->count;
    reasons.erase(known);
  } else if (reasons.size() == failure_reasons_max) {
    reasons.erase(reasons.begin());
  }
  reasons.push_back(std::move(newest));
  if (kinds_.size() > kinds_max) kinds_.erase(kinds_.begin());
}

const std::vector<FailureReason>& LastErrors::of(JobId job, Outcome outcome) const {
  static const std::vector<FailureReason> none;
  const auto kind = kinds_.find({job, outcome});
  return kind == kinds_.end() ? none : kind->second;
}

}  // namespace gwageo
