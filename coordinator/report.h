// The coordinator's state as JSON documents: what the query verbs answer. Pure.
#pragma once

#include <string>

#include "benchmarks/scorecard.h"
#include "coordinator/evaluation.h"
#include "coordinator/job_head.h"
#include "coordinator/scheduler.h"
#include "protocol/json.h"

namespace gwageo::report {

/// One job without its scores: counts of items by where they are. Done ones were executed for this
/// job, `known` from other jobs, or `equal` to another item of this job.
Json job(const State& state, const Job& job);
/// `status` without a job: every job (newest last), every worker, sizes.
Json pool(const Scheduler& scheduler, std::uint64_t journal_size, const std::string& version);
Json workers(const Scheduler& scheduler);
/// Names of workers that get no lease, here or not, with who said so and why.
Json quarantine(const Scheduler& scheduler);
/// The team of that name, or all that somebody set or that a key, a model or a job names. What
/// counts against the bounds of a team is what everything below it uses with it.
Json teams(const State& state, const std::string& name);
Json suites(const State& state);
Json models(const State& state);
Json targets(const State& state);
Json principals(const State& state);
inline constexpr std::size_t history_verdicts_max = 10000;
/// The verdicts of `target` as recorded, oldest first; the newest ones where there are more than
/// `history_verdicts_max`.
Json verdicts(const State& state, const std::string& target);
/// The fixed JSON of `results` (design.md section 6).
Json results(const JobHead& head, const Scored& scored, const Scorecard& scorecard);

/// Why items have no answer.
Json failures(const std::vector<Failure>& failures);
/// Where a model would not load, and why.
Json load_errors(const std::map<std::string, std::string>& by_worker);

std::string_view to_string(Role role);

}  // namespace gwageo::report
