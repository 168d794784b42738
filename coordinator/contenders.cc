#include "coordinator/contenders.h"

#include <algorithm>
#include <map>
#include <set>

#include "benchmarks/scorecard.h"
#include "benchmarks/verdict.h"

namespace gwageo {
namespace {

// Jobs on one version of a suite, by model; oldest first.
using JobsOfModels = std::map<std::string, std::vector<const Job*>>;

JobsOfModels jobs_on(const State& state, const SuiteAdded* suite) {
  JobsOfModels found;
  if (suite == nullptr) return found;
  for (const auto& [id, job] : state.jobs()) {
    const JobAccepted& accepted = job.accepted;
    if (accepted.suite != suite->name || accepted.suite_version != suite->version) continue;
    found[accepted.model].push_back(&job);
  }
  return found;
}

Contender contender(const ModelAdded& model, const Date& released, const JobsOfModels& jobs) {
  Contender found{model.name, released, evidence_of(model.engine), {}, {}, false, model.version,
                  {},         {}};
  const auto known = jobs.find(model.name);
  if (known == jobs.end()) return found;
  std::uint64_t most = 0;
  for (const Job* const job : known->second) {
    // Another version of the model may be the same files under another date.
    if (job->accepted.library != model.library) continue;
    const JobId id = job->accepted.job;
    if (!job->scored) {
      const bool is_over = job->failed || job->cancelled;
      if (!is_over) found.under_way = id;
      // What the coordinator itself called off was no decision about the model.
      if (is_over && !job->superseded) found.ended = id;
      continue;
    }
    const std::uint64_t items = scored_items(job->scored->outcomes, job->scored->unscored);
    if (items < most) continue;
    most = items;
    found.job = id;
    found.scores_root = job->scored->scores_root;
  }
  return found;
}

// A day before the retirement is judged as it was then. Days are compared as they are written.
bool is_retired(const State& state, const std::string& model, const std::string& as_of) {
  const auto found = state.retired().find(model);
  return found != state.retired().end() && found->second <= as_of;
}

std::set<std::string> roster_on(const State& state, const std::string& target,
                                const std::string& as_of) {
  std::map<std::string, const RosterChanged*> last;
  for (const RosterChanged& change : state.programme().roster(target)) {
    if (as_of < change.date) continue;
    const RosterChanged*& known = last[change.candidate];
    if (known == nullptr || known->date <= change.date) known = &change;
  }
  std::set<std::string> there;
  for (const auto& [candidate, change] : last) {
    if (change->entered) there.insert(candidate);
  }
  return there;
}

// The stage of the target that holds on the day, or nullptr.
const Stage* stage_on(const State& state, const std::string& target, const std::string& as_of) {
  const Stage* found = nullptr;
  for (const auto& [name, stage] : state.programme().stages()) {
    if (stage.opened.target != target || as_of < stage.opened.date) continue;
    if (stage.closed && stage.closed->date <= as_of) continue;
    if (found == nullptr || found->opened.date <= stage.opened.date) found = &stage;
  }
  return found;
}

}  // namespace

std::string evidence_of(const std::string& engine) {
  if (engine == "recorded") return "recorded";
  if (engine == "openai") return "endpoint";
  return "executed";
}

Result<JudgementInput> gather(const State& state, const std::string& target, const Date& as_of) {
  const auto found = state.targets().find(target);
  if (found == state.targets().end()) {
    return fail(ErrorKind::not_found, "no target is named " + target);
  }
  return gather(state, found->second.back(), as_of);
}

Result<JudgementInput> gather(const State& state, const TargetAdded& target, const Date& as_of) {
  JudgementInput input;
  input.as_of = to_string(as_of);
  input.target = target;
  const bool is_on_record = target.version > 0;
  const Stage* const stage = is_on_record ? stage_on(state, target.name, input.as_of) : nullptr;
  if (stage != nullptr) {
    input.stage = stage->opened.stage;
    input.target = state.targets().at(target.name).at(stage->opened.target_version - 1);
  }
  GWAGEO_ASSIGN(policy, load_target(target.name, input.target.text));
  input.policy = std::move(policy);
  if (input.policy.is_claimed) {
    input.claims = claims_on(state, input.policy, input.as_of);
    return input;
  }
  if (stage != nullptr) input.policy.suite_version = stage->opened.suite_version;
  const SuiteAdded* const suite = state.suite(input.policy.suite, input.policy.suite_version);
  if (suite != nullptr) input.suite = *suite;
  const JobsOfModels jobs = jobs_on(state, suite);
  const std::vector<std::string>& named = input.policy.candidates;
  const std::set<std::string> roster =
      input.policy.by_roster ? roster_on(state, target.name, input.as_of) : std::set<std::string>();
  const auto is_candidate = [&](const std::string& name) {
    if (input.policy.by_roster) return roster.contains(name);
    return named.empty() || std::find(named.begin(), named.end(), name) != named.end();
  };
  for (const auto& [name, versions] : state.models()) {
    const ModelAdded& model = versions.back();
    const std::optional<Date> released = parse_date(model.released);
    if (is_retired(state, name, input.as_of) || !released) continue;
    if (model.role == ModelRole::reference) {
      if (is_in_cohort(input.policy, name, *released, as_of)) {
        input.cohort.push_back(contender(model, *released, jobs));
      }
    } else if (is_candidate(name)) {
      input.candidates.push_back(contender(model, *released, jobs));
    }
  }
  return input;
}

Result<JudgementInput> look_back(const State& state, const TargetAdded& target, const Date& as_of) {
  GWAGEO_ASSIGN(input, gather(state, target, as_of));
  const bool is_past = input.as_of < state.day();
  std::erase_if(input.candidates,
                [&](const Contender& candidate) { return is_past && as_of < candidate.released; });
  return input;
}

}  // namespace gwageo
