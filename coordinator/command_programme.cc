#include "coordinator/command_programme.h"

#include <algorithm>

#include "coordinator/blobs.h"
#include "coordinator/command_targets.h"
#include "coordinator/embargo.h"
#include "coordinator/members.h"
#include "coordinator/programme_rules.h"
#include "coordinator/roster.h"
#include "coordinator/stage_document.h"

namespace gwageo::programme {
namespace {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Status check_date(const std::string& key, const std::string& date) {
  if (parse_date(date)) return {};
  return fail(ErrorKind::bad_input,
              "`" + key + "`: \"" + date + "\" is no date: YYYY-MM-DD, and a day that exists");
}

Result<const Stage*> find_stage(const State& state, const std::string& name) {
  const auto found = state.programme().stages().find(name);
  if (found != state.programme().stages().end()) return &found->second;
  return fail(ErrorKind::not_found, "no stage is named " + name + " (gwageo stage list)");
}

// The scheduler asks the same; here it says so before the bounds of the record do.
template <class Change>
CommandOutcome propose(const CommandRequest& r, Change change) {
  const Status fits = check_change(r.state(), change);
  if (!fits) return refusal(fits.error());
  return Event{Proposed{r.client, std::move(change)}};
}

/// The version of the suite that the target is judged on now; 0 where it is judged on claims.
Result<std::uint32_t> suite_version(const State& state, const TargetAdded& target) {
  GWAGEO_ASSIGN(policy, load_target(target.name, target.text));
  if (policy.is_claimed) return std::uint32_t{0};
  const SuiteAdded* const suite = state.suite(policy.suite, policy.suite_version);
  if (suite != nullptr) return suite->version;
  return fail(ErrorKind::bad_input, "suite " + policy.suite + " of target " + target.name +
                                        " is not there yet (gwageo suite add FILE)");
}

CommandOutcome change_roster(const CommandRequest& r, bool enters) {
  Members in(r.body);
  RosterChanged change;
  change.target = in.name("target");
  change.candidate = in.name("model");
  change.entered = enters;
  change.date = in.text_or("on", r.state().day());
  change.reason = in.words("reason");
  change.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status date = check_date("on", change.date); !date) return refusal(date.error());
  if (!enters && change.reason.empty()) {
    return bad_request("`reason`: say in words why " + change.candidate +
                       " leaves (--reason TEXT)");
  }
  return propose(r, std::move(change));
}

Json stage_line(const CommandRequest& r, const Stage& stage) {
  const StageOpened& opened = stage.opened;
  const Viewer viewer = viewer_of(r);
  Json json;
  json["stage"] = opened.stage;
  json["target"] = opened.target;
  json["state"] = stage.closed ? "closed" : "open";
  json["version"] = opened.target_version;
  json["suite_version"] = opened.suite_version == 0 ? Json(nullptr) : Json(opened.suite_version);
  json["opened"] = opened.date;
  json["opened_by"] = opened.principal;
  json["closed"] = stage.closed ? Json(stage.closed->date) : Json(nullptr);
  json["closed_by"] = stage.closed ? Json(stage.closed->principal) : Json(nullptr);
  const bool is_told =
      stage.closed && TargetSight(r.state(), viewer, opened.target).sees_all_of(stage);
  json["reason"] = is_told ? or_null(stage.closed->reason) : Json(nullptr);
  json["document"] = stage.closed ? Json(to_hex(stage.closed->document)) : Json(nullptr);
  return json;
}

CommandOutcome show_closed(const CommandRequest& r, const Stage& stage) {
  const auto bytes = read_blob(r.context.store, stage.closed->document);
  if (!bytes) return refusal(bytes.error());
  if (!*bytes) {
    return refusal({ErrorKind::corrupt,
                    "the document of stage " + stage.opened.stage + " is not in the store"});
  }
  Result<Json> document = Json::parse(**bytes);
  if (!document) return refusal({ErrorKind::corrupt, document.error().message});
  Answered answer;
  answer.body = *std::move(document);
  const Viewer viewer = viewer_of(r);
  TargetSight(r.state(), viewer, stage.opened.target).withhold(stage, answer.body);
  return answer;
}

}  // namespace

CommandOutcome stage_open(const CommandRequest& r) {
  Members in(r.body);
  StageOpened opening;
  opening.stage = in.name("stage");
  opening.target = in.name("target");
  opening.date = r.state().day();
  opening.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status fits = check_change(r.state(), opening); !fits) return refusal(fits.error());
  const TargetAdded& newest = r.state().targets().at(opening.target).back();
  const Result<std::uint32_t> suite = suite_version(r.state(), newest);
  if (!suite) return refusal(suite.error());
  // What held when the target was added may not hold on the suite, and of the models, of today.
  const Result<Target> policy = load_target(newest.name, newest.text);
  if (!policy) return refusal(policy.error());
  if (const Status fits = check_target(r, *policy); !fits) return refusal(fits.error());
  opening.target_version = newest.version;
  opening.suite_version = *suite;
  return propose(r, std::move(opening));
}

CommandOutcome stage_close(const CommandRequest& r) {
  Members in(r.body);
  StageClosed closing;
  closing.stage = in.name("stage");
  closing.reason = in.words("reason");
  closing.date = r.state().day();
  closing.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status fits = check_change(r.state(), closing); !fits) return refusal(fits.error());
  const Stage& stage = r.state().programme().stages().at(closing.stage);
  Result<JudgementInput> input = gather(r.state(), stage, *parse_date(closing.date));
  if (!input) return refusal(input.error());
  return Errand{CloseErrand{*std::move(input), std::move(closing), r.client}};
}

CommandOutcome stage_list(const CommandRequest& r) {
  Json stages = Json::array();
  for (const auto& [name, stage] : r.state().programme().stages()) {
    stages.push_back(stage_line(r, stage));
  }
  Answered answer;
  answer.body["stages"] = std::move(stages);
  return answer;
}

CommandOutcome stage_show(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("stage");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<const Stage*> stage = find_stage(r.state(), name);
  if (!stage) return refusal(stage.error());
  if ((*stage)->closed) return show_closed(r, **stage);
  Result<JudgementInput> input = gather(r.state(), **stage, *parse_date(r.state().day()));
  if (!input) return refusal(input.error());
  JudgeErrand errand{*std::move(input), r.client};
  errand.viewer = viewer_of(r);
  errand.stage = **stage;
  return CommandOutcome(std::in_place_type<Errand>, std::move(errand));
}

CommandOutcome roster_enter(const CommandRequest& r) { return change_roster(r, true); }
CommandOutcome roster_leave(const CommandRequest& r) { return change_roster(r, false); }

CommandOutcome roster_show(const CommandRequest& r) {
  Members in(r.body);
  const std::string target = in.name("target");
  const std::string as_of = in.text_or("as_of", r.state().day());
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (const Status date = check_date("as_of", as_of); !date) return refusal(date.error());
  const Result<const TargetAdded*> in_force = target_in_force(r.state(), target);
  if (!in_force) return refusal(in_force.error());
  const std::vector<RosterChanged>& all = r.state().programme().roster(target);
  const Viewer viewer = viewer_of(r);
  const TargetSight sight(r.state(), viewer, target);
  Json there = Json::array();
  for (const auto& [candidate, change] : standing_on(all, as_of)) {
    if (!change->entered) continue;
    Json entry;
    entry["candidate"] = candidate;
    entry["entered"] = change->date;
    const auto retired = r.state().retired().find(candidate);
    const bool is_retired = retired != r.state().retired().end() && retired->second.date <= as_of;
    entry["retired"] = is_retired ? Json(retired->second.date) : Json(nullptr);
    there.push_back(std::move(entry));
  }
  Json changes = Json::array();
  const std::vector<std::string>& days = r.state().programme().roster_days(target);
  std::uint64_t number = 0;
  for (const RosterChanged& change : all) {
    Json entry;
    entry["candidate"] = change.candidate;
    entry["change"] = change.entered ? "entered" : "left";
    entry["date"] = change.date;
    entry["recorded"] = or_null(days[number]);
    // Why somebody leaves may say what came of the examination.
    const bool is_told = sight.sees(change.candidate, "", number++ < sight.covered().roster);
    entry["reason"] = is_told ? or_null(change.reason) : Json(nullptr);
    entry["by"] = change.principal;
    changes.push_back(std::move(entry));
  }
  Answered answer;
  answer.body["target"] = target;
  answer.body["as_of"] = as_of;
  answer.body["roster"] = std::move(there);
  answer.body["changes"] = std::move(changes);
  return answer;
}

CommandOutcome publish(const CommandRequest& r) {
  Members in(r.body);
  Published publication;
  publication.target = in.name("target");
  publication.stage = in.name_or("stage", "");
  publication.date = r.state().day();
  publication.principal = r.principal.name;
  if (const Status status = in.status(); !status) return refusal(status.error());
  return propose(r, std::move(publication));
}

}  // namespace gwageo::programme
