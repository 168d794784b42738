// What people ask of the scheduler: submit, cancel, and registering what exists.
#include <algorithm>
#include <type_traits>

#include "coordinator/answers.h"
#include "coordinator/boards.h"
#include "coordinator/key_rules.h"
#include "coordinator/programme_rules.h"
#include "coordinator/requirement.h"
#include "coordinator/scheduler.h"
#include "coordinator/team_rules.h"
#include "coordinator/warnings.h"
#include "protocol/bytes.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

Digest audit_key(const Digest& of, std::uint64_t audit, std::size_t part) {
  ByteWriter out;
  out.text("gwageo audit");
  out.digest(of);
  out.u64(audit);
  out.u64(part);
  return sha256(out.bytes());
}

Answer refused(ClientToken client, std::string text) {
  return {client, ReplyCode::bad_input, {}, false, std::move(text)};
}

// Whether the same thing, under the same name, is there already.
struct Existing {
  const State& state;
  ClientToken client;

  std::optional<Answer> operator()(const SuiteAdded& f) const {
    if (f.round > 0) {
      if (state.round_of(f.name, f.version, f.round) == nullptr) return std::nullopt;
      return Answer{client, ReplyCode::done, {}, true, {}};  // Asked for twice meanwhile.
    }
    const SuiteAdded* const known = state.suite(f.name, f.version);
    if (known == nullptr) {
      const SuiteAdded* const newest = state.suite(f.name, std::nullopt);
      if (newest == nullptr || newest->version < f.version) return std::nullopt;
      return refused(client, "suite " + f.name + ": version " + std::to_string(f.version) +
                                 " is older than version " + std::to_string(newest->version) +
                                 ", which exists: a new version has a higher number");
    }
    if (known->digest == f.digest && known->plan_root == f.plan_root) {
      return Answer{client, ReplyCode::done, {}, true, {}};
    }
    return refused(client, "suite " + f.name + " version " + std::to_string(f.version) +
                               " exists with another digest (" + to_hex(known->digest) + ", not " +
                               to_hex(f.digest) +
                               "): a version never changes; give the suite a new version");
  }

  std::optional<Answer> operator()(const ModelAdded& f) const {
    const ModelAdded* const known = state.model(f.name);
    if (known == nullptr || state.retired().contains(f.name)) return std::nullopt;
    ModelAdded same = f;
    same.version = known->version;
    // Follows from the rest; candidates had no tenant in theirs at first.
    same.class_key = known->class_key;
    if (f.reason.empty()) same.reason = known->reason;  // Added again, as it was corrected since.
    // Follows from the files; records did not have it at first.
    if (f.reason.empty() && f.digest == known->digest) same.bytes = known->bytes;
    if (same == *known) return Answer{client, ReplyCode::done, {}, true, {}};
    if (!f.reason.empty()) return check_correction(*known, f);
    return refused(client,
                   "model " + f.name +
                       " exists with other files, date, role, team, engine or GPUs: retire it, or "
                       "choose another name, or correct it (gwageo model correct " +
                       f.name + " --reason TEXT)");
  }

  std::optional<Answer> operator()(const ModelRetired& f) const {
    if (state.model(f.name) == nullptr) return refused(client, "no model is named " + f.name);
    if (!state.retired().contains(f.name)) return std::nullopt;
    return Answer{client, ReplyCode::done, {}, true, {}};
  }

  std::optional<Answer> operator()(const TargetAdded& f) const {
    const auto known = state.targets().find(f.name);
    if (known == state.targets().end() || known->second.back().text != f.text) return std::nullopt;
    return Answer{client, ReplyCode::done, {}, true, {}};
  }

  std::optional<Answer> operator()(const PrincipalRegistered& f) const { return unless_key(f); }
  std::optional<Answer> operator()(const PrincipalRotated& f) const { return unless_key(f); }
  std::optional<Answer> operator()(const PrincipalRevoked& f) const { return unless_key(f); }

  template <class Change>
  std::optional<Answer> unless_key(const Change& f) const {
    if (is_on_record(state, f)) return Answer{client, ReplyCode::done, {}, true, {}};
    const Status fits = check_keys(state, f);
    if (fits) return std::nullopt;
    return refused(client, fits.error().message);
  }

  std::optional<Answer> operator()(const DayBegan& f) const {
    if (state.day() < f.date) return std::nullopt;  // ISO dates order as text.
    return Answer{client, ReplyCode::done, {}, true, {}};
  }

  std::optional<Answer> operator()(const ClaimsImported& f) const {
    const Status fits = check_import(state, f);
    if (fits) return std::nullopt;
    return refused(client, fits.error().message);
  }

  std::optional<Answer> operator()(const TeamSet& f) const {
    const TeamSet* const known = state.team_tree().setting(f.name);
    if (known != nullptr) {
      TeamSet same = f;
      same.principal = known->principal;
      if (same == *known) return Answer{client, ReplyCode::done, {}, true, {}};
    }
    const Status fits = check_team(state.teams(), f);
    if (fits) return std::nullopt;
    return refused(client, fits.error().message);
  }

  std::optional<Answer> operator()(const AuditCommitted& f) const {
    for (const auto& [number, known] : state.audits()) {
      if (known.committed.commitment != f.commitment) continue;
      AuditCommitted same = f;
      same.audit = number;
      if (same == known.committed) return Answer{client, ReplyCode::done, {}, true, {}};
      const std::string audit = std::to_string(number);
      const std::string& owner = known.committed.principal;
      same.principal = owner;
      if (same == known.committed) {
        return refused(client, "audit " + audit + " is by this number already, and " + owner +
                                   "'s, who alone goes on with it: look at it with gwageo audit " +
                                   "replay --audit " + audit + " --keep FILE");
      }
      return refused(client,
                     "this number was committed to before, in audit " + audit + ": take another");
    }
    return std::nullopt;
  }

  std::optional<Answer> operator()(const AuditDrawn& f) const {
    if (!state.audits().at(f.audit).drawn) return std::nullopt;
    return Answer{client, ReplyCode::done, {}, true, {}};
  }

  std::optional<Answer> operator()(const ChecksSet& f) const {
    const ChecksSet& known = state.checks_set();
    if (known.again != f.again || known.known != f.known) return std::nullopt;
    return Answer{client, ReplyCode::done, {}, true, {}};
  }

  std::optional<Answer> operator()(const AnswersDisowned& f) const {
    if (!state.worker_named(f.worker)) {
      return refused(client, "no worker is named \"" + f.worker + "\"");
    }
    if (!state.quarantine().contains(f.worker)) {
      return refused(client, "worker " + f.worker + " still works: quarantine it first (gwageo " +
                                 "quarantine " + f.worker + " --reason TEXT)");
    }
    if (answers_that_count(state).contains(f.worker)) return std::nullopt;
    return Answer{client, ReplyCode::done, {}, true, {}};
  }
  std::optional<Answer> operator()(const RosterChanged& f) const { return unless_fits(f); }
  std::optional<Answer> operator()(const StageOpened& f) const { return unless_fits(f); }
  std::optional<Answer> operator()(const StageClosed& f) const { return unless_fits(f); }
  std::optional<Answer> operator()(const GateDecided& f) const { return unless_new(f); }
  std::optional<Answer> operator()(const PointsRecorded& f) const { return unless_new(f); }
  std::optional<Answer> operator()(const Published& f) const { return unless_new(f); }

  template <class Change>
  std::optional<Answer> unless_fits(const Change& f) const {
    const Status fits = check_change(state, f);
    if (fits) return std::nullopt;
    return refused(client, fits.error().message);
  }

  template <class Change>
  std::optional<Answer> unless_new(const Change& f) const {
    if (is_on_record(state, f)) return Answer{client, ReplyCode::done, {}, true, {}};
    return unless_fits(f);
  }

  // A model's next version, which says why.
  std::optional<Answer> check_correction(const ModelAdded& known, const ModelAdded& f) const {
    ModelAdded same = f;
    same.version = known.version;
    same.class_key = known.class_key;
    if (same == known) return Answer{client, ReplyCode::done, {}, true, {}};  // Told twice.
    same.reason = known.reason;
    if (same != known) return std::nullopt;
    return refused(client, "model " + f.name + " is as it is: the correction changes nothing");
  }

  template <class Other>
  std::optional<Answer> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

void Scheduler::on(const Proposed& e) {
  if (std::optional<Answer> existing = std::visit(Existing{state_, e.client}, e.fact)) {
    actions_.answers.push_back(*std::move(existing));
    return;
  }
  Fact fact = e.fact;
  if (auto* const target = std::get_if<TargetAdded>(&fact)) {
    const auto known = state_.targets().find(target->name);
    target->version = known == state_.targets().end() ? 1 : known->second.back().version + 1;
  }
  if (auto* const model = std::get_if<ModelAdded>(&fact)) {
    const ModelAdded* const known = state_.model(model->name);
    model->version = known == nullptr ? 1 : known->version + 1;
  }
  if (auto* const claims = std::get_if<ClaimsImported>(&fact)) {
    const auto known = state_.boards().find(claims->board);
    const ClaimsImported* const before =
        known == state_.boards().end() ? nullptr : newest_import(known->second, claims->release);
    claims->version = before == nullptr ? 1 : before->version + 1;
  }
  if (auto* const audit = std::get_if<AuditCommitted>(&fact)) {
    audit->audit = state_.audits().size() + 1;
  }
  record(std::move(fact));
  if (const auto* const drawn = std::get_if<AuditDrawn>(&e.fact)) begin_audit(drawn->audit);
  if (const auto* const f = std::get_if<PrincipalRotated>(&e.fact)) end_work_of(f->name);
  if (const auto* const f = std::get_if<PrincipalRevoked>(&e.fact)) end_work_of(f->name);
  if (const auto* const f = std::get_if<AnswersDisowned>(&e.fact)) end_what_is_disowned(*f);
  const bool moves =
      std::holds_alternative<ModelAdded>(e.fact) || std::holds_alternative<ModelRetired>(e.fact) ||
      std::holds_alternative<TargetAdded>(e.fact) || std::holds_alternative<SuiteAdded>(e.fact) ||
      std::holds_alternative<DayBegan>(e.fact) || std::holds_alternative<ClaimsImported>(e.fact) ||
      std::holds_alternative<RosterChanged>(e.fact) ||
      std::holds_alternative<AnswersDisowned>(e.fact) ||
      std::holds_alternative<StageOpened>(e.fact) || std::holds_alternative<StageClosed>(e.fact);
  const bool decides =
      std::holds_alternative<GateDecided>(e.fact) || std::holds_alternative<PointsRecorded>(e.fact);
  if (moves) reruns_.moved(now_);
  if (moves || decides) actions_.judge = true;
  Answer answer{e.client, ReplyCode::done, {}, false, {}};
  if (const auto* const team = std::get_if<TeamSet>(&e.fact); team && team->guarantee > 0) {
    answer.warning = promised_beyond_pool();
  }
  for (const std::string& warning : {e.warning, warning_on(state_, e.fact)}) {
    if (!warning.empty()) answer.warning += (answer.warning.empty() ? "" : "; ") + warning;
  }
  actions_.answers.push_back(std::move(answer));
}

// Every part of the sample is a job: of a class of its own, so that its model is loaded anew and by
// nobody who ran the part before, and of a library of its own, so that nobody adopts its answers.
void Scheduler::begin_audit(std::uint64_t number) {
  const Audit& audit = state_.audits().at(number);
  const JobAccepted audited = state_.job(audit.committed.job)->accepted;
  for (std::size_t part = 0; part < audit.drawn->parts.size(); ++part) {
    JobAccepted job = job_on(model_of(state_, audited), audit.drawn->parts[part].plan);
    job.job = state_.next_job();
    job.submitter = audit.committed.principal;
    job.team = "default";
    job.skip_lookup = true;
    job.tier = Tier::audit;
    job.audit = number;
    job.part = static_cast<std::uint32_t>(part);
    job.class_key = audit_key(job.class_key, number, part);
    job.library = audit_key(job.library, number, part);
    record(std::move(job));
  }
}

// The processes that run with a key that has ended. They may come back with another one.
void Scheduler::end_work_of(const std::string& principal) {
  const Principal& owner = state_.principals().at(principal);
  if (owner.registered.role != Role::worker) return;
  std::vector<WorkerId> lives;
  for (const auto& [worker, life] : state_.workers()) {
    const bool has_work = sessions_.contains(worker) || !state_.leases_of(worker).empty();
    if (has_work && life.joined.principal == principal) lives.push_back(worker);
  }
  const std::string why =
      owner.revoked ? "the key of " + principal + " was revoked: " + owner.revoked->reason
                    : "the key of " + principal + " was replaced: start again with the new one";
  for (const WorkerId worker : lives) {
    const std::set<LeaseId> held = state_.leases_of(worker);
    for (const LeaseId lease : held) end_lease(lease, LeaseEnd::key_ended);
    send(worker, Refusal{why});
    forget(worker);
  }
}

// Workers come and go: what is promised is no mistake for being more than there is now.
std::string Scheduler::promised_beyond_pool() const {
  std::uint64_t here = 0;
  for (const auto& [worker, session] : sessions_) here += session.slots.size();
  const std::uint64_t all = promised(state_.teams());
  if (here == 0 || all <= here) return {};
  return "all teams together are guaranteed " + std::to_string(all) +
         " GPUs (slots, where there are none), and the workers that are here have " +
         std::to_string(here) + ": until more come, not everybody gets what is guaranteed";
}

void Scheduler::on(const SubmitReceived& e) {
  if (const JobId known = state_.job_of_request(e.job.request)) {
    const JobAccepted& before = state_.job(known)->accepted;
    const bool is_same = before.model == e.job.model && before.suite == e.job.suite &&
                         before.team == e.job.team && before.priority == e.job.priority &&
                         before.tier == e.job.tier && before.within == e.job.within &&
                         before.round == e.job.round;
    if (is_same) {
      actions_.answers.push_back({e.client, ReplyCode::done, known, true, {}});
    } else {
      actions_.answers.push_back({e.client,
                                  ReplyCode::bad_input,
                                  {},
                                  false,
                                  "request \"" + e.job.request + "\" was another submission: job " +
                                      std::to_string(known.value) + ", " + before.model + " on " +
                                      before.suite});
    }
    return;
  }
  const bool is_own = !e.job.cause.empty();  // What a target lacks is nobody's submission.
  if (state_.open_job_count() >= limits::jobs_open_max) {
    if (is_own) reruns_.put_off(now_);
    actions_.answers.push_back({e.client,
                                ReplyCode::unavailable,
                                {},
                                false,
                                "too many jobs are open; wait until some are done"});
    return;
  }
  const std::uint64_t unsettled = unsettled_items(e.job, e.adoptions);
  const Status fits = is_own ? Status() : check_quotas(state_.team_tree(), e.job.team, unsettled);
  if (!fits) {
    actions_.answers.push_back(refused(e.client, fits.error().message));
    return;
  }
  JobAccepted accepted = e.job;
  accepted.job = state_.next_job();
  const JobId id = accepted.job;
  record(std::move(accepted));

  ItemsAdopted adopted{id, {}};
  for (Adoption adoption : e.adoptions) {
    if (!adoption.source) adoption.source = id;
    adopted.adoptions.push_back(adoption);
    if (adopted.adoptions.size() == limits::adoptions_of_fact_max) {
      record(std::exchange(adopted, ItemsAdopted{id, {}}));
    }
  }
  if (!adopted.adoptions.empty()) record(std::move(adopted));
  finish_if_settled(id);
  Answer answer{e.client, ReplyCode::done, id, false, {}};
  const std::optional<std::string> lacks =
      cannot_run(*state_.model(e.job.model), state_.job(id)->accepted.team);
  if (lacks && !state_.job(id)->pending.empty()) answer.warning = *lacks;
  actions_.answers.push_back(std::move(answer));
}

void Scheduler::on(const CancelReceived& e) {
  if (open_job(e.client, e.job) == nullptr) return;
  record(JobCancelled{e.job, e.principal});
  end_leases_of(e.job);
  actions_.answers.push_back({e.client, ReplyCode::done, e.job, false, {}});
}

}  // namespace gwageo
