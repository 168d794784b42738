// What a journal names and its store has not: a mirror refills records, and the answers and files
// that they speak of come from elsewhere, or not at all.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "protocol/ids.h"
#include "protocol/result.h"

namespace gwageo {

/// A value.
struct MissingRows {
  /// Blocks of results that the records vouch for, but for jobs that were closed for such a loss.
  std::uint64_t blocks = 0;
  std::set<JobId> jobs;          ///< Whose they are.
  std::uint64_t statements = 0;  ///< What people signed.
  std::uint64_t files = 0;       ///< Plans, files, scorecards, verdicts, documents.
  /// Documents of verdicts in whose place there are later ones, so that no audit needs them.
  std::uint64_t superseded = 0;
  /// The first of the statements and files, each as its record names it.
  std::vector<std::string> names;

  /// Whether an audit would miss something.
  bool any() const { return blocks + statements + files > 0; }
  /// For people, a line for each kind with what to do; empty when nothing is missing.
  std::string text() const;
};

/// The first of some jobs, for people.
std::string list_of(const std::set<JobId>& jobs);

/// Looks for all that the first `size` records of the journal in `store` name. Errors as `replay`
/// (verification.h), or of the store.
Result<MissingRows> find_missing_rows(const Store& store, std::uint64_t size);

}  // namespace gwageo
