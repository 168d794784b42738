// gwageo audit replay | list: a sample of a job is run again by others, and compared.
#include <chrono>
#include <thread>

#include "ops/audit_begin.h"
#include "ops/audit_html.h"
#include "ops/audit_recount.h"
#include "ops/audit_text.h"
#include "ops/client.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/progress.h"
#include "ops/remote_store.h"
#include "ops/replay_options.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

constexpr auto replay_looked_at_every = std::chrono::milliseconds(300);

/// What `audit.show` is asked.
Json question(const Invocation& arguments) {
  Json body = Json::object();
  for (const auto& [option, key] :
       {std::pair{"honest-rate", "honest_rate"}, std::pair{"false-alarm", "false_alarm"},
        std::pair{"forged-share", "forged_share"}}) {
    if (const auto text = arguments.text(option)) body[key] = *text;
  }
  return body;
}

Result<Json> waited_for(Client& client, const Json& body) {
  Progress progress("audit", "items");
  while (true) {
    GWAGEO_ASSIGN(shown_now, client.call("audit.show", body));
    std::int64_t done = 0;
    std::int64_t all = 0;
    for (const Json& part : list(shown_now.body, "parts")) {
      done += number(part, "done");
      all += number(part, "items");
    }
    progress.show(static_cast<std::uint64_t>(done), static_cast<std::uint64_t>(all));
    if (shown(shown_now.body, "state") == "complete") return std::move(shown_now.body);
    std::this_thread::sleep_for(replay_looked_at_every);
  }
}

/// An audit, what this client holds of its beginning, and what came of it.
struct Looked {
  BegunAudit begun;
  Json report;
};

/// conflict, naming the file, unless what is kept in it is of the audit that is `told`.
Status check_kept_audit(const BegunAudit& begun, const Json& told) {
  const KeptNumber& kept = begun.number;
  if (kept.job.empty()) return {};  // Nothing is.
  const std::string which = "audit " + std::to_string(begun.audit);
  if (shown(told, "commitment") != to_hex(audit_commitment(kept.nonce))) {
    return fail(ErrorKind::conflict, begun.path + ": the number in it is not the one that " +
                                         which + " was committed to with");
  }
  const std::string job = shown(told, "job");
  const std::int64_t sample = number(told, "sample_committed");
  // Where the record is kept, that it is the last under the root was proven when the file was read.
  const bool is_bound = !kept.fixed || !kept.fixed->record.empty();
  const auto size = static_cast<std::uint64_t>(number(told, "size"));
  if (!is_bound && kept.fixed->size != size) {
    return fail(ErrorKind::conflict,
                begun.path + ": holds no record of the commitment, and a root over " +
                    std::to_string(kept.fixed->size) + " records where " + which +
                    " has one over " + std::to_string(size) + ": it proves nothing of it");
  }
  if (job == kept.job && sample == kept.sample) return {};
  return fail(ErrorKind::conflict, begun.path + ": is of job " + kept.job + ", sample " +
                                       std::to_string(kept.sample) + ", and " + which +
                                       " was committed to for job " + job + ", sample " +
                                       std::to_string(sample) + ": it proves nothing of it");
}

/// A sample that was drawn by another root or number than it has to be is not waited for.
Result<Json> drawn_wrongly(Client& client, const Json& body, const BegunAudit& begun,
                           std::string& wrong) {
  GWAGEO_ASSIGN(now, client.call("audit.show", body));
  GWAGEO_TRY(check_kept_audit(begun, now.body));
  const Digest& told = begun.number.nonce;
  const std::optional<Digest> root = from_hex(shown(now.body, "root"));
  const std::optional<Digest> nonce = from_hex(shown(now.body, "nonce"));
  if (begun.number.fixed && root && nonce) {
    wrong = wrong_drawing(*begun.number.fixed, told, *root, *nonce);
  }
  return std::move(now.body);
}

/// What the report says of the root: who fixed it, as far as this client holds a proof.
Json seed_root_of(const BegunAudit& begun, const std::string& wrong) {
  Json json = begun.number.fixed ? to_json(*begun.number.fixed) : Json::object();
  json["fixed"] = begun.number.fixed.has_value();
  json["ok"] = begun.number.fixed.has_value() && wrong.empty();
  json["reason"] = Json();
  if (!wrong.empty()) {
    json["reason"] = wrong + "; " + begun.path +
                     " is the proof, beside any later checkpoint of the log (gwageo audit check " +
                     begun.path + ")";
  } else if (!begun.number.fixed) {
    json["reason"] =
        "nothing at hand says that the root was fixed before the number was told (--keep FILE of "
        "who began it)";
  }
  json["file"] = begun.path.empty() ? Json() : Json(begun.path);
  return json;
}

/// Whose answers count is decided at any time, and so between the coordinator's report and the
/// record that is copied here: then the coordinator is asked once more.
Result<Recount> recounted_live(Client& client, const Json& body, const RecountedAudit& audit,
                               const NoteKey& log, const Looked& looked, Duration within) {
  GWAGEO_ASSIGN(note, note_over_all(client, log, within));
  const std::optional<FixedRoot>& fixed = looked.begun.number.fixed;
  GWAGEO_ASSIGN(found, recount(RemoteStore(client), note, audit, log, fixed, looked.report));
  const bool is_as_before =
      list(found.report, "disowned_because") == list(looked.report, "disowned_because");
  if (!found.reason.empty() || is_as_before) return found;
  GWAGEO_ASSIGN(now, client.call("audit.show", body));
  found.differing = differing_members(now.body, found.report);
  return found;
}

/// The comparison made here. The report is ours from here on, where the record holds; where it
/// cannot be made the report says so, and is not lost.
void count_again(Client& client, const Json& body, const ReplayOptions& options,
                 const RootRule& rule, Looked& looked) {
  const RecountedAudit audit{looked.begun.audit, shown(looked.report, "job"), options.rule,
                             options.forged_share};
  const Result<Recount> found =
      recounted_live(client, body, audit, rule.log, looked, options.root_within);
  Json json;
  json["ok"] = found && found->is_good();
  json["error"] = found ? Json() : Json(found.error().message);
  json["reason"] = !found || found->reason.empty() ? Json() : Json(found->reason);
  json["records"] = found ? found->records : 0;
  json["signed_by"] = to_vkey(rule.log);
  Json differing = Json::array();
  if (found) {
    for (const std::string& one : found->differing) differing.push_back(one);
    if (found->reason.empty()) looked.report = found->report;
  }
  json["differing"] = std::move(differing);
  looked.report["recount"] = std::move(json);
}

Result<BegunAudit> audit_of(Client& client, const ReplayOptions& options, const RootRule& rule) {
  if (!options.audit) return begin_audit(client, options, rule);
  BegunAudit begun;
  begun.audit = *options.audit;
  begun.path = options.keep;
  if (options.keep.empty()) return begun;
  GWAGEO_ASSIGN(kept, kept_of(options.keep, *options.audit, rule));
  begun.number = std::move(kept);
  return begun;
}

/// Begins the audit or finds it, and looks until it is over, unless that is not wanted.
Result<Looked> look_at_log(Client& client, const Invocation& arguments,
                           const ReplayOptions& options) {
  GWAGEO_ASSIGN(rule, root_rule(client, options));
  GWAGEO_ASSIGN(begun, audit_of(client, options, rule));
  Looked looked{std::move(begun), {}};
  Json body = question(arguments);
  body["audit"] = looked.begun.audit;
  std::string wrong;
  GWAGEO_ASSIGN(now, drawn_wrongly(client, body, looked.begun, wrong));
  looked.report = std::move(now);
  // One that was committed to only waits for its number, which whoever began it has.
  const bool is_drawn = shown(looked.report, "state") != "committed";
  if (wrong.empty() && is_drawn && options.is_waited_for) {
    GWAGEO_ASSIGN(complete, waited_for(client, body));
    looked.report = std::move(complete);
  }
  if (wrong.empty() && shown(looked.report, "state") == "complete") {
    count_again(client, body, options, rule, looked);
  }
  looked.report["old"] = looked.begun.is_old;
  looked.report["seed_root"] = seed_root_of(looked.begun, wrong);
  return looked;
}

/// Whether something says that the audit is not what it has to be.
bool is_refuted(const Json& report) {
  const Json& recount = member(report, "recount");
  const Json& seed_root = member(report, "seed_root");
  const bool is_steered = shown(seed_root, "fixed") == "true" && shown(seed_root, "ok") != "true";
  return is_steered || (!recount.is_null() && shown(recount, "ok") != "true");
}

}  // namespace

Result<int> verb_audit_replay(const Invocation& arguments) {
  GWAGEO_ASSIGN(options, replay_options(arguments));
  // So that a file that cannot be written is not found out about when all is done.
  std::optional<OutFile> page;
  if (const std::optional<std::string> path = arguments.text("html")) {
    GWAGEO_ASSIGN(file, OutFile::create(*path));
    page = std::move(file);
  }
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(looked, look_at_log(client, arguments, options));
  const Json& report = looked.report;
  if (page) {
    GWAGEO_TRY(page->write(audit_html(report)));
    GWAGEO_TRY(page->finish());
  }
  if (arguments.json()) {
    print(report);
  } else {
    say(audit_text(report));
  }
  if (is_refuted(report)) return exit_code::no;
  const bool is_good = shown(report, "verdict") == "consistent";
  const bool is_over = shown(report, "state") == "complete";
  return is_good || !is_over ? exit_code::done : exit_code::no;
}

Result<int> verb_audit_list(const Invocation& arguments) {
  GWAGEO_ASSIGN(client, Client::open(arguments));
  GWAGEO_ASSIGN(answer, client.call("audit.list", Json::object()));
  if (arguments.json()) {
    print(answer.body);
    return exit_code::done;
  }
  TextTable table({"audit", "job", "model", "sample", "by", "drawn"});
  for (const Json& row : list(answer.body, "audits")) {
    table.add({shown(row, "audit"), shown(row, "job"), shown(row, "model"), shown(row, "sample"),
               shown(row, "by"), shown(row, "drawn") == "true" ? "yes" : "no"});
  }
  say(table.empty() ? "no audits yet\n" : table.text());
  return exit_code::done;
}

}  // namespace gwageo
