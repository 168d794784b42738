#include "coordinator/command_submit.h"

#include <map>

#include "benchmarks/target.h"
#include "coordinator/command_controls.h"
#include "coordinator/lookup.h"
#include "coordinator/members.h"
#include "coordinator/report.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

// Teams are made by an operator, by their first model, or by a key of their own.
bool is_known_team(const State& state, const std::string& team) {
  if (state.teams().contains(team)) return true;
  for (const auto& [name, principal] : state.principals()) {
    const PrincipalRegistered& owner = principal.registered;
    if (owner.role == Role::team && owner.team == team) return true;
  }
  for (const auto& [name, versions] : state.models()) {
    for (const ModelAdded& model : versions) {
      if (model.team == team) return true;
    }
  }
  return false;
}

// How soon the job should be done.
Status read_urgency(const std::string& tier, std::int64_t within_seconds, JobAccepted& job) {
  static const std::map<std::string, Tier> tiers = {{"audit", Tier::audit},
                                                    {"interactive", Tier::interactive},
                                                    {"campaign", Tier::campaign},
                                                    {"refresh", Tier::refresh}};
  const auto known = tiers.find(tier);
  if (known == tiers.end()) {
    return fail(ErrorKind::bad_input,
                "`tier`: \"" + tier + "\" is none of audit, interactive, campaign, refresh");
  }
  const std::int64_t most = limits::within_max.microseconds / seconds(1).microseconds;
  if (within_seconds < 0 || within_seconds > most) {
    return fail(ErrorKind::bad_input, "`within_seconds` must be from 0 (whenever) to " +
                                          std::to_string(most) + " (366 days)");
  }
  job.tier = known->second;
  job.within = seconds(within_seconds);
  return {};
}

/// What a team may not ask of a job.
Status check_submitter(const PrincipalRegistered& principal, const ModelAdded& model,
                       const JobAccepted& job) {
  if (principal.role != Role::team) return {};
  const auto refuse = [](std::string why) { return fail(ErrorKind::not_allowed, std::move(why)); };
  if (principal.team != model.team || model.role == ModelRole::reference) {
    return refuse("a team submits its own candidates only");
  }
  if (!job.team.empty() && job.team != principal.team) {
    return refuse("a team submits for itself only, not for " + job.team);
  }
  if (job.tier == Tier::audit || job.tier == Tier::interactive) {
    return refuse("tier " + std::string(to_string(job.tier)) +
                  " goes before everybody's campaigns: only an operator submits to it");
  }
  // Asking the same again until the answers please would be a way to a better score.
  if (job.round > 0) return refuse("rounds of repeats are a target's; an operator may ask them");
  if (job.skip_lookup) {
    return refuse("a team takes answers that are known; an operator may ask everything anew");
  }
  return {};
}

/// The plan of a suite's round, as it is written: round 0 is the suite itself.
Result<const SuiteAdded*> find_plan(const State& state, const std::string& suite,
                                    std::uint32_t round) {
  GWAGEO_ASSIGN(found, find_suite(state, suite));
  const SuiteAdded* const plan = state.round_of(found->name, found->version, round);
  if (plan != nullptr) return plan;
  return fail(ErrorKind::bad_input, "suite " + found->name + "@" + std::to_string(found->version) +
                                        " has no round " + std::to_string(round) +
                                        " of repeats: one is there as soon as a target with " +
                                        "`settle` has needed it");
}

/// Fills in what follows from the job's model and team, which are names so far, and from `suite`;
/// refuses what cannot be, or is not this principal's to ask.
Status choose(const CommandRequest& r, const std::string& suite, JobAccepted& job) {
  const auto wrong = [](std::string why) { return fail(ErrorKind::bad_input, std::move(why)); };
  const ModelAdded* const model = r.state().model(job.model);
  if (model == nullptr) return wrong("no model is named " + job.model + " (gwageo model list)");
  if (r.state().retired().contains(job.model)) {
    return wrong("model " + job.model + " is retired; `model add` it again to examine it again");
  }
  // Whom a team knows beside itself is no business of its submission.
  GWAGEO_TRY(check_submitter(r.principal, *model, job));
  if (!job.team.empty() && !is_known_team(r.state(), job.team)) {
    return wrong("no team is named " + job.team + " (gwageo team show lists them); add it first " +
                 "(gwageo team add " + job.team + ")");
  }
  GWAGEO_ASSIGN(found, find_plan(r.state(), suite, job.round));
  JobAccepted chosen = job_on(*model, *found);
  chosen.request = job.request;
  chosen.submitter = r.principal.name;
  chosen.team = job.team.empty() ? model->team : job.team;
  chosen.priority = job.priority;
  chosen.skip_lookup = job.skip_lookup;
  chosen.tier = job.tier;
  chosen.within = job.within;
  job = std::move(chosen);
  return {};
}

}  // namespace

namespace submissions {

CommandOutcome submit(const CommandRequest& r) {
  Members in(r.body);
  SubmitReceived event;
  event.client = r.client;
  JobAccepted& job = event.job;
  job.request = in.text("request");
  job.model = in.name("model");
  const std::string suite = in.text("suite");
  job.team = in.name_or("team", "");
  const std::int64_t priority = in.integer_or("priority", 0);
  const std::string tier = in.text_or("tier", "campaign");
  const std::int64_t within = in.integer_or("within_seconds", 0);
  job.skip_lookup = in.flag("skip_lookup");
  const std::int64_t round = in.integer_or("round", 0);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status status = check_priority(priority); !status) return refusal(status.error());
  if (const Status status = read_urgency(tier, within, job); !status) {
    return refusal(status.error());
  }
  if (round < 0 || round > settle_rounds_max) {
    return bad_request("`round` must be from 0 (the suite itself) to " +
                       std::to_string(settle_rounds_max));
  }
  job.round = static_cast<std::uint32_t>(round);
  if (job.request.empty() || job.request.size() > limits::name_bytes_max) {
    return bad_request("`request` must be 1 to 128 bytes");
  }
  job.priority = static_cast<std::int32_t>(priority);
  if (const Status chosen = choose(r, suite, job); !chosen) return refusal(chosen.error());
  Result<std::vector<Adoption>> adoptions = find_adoptions(r.state(), r.context.plans, job);
  if (!adoptions) return refusal(adoptions.error());
  event.adoptions = *std::move(adoptions);
  return Event{std::move(event)};
}

CommandOutcome estimate(const CommandRequest& r) {
  Members in(r.body);
  JobAccepted job;
  job.model = in.name("model");
  const std::string suite = in.text("suite");
  job.team = in.name_or("team", "");
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status chosen = choose(r, suite, job); !chosen) return refusal(chosen.error());
  const Result<std::vector<Adoption>> adoptions = find_adoptions(r.state(), r.context.plans, job);
  if (!adoptions) return refusal(adoptions.error());
  Answered answer;
  answer.body = report::plan(Forecast(r.context.scheduler), job, *adoptions);
  return answer;
}

}  // namespace submissions
}  // namespace gwageo
