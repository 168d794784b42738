// CrossChecks: items that are to be asked of another worker, and what is known of their answers.
// Volatile: what was to be asked when the coordinator ends is found again at its next start
// (unasked_checks.h); what two agree on is not.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/answerer.h"
#include "coordinator/checks.h"
#include "coordinator/fact_lease.h"
#include "protocol/time.h"

namespace gwageo {

/// What a worker answered to an item of a job.
struct GivenAnswer {
  std::uint64_t index = 0;
  LeaseId lease;
  WorkerId worker;
  Answerer who;
  Digest leaf;
  Digest answer;  ///< Equal for answers that count as the same (answer_digest.h).
};

/// An item to be asked once more.
struct CheckItem {
  JobId job;
  GivenAnswer kept;
  CheckKind kind = CheckKind::again;
  std::optional<GivenAnswer> other;  ///< Who does not agree (third), or does (known).
  std::string only;                  ///< The worker that is to be asked; empty: any third.
  Instant since;
  std::uint32_t tries = 0;
};

/// A worker that could be asked.
struct Checker {
  Answerer who;
  bool by_key = false;  ///< Whether workers are told apart by their keys.
};

/// Nobody is asked what he answered, nor who comes with his key where keys are told apart; so of
/// two against one the two are never one hand. One thread.
class CrossChecks {
 public:
  /// A lease of checks has so many items, unless the oldest has waited for `patience`.
  static constexpr std::size_t lease_items = 8;
  static constexpr Duration patience = seconds(5);
  /// After so long an item is asked of a worker that has to load its model first, and after so
  /// long of nobody any more.
  static constexpr Duration load_after = seconds(30);
  static constexpr Duration dropped_after = seconds(600);
  static constexpr std::uint32_t tries_max = 3;
  static constexpr std::size_t waiting_max = 4096;  ///< Of a class; the oldest go first.

  /// These were answered under one lease and wait for their record, in which `shares` hold.
  void answered(const Digest& class_key, JobId job, const ChecksSet& shares,
                std::vector<GivenAnswer> answers);
  /// The record is there: what it draws waits to be asked.
  void sealed(const ResultsRecorded& results, const Digest& leaf, Instant now, bool by_key);
  void add(const Digest& class_key, CheckItem item);

  /// Items of one job of the class that this worker should be asked now, at most `most`, ascending
  /// by index; none when too few wait. They no longer wait.
  std::vector<CheckItem> take(const Digest& class_key, const Checker& worker, std::uint64_t most,
                              Instant now);
  /// Classes of which something waits for long enough that a load for it is worth it.
  std::vector<Digest> overdue(Instant now) const;
  /// Of the class, for this worker.
  const CheckItem* first_for(const Digest& class_key, const Checker& worker) const;
  bool is_empty() const { return waiting_.empty(); }

  /// Another worker has given the answer that counts for the item, too.
  void agreed(const Digest& class_key, const CheckItem& item, const GivenAnswer& given);
  /// Nothing that this worker answered is known any more.
  void forget(const std::string& worker);
  /// Nothing of this job waits or is known any more.
  void forget(JobId job);

 private:
  static constexpr std::size_t known_max = 64;  // Of a class.
  static constexpr std::size_t classes_max = 1024;

  struct Awaiting {
    Digest class_key;
    JobId job;
    ChecksSet shares;
    std::vector<GivenAnswer> answers;
  };
  struct Known {
    CheckItem item;
    std::set<Answerer> asked;  // Those who agree on it, and whoever was asked since.
  };
  /// One that this worker has not answered; it counts as asked from now on.
  std::optional<CheckItem> known_for(const Digest& class_key, const Checker& worker,
                                     std::uint64_t draw);

  std::deque<Awaiting> awaiting_;
  std::map<Digest, std::deque<CheckItem>> waiting_;  // By class key, oldest first; none is empty.
  std::map<Digest, std::deque<Known>> known_;        // By class key, oldest first.
};

}  // namespace gwageo
