#include "coordinator/command_controls.h"

#include <limits>

#include "coordinator/members.h"
#include "coordinator/report.h"
#include "coordinator/team_rules.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

CommandOutcome pause_or_resume(const CommandRequest& r, bool is_pause) {
  const Result<const Job*> job = find_job(r);
  if (!job) return refusal(job.error());
  const Status own = check_own(r, **job, is_pause ? "pauses" : "resumes");
  if (!own) return refusal(own.error());
  return Event{PauseReceived{r.client, (*job)->accepted.job, is_pause, r.principal.name}};
}

/// Changes the members of a setting that the body has. A number that does not even fit is refused
/// here; whether one is sensible is check_team's to say.
Status read_setting(Members& in, TeamSet& team) {
  const auto read = [&in](const char* key, auto& value) -> Status {
    using Value = std::remove_reference_t<decltype(value)>;
    const std::int64_t given = in.integer_or(key, static_cast<std::int64_t>(value));
    constexpr std::uint64_t most = std::numeric_limits<Value>::max();
    if (given < 0 || static_cast<std::uint64_t>(given) > most) {
      return fail(ErrorKind::bad_input,
                  "`" + std::string(key) + "`: " + std::to_string(given) + " is out of bounds");
    }
    value = static_cast<Value>(given);
    return {};
  };
  team.parent = in.text_or("parent", team.parent);
  GWAGEO_TRY(read("share", team.weight));
  GWAGEO_TRY(read("guarantee", team.guarantee));
  GWAGEO_TRY(read("limit", team.limit));
  GWAGEO_TRY(read("jobs", team.jobs_max));
  GWAGEO_TRY(read("items", team.items_max));
  GWAGEO_TRY(read("gpu_hours", team.gpu_hours_max));
  return in.status();
}

CommandOutcome propose_team(const CommandRequest& r, bool is_new) {
  Members in(r.body);
  const std::string name = in.name("name");
  const TeamSet* const known = r.state().team_tree().setting(name);
  TeamSet team;
  if (known != nullptr && !is_new) team = *known;
  team.name = name;
  if (const Status read = read_setting(in, team); !read) return refusal(read.error());
  team.principal = r.principal.name;
  if (known == nullptr && !is_new) {
    return bad_request("nobody added a team " + name + " (gwageo team add " + name + ")");
  }
  if (known != nullptr && is_new) {
    team.principal = known->principal;  // What is the same may come twice.
    if (team != *known) {
      return bad_request("team " + name +
                         " was added already, with other values: change them (gwageo " +
                         "team set " + name + " ...)");
    }
  }
  // The scheduler asks the same; here it says so before the bounds of the record do, which know
  // less.
  if (const Status fits = check_team(r.state().teams(), team); !fits) return refusal(fits.error());
  return Event{Proposed{r.client, std::move(team)}};
}

}  // namespace

Status check_own(const CommandRequest& request, const Job& job, const std::string& does) {
  const bool is_own = job.accepted.team == request.principal.team;
  if (request.principal.role != Role::team || is_own) return {};
  return fail(ErrorKind::not_allowed, "a team " + does + " its own jobs only");
}

Status check_priority(std::int64_t priority) {
  if (priority >= -limits::priority_max && priority <= limits::priority_max) return {};
  return fail(ErrorKind::bad_input, "`priority` must be from -1000 to 1000");
}

namespace controls {

CommandOutcome pause(const CommandRequest& r) { return pause_or_resume(r, true); }
CommandOutcome resume(const CommandRequest& r) { return pause_or_resume(r, false); }

CommandOutcome priority(const CommandRequest& r) {
  Members in(r.body);
  const std::string text = in.text("job");
  const std::int64_t priority = in.integer("priority");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<const Job*> job = find_job(r.state(), text);
  if (!job) return refusal(job.error());
  if (const Status own = check_own(r, **job, "prioritises"); !own) return refusal(own.error());
  if (const Status status = check_priority(priority); !status) return refusal(status.error());
  return Event{PrioritiseReceived{r.client, (*job)->accepted.job,
                                  static_cast<std::int32_t>(priority), r.principal.name}};
}

CommandOutcome quarantine(const CommandRequest& r) {
  Members in(r.body);
  QuarantineReceived event{r.client, in.name("worker"), in.words("reason"), r.principal.name};
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (event.reason.empty()) return bad_request("`reason`: say in words why");
  return Event{std::move(event)};
}

CommandOutcome disown(const CommandRequest& r) {
  Members in(r.body);
  AnswersDisowned disowned{in.name("worker"), in.words("reason"), r.principal.name};
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (disowned.reason.empty()) return bad_request("`reason`: say in words why");
  return Event{Proposed{r.client, std::move(disowned)}};
}

CommandOutcome checks_set(const CommandRequest& r) {
  Members in(r.body);
  ChecksSet checks = r.state().checks_set();
  const std::pair<const char*, std::uint32_t*> shares[] = {{"again", &checks.again},
                                                           {"known", &checks.known}};
  for (const auto& [member, share] : shares) {
    const std::int64_t given = in.integer_or(member, *share);
    if (given < 0 || given > check_share_one) {
      return bad_request("`" + std::string(member) + "` must be from 0 to 1000000 millionths");
    }
    *share = static_cast<std::uint32_t>(given);
  }
  if (const Status status = in.status(); !status) return refusal(status.error());
  checks.principal = r.principal.name;
  return Event{Proposed{r.client, std::move(checks)}};
}

CommandOutcome team_add(const CommandRequest& r) { return propose_team(r, true); }
CommandOutcome team_set(const CommandRequest& r) { return propose_team(r, false); }

CommandOutcome team_show(const CommandRequest& r) {
  Members in(r.body);
  const bool is_team = r.principal.role == Role::team;
  const std::string name = in.name_or("name", is_team ? r.principal.team : "");
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (is_team && name != r.principal.team) {
    return refusal({ErrorKind::not_allowed, "a team is shown itself only"});
  }
  Answered answer;
  answer.body["teams"] = report::teams(r.state(), name);
  // A team with a key of its own is there, whatever it ever did.
  if (!name.empty() && answer.body.find("teams")->as_array().empty()) {
    return refusal({ErrorKind::not_found, "no team is named " + name + " (gwageo team show)"});
  }
  return answer;
}

}  // namespace controls
}  // namespace gwageo
