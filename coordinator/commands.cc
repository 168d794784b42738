#include "coordinator/commands.h"

#include <algorithm>
#include <map>

#include "coordinator/command_audits.h"
#include "coordinator/command_claims.h"
#include "coordinator/command_controls.h"
#include "coordinator/command_decisions.h"
#include "coordinator/command_keys.h"
#include "coordinator/command_log.h"
#include "coordinator/command_models.h"
#include "coordinator/command_programme.h"
#include "coordinator/command_queries.h"
#include "coordinator/command_submit.h"
#include "coordinator/command_targets.h"
#include "coordinator/keys.h"
#include "coordinator/lost_answers.h"
#include "coordinator/members.h"
#include "coordinator/suite_files.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

// ---- what changes something ----

CommandOutcome put(const CommandRequest& r) {
  Answered answer;
  Json digests = Json::array();
  for (const std::string& piece : r.command.attachments) {
    if (piece.size() > limits::piece_bytes_max) return bad_request("a piece is larger than 1 MiB");
    const Digest digest = sha256(piece);
    answer.puts.puts.emplace_back(keys::blob(digest), piece);
    digests.push_back(to_hex(digest));
  }
  answer.body["digests"] = std::move(digests);
  return answer;
}

CommandOutcome suite_add(const CommandRequest& r) {
  Result<Manifest> manifest = manifest_from_json(r.body);
  if (!manifest) return refusal(manifest.error());
  if (manifest->round != 0 || manifest->audit != 0) {
    return bad_request("manifest: rounds and samples are what the coordinator adds");
  }
  RenderErrand errand;
  errand.client = r.client;
  for (const auto& [name, versions] : r.state().suites()) {
    errand.known.insert(errand.known.end(), versions.begin(), versions.end());
  }
  for (const auto& [name, versions] : r.state().targets()) {
    errand.targets.push_back(versions.back());
  }
  errand.manifest = *std::move(manifest);
  errand.digest = sha256(to_json(errand.manifest).dump());
  return Errand{std::move(errand)};
}

CommandOutcome cancel(const CommandRequest& r) {
  const Result<const Job*> job = find_job(r);
  if (!job) return refusal(job.error());
  if (const Status own = check_own(r, **job, "cancels"); !own) return refusal(own.error());
  const JobId id = (*job)->accepted.job;
  const auto damaged = r.context.damaged.find(id);
  const bool is_stuck = (*job)->phase() == JobPhase::complete && !(*job)->scored;
  if (!is_stuck || damaged == r.context.damaged.end()) {
    return Event{CancelReceived{r.client, id, r.principal.name}};
  }
  if (r.principal.role != Role::operator_) {
    return refusal({ErrorKind::not_allowed,
                    "job " + std::to_string(id.value) + ": " + damaged->second +
                        ", so an operator closes it: " + advice_on_lost_answers(**job)});
  }
  return Event{Proposed{r.client, JobCancelled{id, r.principal.name, damaged->second}}};
}

CommandOutcome drain(const CommandRequest& r) {
  Members in(r.body);
  DrainReceived event{r.client, in.name("worker"), !in.flag("undo"), r.principal.name};
  if (const Status status = in.status(); !status) return refusal(status.error());
  return Event{std::move(event)};
}

CommandOutcome backup(const CommandRequest& r) {
  Members in(r.body);
  const std::string path = in.text("path");
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (path.empty() || path.front() != '/') return bad_request("`path` must be absolute");
  const Status copied = r.context.store.copy_to(path);
  if (!copied) return refusal(copied.error());
  Answered answer;
  answer.body["path"] = path;
  answer.body["journal"] = r.context.journal_size;
  // All that was committed is durable and in the copy, and nothing else is.
  answer.body["checkpoint"] =
      r.context.sign({r.state().founded().origin, r.context.journal_size, r.context.journal_root});
  return answer;
}

using Handler = CommandOutcome (*)(const CommandRequest&);

/// What only looks, and the published log.
std::map<std::string, Handler> looking() {
  return {
      {"audit.list", audits::list},
      {"audit.prove", queries::prove},
      {"audit.show", audits::show},
      {"checkpoint", queries::checkpoint},
      {"explain", queries::explain},
      {"health", queries::health},
      {"items", queries::items},
      {"journal", queries::journal},
      {"keys.list", key_commands::list},
      {"keys.show", key_commands::show},
      {"log.checkpoint", published_log::checkpoint},
      {"log.cosign", published_log::cosign},
      {"log.tile", published_log::tile},
      {"model.list", queries::models},
      {"results", queries::results},
      {"rows", queries::rows},
      {"status", queries::status},
      {"suite.list", queries::suites},
      {"target.history", queries::target_history},
      {"target.list", queries::targets},
      {"target.replay", queries::target_replay},
      {"target.show", queries::target_show},
      {"verdict.explain", queries::verdict_explain},
      {"workers", queries::workers},
  };
}

const std::map<std::string, Handler>& handlers() {
  static const std::map<std::string, Handler> table = [] {
    std::map<std::string, Handler> all = {
        {"audit.commit", audits::commit},
        {"audit.reveal", audits::reveal},
        {"backup", backup},
        {"cancel", cancel},
        {"checks.set", controls::checks_set},
        {"disown", controls::disown},
        {"drain", drain},
        {"evidence.put", decisions::put_evidence},
        {"gate.decide", decisions::decide},
        {"gate.evidence", decisions::evidence},
        {"gate.show", decisions::show},
        {"keys.add", key_commands::add},
        {"keys.revoke", key_commands::revoke},
        {"keys.rotate", key_commands::rotate},
        {"model.add", models::add},
        {"model.correct", models::correct},
        {"model.disown", models::disown},
        {"model.retire", models::retire},
        {"pause", controls::pause},
        {"plan.estimate", submissions::estimate},
        {"points.record", decisions::record_points},
        {"points.show", decisions::show_points},
        {"priority", controls::priority},
        {"publish", programme::publish},
        {"put", put},
        {"quarantine", controls::quarantine},
        {"reference.import", claims::add},
        {"reference.list", claims::list},
        {"reference.show", claims::show},
        {"resume", controls::resume},
        {"roster.enter", programme::roster_enter},
        {"roster.leave", programme::roster_leave},
        {"roster.show", programme::roster_show},
        {"stage.close", programme::stage_close},
        {"stage.list", programme::stage_list},
        {"stage.open", programme::stage_open},
        {"stage.show", programme::stage_show},
        {"submit", submissions::submit},
        {"suite.add", suite_add},
        {"target.add", targets::add},
        {"team.add", controls::team_add},
        {"team.set", controls::team_set},
        {"team.show", controls::team_show},
    };
    all.merge(looking());
    return all;
  }();
  return table;
}

bool needs_room(const std::string& verb) {
  return verb == "put" || verb == "suite.add" || verb == "submit" || verb == "model.add" ||
         verb == "reference.import" || verb == "evidence.put" || verb == "stage.close" ||
         verb == "backup";
}

}  // namespace

Answered refusal(const Error& error) {
  Answered answer;
  switch (error.kind) {
    case ErrorKind::not_allowed: answer.code = ReplyCode::not_allowed; break;
    case ErrorKind::bad_input:
    case ErrorKind::not_found:
    case ErrorKind::conflict: answer.code = ReplyCode::bad_input; break;
    case ErrorKind::unavailable: answer.code = ReplyCode::unavailable; break;
    case ErrorKind::corrupt:
    case ErrorKind::io: answer.code = ReplyCode::failed; break;
  }
  answer.body["error"] = error.message;
  if (error.kind == ErrorKind::corrupt) {
    answer.body["error"] = "the coordinator found damage in its store: " + error.message +
                           "; stop it, find what is damaged (gwageo audit verify --data DIR), and "
                           "bring it back (gwageo recover; of a backup too, for one that is "
                           "restored and served is another story from its end on)";
  }
  return answer;
}

Answered bad_request(std::string text) { return refusal({ErrorKind::bad_input, std::move(text)}); }

CommandOutcome handle(const CommandContext& context, const Command& command,
                      const PrincipalRegistered& principal, ClientToken client) {
  if (command.protocol != limits::protocol_version) {
    return refusal({ErrorKind::bad_input,
                    "this coordinator speaks protocol version " +
                        std::to_string(limits::protocol_version) + ", the client version " +
                        std::to_string(command.protocol) + ": use the same program version"});
  }
  const auto handler = handlers().find(command.verb);
  if (handler == handlers().end()) return bad_request("unknown verb \"" + command.verb + "\"");
  if (!may(principal.role, command.verb)) {
    return refusal({ErrorKind::not_allowed, no_right(principal, command.verb)});
  }
  if (context.disk_low && needs_room(command.verb)) {
    return refusal({ErrorKind::unavailable,
                    "the coordinator's disk is almost full; make room, then try again"});
  }
  const Result<Json> body = Json::parse(command.body);
  if (!body) return refusal(body.error());
  if (!body->is_object()) return bad_request("the body must be a JSON object");
  return handler->second({context, command, *body, principal, client});
}

}  // namespace gwageo
