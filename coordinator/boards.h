// What the imports of a board come to: which state it had on a day, and since when it has had a
// model. Pure functions of the facts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/date.h"
#include "benchmarks/target.h"
#include "coordinator/state.h"
#include "protocol/result.h"

namespace gwageo {

/// Of one board, oldest first.
using BoardImports = std::vector<ClaimsImported>;

/// What the board said on a day (YYYY-MM-DD): of `release`, or of the newest release that was seen
/// by then. nullptr: nothing was.
const ClaimsImported* board_on(const BoardImports& imports,
                               const std::optional<std::string>& release, const std::string& day);
/// The newest import of a release, or nullptr.
const ClaimsImported* newest_import(const BoardImports& imports, const std::string& release);
/// The day on which each model was first seen on the board.
std::map<std::string, Date> first_seen(const BoardImports& imports);

/// What a target on claims rests on: the board as it was on the day, its file in the store.
struct ClaimsInput {
  ClaimsImported imported;
  std::map<std::string, Date> first_seen;  ///< By model.
};

/// What the policy's board said on a day (YYYY-MM-DD); nothing: it was not there yet.
std::optional<ClaimsInput> claims_on(const State& state, const Target& policy,
                                     const std::string& day);

/// Whether an import fits what is known: a board has releases or has none; a state was seen on a
/// day that has begun, and not before the state that it follows; a correction says why. bad_input
/// says what to do.
Status check_import(const State& state, const ClaimsImported& claims);

}  // namespace gwageo
