// Whether the items that a journal's checks asked again are those that had to be drawn, which were
// drawn and not asked, and on which two workers do not agree so far. Pure: a fold of facts, for
// audits and for a start (unasked_checks.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "coordinator/fact.h"

namespace gwageo {

/// Items that were to be asked of a second worker.
struct CheckCoverage {
  std::uint64_t drawn = 0;
  std::uint64_t asked = 0;  ///< Of them: they were, and the answers compared.
};

/// What a second worker said otherwise; a third one has not been heard.
struct DisputedItem {
  WorkerId worker;  ///< The second.
  LeaseId lease;    ///< Under which it was asked.
  Digest leaf;      ///< Its results leaf.
  Instant at;       ///< Log time of the record.
};

/// Sees a journal record by record. A value; one thread. Holds what is drawn and not asked yet, and
/// what is disputed.
class CheckDraws {
 public:
  /// The next record, of this leaf hash. What is wrong with it; nothing where every item that it
  /// says was asked again was drawn by the record of its answer (coordinator/checks.h), and once.
  std::optional<std::string> see(const Record& record, const Digest& leaf);
  const CheckCoverage& coverage() const { return coverage_; }
  /// Plan indexes of each job that were drawn and not asked.
  const std::map<JobId, std::set<std::uint64_t>>& open() const { return open_; }
  /// By job and plan index.
  const std::map<std::pair<JobId, std::uint64_t>, DisputedItem>& disputed() const {
    return disputed_;
  }

 private:
  std::optional<std::string> draw(const ResultsRecorded& results, const Digest& leaf);
  std::optional<std::string> take(const AnswersChecked& checked);
  void note_disputes(const Record& record);

  ChecksSet shares_;
  std::set<JobId> audits_;  ///< Nothing is drawn of them.
  std::map<JobId, std::set<std::uint64_t>> open_;
  CheckCoverage coverage_;
  std::map<LeaseId, WorkerId> probes_;  ///< Open leases that check.
  std::map<std::pair<JobId, std::uint64_t>, DisputedItem> disputed_;
};

}  // namespace gwageo
