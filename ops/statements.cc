#include "ops/statements.h"

#include <algorithm>

#include "coordinator/checkpoint.h"
#include "coordinator/commands.h"
#include "coordinator/keys.h"
#include "coordinator/principal.h"
#include "coordinator/suite_files.h"
#include "protocol/json.h"

namespace gwageo {
namespace {

tl::unexpected<Error> refuse_statement(std::string why) {
  return fail(ErrorKind::corrupt, std::move(why));
}

/// What a statement has to say for a fact to follow from it: one of these verbs, and these members.
class Wanted {
 public:
  Wanted(std::initializer_list<std::string_view> verbs) : verbs_(verbs) {}
  /// REQUIRES nothing of the statement where the fact's value is the one that is not said.
  Wanted& member(std::string name, Json value, bool may_be_absent = false) {
    members_.push_back({std::move(name), std::move(value), may_be_absent});
    return *this;
  }
  Wanted& digest(std::string name, const Digest& value) {
    return member(std::move(name), to_hex(value), value == Digest{});
  }
  /// Who the fact says did it; empty: it does not say.
  Wanted& by(std::string principal) {
    by_ = std::move(principal);
    return *this;
  }

  Status check(const CommandStatement& statement, const Json& body) const {
    if (std::find(verbs_.begin(), verbs_.end(), statement.verb) == verbs_.end()) {
      return refuse_statement("it is signed for the verb " + statement.verb);
    }
    if (!by_.empty() && by_ != statement.signer) {
      return refuse_statement("it is by " + by_ + ", and signed by " + statement.signer);
    }
    for (const Member& wanted : members_) {
      const Json* const said = body.find(wanted.name);
      if (said == nullptr && wanted.may_be_absent) continue;
      if (said != nullptr && *said == wanted.value) continue;
      return refuse_statement("what was signed says " +
                              (said == nullptr ? "nothing" : said->dump()) + " of `" + wanted.name +
                              "`, and the record says " + wanted.value.dump());
    }
    return {};
  }

 private:
  struct Member {
    std::string name;
    Json value;
    bool may_be_absent = false;
  };
  std::vector<std::string_view> verbs_;
  std::vector<Member> members_;
  std::string by_;
};

/// One answer for each kind of fact that is asked for under signature; nothing for the others.
struct WantedOf {
  using Answer = std::optional<Wanted>;

  Answer operator()(const PrincipalRegistered& f) const {
    return Wanted{"keys.add"}
        .member("name", f.name)
        .digest("curve_key", f.curve_key)
        .digest("sign_key", f.sign_key);
  }
  Answer operator()(const PrincipalRotated& f) const {
    return Wanted{"keys.rotate"}
        .member("name", f.name)
        .digest("curve_key", f.curve_key)
        .digest("sign_key", f.sign_key)
        .by(f.principal);
  }
  Answer operator()(const PrincipalRevoked& f) const {
    return Wanted{"keys.revoke"}.member("name", f.name).member("reason", f.reason).by(f.principal);
  }
  Answer operator()(const SuiteAdded&) const { return Wanted{"suite.add"}; }
  Answer operator()(const ModelAdded& f) const {
    return Wanted{"model.add", "model.correct", "model.disown"}
        .member("name", f.name)
        .member("digest", to_hex(f.digest), true)
        .member("engine", f.engine, true)
        .member("path", f.path, true)
        .member("released", f.released, true);
  }
  Answer operator()(const ModelRetired& f) const {
    return Wanted{"model.retire"}
        .member("name", f.name)
        .member("reason", f.reason, f.reason.empty());
  }
  Answer operator()(const TargetAdded& f) const {
    return Wanted{"target.add"}.member("text", f.text);
  }
  Answer operator()(const JobAccepted& f) const {
    return Wanted{"submit"}.member("model", f.model).member("request", f.request).by(f.submitter);
  }
  Answer operator()(const ClaimsImported& f) const {
    return Wanted{"reference.import"}
        .member("board", f.board)
        .digest("file", f.file)
        .by(f.principal);
  }
  Answer operator()(const RosterChanged& f) const {
    return Wanted{f.entered ? "roster.enter" : "roster.leave"}
        .member("target", f.target)
        .member("model", f.candidate)
        .by(f.principal);
  }
  Answer operator()(const StageOpened& f) const {
    return Wanted{"stage.open"}.member("stage", f.stage).member("target", f.target).by(f.principal);
  }
  Answer operator()(const StageClosed& f) const {
    return Wanted{"stage.close"}.member("stage", f.stage).by(f.principal);
  }
  Answer operator()(const GateDecided& f) const {
    return Wanted{"gate.decide"}
        .member("target", f.target)
        .member("model", f.candidate)
        .member("gate", f.gate)
        .member("passed", f.passed, !f.passed)
        .digest("evidence", f.evidence)
        .by(f.principal);
  }
  Answer operator()(const PointsRecorded& f) const {
    return Wanted{"points.record"}
        .member("target", f.target)
        .member("model", f.candidate)
        .member("part", f.part)
        .member("points", f.points)
        .digest("evidence", f.evidence)
        .by(f.principal);
  }
  // The shares of a setting that were not given stay as they were.
  Answer operator()(const ChecksSet& f) const {
    return Wanted{"checks.set"}
        .member("again", f.again, true)
        .member("known", f.known, true)
        .by(f.principal);
  }
  Answer operator()(const AnswersDisowned& f) const {
    return Wanted{"disown"}.member("worker", f.worker).member("reason", f.reason).by(f.principal);
  }
  Answer operator()(const AuditCommitted& f) const {
    return Wanted{"audit.commit"}
        .member("job", std::to_string(f.job.value))
        .member("sample", f.sample)
        .digest("commitment", f.commitment)
        .by(f.principal);
  }
  Answer operator()(const AuditDrawn& f) const {
    return Wanted{"audit.reveal"}.member("audit", f.audit).digest("nonce", f.nonce);
  }
  Answer operator()(const Published& f) const {
    return Wanted{"publish"}.member("target", f.target).by(f.principal);
  }
  template <class Other>
  Answer operator()(const Other&) const {
    return std::nullopt;
  }
};

// What the coordinator submits and renders by itself nobody asked for: what a target lacks, rounds
// of repeats, the parts of an audit's sample.
bool needs_statement(const Fact& fact) {
  const auto* const job = std::get_if<JobAccepted>(&fact);
  const auto* const suite = std::get_if<SuiteAdded>(&fact);
  const bool is_own = (job != nullptr && (!job->cause.empty() || job->audit != 0)) ||
                      (suite != nullptr && suite->round != 0);
  return !is_own && std::visit(WantedOf{}, fact).has_value();
}

// Of a suite and of a job the record says what follows from the statement, not its members.
Status check_derived(const Json& body, const Fact& fact) {
  if (const auto* const suite = std::get_if<SuiteAdded>(&fact)) {
    GWAGEO_ASSIGN(manifest, manifest_from_json(body));
    if (sha256(to_json(manifest).dump()) == suite->manifest) return {};
    return refuse_statement("what was signed lists other files than the suite on record has");
  }
  if (const auto* const job = std::get_if<JobAccepted>(&fact)) {
    const Json* const said = body.find("suite");
    const std::string text = said != nullptr && said->is_string() ? said->as_string() : "";
    const std::string pinned = job->suite + "@" + std::to_string(job->suite_version);
    if (text == job->suite || text == pinned) return {};
    return refuse_statement("what was signed says suite \"" + text + "\", and the record says " +
                            pinned);
  }
  return {};
}

// Audits were not signed at first, so a journal may hold decisions that are and audits that are
// not.
bool is_of_audit(const Fact& fact) {
  return std::holds_alternative<AuditCommitted>(fact) || std::holds_alternative<AuditDrawn>(fact);
}

std::string of_record(const Record& record) {
  return "record " + std::to_string(record.sequence) + " (" + std::string(kind_of(record.fact)) +
         "): ";
}

}  // namespace

Status check_says(const CommandStatement& statement, const Fact& fact) {
  const std::optional<Wanted> wanted = std::visit(WantedOf{}, fact);
  if (!wanted) return refuse_statement("nobody asks for such a record");
  const Result<Json> body = Json::parse(statement.body);
  if (!body || !body->is_object())
    return refuse_statement("what was signed has no JSON object as its body");
  GWAGEO_TRY(wanted->check(statement, *body));
  return check_derived(*body, fact);
}

Result<VerifyingKey> StatementCheck::key_of(const std::string& principal) const {
  const auto found = keys_.find(principal);
  if (found == keys_.end())
    return refuse_statement("no principal is named " + principal + " there");
  if (found->second.is_revoked)
    return refuse_statement("the key of " + principal + " is revoked there");
  return VerifyingKey{found->second.sign_key.bytes};
}

Status StatementCheck::add(const Record& record) {
  Status status;
  // The first keys of a data directory are its coordinator's own doing.
  is_founding_ = is_founding_ && !record.statement && may_precede_checkpoint(record.fact);
  if (record.statement) {
    status = check_statement(record, *record.statement);
    is_signed_from_here_ = true;
    if (is_of_audit(record.fact)) audits_are_signed_from_here_ = true;
  } else if (needs_statement(record.fact)) {
    if (!is_founding_) ++counts_.without;
    if (is_of_audit(record.fact) ? audits_are_signed_from_here_ : is_signed_from_here_) {
      status = refuse_statement("nobody has signed for it, and those before it are signed for");
    }
  }
  if (const auto* const batch = std::get_if<BatchSigned>(&record.fact); status && batch) {
    status = check_batch(record, *batch);
  }
  follow(record);
  if (status) return {};
  return fail(status.error().kind, of_record(record) + status.error().message);
}

Status StatementCheck::check_statement(const Record& record, const Statement& statement) {
  GWAGEO_ASSIGN(key, key_of(statement.signer));
  if (!used_.insert(statement.digest).second) {
    return refuse_statement("what " + statement.signer + " signed once is on record before");
  }
  GWAGEO_ASSIGN(bytes, store_.read(keys::blob(statement.digest)));
  if (!bytes && is_part_) {
    ++counts_.away;
    return {};
  }
  if (!bytes || sha256(*bytes) != statement.digest) {
    const std::string missing = why_all_.empty() ? " is not in the store" : " is not here, ";
    return refuse_statement("the statement " + to_hex(statement.digest) + " of " +
                            statement.signer + (bytes ? " is another one" : missing + why_all_));
  }
  if (!verify(*bytes, statement.signature, key)) {
    return refuse_statement("the signature is not by the key " + fingerprint(Digest{key.bytes}) +
                            " of " + statement.signer + ", which counted there");
  }
  const Result<CommandStatement> said = parse_command_statement(*bytes);
  if (!said) return refuse_statement(said.error().message);
  if (said->log != log_) return refuse_statement("what was signed is for the journal " + said->log);
  if (said->signer != statement.signer)
    return refuse_statement("what was signed is by " + said->signer);
  if (!may(keys_.at(statement.signer).role, said->verb)) {
    return refuse_statement(statement.signer + " has no right to " + said->verb);
  }
  GWAGEO_TRY(check_says(*said, record.fact));
  ++counts_.checked;
  return {};
}

Status StatementCheck::check_batch(const Record&, const BatchSigned& batch) {
  const auto found = workers_.find(batch.worker);
  if (found == workers_.end()) return refuse_statement("there is no such worker");
  Worker& worker = found->second;
  GWAGEO_ASSIGN(key, key_of(worker.principal));
  std::vector<BatchChunk> chunks;
  for (const Range& range : batch.chunks) {
    for (std::uint64_t i = range.begin; i < range.end; ++i) {
      if (i >= worker.chunks.size()) return refuse_statement("it signs what is not there");
      if (std::exchange(worker.chunks[i].is_signed, true))
        return refuse_statement("it signs twice");
      chunks.push_back(worker.chunks[i].chunk);
    }
  }
  std::sort(chunks.begin(), chunks.end());
  if (batch_root(chunks) != batch.root) {
    return refuse_statement("the worker signed other results than are on record");
  }
  const std::string bytes =
      batch_statement(log_, worker.principal, batch.worker, batch.batch, chunks.size(), batch.root);
  if (!verify(bytes, batch.signature, key)) {
    return refuse_statement("the signature is not by the key " + fingerprint(Digest{key.bytes}) +
                            " of " + worker.principal + ", which counted there");
  }
  ++counts_.batches;
  return {};
}

void StatementCheck::follow(const Record& record) {
  const Fact& fact = record.fact;
  if (const auto* const f = std::get_if<Founded>(&fact)) log_ = f->origin;
  if (const auto* const f = std::get_if<PrincipalRegistered>(&fact)) {
    keys_[f->name] = {f->sign_key, f->role, false};
  }
  if (const auto* const f = std::get_if<PrincipalRotated>(&fact)) {
    keys_[f->name].sign_key = f->sign_key;
  }
  if (const auto* const f = std::get_if<PrincipalRevoked>(&fact)) keys_[f->name].is_revoked = true;
  if (const auto* const f = std::get_if<WorkerJoined>(&fact)) {
    workers_[f->worker].principal = f->principal;
  }
  if (const auto* const f = std::get_if<LeaseGranted>(&fact)) leases_[f->lease] = f->worker;
  if (const auto* const f = std::get_if<ResultsRecorded>(&fact)) {
    const BatchChunk chunk{f->lease, f->ranges.front().begin, f->records_root};
    workers_[leases_[f->lease]].chunks.push_back({chunk, record.sequence, false});
  }
}

StatementCounts StatementCheck::counts() const {
  StatementCounts counts = counts_;
  for (const auto& [id, worker] : workers_) {
    counts.results += worker.chunks.size();
    for (const Chunk& chunk : worker.chunks) {
      if (chunk.is_signed) continue;
      ++counts.unsigned_;
      const bool is_first = !counts.first_unsigned || chunk.record < *counts.first_unsigned;
      if (is_first) counts.first_unsigned = chunk.record;
    }
  }
  return counts;
}

}  // namespace gwageo
