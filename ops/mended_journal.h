// The journal of a stopped data directory as it would be once a mirror has refilled it: the
// mirror's records, and after its last one those that the store still has. Looking at it writes
// nothing, so what others hold is compared with all that is left, and not with the mirror alone.
//
//   the mirror   0 ................ 557
//   the store    0 .. 549            |  561 ..... 621
//   mended       0 ................ 557  561 ..... 621     558 to 560 are a gap
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// Records that are nowhere, although there are later ones.
struct RecordGap {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Reads from the two stores that it was made of, which outlive it.
struct MendedJournal {
  std::unique_ptr<Store> records;  ///< As rows of a store; only scans.
  std::uint64_t size = 0;          ///< Records from the first on, up to the first gap.
  std::vector<RecordGap> gaps;
  /// corrupt when one of the first `size` records is not chained to the one before it.
  Status chain;

  /// Records in the gaps.
  std::uint64_t missing() const;
  /// For people: "records 558 to 560"; empty for no gap.
  std::string gaps_text() const;
};

/// `mirror` has the first `mirror_size` records; what it has beyond is not looked at. corrupt where
/// a row of the journal's table in `store` is none.
Result<MendedJournal> mend(const Store& mirror, std::uint64_t mirror_size, const Store& store);

/// As `gaps` in the JSON of `recover`: [first, last] of each.
Json to_json(const std::vector<RecordGap>& gaps);

}  // namespace gwageo
