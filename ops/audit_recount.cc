#include "ops/audit_recount.h"

#include <chrono>
#include <thread>

#include "coordinator/audit_report.h"
#include "ops/export_selection.h"
#include "ops/output.h"
#include "ops/system_clock.h"
#include "ops/verification.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr auto recount_looked_at_every = std::chrono::milliseconds(200);

/// The rows of the job and its audits, under a note.
Result<Evidence> copied(const Store& rows, const RecountedAudit& audit, const NoteKey& log,
                        const std::string& note, std::uint64_t size) {
  GWAGEO_ASSIGN(selection, export_selection(rows, audit.job, size));
  Evidence evidence;
  evidence.source = "copy of the coordinator's rows";
  evidence.store = new_memory_store();
  GWAGEO_TRY(copy_rows(rows, selection, [&](std::string_view key, std::string_view value) {
    WriteBatch row;
    row.puts.emplace_back(key, value);
    return evidence.store->write(row, Sync::no);
  }));
  evidence.verifier = log;
  evidence.verifier_text = to_vkey(log);
  evidence.is_verifier_demanded = true;
  evidence.note = note;
  // By the copy itself: the coordinator may have told another story while it was made.
  GWAGEO_ASSIGN(again, export_selection(*evidence.store, audit.job, size));
  evidence.jobs = again.jobs;
  return evidence;
}

/// corrupt, saying how, where the parts are not drawn by the seed and by who answered on record.
Result<Json> report_on(const Evidence& evidence, const RecountedAudit& asked, std::uint64_t size) {
  GWAGEO_ASSIGN(state, replay(*evidence.store, size));
  const auto audit = state.audits().find(asked.audit);
  const bool is_there = audit != state.audits().end() &&
                        std::to_string(audit->second.committed.job.value) == asked.job;
  if (!is_there) {
    return fail(ErrorKind::corrupt, "the signed record has no audit " +
                                        std::to_string(asked.audit) + " of job " + asked.job);
  }
  const AuditReportInput input =
      audit_report_input(state, audit->second, asked.rule, asked.forged_share);
  if (audit->second.drawn) {
    GWAGEO_ASSIGN(wrong, wrong_parts(input.question, *evidence.store));
    if (!wrong.empty()) return fail(ErrorKind::corrupt, wrong);
  }
  return audit_report(input, *evidence.store);
}

Result<Recount> recounted(const Store& rows, const std::string& note, const RecountedAudit& audit,
                          const NoteKey& log, const std::optional<FixedRoot>& held,
                          const Json& said) {
  GWAGEO_ASSIGN(head, open_checkpoint(note, log));
  Recount found;
  found.records = head.size;
  GWAGEO_ASSIGN(evidence, copied(rows, audit, log, note, head.size));
  if (held) {
    evidence.held.push_back(
        {"the kept root of the sample", {head.origin, held->size, held->root}, {}});
    evidence.held.push_back({"the checkpoint that fixed it", held->head, {}});
  }
  GWAGEO_ASSIGN(verified, verify(evidence));
  if (!verified.ok) {
    found.reason = verified.reason;
    return found;
  }
  GWAGEO_ASSIGN(report, report_on(evidence, audit, head.size));
  found.differing = differing_members(said, report);
  found.report = std::move(report);
  return found;
}

}  // namespace

Result<std::string> note_over_all(Client& client, const NoteKey& log, Duration within) {
  GWAGEO_ASSIGN(claimed, client.call("checkpoint"));
  const auto size = static_cast<std::uint64_t>(number(claimed.body, "size"));
  const SystemClock clock;
  const Duration until = clock.monotonic() + within;
  while (true) {
    GWAGEO_ASSIGN(answer, client.call("log.checkpoint"));
    std::string note = shown(answer.body, "note");
    GWAGEO_ASSIGN(head, open_checkpoint(note, log));
    if (head.size >= size) return note;
    if (clock.monotonic() > until) {
      return fail(ErrorKind::unavailable,
                  "the newest signed checkpoint is over " + std::to_string(head.size) + " of " +
                      std::to_string(size) +
                      " records, so the comparison is not on the signed record yet; look again "
                      "with --audit");
    }
    std::this_thread::sleep_for(recount_looked_at_every);
  }
}

std::vector<std::string> differing_members(const Json& said, const Json& found) {
  std::vector<std::string> words;
  const auto value = [](const Json& object, const std::string& name) {
    const Json* const found_there = object.find(name);
    return found_there == nullptr ? Json() : *found_there;
  };
  const auto compare = [&](const std::string& name, const Json& one, const Json& other) {
    if (one == other) return;
    const bool is_short = one.dump().size() + other.dump().size() < 200;
    words.push_back(is_short
                        ? name + " is " + other.dump() + ", and the coordinator says " + one.dump()
                        : name + " is not what the coordinator says");
  };
  for (const char* const name : {"job",      "model",      "suite",
                                 "by",       "commitment", "sample_committed",
                                 "size",     "population", "mode",
                                 "state",    "voided",     "disowned_because",
                                 "root",     "nonce",      "seed",
                                 "sample",   "parts",      "compared",
                                 "missing",  "disowned",   "disowned_differ",
                                 "differ",   "allowed",    "same_worker",
                                 "same_key", "differing",  "verdict"}) {
    compare(name, value(said, name), value(found, name));
  }
  for (const char* const name : {"gained", "lost"}) {
    compare("scores " + std::string(name), value(member(said, "scores"), name),
            value(member(found, "scores"), name));
  }
  return words;
}

Result<Recount> recount(const Store& rows, const std::string& note, const RecountedAudit& audit,
                        const NoteKey& log, const std::optional<FixedRoot>& held,
                        const Json& said) {
  const CheckTrap trap;  // As in verify: rows that break a rule of ours are no bug of ours.
  Result<Recount> found = Recount{};
  try {
    found = recounted(rows, note, audit, log, held, said);
  } catch (const BrokenRule& broken) {
    found = fail(ErrorKind::corrupt, std::string("what is stored contradicts the journal: ") +
                                         broken.condition + " does not hold");
  }
  if (found || found.error().kind != ErrorKind::corrupt) return found;
  Recount damaged;
  damaged.reason = found.error().message;
  return damaged;
}

}  // namespace gwageo
