// Blocks of results in a store of which no record speaks: the records that did are given up. Left
// where they are, a later job of the same number would take them for its own answers.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "coordinator/store.h"
#include "protocol/ids.h"
#include "protocol/result.h"

namespace gwageo {

/// A value.
struct UnvouchedResults {
  std::set<std::string> keys;
  std::set<JobId> jobs;  ///< Whose they are, by their keys.
};

/// The job of a key of the table of results.
JobId job_of_results(std::string_view key);

/// The first job that `store` has results of and that is none of the `known`. Reads none of theirs.
Result<std::optional<JobId>> first_other_job(const Store& store, const std::set<JobId>& known);

/// Those of `store` that none of the first `size` records in `records`, which is only scanned,
/// speaks of. corrupt when a record does not decode.
Result<UnvouchedResults> find_unvouched_results(const Store& records, std::uint64_t size,
                                                const Store& store);

/// The archive in `folder` that they are set aside in.
std::string unvouched_archive(const std::string& folder);

/// Whether they can be set aside in `folder`, where none lies yet. io, saying what to do, if not.
Status check_can_set_aside(const UnvouchedResults& unvouched, const std::string& folder);

/// Moves them out of `store` into that archive, which is durable before they are gone. `verifier`
/// is the coordinator's vkey.
Status set_aside(const UnvouchedResults& unvouched, Store& store, const std::string& folder,
                 const std::string& verifier);

}  // namespace gwageo
