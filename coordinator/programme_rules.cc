#include "coordinator/programme_rules.h"

#include <algorithm>

#include "benchmarks/points.h"
#include "coordinator/contenders.h"
#include "coordinator/roster.h"

namespace gwageo {
namespace {

tl::unexpected<Error> refuse_programme(std::string why) {
  return fail(ErrorKind::bad_input, std::move(why));
}

/// "a, b", or "none".
std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

Status check_latest(const State& state, const std::string& date) {
  const std::optional<Date> today = parse_date(state.day());
  if (!today) return refuse_programme("no day has begun yet");
  const std::string last = to_string(months_before(*today, -12));
  if (date <= last) return {};
  return refuse_programme("`on`: " + date + " is more than a year from today (" + state.day() +
                          "); the last day that may be named is " + last);
}

Status check_entry(const State& state, const ModelAdded& model, const RosterChanged& change,
                   bool is_there) {
  if (state.retired().contains(model.name))
    return refuse_programme("model " + model.name + " is retired");
  if (change.date < model.released) {
    return refuse_programme("`on`: " + change.date + " is before the release of " + model.name +
                            " (" + model.released +
                            "): nobody enters with a model that is not there");
  }
  if (!is_there) return {};
  return refuse_programme(model.name + " is on the roster of " + change.target + " on " +
                          change.date + " already (gwageo roster show " + change.target + ")");
}

Status check_candidate(const State& state, const std::string& target,
                       const std::string& candidate) {
  const std::optional<Date> today = parse_date(state.day());
  if (!today) return refuse_programme("no day has begun yet");
  GWAGEO_ASSIGN(input, gather(state, target, *today));
  std::vector<std::string> names;
  for (const Contender& contender : input.candidates) names.push_back(contender.name);
  if (std::find(names.begin(), names.end(), candidate) != names.end()) return {};
  return refuse_programme(candidate + " is no candidate of target " + target +
                          " today; there are: " + listed_names(names));
}

// Nobody decides on their own, whoever named them.
Status check_not_own(const State& state, const GateDecided& decision) {
  const auto who = state.principals().find(decision.principal);
  const ModelAdded* const candidate = state.model(decision.candidate);
  if (who == state.principals().end() || candidate == nullptr) return {};
  const PrincipalRegistered& decider = who->second.registered;
  if (decider.role != Role::team || decider.team != candidate->team) return {};
  return fail(ErrorKind::not_allowed, decision.principal + " is of team " + decider.team +
                                          ", whose candidate " + decision.candidate +
                                          " is: nobody decides on their own");
}

Status check_entitled(const State& state, const DecisionRule& rule, const GateDecided& decision) {
  if (!rule.by.empty()) {
    const bool is_named =
        std::find(rule.by.begin(), rule.by.end(), decision.principal) != rule.by.end();
    if (is_named) return check_not_own(state, decision);
    return fail(ErrorKind::not_allowed, decision.principal + " may not decide on gate " +
                                            decision.gate + " of target " + decision.target +
                                            "; entitled are: " + listed_names(rule.by));
  }
  const auto known = state.principals().find(decision.principal);
  const bool is_operator =
      known != state.principals().end() && known->second.registered.role == Role::operator_;
  if (is_operator) return {};
  return fail(ErrorKind::not_allowed, "gate " + decision.gate + " of target " + decision.target +
                                          " names nobody who decides, so operators do; " +
                                          decision.principal + " is none");
}

// Whether the newest that was made on the candidate's files, in that stage and on the same thing,
// is this one.
template <class Made, class Same>
bool is_newest(const std::vector<Made>& all, const std::vector<Digest>& on, const Made& made,
               const Digest& files, const Same& is_same) {
  for (std::size_t i = all.size(); i-- > 0;) {
    const Made& each = all[i];
    if (each.stage != made.stage || each.candidate != made.candidate || !is_same(each)) continue;
    if (on[i] == files) return each == made;
  }
  return false;
}

}  // namespace

Result<const TargetAdded*> target_in_force(const State& state, const std::string& target) {
  const auto found = state.targets().find(target);
  if (found == state.targets().end()) {
    return fail(ErrorKind::not_found, "no target is named " + target + " (gwageo target list)");
  }
  const Stage* const open = state.programme().open_stage(target);
  return open == nullptr ? &found->second.back()
                         : &found->second.at(open->opened.target_version - 1);
}

Status check_change(const State& state, const RosterChanged& change) {
  GWAGEO_ASSIGN(in_force, target_in_force(state, change.target));
  GWAGEO_ASSIGN(policy, load_target(change.target, in_force->text));
  if (policy.is_claimed) {
    return refuse_programme("target " + change.target +
                            " is judged on claims: a board's models are on no roster");
  }
  GWAGEO_TRY(check_latest(state, change.date));
  const ModelAdded* const model = state.model(change.candidate);
  if (model == nullptr) {
    return refuse_programme("no model is named " + change.candidate +
                            "; add it first (gwageo model add)");
  }
  if (model->role == ModelRole::reference) {
    return refuse_programme("model " + change.candidate +
                            " is a reference: only candidates are on a roster");
  }
  const auto& changes = state.programme().roster(change.target);
  const bool is_there = entry_on(changes, change.candidate, change.date) != nullptr;
  if (change.entered) return check_entry(state, *model, change, is_there);
  if (is_there) return {};
  return refuse_programme(change.candidate + " is not on the roster of " + change.target + " on " +
                          change.date + ", so it cannot leave (gwageo roster show " +
                          change.target + ")");
}

Status check_change(const State& state, const StageOpened& opening) {
  GWAGEO_TRY(target_in_force(state, opening.target));
  const auto& stages = state.programme().stages();
  const auto same = stages.find(opening.stage);
  if (same != stages.end()) {
    return refuse_programme("stage " + opening.stage + " was opened on " +
                            same->second.opened.date + " for target " + same->second.opened.target +
                            ": a stage is opened once; give this one another name");
  }
  const Stage* const open = state.programme().open_stage(opening.target);
  if (open == nullptr) return {};
  return refuse_programme("stage " + open->opened.stage + " of target " + opening.target +
                          " is open since " + open->opened.date +
                          ": close it first (gwageo stage close " + open->opened.stage + ")");
}

Status check_change(const State& state, const StageClosed& closing) {
  const auto& stages = state.programme().stages();
  const auto stage = stages.find(closing.stage);
  if (stage == stages.end()) {
    return fail(ErrorKind::not_found,
                "no stage is named " + closing.stage + " (gwageo stage list)");
  }
  if (!stage->second.closed) return {};
  return refuse_programme("stage " + closing.stage + " was closed on " +
                          stage->second.closed->date +
                          ": its verdicts are fixed (gwageo stage show " + closing.stage + ")");
}

Status check_change(const State& state, const GateDecided& decision) {
  GWAGEO_ASSIGN(in_force, target_in_force(state, decision.target));
  GWAGEO_ASSIGN(policy, load_target(decision.target, in_force->text));
  std::vector<std::string> names;
  const Gate* gate = nullptr;
  for (const Gate& each : policy.gates) {
    if (each.decision) names.push_back(each.name);
    if (each.name == decision.gate) gate = &each;
  }
  const std::string of = " of target " + decision.target;
  if (gate == nullptr || !gate->decision) {
    return refuse_programme("gate " + decision.gate + of +
                            (gate == nullptr ? " is not there" : " is a floor") +
                            "; people decide on: " + listed_names(names));
  }
  const DecisionRule& rule = *gate->decision;
  GWAGEO_TRY(check_entitled(state, rule, decision));
  const auto& components = rule.components;
  if (decision.component.empty()) {
    return refuse_programme("gate " + decision.gate + of +
                            " is decided component by component: say which " +
                            "(--component NAME) of: " + listed_names(components));
  }
  if (std::find(components.begin(), components.end(), decision.component) == components.end()) {
    return refuse_programme("gate " + decision.gate + of + " has no component " +
                            decision.component + "; it has: " + listed_names(components));
  }
  if (decision.rule != rule.rule) {
    return refuse_programme("gate " + decision.gate + of + " is decided under rule \"" + rule.rule +
                            "\", not \"" + decision.rule + "\"");
  }
  return check_candidate(state, decision.target, decision.candidate);
}

Status check_change(const State& state, const PointsRecorded& points) {
  GWAGEO_ASSIGN(in_force, target_in_force(state, points.target));
  GWAGEO_ASSIGN(policy, load_target(points.target, in_force->text));
  GWAGEO_TRY(read_points(policy, points.part, points.points));
  return check_candidate(state, points.target, points.candidate);
}

Status check_change(const State& state, const Published& publication) {
  GWAGEO_TRY(target_in_force(state, publication.target));
  if (publication.stage.empty()) return {};
  const auto& stages = state.programme().stages();
  const auto stage = stages.find(publication.stage);
  if (stage == stages.end() || stage->second.opened.target != publication.target) {
    return fail(ErrorKind::not_found, "target " + publication.target + " has no stage " +
                                          publication.stage + " (gwageo stage list)");
  }
  if (stage->second.closed) return {};
  return refuse_programme(
      "stage " + publication.stage +
      " is open, and its verdicts may still move: close it first (gwageo stage close " +
      publication.stage + ")");
}

bool is_on_record(const State& state, const GateDecided& decision) {
  const Programme& programme = state.programme();
  return is_newest(programme.decisions(decision.target), programme.decided_on(decision.target),
                   decision, state.files_of(decision.candidate), [&](const GateDecided& each) {
                     return each.gate == decision.gate && each.component == decision.component;
                   });
}

bool is_on_record(const State& state, const PointsRecorded& points) {
  const Programme& programme = state.programme();
  return is_newest(programme.points(points.target), programme.points_on(points.target), points,
                   state.files_of(points.candidate),
                   [&](const PointsRecorded& each) { return each.part == points.part; });
}

bool is_on_record(const State& state, const Published& publication) {
  Programme now = state.programme();
  now.apply(publication, state.verdict_history().size(), state.scored_count());
  const std::vector<Publication>& all = now.published(publication.target);
  // Of a target as a whole one that covers nothing more.
  const auto covers_the_same = [&](const Publication& each) {
    if (each.published.stage != publication.stage) return false;
    if (!publication.stage.empty()) return true;
    Publication same = all.back();
    same.published = each.published;
    return each == same;
  };
  return std::any_of(all.begin(), all.end() - 1, covers_the_same);
}

}  // namespace gwageo
