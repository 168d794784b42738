#include "coordinator/contenders.h"

#include <algorithm>
#include <map>
#include <set>

#include "benchmarks/scorecard.h"
#include "benchmarks/verdict.h"
#include "coordinator/roster.h"

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

std::uint64_t asked_again(const State& state, const JobsOfModels& jobs) {
  std::uint64_t requests = 0;
  for (const auto& [model, own] : jobs) {
    for (const Job* const job : own) {
      if (job->accepted.round > 0) requests += state.plan_of(job->accepted).requests;
    }
  }
  return requests;
}

Examination examination_in(std::uint32_t round, const ModelAdded& model,
                           const std::vector<const Job*>& jobs) {
  Examination found;
  std::uint64_t most = 0;
  for (const Job* const job : jobs) {
    // Another version of the model may be the same files under another date.
    if (job->accepted.library != model.library || job->accepted.round != round) continue;
    if (job->accepted.skip_lookup) ++found.asked_anew;
    if (!job->disowned.empty()) {
      ++found.voided;
      continue;
    }
    const JobId id = job->accepted.job;
    if (!job->scored) {
      const bool is_over = job->failed || job->cancelled;
      if (!is_over) found.under_way = id;
      // What the coordinator itself called off was no decision about the model.
      if (is_over && !job->superseded) found.ended = id;
      continue;
    }
    const std::uint64_t items = scored_items(job->scored->outcomes, job->scored->unscored);
    // Repeats without one answer say no more of a model than a job that failed.
    const bool is_fruitless = round > 0 && items == 0;
    if (is_fruitless) found.ended = id;
    if (is_fruitless || (found.job && items <= most)) continue;
    most = items;
    found.job = id;
    found.scores_root = job->scored->scores_root;
  }
  return found;
}

Contender contender(const ModelAdded& model, const Date& released, const JobsOfModels& jobs,
                    std::uint32_t rounds) {
  const auto known = jobs.find(model.name);
  const std::vector<const Job*> none;
  const std::vector<const Job*>& own = known == jobs.end() ? none : known->second;
  const Examination first = examination_in(0, model, own);
  Contender found{model.name,    released,          evidence_of(model.engine),
                  first.job,     first.scores_root, false,
                  model.version, first.under_way,   first.ended};
  found.disowned = model.salt;
  found.asked_anew = first.asked_anew;
  found.voided = first.voided;
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    found.rounds.push_back(examination_in(round, model, own));
  }
  return found;
}

// A day before the retirement is judged as it was then. Days are compared as they are written.
bool is_retired(const State& state, const std::string& model, const std::string& as_of) {
  const auto found = state.retired().find(model);
  return found != state.retired().end() && found->second.date <= as_of;
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

std::uint32_t rounds_examined(const Contender& contender) {
  std::uint32_t count = 0;
  while (count < contender.rounds.size() && contender.rounds[count].job) ++count;
  return count;
}

namespace {

// Those that were made while `stage` was open, or without one, by the day; and on the files that
// the candidate is now: whoever takes others has to be looked at again.
template <class Made>
std::vector<Made> made_in(const State& state, const std::vector<Made>& all,
                          const std::vector<Digest>& on, const std::string& stage,
                          const std::string& as_of) {
  std::vector<Made> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Made& made = all[i];
    const bool is_of_these = on[i] == state.files_of(made.candidate);
    if (made.stage == stage && made.date <= as_of && is_of_these) found.push_back(made);
  }
  return found;
}

// By the frozen version of `stage`, or by `newest` where it is nullptr.
Result<JudgementInput> gather_under(const State& state, const TargetAdded& newest,
                                    const Stage* stage, const Date& as_of) {
  JudgementInput input;
  input.as_of = to_string(as_of);
  input.target = newest;
  if (stage != nullptr) {
    input.stage = stage->opened;
    input.target = state.targets().at(newest.name).at(stage->opened.target_version - 1);
  }
  const std::string& target = input.target.name;
  GWAGEO_ASSIGN(policy, load_target(target, input.target.text));
  input.policy = std::move(policy);
  if (input.policy.is_claimed) {
    input.claims = claims_on(state, input.policy, input.as_of);
    return input;
  }
  const Programme& programme = state.programme();
  // Under another policy that somebody asks by, too, the decisions are those of the open stage.
  const Stage* const open = stage != nullptr ? stage : stage_on(state, target, input.as_of);
  const std::string made_while = open == nullptr ? "" : open->opened.stage;
  input.decisions = made_in(state, programme.decisions(target), programme.decided_on(target),
                            made_while, input.as_of);
  input.points = made_in(state, programme.points(target), programme.points_on(target), made_while,
                         input.as_of);
  if (stage != nullptr) input.policy.suite_version = stage->opened.suite_version;
  const SuiteAdded* const suite = state.suite(input.policy.suite, input.policy.suite_version);
  if (suite != nullptr) input.suite = *suite;
  const JobsOfModels jobs = jobs_on(state, suite);
  const std::uint32_t rounds = input.policy.settle ? input.policy.settle->rounds : 0;
  if (rounds > 0) input.asked_again = asked_again(state, jobs);
  const std::vector<std::string>& named = input.policy.candidates;
  if (input.policy.by_roster) {
    for (const auto& [name, change] : standing_on(programme.roster(target), input.as_of)) {
      if (change->entered) input.entered[name] = change->date;
    }
  }
  const auto is_candidate = [&](const std::string& name) {
    if (input.policy.by_roster) return input.entered.contains(name);
    return named.empty() || std::find(named.begin(), named.end(), name) != named.end();
  };
  for (const auto& [name, models] : state.models()) {
    const ModelAdded& model = models.back();
    const std::optional<Date> released = parse_date(model.released);
    if (is_retired(state, name, input.as_of) || !released) continue;
    if (model.role == ModelRole::reference) {
      if (is_in_cohort(input.policy, name, *released, as_of)) {
        input.cohort.push_back(contender(model, *released, jobs, rounds));
      }
    } else if (is_candidate(name)) {
      input.candidates.push_back(contender(model, *released, jobs, rounds));
    }
  }
  return input;
}

}  // namespace

Result<JudgementInput> gather(const State& state, const std::string& target, const Date& as_of) {
  const auto found = state.targets().find(target);
  if (found == state.targets().end()) {
    return fail(ErrorKind::not_found, "no target is named " + target + " (gwageo target list)");
  }
  return gather(state, found->second.back(), as_of);
}

Result<JudgementInput> gather(const State& state, const TargetAdded& target, const Date& as_of) {
  const bool is_on_record = target.version > 0;
  const Stage* const stage =
      is_on_record ? stage_on(state, target.name, to_string(as_of)) : nullptr;
  return gather_under(state, target, stage, as_of);
}

Result<JudgementInput> gather(const State& state, const Stage& stage, const Date& as_of) {
  return gather_under(state, state.targets().at(stage.opened.target).back(), &stage, as_of);
}

bool rest_on_the_same(const JudgementInput& a, const JudgementInput& b) {
  const bool is_claims_equal = a.claims.has_value() == b.claims.has_value() &&
                               (!a.claims || (a.claims->imported == b.claims->imported &&
                                              a.claims->first_seen == b.claims->first_seen));
  return is_claims_equal && a.target == b.target && a.stage == b.stage && a.suite == b.suite &&
         a.as_of == b.as_of && a.candidates == b.candidates && a.cohort == b.cohort &&
         a.entered == b.entered && a.decisions == b.decisions && a.points == b.points;
}

Result<JudgementInput> look_back(const State& state, const TargetAdded& target, const Date& as_of) {
  GWAGEO_ASSIGN(input, gather(state, target, as_of));
  const bool is_past = input.as_of < state.day();
  std::erase_if(input.candidates,
                [&](const Contender& candidate) { return is_past && as_of < candidate.released; });
  return input;
}

}  // namespace gwageo
