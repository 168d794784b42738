#include "coordinator/judgement.h"

#include <algorithm>

#include "coordinator/claims_judgement.h"

namespace gwageo {
namespace {

Contender contender(const State& state, const ModelAdded& model, const Date& released,
                    const SuiteAdded* suite) {
  Contender found{model.name, released, evidence_of(model.engine), {}, {}, false, model.version};
  if (suite == nullptr) return found;
  std::uint64_t most = 0;
  for (const auto& [id, job] : state.jobs()) {
    const JobAccepted& accepted = job.accepted;
    const bool speaks = job.scored && accepted.model == model.name &&
                        accepted.model_version == model.version && accepted.suite == suite->name &&
                        accepted.suite_version == suite->version;
    if (!speaks) continue;
    const std::uint64_t items = scored_items(job.scored->outcomes, job.scored->unscored);
    if (items < most) continue;
    most = items;
    found.job = id;
    found.scores_root = job.scored->scores_root;
  }
  return found;
}

// A day before the retirement is judged as it was then. Days are compared as they are written.
bool is_retired(const State& state, const std::string& model, const std::string& as_of) {
  const auto found = state.retired().find(model);
  return found != state.retired().end() && found->second <= as_of;
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
  input.target = target;
  GWAGEO_ASSIGN(policy, load_target(target.name, target.text));
  input.policy = std::move(policy);
  input.as_of = to_string(as_of);
  if (input.policy.is_claimed) {
    input.claims = claims_on(state, input.policy, input.as_of);
    return input;
  }
  const SuiteAdded* const suite = state.suite(input.policy.suite, input.policy.suite_version);
  if (suite != nullptr) input.suite = *suite;
  const std::vector<std::string>& named = input.policy.candidates;
  for (const auto& [name, versions] : state.models()) {
    const ModelAdded& model = versions.back();
    const std::optional<Date> released = parse_date(model.released);
    if (is_retired(state, name, input.as_of) || !released) continue;
    if (model.role == ModelRole::reference) {
      const bool is_in = input.policy.compared_with
                             ? name == *input.policy.compared_with && *released <= as_of
                             : in_window(*released, as_of, input.policy.window_months);
      if (is_in) {
        input.cohort.push_back(contender(state, model, *released, suite));
      }
    } else if (named.empty() || std::find(named.begin(), named.end(), name) != named.end()) {
      input.candidates.push_back(contender(state, model, *released, suite));
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

Json to_json(const Judgement& judgement, std::uint64_t generation) {
  const JudgementInput& input = judgement.input;
  Json cohort = Json::array();
  for (const Contender& reference : input.cohort) {
    Json member;
    member["model"] = reference.name;
    member["released"] = to_string(reference.released);
    if (input.policy.is_claimed) {
      member["dated_by"] = reference.is_first_seen ? "first_seen" : "release";
    } else {
      member["examined"] = static_cast<bool>(reference.job);
    }
    cohort.push_back(std::move(member));
  }
  Json verdicts = Json::array();
  for (const Verdict& verdict : judgement.verdicts) {
    verdicts.push_back(input.policy.is_claimed ? claimed_json(verdict) : to_json(verdict));
  }
  Json json;
  json["target"] = input.target.name;
  json["version"] = input.target.version == 0 ? Json(nullptr) : Json(input.target.version);
  json["suite"] = input.suite ? Json(input.suite->name + "@" + std::to_string(input.suite->version))
                              : Json(nullptr);
  json["basis"] = input.policy.is_claimed ? "claimed" : "measured";
  if (input.policy.is_claimed) json["board"] = board_json(input);
  json["as_of"] = input.as_of;
  json["share"] = static_cast<double>(input.policy.share.numerator) /
                  static_cast<double>(input.policy.share.denominator);
  json["generation"] = generation;
  json["cohort"] = std::move(cohort);
  json["verdicts"] = std::move(verdicts);
  return json;
}

}  // namespace gwageo
