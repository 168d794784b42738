// Whether those who vouched for one another's answers were others: what a coordinator lends is its
// own choice, and where workers are told apart by their keys, the record shows whom it asked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "coordinator/fact.h"
#include "coordinator/state.h"

namespace gwageo {

/// Sees a journal record by record. A value; one thread.
class VouchingHands {
 public:
  /// The next record; `now` is the state after it.
  void see(const State& now, const Record& record);

  /// Items that were asked again of whoever had answered them, under another name with the same
  /// key. Programs of before this was counted did so in good faith.
  std::uint64_t checks_of_one_key() const { return checks_; }
  /// Audits whose parts were kept from names alone, though keys were told apart.
  std::uint64_t audits_by_name() const { return audits_; }
  /// The first record of either.
  std::optional<std::uint64_t> first() const { return first_; }

 private:
  void note(const Record& record, std::uint64_t& count);

  std::map<LeaseId, bool> by_key_;  ///< Of open leases that check: how workers were told apart.
  std::uint64_t checks_ = 0;
  std::uint64_t audits_ = 0;
  std::optional<std::uint64_t> first_;
};

}  // namespace gwageo
