#include "coordinator/command_queries.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "coordinator/blobs.h"
#include "coordinator/embargo.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/members.h"
#include "coordinator/page.h"
#include "coordinator/report.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Answered listing(const std::string& key, Json list) {
  Answered answer;
  answer.body[key] = std::move(list);
  return answer;
}

std::string from_hex_bytes(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

template <class Kind>
CommandOutcome order(Kind errand) {
  return CommandOutcome(std::in_place_type<Errand>, std::move(errand));
}

Answered failed(const Status& status) { return refusal(status.error()); }

/// Why the job cannot be scored, where it cannot.
void add_damage(const CommandRequest& r, const Job& job, Json& body) {
  const auto damaged = r.context.damaged.find(job.accepted.job);
  const bool is_seen = report::sees(viewer_of(r), job.accepted.team);
  if (damaged == r.context.damaged.end() || job.cancelled || !is_seen) return;
  body["damaged"] = damaged->second + ": " + advice_on_lost_answers(job);
}

/// A job whose items whoever asks may read.
Result<const Job*> find_readable_job(const CommandRequest& r, const std::string& text) {
  Result<const Job*> found = find_job(r.state(), text);
  // A team hears the same of another's job as of none.
  const bool is_own = found && (*found)->accepted.team == r.principal.team;
  if (r.principal.role == Role::team && !is_own) {
    return fail(ErrorKind::not_allowed, "job " + text + " is none of team " + r.principal.team +
                                            "'s; a team reads the items of its own jobs only");
  }
  return found;
}

}  // namespace

report::Viewer viewer_of(const CommandRequest& r) {
  if (r.principal.role != Role::team) return std::nullopt;
  return r.principal.team;
}

Result<const Job*> find_job(const CommandRequest& request) {
  Members in(request.body);
  const std::string text = in.text("job");
  GWAGEO_TRY(in.status());
  return find_job(request.state(), text);
}

Result<const Job*> find_job(const State& state, const std::string& text) {
  const std::optional<std::uint64_t> number = whole_number(text);
  const Job* const job = number ? state.job({*number}) : nullptr;
  if (job == nullptr) {
    return fail(ErrorKind::not_found,
                "there is no job \"" + text + "\" (gwageo status lists them)");
  }
  return job;
}

Result<const SuiteAdded*> find_suite(const State& state, const std::string& text) {
  const std::size_t at = text.find('@');
  const std::string name = text.substr(0, at);
  std::optional<std::uint32_t> version;
  if (at != std::string::npos) {
    const std::optional<std::uint64_t> number = whole_number(text.substr(at + 1));
    if (!number || *number > UINT32_MAX) {
      return fail(ErrorKind::bad_input, "\"" + text + "\": after '@' comes a version number");
    }
    version = static_cast<std::uint32_t>(*number);
  }
  const SuiteAdded* const suite = state.suite(name, version);
  if (suite == nullptr) {
    return fail(ErrorKind::not_found, "there is no suite " + text + " (gwageo suite list)");
  }
  return suite;
}

namespace queries {

CommandOutcome health(const CommandRequest& r) {
  Answered answer;
  answer.body["ok"] = !r.context.disk_low;
  answer.body["version"] = r.context.version;
  answer.body["journal"] = r.context.journal_size;
  answer.body["workers"] = r.context.scheduler.sessions().size();
  answer.body["open_jobs"] = r.state().open_job_count();
  answer.body["items_pending"] = report::items_pending(r.state());
  answer.body["disk_low"] = r.context.disk_low;
  if (r.context.disk_low) answer.code = ReplyCode::no;
  return answer;
}

CommandOutcome checkpoint(const CommandRequest& r) {
  Answered answer;
  answer.body["origin"] = r.state().founded().origin;
  answer.body["size"] = r.context.journal_size;
  answer.body["root"] = to_hex(r.context.journal_root);
  return answer;
}

CommandOutcome models(const CommandRequest& r) {
  return listing("models", report::models(r.state(), viewer_of(r)));
}
CommandOutcome suites(const CommandRequest& r) {
  return listing("suites", report::suites(r.state()));
}
CommandOutcome targets(const CommandRequest& r) {
  return listing("targets", report::targets(r.state()));
}
CommandOutcome workers(const CommandRequest& r) {
  Answered answer = listing("workers", report::workers(r.context.scheduler, viewer_of(r)));
  answer.body["quarantined"] = report::quarantine(r.context.scheduler);
  const ChecksSet& checks = r.state().checks_set();
  answer.body["checks"] = Json::Object{{"again", static_cast<double>(checks.again) / 1e6},
                                       {"known", static_cast<double>(checks.known) / 1e6}};
  return answer;
}

CommandOutcome status(const CommandRequest& r) {
  Answered answer;
  if (r.body.find("job") == nullptr) {
    Members in(r.body);
    const bool open_only = in.flag("open");
    if (const Status status = in.status(); !status) return failed(status);
    answer.body = report::pool(Forecast(r.context.scheduler), viewer_of(r), r.context.journal_size,
                               r.context.version, open_only);
    for (Json& one : answer.body["jobs"].as_array()) {
      if (const Result<const Job*> job = find_job(r.state(), one.find("job")->as_string())) {
        add_damage(r, **job, one);
      }
    }
    return answer;
  }
  const Result<const Job*> job = find_job(r);
  if (!job) return refusal(job.error());
  const Forecast forecast(r.context.scheduler);
  const bool is_seen = report::sees(viewer_of(r), (*job)->accepted.team);
  answer.body = is_seen ? report::job_now(forecast, **job) : report::job_of_others(forecast, **job);
  add_damage(r, **job, answer.body);
  return answer;
}

CommandOutcome results(const CommandRequest& r) {
  const Result<const Job*> found = find_job(r);
  if (!found) return refusal(found.error());
  const Job& job = **found;
  if (!job.scored) {
    if (!report::sees(viewer_of(r), job.accepted.team)) {
      return refusal({ErrorKind::not_allowed,
                      "a team sees how its own jobs stand; others' when they are scored"});
    }
    return order(EvaluateErrand{on_record(r.state(), job), r.client});
  }
  if (!sees_results(r.state(), viewer_of(r), job)) {
    return refusal({ErrorKind::not_allowed,
                    "the results of other teams' candidates on suite " + job.accepted.suite +
                        " are under embargo until a target on it is published"});
  }
  const auto bytes = read_blob(r.context.store, job.scored->scores_root);
  if (!bytes) return refusal(bytes.error());
  if (!*bytes) return refusal({ErrorKind::corrupt, "the scorecard is not in the store"});
  const Result<Scorecard> scorecard = decode_scorecard(**bytes);
  if (!scorecard) return refusal(scorecard.error());
  Answered answer;
  answer.body = report::results(head_of(r.state(), job), *job.scored, *scorecard);
  return answer;
}

CommandOutcome explain(const CommandRequest& r) {
  const Result<const Job*> found = find_job(r);
  if (!found) return refusal(found.error());
  const JobAccepted& job = (*found)->accepted;
  // An engine's complaint may quote what it was asked and what it said.
  if (r.principal.role == Role::team && r.principal.team != job.team) {
    return refusal({ErrorKind::not_allowed, "a team is told why of its own jobs only"});
  }
  // An open job's items need not be read where nothing went wrong with one.
  if ((*found)->open() && report::without_answer(**found) == 0) {
    const Scheduler& scheduler = r.context.scheduler;
    Answered answer;
    answer.body = report::waits(Forecast(scheduler), **found, viewer_of(r));
    answer.body["failures"] = Json::array();
    answer.body["load_errors"] = report::load_errors(scheduler.load_errors(job.class_key));
    return answer;
  }
  return order(EvaluateErrand{on_record(r.state(), **found), r.client, true, viewer_of(r)});
}

CommandOutcome items(const CommandRequest& r) {
  Members in(r.body);
  const std::string text = in.text("job");
  const std::int64_t from = in.integer_or("from", 0);
  if (const Status status = in.status(); !status) return failed(status);
  if (from < 0) return refusal({ErrorKind::bad_input, "`from` must not be negative"});
  const Result<const Job*> found = find_readable_job(r, text);
  if (!found) return refusal(found.error());
  return order(PageErrand{
      std::make_shared<JobPages>(on_record(r.state(), **found), head_of(r.state(), **found)),
      static_cast<std::uint64_t>(from), r.client});
}

CommandOutcome prove(const CommandRequest& r) {
  Members in(r.body);
  const std::string text = in.text("job");
  const std::int64_t index = in.integer("item");
  if (const Status status = in.status(); !status) return failed(status);
  if (index < 0) return refusal({ErrorKind::bad_input, "`item` must not be negative"});
  const Result<const Job*> found = find_readable_job(r, text);
  if (!found) return refusal(found.error());
  const ItemPlace asked{(*found)->accepted.job, static_cast<std::uint64_t>(index)};
  const Result<ItemPlace> place = place_of_answer(r.state(), asked);
  if (!place) return refusal(place.error());
  const SuiteAdded& plan = r.state().plan_of(r.state().job(place->job)->accepted);
  return order(ProveErrand{*place, {plan.manifest, plan.plan_root}, r.client});
}

CommandOutcome journal(const CommandRequest& r) {
  Members in(r.body);
  const std::int64_t from = std::max<std::int64_t>(in.integer_or("from", 0), 0);
  if (const Status status = in.status(); !status) return failed(status);
  const keys::KeyRange range = keys::journal_from(static_cast<std::uint64_t>(from));
  Answered answer;
  ByteWriter page;
  std::int64_t next = from;
  const Status read = r.context.store.scan(range.first, range.second,
                                           [&](std::string_view, std::string_view value) {
                                             page.text(value);
                                             ++next;
                                             return page.bytes().size() < page_bytes;
                                           });
  if (!read) return failed(read);
  answer.body["next"] = next;
  answer.body["size"] = r.context.journal_size;
  answer.attachments = pieces_of(page.bytes());
  return answer;
}

CommandOutcome rows(const CommandRequest& r) {
  Members in(r.body);
  const std::string from = from_hex_bytes(in.text("from"));
  const std::string to = from_hex_bytes(in.text("to"));
  if (const Status status = in.status(); !status) return failed(status);
  Answered answer;
  ByteWriter page;
  bool more = false;
  const Status read =
      r.context.store.scan(from, to, [&](std::string_view key, std::string_view value) {
        if (page.bytes().size() + value.size() > page_bytes && !page.bytes().empty()) {
          more = true;
          return false;
        }
        page.text(key);
        page.text(value);
        return true;
      });
  if (!read) return failed(read);
  if (page.bytes().size() > page_bytes_max) {
    return refusal({ErrorKind::bad_input,
                    "a row of the store is too large for a message; stop the "
                    "coordinator and audit its data directory as it lies"});
  }
  answer.body["more"] = more;
  answer.attachments = pieces_of(page.bytes());
  return answer;
}

}  // namespace queries
}  // namespace gwageo
