// The rows that records name, put back and checked: nothing of what somebody brings is taken that
// its record does not vouch for. Of results a record has the root over their leaves, of a plan its
// root, of every file its digest.
//
// What is there and fits stays as it is. What is there and does not fit is replaced by what does,
// and named where nothing does. What no record names is left where it came from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "protocol/result.h"

namespace gwageo {

/// A value.
struct RecoveredRows {
  std::uint64_t put = 0;       ///< Written where there was none.
  std::uint64_t replaced = 0;  ///< Written where another one was, which did not fit.
  std::uint64_t left_out = 0;  ///< Brought, and named by no record.
  std::uint64_t refused = 0;   ///< Brought and wanted, and not what the record says.
  std::uint64_t unfit = 0;  ///< In the store still, and not what a record says, or unvouched for.
  std::uint64_t unvouched = 0;  ///< Of these, blocks of results that no record speaks of.
  /// The first of the refused and the unfit, each with its record and how it does not fit.
  std::vector<std::string> names;

  /// For people, of what does not fit, with what to do, where `size` records are there; empty when
  /// everything does.
  std::string text(std::uint64_t size) const;
};

/// Takes from `given` what the first `size` records of the journal in `store` name. The records are
/// there. Errors as `replay` (verification.h), or of a store.
Result<RecoveredRows> recover_rows(const Store& given, Store& store, std::uint64_t size);

}  // namespace gwageo
