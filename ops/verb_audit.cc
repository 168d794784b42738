// gwageo audit verify | rescore.
#include <cstdlib>
#include <filesystem>

#include "coordinator/words.h"
#include "ops/evidence.h"
#include "ops/output.h"
#include "ops/rescoring.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "ops/verification.h"

namespace gwageo {
namespace {

/// Evidence with what its verification found.
struct Audited {
  Evidence evidence;
  Result<Verification> found;
};

/// Bytes that cannot be read because they are damaged are an answer, too.
Audited audit(const Invocation& arguments, const std::optional<std::string>& where) {
  Result<Evidence> evidence = open_evidence(arguments, where);
  Result<Verification> found = evidence ? verify(*evidence) : tl::unexpected(evidence.error());
  if (!found && found.error().kind == ErrorKind::corrupt) {
    Verification damaged;
    damaged.reason = found.error().message;
    found = std::move(damaged);
  }
  if (evidence) return {*std::move(evidence), std::move(found)};
  Evidence none;
  none.source = where.value_or(arguments.data_directory());
  return {std::move(none), std::move(found)};
}

std::string said_of_hands(const VouchingHands& hands) {
  std::string text;
  if (hands.checks_of_one_key() > 0) {
    text +=
        std::to_string(hands.checks_of_one_key()) +
        " items were asked again of the key that had answered them: such a check says nothing\n";
  }
  if (hands.audits_by_name() > 0) {
    text += std::to_string(hands.audits_by_name()) +
            " audits were drawn by the names of workers, though they had several keys: see who "
            "answered twice (gwageo audit report)\n";
  }
  if (hands.first())
    text += "the first of these is record " + std::to_string(*hands.first()) + "\n";
  return text;
}

std::string said_of_counts(const StatementCounts& counts) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string text = number(counts.checked) + " decisions are signed by who asked for them";
  if (counts.away > 0) {
    text += ", " + number(counts.away) +
            " by statements that are not here, so not looked at (--statements demands them)";
  }
  if (counts.without > 0) {
    text += ", and " + number(counts.without) + " from before there were statements are not";
  }
  text += "\n" + number(counts.results - counts.unsigned_) + " of " + number(counts.results) +
          " records of results are signed by their workers";
  if (counts.first_unsigned) {
    text += "; the first that is not is record " + number(*counts.first_unsigned);
  }
  return text + "\n";
}

std::string text_of_audit(const Evidence& evidence, const Verification& found) {
  const std::string& source = evidence.source;
  if (!found.ok) {
    return "NOT good: " + source + ": " + found.reason + "\n" +
           (found.first_bad ? "first bad record: " + std::to_string(*found.first_bad) + "\n" : "") +
           std::to_string(found.size) + " records hold together\n";
  }
  std::string text = "good: " + source + ": " + std::to_string(found.size) +
                     " records hold together\nroot " + to_hex(found.root) + "\n";
  if (found.signed_size) {
    const std::uint64_t left = found.unsigned_records().value_or(0);
    text +=
        "signed checkpoint over " + std::to_string(*found.signed_size) + " records: fits" +
        (left == 0
             ? std::string()
             : ", and " + std::to_string(left) + " records after it that nobody has signed yet") +
        "\nsigned by " + found.signer + (evidence.is_verifier_demanded ? ", as demanded\n" : "\n");
  } else {
    text += "no signed checkpoint was at hand\n";
  }
  if (found.cosigned_size) {
    text += "the policy holds: " + std::to_string(*found.cosigned_size) + " records cosigned by " +
            std::to_string(found.witnesses.size()) + " of its witnesses";
    for (const std::string& name : found.witnesses) text += " " + name;
    text += "\n";
  }
  if (!evidence.held.empty()) {
    text +=
        "consistent with " + std::to_string(evidence.held.size()) + " checkpoints that were held\n";
  }
  if (found.witnessed > 0) {
    text += "consistent with what " + std::to_string(found.witnessed) +
            " witnesses brought to the directory\n";
  }
  text += said_of_counts(found.statements);
  if (found.checks.drawn > 0) {
    text += std::to_string(found.checks.asked) + " of " + std::to_string(found.checks.drawn) +
            " items that were drawn to be asked of a second worker were, and no other\n";
  }
  text += said_of_hands(found.hands);
  if (!evidence.log_folder.empty()) {
    return text + std::to_string(found.tiles) +
           " tiles of hashes fit the entries; a published log has no answers in it\n";
  }
  return text + std::to_string(found.blocks) + " blocks of results and " +
         std::to_string(found.blobs) + " blobs fit their records\n" +
         (found.lost == 0
              ? ""
              : counted(static_cast<std::int64_t>(found.lost), "block") +
                    " of results are gone or altered, of jobs that were closed for it and count "
                    "for nothing\n");
}

/// What is not in the row of an audit; nothing where all that its sample met counts.
std::string note_on(const RecomparedAudit& audit) {
  const std::string which = "audit " + std::to_string(audit.audit) + ": ";
  std::string text;
  if (audit.disowned > 0) {
    text += which + counted(static_cast<std::int64_t>(audit.disowned), "item") + " of its sample " +
            (audit.disowned == 1 ? "counts" : "count") +
            " as not seen: answers to them are disowned\n";
  }
  if (audit.is_voided) {
    text += which + "no target counts job " + std::to_string(audit.job.value) +
            ", some of whose answers are disowned\n";
  }
  return text;
}

std::string table_of_rescoring(const Rescoring& found) {
  TextTable jobs({"job", "model", "suite", "rescored"});
  for (const RescoredJob& job : found.jobs) {
    jobs.add({std::to_string(job.job.value), job.model, job.suite,
              job.reason.empty() ? "equal" : "DIFFERS: " + job.reason});
  }
  TextTable verdicts({"target", "candidate", "as of", "verdict", "judged again"});
  for (const RejudgedVerdict& verdict : found.verdicts) {
    verdicts.add({verdict.target, verdict.candidate, verdict.as_of, verdict.verdict,
                  verdict.reason.empty() ? "equal" : "DIFFERS: " + verdict.reason});
  }
  std::string text = jobs.empty() ? "no scored jobs\n" : jobs.text();
  TextTable stages({"stage", "target", "closed", "judged again"});
  for (const RejudgedStage& stage : found.stages) {
    stages.add({stage.stage, stage.target, stage.closed,
                stage.reason.empty() ? "equal" : "DIFFERS: " + stage.reason});
  }
  TextTable audits({"audit", "job", "compared", "differ", "compared again"});
  std::string notes;
  for (const RecomparedAudit& audit : found.audits) {
    audits.add({std::to_string(audit.audit), std::to_string(audit.job.value),
                std::to_string(audit.compared), std::to_string(audit.differ),
                audit.reason.empty() ? audit.verdict : "DIFFERS: " + audit.reason});
    notes += note_on(audit);
  }
  if (!verdicts.empty()) text += "\n" + verdicts.text();
  if (!stages.empty()) text += "\n" + stages.text();
  if (!audits.empty()) text += "\n" + audits.text() + notes;
  return text;
}

/// What is to be rescored. JOB and WHERE may each be left out: what names no file and is a number
/// is a job.
struct Scope {
  std::optional<JobId> job;
  std::optional<std::string> where;
};

Scope scope_of(const Invocation& arguments) {
  Scope scope;
  for (const char* const name : {"JOB", "WHERE"}) {
    const std::optional<std::string> text = arguments.text(name);
    if (!text) continue;
    std::error_code error;
    const bool is_number = !text->empty() && text->find_first_not_of("0123456789") == text->npos;
    if (is_number && !scope.job && !std::filesystem::exists(*text, error)) {
      scope.job = JobId{std::strtoull(text->c_str(), nullptr, 10)};
    } else {
      scope.where = text;
    }
  }
  return scope;
}

}  // namespace

Result<int> verb_audit_verify(const Invocation& arguments) {
  const Audited audited = audit(arguments, arguments.text("WHERE"));
  if (!audited.found) return tl::unexpected(audited.found.error());
  const Verification& found = *audited.found;
  if (arguments.json()) {
    print(to_json(found));
  } else {
    say(text_of_audit(audited.evidence, found));
  }
  return found.ok ? exit_code::done : exit_code::no;
}

Result<int> verb_audit_rescore(const Invocation& arguments) {
  const Scope scope = scope_of(arguments);
  const Audited audited = audit(arguments, scope.where);
  if (!audited.found) return tl::unexpected(audited.found.error());
  const Verification& verified = *audited.found;
  // Nothing can be said of scores whose record does not hold.
  if (!verified.ok) {
    if (arguments.json()) {
      Json document = to_json(Rescoring{});
      document["ok"] = false;
      document["reason"] = "the record does not hold: " + verified.reason;
      print(document);
    } else {
      say(text_of_audit(audited.evidence, verified));
    }
    return exit_code::no;
  }
  GWAGEO_ASSIGN(found, rescore(audited.evidence, verified.size, scope.job));
  if (arguments.json()) {
    print(to_json(found));
  } else {
    say(table_of_rescoring(found));
  }
  return found.reason().empty() ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
