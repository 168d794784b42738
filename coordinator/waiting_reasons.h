// Why a job's items wait: which limit, whose turn, what is loaded where, and what would have to
// happen. As data and in plain words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/forecast.h"
#include "protocol/json.h"

namespace gwageo {

/// With each the members of `data`. Slots are counted, and jobs are numbers as text.
enum class Wait {
  paused,            ///< `by`: a principal.
  quota_used_up,     ///< `team`: whose GPU-hours are, the job's own or a group's.
  other_jobs_items,  ///< `jobs`: [{`job`, `items`}], null for a job of another team.
  no_worker,         ///< None is here.
  no_engine,         ///< `engine`: no worker that is here has it.
  no_gpus,  ///< `engine`, `gpus`, `nodes`, `gpu_kind`, `gpu_memory_mib`: none with it has these.
  workers_closed,  ///< `engine`, `workers`: [{`worker`, `state`, `by`, `why`}].
  does_not_load,   ///< `workers`: [{`worker`, `error`}].
  limit,           ///< `team`, `holds`, `limit`: the job's own team or a group.
  gets_room,       ///< `slots`: that were asked to yield for the job (making_room.h).
  reservation,     ///< `worker`, `first`, `width`, `own`: whether it is for this model.
  own_team_first,  ///< `job`, `tier`, `priority`, `position`: which goes before.
  higher_tier,     ///< `teams`: how many others have work of a higher tier.
  /// `others`: how many, `teams`: [{`team`, `behind_seconds`, `share`}], `borne`: to how many of
  /// them slots that have the model do not go yet.
  others_less_served,
  /// `workers`: [{`worker`, `loads` of its team there, `at_once`, `rests_seconds` or null, `others`
  /// that go before: how many, `teams`}], all that could load its model.
  others_load_first,
  /// `gpus_held`, `longest_out_seconds`, and of teams without GPU-hours `gpus_taken` and
  /// `taken_in_seconds` (null where there is none); the same and `team` of each of `teams`.
  held_by_others,
  loaded,   ///< `slots`, `busy`, `workers`: where its model is.
  loading,  ///< `slots`, `workers`, `since_seconds`, `load_seconds`: where its model is loaded now.
  /// `slots` that could load it, and `busy` ones of them; `workers_loading`: those that load as
  /// many as they may, `loading`: what (full_loads.h).
  not_loaded,
  does_not_pay,  ///< `work_seconds`, `load_seconds`, `slots`: a further load.
  makes_room,    ///< `slots`: of the job, that were asked to yield (making_room.h).
  faulty_slots,  ///< `workers`: [{`worker`, `slot`, `fault`}], `others`: whether some is well.
};
std::string_view to_string(Wait reason);

struct WaitReason {
  Wait reason = Wait::paused;
  std::string text;  ///< One or more sentences.
  Json data;
};

/// Most decisive first; when nothing of the job waits, no more than `loading` and `makes_room`.
/// `viewer` is the team that is told, none for those who may know everything: a team hears of
/// others how many they are, and no names.
std::vector<WaitReason> waiting_reasons(const Forecast& forecast, const Job& job,
                                        const std::optional<std::string>& viewer);

/// A worker's state in a word: "working", "silent", "leaving" (it was told to stop), "draining" (it
/// still has leases), "drained" or "quarantined". REQUIRES: it is here.
std::string_view state_of(const Scheduler& scheduler, WorkerId worker);

/// For the members of `data`: rounded up.
std::int64_t whole_seconds(Duration time);

/// What shares, guarantees and limits are counted in: "GPU", or "slot" where no worker that is here
/// has any.
std::string unit_of(const Scheduler& scheduler);

}  // namespace gwageo
