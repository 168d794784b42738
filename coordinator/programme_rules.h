// What the programme may record beside what is on record: rosters, stages, decisions, points and
// publications. Pure.
#pragma once

#include <string>

#include "coordinator/state.h"
#include "protocol/result.h"

namespace gwageo {

/// The version of a target that is judged by now: of its open stage the frozen one, else the
/// newest. not_found when there is no target of that name, saying where they are listed.
Result<const TargetAdded*> target_in_force(const State& state, const std::string& target);

/// Why the proposed fact may not be recorded, and what may. Dates and principals are taken as they
/// are in the fact; that its evidence is stored, and its reason not empty, was seen to before.

/// Somebody enters who is not there on the day, or leaves who is. A candidate enters once it is
/// registered, on no day before its release, and on none later than a year from today.
Status check_change(const State& state, const RosterChanged& change);
/// A name that no stage had, a target without an open stage.
Status check_change(const State& state, const StageOpened& opening);
Status check_change(const State& state, const StageClosed& closing);
/// A component of a gate of the target that people decide, under its rule, for one of its
/// candidates. not_allowed: by somebody whom the gate does not name, or, where it names nobody, by
/// somebody who is no operator.
Status check_change(const State& state, const GateDecided& decision);
/// For a part of the target's composition that is recorded, in its bounds, for one of its
/// candidates.
Status check_change(const State& state, const PointsRecorded& points);
/// Of a target, or of a stage of it that is closed.
Status check_change(const State& state, const Published& publication);

/// Whether the same is on record already, and is what counts.
bool is_on_record(const State& state, const GateDecided& decision);
bool is_on_record(const State& state, const PointsRecorded& points);
bool is_on_record(const State& state, const Published& publication);

}  // namespace gwageo
