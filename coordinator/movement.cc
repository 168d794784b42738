#include "coordinator/movement.h"

#include <algorithm>

#include "coordinator/contenders.h"
#include "coordinator/settling.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

std::vector<JudgementInput> gather_all(const State& state) {
  std::vector<JudgementInput> inputs;
  const std::optional<Date> today = parse_date(state.day());
  if (!today) return inputs;
  for (const auto& [name, versions] : state.targets()) {
    Result<JudgementInput> input = gather(state, name, *today);
    if (input && input->suite) inputs.push_back(*std::move(input));
  }
  return inputs;
}

std::string text_of_needed(const Needed& needed) {
  return needed.model + " version " + std::to_string(needed.model_version) + " on suite " +
         needed.suite + "@" + std::to_string(needed.suite_version) +
         (needed.round == 0 ? "" : ", round " + std::to_string(needed.round) + " of repeats");
}

// What a job examines, if the model is still what it was; else of a version that is gone.
Needed examined_by(const State& state, const JobAccepted& job) {
  Needed needed{job.model, job.model_version, job.suite, job.suite_version, job.round};
  const ModelAdded* const model = state.model(job.model);
  if (model != nullptr && model->library == job.library) needed.model_version = model->version;
  return needed;
}

}  // namespace

std::vector<NeedsOfTarget> needs(const State& state) {
  std::vector<NeedsOfTarget> out;
  for (const JudgementInput& input : gather_all(state)) {
    NeedsOfTarget& of = out.emplace_back();
    of.target = input.target.name;
    of.reruns = input.policy.reruns;
    of.quiet_seconds = input.policy.quiet_seconds;
    const auto add = [&](const Contender& contender) {
      Needed needed{contender.name, contender.version, input.suite->name, input.suite->version};
      const bool is_missing = !contender.job && !contender.under_way && !contender.ended;
      if (is_missing) of.missing.push_back(needed);
      of.all.insert(std::move(needed));
    };
    for (const Contender& reference : input.cohort) add(reference);
    for (const Contender& candidate : input.candidates) add(candidate);
    if (!input.policy.settle) continue;
    RoundsNeeded rounds = rounds_needed(state, input);
    of.all.merge(rounds.all);
    of.missing.insert(of.missing.end(), rounds.missing.begin(), rounds.missing.end());
  }
  return out;
}

JobAccepted submission_of(const State& state, const Needed& needed, const std::string& target) {
  const ModelAdded* const model = state.model(needed.model);
  const SuiteAdded* const plan = state.round_of(needed.suite, needed.suite_version, needed.round);
  GWAGEO_CHECK(model != nullptr && plan != nullptr);
  JobAccepted job = job_on(*model, *plan);
  job.team = model->team;
  job.tier = Tier::refresh;
  job.cause = "target " + target + " needs " + text_of_needed(needed);
  return job;
}

std::vector<Superseded> superseded_jobs(const State& state,
                                        const std::vector<NeedsOfTarget>& needs) {
  std::set<Needed> all;
  for (const NeedsOfTarget& of : needs) {
    if (of.reruns) all.insert(of.all.begin(), of.all.end());
  }
  std::vector<Superseded> out;
  for (const auto& [id, job] : state.jobs()) {
    if (!job.open() || job.accepted.cause.empty()) continue;
    const Needed examined = examined_by(state, job.accepted);
    if (all.contains(examined)) continue;
    out.push_back({id, "superseded: no target needs " + text_of_needed(examined) + " any more"});
  }
  return out;
}

std::vector<JobId> jobs_to_score_again(const State& state, const Digest& scorer) {
  std::set<JobId> found;
  for (const JudgementInput& input : gather_all(state)) {
    const auto look = [&](const Contender& contender) {
      const auto look_at = [&](JobId id) {
        const Job* const job = id ? state.job(id) : nullptr;
        if (job != nullptr && job->scored->scorer != scorer) found.insert(id);
      };
      look_at(contender.job);
      for (const Examination& round : contender.rounds) look_at(round.job);
    };
    for (const Contender& reference : input.cohort) look(reference);
    for (const Contender& candidate : input.candidates) look(candidate);
  }
  return {found.begin(), found.end()};
}

}  // namespace gwageo
