#include "ops/rescoring.h"

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "benchmarks/claimed_verdict.h"
#include "benchmarks/evaluate.h"
#include "coordinator/audit_report.h"
#include "coordinator/evaluation.h"
#include "coordinator/judging.h"
#include "coordinator/keys.h"
#include "coordinator/stage_document.h"
#include "ops/output.h"
#include "ops/verification.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// Judging is done beside the journal's writer, so a verdict may rest on a state some decisions
/// older than its own record. This many are tried.
constexpr std::size_t inputs_kept_max = 128;

std::string compare(const Scored& known, const Scored& again) {
  const auto differ = [](const std::string& what, const Digest& was, const Digest& is) {
    return what + " is " + to_hex(is) + ", on record " + to_hex(was);
  };
  if (known.plan_root != again.plan_root) {
    return differ("the plan root", known.plan_root, again.plan_root);
  }
  if (known.results_root != again.results_root) {
    return differ("the results root", known.results_root, again.results_root);
  }
  if (known.scorer != again.scorer) {
    return "it was scored by other rules (" + to_hex(known.scorer) + ") than this program's (" +
           to_hex(again.scorer) + ")";
  }
  if (known.scores_root != again.scores_root) {
    return differ("the scores root", known.scores_root, again.scores_root);
  }
  if (known.sums != again.sums) return "the exact sums differ";
  if (known.items != again.items || known.outcomes != again.outcomes) return "the counts differ";
  if (known.executed != again.executed || known.reused != again.reused) {
    return "the numbers of requests executed and reused differ";
  }
  return {};
}

/// Whether a fact may change what a verdict rests on.
bool moves(const Fact& fact) {
  return std::holds_alternative<Scored>(fact) || std::holds_alternative<ModelAdded>(fact) ||
         std::holds_alternative<ModelRetired>(fact) || std::holds_alternative<TargetAdded>(fact) ||
         std::holds_alternative<SuiteAdded>(fact) || std::holds_alternative<ClaimsImported>(fact) ||
         std::holds_alternative<RosterChanged>(fact) || std::holds_alternative<StageOpened>(fact) ||
         std::holds_alternative<StageClosed>(fact) || std::holds_alternative<GateDecided>(fact) ||
         std::holds_alternative<PointsRecorded>(fact);
}

using VerdictName = std::pair<std::string, std::string>;

/// When the models of a board were first seen, of which a state has hundreds: kept once, and not
/// with every input that is tried.
class BoardDays {
 public:
  using Days = std::map<std::string, Date>;

  /// Takes the days out of `claims`, and the names that judging does not look at.
  std::size_t take(ClaimsInput& claims) {
    Days days = std::exchange(claims.first_seen, {});
    claims.imported.first_seen.clear();
    const auto last = last_.find(claims.imported.board);
    if (last != last_.end() && days_[last->second] == days) return last->second;
    days_.push_back(std::move(days));
    last_[claims.imported.board] = days_.size() - 1;
    return days_.size() - 1;
  }
  const Days& at(std::size_t index) const { return days_[index]; }

 private:
  std::vector<Days> days_;
  std::map<std::string, std::size_t> last_;  ///< By board.
};

/// What a verdict may rest on.
struct Tried {
  JudgementInput input;
  std::size_t days = 0;  ///< On claims only: of BoardDays.
};

class Rescorer {
 public:
  Rescorer(const Evidence& evidence, std::uint64_t size) : evidence_(evidence), size_(size) {}

  Result<Rescoring> run(std::optional<JobId> only) {
    GWAGEO_ASSIGN(state, replay(*evidence_.store, size_));
    if (only && state.job(*only) == nullptr) {
      return fail(ErrorKind::not_found, "there is no job " + std::to_string(only->value));
    }
    for (const auto& [id, job] : state.jobs()) {
      if (!job.scored || !is_held(id) || (only && *only != id)) continue;
      GWAGEO_TRY(rescore_job(state, job));
    }
    for (const auto& [number, audit] : state.audits()) {
      if (only && *only != audit.committed.job) continue;
      GWAGEO_TRY(compare_again(state, audit));
    }
    if (only) {
      if (found_.jobs.empty()) {
        return fail(ErrorKind::bad_input, "job " + std::to_string(only->value) +
                                              " is not scored yet, or its rows are not here");
      }
      return std::move(found_);
    }
    GWAGEO_TRY(rejudge(state));
    return std::move(found_);
  }

 private:
  bool is_held(JobId job) const { return !evidence_.jobs || evidence_.jobs->contains(job); }

  /// What could not be computed because bytes are missing or damaged is a difference, too.
  static std::string difference(const Error& error) {
    return "cannot be computed: " + error.message;
  }

  Status rescore_job(const State& state, const Job& job) {
    const JobAccepted& accepted = job.accepted;
    RescoredJob line{accepted.job,
                     accepted.model,
                     accepted.suite + "@" + std::to_string(accepted.suite_version),
                     {}};
    const Result<Evaluation> again = evaluate(on_record(state, job), *evidence_.store);
    if (!again) {
      if (again.error().kind == ErrorKind::unavailable) return tl::unexpected(again.error());
      line.reason = difference(again.error());
    } else {
      line.reason = compare(*job.scored, again->scored);
    }
    found_.jobs.push_back(std::move(line));
    return {};
  }

  // ---- audits ----

  Status compare_again(const State& state, const Audit& audit) {
    const AuditReportInput input =
        audit_report_input(state, audit, {}, AuditReportInput{}.forged_share);
    const JobId job = audit.committed.job;
    bool is_here = audit.drawn && is_held(job) && input.replays.size() == audit.drawn->parts.size();
    for (const JobOnRecord& replay : input.replays) {
      is_here = is_here && !replay.job.open() && is_held(replay.job.accepted.job);
    }
    if (!is_here) return {};
    const Result<std::string> wrong = wrong_parts(input.question, *evidence_.store);
    const Result<Json> report = audit_report(input, *evidence_.store);
    if (!report && report.error().kind == ErrorKind::unavailable) {
      return tl::unexpected(report.error());
    }
    RecomparedAudit line;
    line.audit = audit.committed.audit;
    line.job = job;
    line.verdict = "-";
    if (report) {
      line.compared = static_cast<std::uint64_t>(number(*report, "compared"));
      line.differ = static_cast<std::uint64_t>(number(*report, "differ"));
      line.missing = static_cast<std::uint64_t>(number(*report, "missing"));
      line.disowned = static_cast<std::uint64_t>(number(*report, "disowned"));
      line.is_voided = shown(*report, "voided") == "true";
      line.verdict = shown(*report, "verdict");
    } else {
      line.reason = difference(report.error());
    }
    if (line.reason.empty()) line.reason = wrong ? *wrong : difference(wrong.error());
    found_.audits.push_back(std::move(line));
    return {};
  }

  // ---- verdicts ----

  static std::string difference(const VerdictReached& known, const VerdictReached& again) {
    if (again.document == known.document && again.verdict == known.verdict) return {};
    return "the verdict comes out as " + again.verdict + ", document " + to_hex(again.document) +
           ", on record " + known.verdict + ", " + to_hex(known.document);
  }

  /// Whether the verdict was reached by rules that are not this program's; empty if not.
  Result<std::string> other_rules(const VerdictReached& verdict) const {
    GWAGEO_ASSIGN(bytes, evidence_.store->read(keys::blob(verdict.document)));
    if (!bytes) return std::string();
    const Result<Json> document = Json::parse(*bytes);
    const Json* const inputs = document ? document->find("inputs") : nullptr;
    const Json* const basis = inputs == nullptr ? nullptr : inputs->find("basis");
    const Json* const judge = inputs == nullptr ? nullptr : inputs->find("judge");
    const bool is_named = basis != nullptr && judge != nullptr && judge->is_integer();
    const std::int64_t by = is_named ? judge->as_integer() : 0;
    const std::int64_t ours =
        is_named && *basis == Json("claimed") ? claimed_judge_version : judge_version;
    if (by == ours) return std::string();
    return "it was judged by other rules (version " + std::to_string(by) +
           ") than this program's (" + std::to_string(ours) + ")";
  }

  Status rejudge(const State& state) {
    std::map<VerdictName, std::deque<Tried>> inputs;
    GWAGEO_TRY(gather_inputs(state, inputs));
    for (const auto& [name, verdict] : state.verdicts()) {
      bool is_complete = true;
      std::string reason = "no state of the journal leads to its inputs";
      const std::deque<Tried>& tried = inputs[name];
      for (auto one = tried.rbegin(); one != tried.rend(); ++one) {
        JudgementInput input = one->input;
        if (input.claims) input.claims->first_seen = days_.at(one->days);
        GWAGEO_ASSIGN(is_held, holds(input));
        if (!is_held) {
          is_complete = false;
          continue;
        }
        const Result<Judgement> judged = judging_.judge(input);
        if (!judged) {
          if (judged.error().kind == ErrorKind::unavailable) return tl::unexpected(judged.error());
          reason = difference(judged.error());
          break;
        }
        if (judged->reached.empty() || judged->reached.front().inputs != verdict.inputs) continue;
        is_complete = true;
        reason = difference(verdict, judged->reached.front());
        if (reason.empty()) break;  // Else an older state may have the very import that it names.
      }
      if (is_complete && !reason.empty()) {
        GWAGEO_ASSIGN(rules, other_rules(verdict));
        if (!rules.empty()) reason = rules;
      }
      if (!is_complete) continue;  // It rests on jobs that are not in this archive.
      found_.verdicts.push_back(
          {name.first, name.second, verdict.verdict, verdict.as_of, std::move(reason)});
    }
    return {};
  }

  /// What each latest verdict may rest on: the state after every decision that moved something,
  /// up to its own record, newest last.
  Status gather_inputs(const State& last, std::map<VerdictName, std::deque<Tried>>& inputs) {
    std::map<VerdictName, bool> is_reached;
    const auto look = [&](const State& state, const Record& record) {
      if (const auto* const f = std::get_if<VerdictReached>(&record.fact)) {
        const auto latest = last.verdicts().find({f->target, f->candidate});
        if (*f == latest->second) is_reached[latest->first] = true;
      }
      if (const auto* const f = std::get_if<StageClosed>(&record.fact)) stop_at(state, *f);
      if (!moves(record.fact)) return;
      for (const auto& [name, verdict] : last.verdicts()) {
        if (!is_reached[name]) remember(state, verdict, inputs[name]);
      }
    };
    GWAGEO_TRY(replay(*evidence_.store, size_, look));
    return again_;
  }

  // ---- stages ----

  /// Judges a stage again where the journal closed it: the state is as it was just before, but for
  /// the closing itself.
  void stop_at(const State& state, const StageClosed& closing) {
    if (!again_) return;
    const Stage& stage = state.programme().stages().at(closing.stage);
    Result<std::optional<std::string>> reason = rejudge(state, stage);
    if (!reason) {
      again_ = tl::unexpected(reason.error());
    } else if (*reason) {
      found_.stages.push_back({closing.stage, stage.opened.target, closing.date, **reason});
    }
  }

  /// Why its document comes out otherwise; nothing where it rests on what is not in this archive.
  Result<std::optional<std::string>> rejudge(const State& state, const Stage& stage) {
    const std::optional<Date> date = parse_date(stage.closed->date);
    if (!date) return std::optional<std::string>("it was closed on no day");
    GWAGEO_ASSIGN(input, gather(state, stage, *date));
    GWAGEO_ASSIGN(is_held, holds(input));
    if (!is_held) return std::optional<std::string>();
    const Result<Judgement> judged = judging_.judge(input);
    if (!judged) {
      if (judged.error().kind == ErrorKind::unavailable) return tl::unexpected(judged.error());
      return std::optional(difference(judged.error()));
    }
    const Digest again = sha256(stage_document(state, stage, *judged).dump());
    if (again == stage.closed->document) return std::optional(std::string());
    return std::optional("its document comes out as " + to_hex(again) + ", on record " +
                         to_hex(stage.closed->document));
  }

  void remember(const State& state, const VerdictReached& verdict, std::deque<Tried>& inputs) {
    const std::optional<Date> date = parse_date(verdict.as_of);
    if (!date || !state.targets().contains(verdict.target)) return;
    Result<JudgementInput> input = gather(state, verdict.target, *date);
    if (!input || input->target.version != verdict.target_version) return;
    std::erase_if(input->candidates,
                  [&](const Contender& c) { return c.name != verdict.candidate; });
    // Which models a board has is known when its file was read; judged is this one alone.
    if (input->policy.is_claimed) input->policy.candidates = {verdict.candidate};
    if (input->candidates.empty() && !input->policy.is_claimed) return;
    const std::size_t days = input->claims ? days_.take(*input->claims) : 0;
    inputs.push_back({*std::move(input), days});
    if (inputs.size() > inputs_kept_max) inputs.pop_front();
  }

  /// Whether everything that it would be judged from is here. An archive holds the jobs and suites
  /// of what was exported, and the journal of everything.
  Result<bool> holds(const JudgementInput& input) const {
    for (const std::vector<Contender>* side : {&input.candidates, &input.cohort}) {
      for (const Contender& contender : *side) {
        if (contender.job && !is_held(contender.job)) return false;
        for (const Examination& round : contender.rounds) {
          if (round.job && !is_held(round.job)) return false;
        }
      }
    }
    if (evidence_.jobs && input.claims) {
      GWAGEO_ASSIGN(file, evidence_.store->read(keys::blob(input.claims->imported.file)));
      return file.has_value();
    }
    if (!evidence_.jobs || !input.suite) return true;
    GWAGEO_ASSIGN(manifest, evidence_.store->read(keys::blob(input.suite->manifest)));
    return manifest.has_value();
  }

  const Evidence& evidence_;
  std::uint64_t size_;
  BoardDays days_;
  Judging judging_{*evidence_.store};
  Rescoring found_;
  Status again_;  ///< Of the stages: whether the evidence could be read.
};

}  // namespace

std::string Rescoring::reason() const {
  for (const RescoredJob& job : jobs) {
    if (!job.reason.empty()) return "job " + std::to_string(job.job.value) + ": " + job.reason;
  }
  for (const RejudgedVerdict& verdict : verdicts) {
    if (!verdict.reason.empty()) {
      return "target " + verdict.target + ", candidate " + verdict.candidate + ": " +
             verdict.reason;
    }
  }
  for (const RejudgedStage& stage : stages) {
    if (!stage.reason.empty()) return "stage " + stage.stage + ": " + stage.reason;
  }
  for (const RecomparedAudit& audit : audits) {
    if (!audit.reason.empty()) {
      return "audit " + std::to_string(audit.audit) + ": " + audit.reason;
    }
  }
  return {};
}

Result<Rescoring> rescore(const Evidence& evidence, std::uint64_t size, std::optional<JobId> only) {
  const CheckTrap trap;  // As in verify: evidence that breaks a rule of ours is no bug of ours.
  try {
    return Rescorer(evidence, size).run(only);
  } catch (const BrokenRule& broken) {
    return fail(ErrorKind::corrupt,
                evidence.source + ": what is stored contradicts the journal: " + broken.condition +
                    " does not hold (" + broken.file + ":" + std::to_string(broken.line) + ")");
  }
}

Json to_json(const Rescoring& rescoring) {
  Json jobs = Json::array();
  for (const RescoredJob& job : rescoring.jobs) {
    Json entry;
    entry["job"] = std::to_string(job.job.value);
    entry["model"] = job.model;
    entry["suite"] = job.suite;
    entry["ok"] = job.reason.empty();
    entry["reason"] = job.reason;
    jobs.push_back(std::move(entry));
  }
  Json verdicts = Json::array();
  for (const RejudgedVerdict& verdict : rescoring.verdicts) {
    Json entry;
    entry["target"] = verdict.target;
    entry["candidate"] = verdict.candidate;
    entry["verdict"] = verdict.verdict;
    entry["as_of"] = verdict.as_of;
    entry["ok"] = verdict.reason.empty();
    entry["reason"] = verdict.reason;
    verdicts.push_back(std::move(entry));
  }
  Json stages = Json::array();
  for (const RejudgedStage& stage : rescoring.stages) {
    Json entry;
    entry["stage"] = stage.stage;
    entry["target"] = stage.target;
    entry["closed"] = stage.closed;
    entry["ok"] = stage.reason.empty();
    entry["reason"] = stage.reason;
    stages.push_back(std::move(entry));
  }
  Json audits = Json::array();
  for (const RecomparedAudit& audit : rescoring.audits) {
    Json entry;
    entry["audit"] = audit.audit;
    entry["job"] = std::to_string(audit.job.value);
    entry["compared"] = audit.compared;
    entry["differ"] = audit.differ;
    entry["missing"] = audit.missing;
    entry["disowned"] = audit.disowned;
    entry["voided"] = audit.is_voided;
    entry["verdict"] = audit.verdict;
    entry["ok"] = audit.reason.empty();
    entry["reason"] = audit.reason;
    audits.push_back(std::move(entry));
  }
  Json json;
  json["ok"] = rescoring.reason().empty();
  json["jobs"] = std::move(jobs);
  json["verdicts"] = std::move(verdicts);
  json["stages"] = std::move(stages);
  json["audits"] = std::move(audits);
  json["reason"] = rescoring.reason();
  return json;
}

}  // namespace gwageo
