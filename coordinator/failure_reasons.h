// What items failed for, told apart by what was said of them. For people: in no record and no root.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/ids.h"
#include "protocol/request.h"

namespace gwageo {

struct FailureReason {
  std::string reason;
  std::uint64_t count = 0;  ///< Of items, or of tries.
  std::string item;         ///< One of them.
};

/// Of so many that are unlike the words are kept.
inline constexpr std::size_t failure_reasons_max = 3;

/// What the tries of jobs ended for that may be repeated. Bounded, and not known to a new life of
/// the coordinator. One thread.
class LastErrors {
 public:
  static constexpr std::size_t kinds_max = 2048;  // Of a job and an outcome.

  /// A try of `item` ended so. It pushes out what was said longest ago.
  void note(JobId job, Outcome outcome, std::string_view item, std::string error);
  /// The newest last, each with the last item and how many tries ended so since it is kept; empty
  /// where none is known. Until the next `note`.
  const std::vector<FailureReason>& of(JobId job, Outcome outcome) const;

 private:
  std::map<std::pair<JobId, Outcome>, std::vector<FailureReason>> kinds_;
};

}  // namespace gwageo
