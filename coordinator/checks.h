// Checks of workers against one another: which items are drawn, and what the findings say of each
// worker. Pure; what was found is a fold of facts.
//
// An item is drawn by the record that its answer came on record with. Whoever answered did not know
// that record's hash, which holds its time and all records before it; whoever reads the journal
// later draws the same items. So a worker cannot answer honestly only what will be checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "coordinator/fact_checks.h"
#include "protocol/digest.h"

namespace gwageo {

inline constexpr std::uint32_t check_share_one = 1'000'000;

/// Whether the item leads to a check of this kind (`again` or `known`): the first 8 bytes of
/// SHA-256("gwageo check again v1" or "gwageo check known v1" | leaf | index as 8 bytes, least
/// first), as a number with the most significant byte first, is below share / 1,000,000 of 2^64.
/// `leaf` is the leaf hash of the ResultsRecorded that has the item.
bool is_drawn(CheckKind kind, const Digest& leaf, std::uint64_t index, std::uint32_t share);

/// Items of one worker that were compared, as far as it is known who was right.
struct CheckCounts {
  std::uint64_t checked = 0;   ///< Compared with somebody else's answer.
  std::uint64_t differed = 0;  ///< Of them: the answers were not the same.
  std::uint64_t open = 0;      ///< Of those: nobody has decided.
  std::uint64_t wrong = 0;     ///< Of those: two others agree against it.
  friend bool operator==(const CheckCounts&, const CheckCounts&) = default;
};

/// What is held against a worker: how much better its findings fit one that is wrong in 5 % of its
/// answers than one that is in 1 %, as the largest log-likelihood ratio over all beginnings (CUSUM;
/// E. S. Page, Biometrika 41, 1954), in millionths, so that it is the same everywhere. Of a worker
/// that is wrong in 1 % it reaches a bound h within n checks with a chance of at most n * e^-h.
class CheckEvidence {
 public:
  static constexpr std::int64_t wrong = 1'609'438;  ///< ln(0.05 / 0.01)
  static constexpr std::int64_t right = -41'243;    ///< ln(0.95 / 0.99)
  /// ln(1,000,000): fewer than 1 in 1,000 such workers reach it in 1,000 checks.
  static constexpr std::int64_t bound = 13'815'511;

  void add(bool is_wrong) {
    value_ += is_wrong ? wrong : right;
    if (value_ < 0) value_ = 0;
  }
  bool is_too_much() const { return value_ >= bound; }
  std::int64_t value() const { return value_; }
  friend bool operator==(const CheckEvidence&, const CheckEvidence&) = default;

 private:
  std::int64_t value_ = 0;
};

/// Of workers of one name, over all their lives, since the name is its key's.
struct WorkerChecks {
  std::map<std::string, CheckCounts> of;  ///< By model.
  CheckEvidence evidence;                 ///< Since its quarantine last ended.
  CheckCounts all() const;
  friend bool operator==(const WorkerChecks&, const WorkerChecks&) = default;
};

/// A value; a part of State, written by `State::apply` only.
using Checks = std::map<std::string, WorkerChecks>;

/// Adds what was found of one item. `by`, `other` and `checker` are names; `other` of a third only.
/// An empty name's is counted nowhere.
void count_check(Checks& checks, const std::string& model, const CheckedItem& item,
                 const std::string& by, const std::string& other, const std::string& checker);

}  // namespace gwageo
