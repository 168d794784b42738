// The coordinator's state as JSON documents: what the query verbs answer. Pure.
#pragma once

#include <string>

#include "benchmarks/scorecard.h"
#include "coordinator/evaluation.h"
#include "coordinator/forecast.h"
#include "coordinator/job_head.h"
#include "protocol/json.h"

namespace gwageo::report {

/// The team whose key asks; none for those who may see everything. A team sees what is its own, and
/// of others how much there is.
using Viewer = std::optional<std::string>;
bool sees(const Viewer& viewer, const std::string& team);
/// One job without its scores: counts of items by where they are. Done ones were executed for this
/// job, `known` from other jobs, or `equal` to another item of this job.
Json job(const State& state, const Job& job);
/// What `job` says and, of an open one, what is expected of it now.
Json job_now(const Forecast& forecast, const Job& job);
/// All that a team is told of another's job: that it is there, of which model on which suite, what
/// it is at, and its place among its own team's.
Json job_of_others(const Forecast& forecast, const Job& job);
/// `status` without a job: every job (newest last), or those that are open, teams and workers,
/// sizes.
Json pool(const Forecast& forecast, const Viewer& viewer, std::uint64_t journal_size,
          const std::string& version, bool open_only);
/// Items of all jobs that a slot may be given now, were there one: of jobs that nothing holds back.
std::uint64_t items_pending(const State& state);
Json workers(const Scheduler& scheduler, const Viewer& viewer);
/// Names of workers that get no lease, here or not, with who said so and why.
Json quarantine(const Scheduler& scheduler);
/// The team of that name, or all that somebody set or that a key, a model or a job names. What
/// counts against the bounds of a team is what everything below it uses with it.
Json teams(const State& state, const std::string& name);
/// Every quota of the team and of the groups that it is in, what is left of it, and what a job of
/// so many unsettled items and that much GPU time would need.
Json quotas(const TeamTree& teams, const std::string& team, std::uint64_t items, Duration gpu_time);
/// What teams hold, are due, have waiting and were served, and the same of all others together.
Json teams_now(const Forecast& forecast, const Viewer& viewer);
Json others_now(const Forecast& forecast, const Viewer& viewer);
/// Null where there is none.
Json outlook(const std::optional<Outlook>& outlook);
/// `waits`, `position`, `queued` and `estimate` of a job.
Json waits(const Forecast& forecast, const Job& job, const Viewer& viewer);
/// What `submission` would take, and whether the quotas have it; `adoptions` are what the lookup
/// found for it.
Json plan(const Forecast& forecast, const JobAccepted& submission,
          const std::vector<Adoption>& adoptions);
Json suites(const State& state);
/// Newest versions. Where a rival's model lies and what its engine is told are null.
Json models(const State& state, const Viewer& viewer);
Json targets(const State& state);
/// The fixed JSON of `results` (design.md section 6).
Json results(const JobHead& head, const Scored& scored, const Scorecard& scorecard);

/// Items that the model did not answer and will not.
std::uint64_t without_answer(const Job& job);
/// Why items have no answer.
Json failures(const std::vector<Failure>& failures);
/// Where a model would not load, and why.
Json load_errors(const std::map<std::string, std::string>& by_worker);

std::string_view to_string(Role role);

}  // namespace gwageo::report
