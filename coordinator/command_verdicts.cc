// The verbs that look at verdicts: of a day, on record, of every day of a range, step by step.
#include <algorithm>

#include "coordinator/command_queries.h"
#include "coordinator/command_targets.h"
#include "coordinator/embargo.h"
#include "coordinator/members.h"
#include "coordinator/verdict_explanation.h"
#include "coordinator/verdict_history.h"

namespace gwageo::queries {
namespace {

Result<Date> date_of(const std::string& key, const std::string& text) {
  const std::optional<Date> date = parse_date(text);
  if (date) return *date;
  return fail(ErrorKind::bad_input,
              "`" + key + "`: \"" + text + "\" is no date: YYYY-MM-DD, and a day that exists");
}

/// The target on record, or under its name another policy: the text of a file, which is checked as
/// if it were added.
Result<TargetAdded> judged_by(const CommandRequest& r, const std::string& name,
                              const std::string& policy, const std::string& path) {
  if (policy.empty()) {
    const auto known = r.state().targets().find(name);
    if (known != r.state().targets().end()) return known->second.back();
    return fail(ErrorKind::not_found, "no target is named " + name + " (gwageo target list)");
  }
  GWAGEO_ASSIGN(target, load_target(path, policy));
  GWAGEO_TRY(check_target(r, target));
  return TargetAdded{name, 0, policy};
}

}  // namespace

CommandOutcome target_show(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("target");
  const std::string as_of = in.text_or("as_of", r.state().day());
  const std::string policy = in.text_or("policy", "");
  const std::string path = in.text_or("path", "policy");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<Date> date = date_of("as_of", as_of);
  if (!date) return refusal(date.error());
  const Result<TargetAdded> target = judged_by(r, name, policy, path);
  if (!target) return refusal(target.error());
  Result<JudgementInput> input = look_back(r.state(), *target, *date);
  if (!input) return refusal(input.error());
  std::uint64_t generation = 0;
  for (const auto& [known, verdict] : r.state().verdicts()) {
    if (known.first == name) generation = std::max(generation, verdict.generation);
  }
  JudgeErrand errand{*std::move(input), r.client, generation};
  errand.viewer = viewer_of(r);
  const std::optional<Date> today = parse_date(r.state().day());
  if (today && *today < *date) {
    Result<JudgementInput> now = gather(r.state(), *target, *today);
    if (now) errand.today = *std::move(now);
  }
  return CommandOutcome(std::in_place_type<Errand>, std::move(errand));
}

CommandOutcome target_history(const CommandRequest& r) {
  Members in(r.body);
  HistoryQuery query;
  query.target = in.name("target");
  const std::string candidate = in.text_or("candidate", "");
  const std::int64_t from = in.integer_or("from", 0);
  const std::int64_t last = in.integer_or("last", -1);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (from < 0) return refusal({ErrorKind::bad_input, "`from` must not be negative"});
  if (!candidate.empty()) query.candidate = candidate;
  query.from = static_cast<std::uint64_t>(from);
  if (last >= 0) query.last = static_cast<std::uint64_t>(last);
  const TargetSight sight(r.state(), viewer_of(r), query.target);
  Result<Json> page = history_page(r.state(), r.context.store, query, sight);
  if (!page) return refusal(page.error());
  Answered answer;
  answer.body = *std::move(page);
  return answer;
}

CommandOutcome target_replay(const CommandRequest& r) {
  Members in(r.body);
  const std::string name = in.name("target");
  const std::string from_text = in.text("from");
  const std::string to_text = in.text("to");
  const std::string next = in.text_or("next", "");
  const std::string policy = in.text_or("policy", "");
  const std::string path = in.text_or("path", "policy");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<Date> from = date_of("from", from_text);
  if (!from) return refusal(from.error());
  const Result<Date> to = date_of("to", to_text);
  if (!to) return refusal(to.error());
  const Result<Date> at = date_of("next", next.empty() ? from_text : next);
  if (!at) return refusal(at.error());
  if (*to < *from || *at < *from || *to < *at) {
    return refusal({ErrorKind::bad_input, "`to`: " + to_text + " is before `from`, " + from_text});
  }
  if (days_between(*from, *to) >= replay_days_max) {
    return refusal({ErrorKind::bad_input, "a replay takes " + std::to_string(replay_days_max) +
                                              " days at most; from " + from_text + " to " +
                                              to_text + " are more"});
  }
  const Result<TargetAdded> target = judged_by(r, name, policy, path);
  if (!target) return refusal(target.error());
  Result<ReplayPage> page = gather_page(r.state(), *target, *at, *to, next.empty());
  if (!page) return refusal(page.error());
  const Result<Target> given = load_target(name, target->text);
  if (!given) return refusal(given.error());
  page->sight = TargetSight(r.state(), viewer_of(r), name).rows(*target, *given);
  return CommandOutcome(std::in_place_type<Errand>, ReplayErrand{*std::move(page), r.client});
}

CommandOutcome verdict_explain(const CommandRequest& r) {
  Members in(r.body);
  const std::string text = in.text("verdict");
  const std::int64_t items = in.integer_or("items", 10);
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (items < 0 || items > static_cast<std::int64_t>(explained_items_max)) {
    return refusal(
        {ErrorKind::bad_input, "`items` must be from 0 to " + std::to_string(explained_items_max)});
  }
  Result<VerdictQuestion> question = find_verdict(r.state(), r.context.store, text);
  if (!question) return refusal(question.error());
  const VerdictReached& verdict = question->verdict;
  if (!TargetSight(r.state(), viewer_of(r), verdict.target).sees(verdict)) {
    return refusal({ErrorKind::not_allowed, "the verdict " + text +
                                                " is under embargo until target " + verdict.target +
                                                " is published"});
  }
  question->items = static_cast<std::uint64_t>(items);
  if (r.principal.role == Role::team) {
    Result<std::string> why = why_withheld(r.state(), r.context.store, *question, r.principal.team);
    if (!why) return refusal(why.error());
    question->withheld = *std::move(why);
  }
  return CommandOutcome(std::in_place_type<Errand>, ExplainErrand{*std::move(question), r.client});
}

}  // namespace gwageo::queries
