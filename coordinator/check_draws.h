// Whether the items that a journal's checks asked again are those that had to be drawn, and which
// were drawn and not asked. Pure: a fold of facts, for audits and for a start (unasked_checks.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "coordinator/fact.h"

namespace gwageo {

/// Items that were to be asked of a second worker.
struct CheckCoverage {
  std::uint64_t drawn = 0;
  std::uint64_t asked = 0;  ///< Of them: they were, and the answers compared.
};

/// Sees a journal record by record. A value; one thread. Holds what is drawn and not asked yet.
class CheckDraws {
 public:
  /// The next record, of this leaf hash. What is wrong with it; nothing where every item that it
  /// says was asked again was drawn by the record of its answer (coordinator/checks.h), and once.
  std::optional<std::string> see(const Record& record, const Digest& leaf);
  const CheckCoverage& coverage() const { return coverage_; }
  /// Plan indexes of each job that were drawn and not asked.
  const std::map<JobId, std::set<std::uint64_t>>& open() const { return open_; }

 private:
  std::optional<std::string> draw(const ResultsRecorded& results, const Digest& leaf);
  std::optional<std::string> take(const AnswersChecked& checked);

  ChecksSet shares_;
  std::set<JobId> audits_;  ///< Nothing is drawn of them.
  std::map<JobId, std::set<std::uint64_t>> open_;
  CheckCoverage coverage_;
};

}  // namespace gwageo
