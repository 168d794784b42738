#include "coordinator/audit_report.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "benchmarks/evaluate.h"
#include "coordinator/answer_digest.h"
#include "coordinator/blobs.h"
#include "coordinator/evaluation.h"
#include "coordinator/job_items.h"
#include "coordinator/requirement.h"
#include "coordinator/suite_files.h"
#include "coordinator/words.h"

namespace gwageo {
namespace {

constexpr std::string_view pending = "pending";
constexpr std::string_view consistent = "consistent";
constexpr std::string_view escalate = "escalate";
constexpr std::string_view inconsistent = "inconsistent";

/// Counts what the parts of a sample came to.
class RecountComparison {
 public:
  RecountComparison(const AuditReportInput& input, const Store& store)
      : input_(input), store_(store), is_exact_(is_exact_engine(input.engine)) {}

  Status run(const std::vector<std::uint64_t>& indexes) {
    std::vector<std::uint64_t> left = indexes;
    const AuditQuestion& question = input_.question;
    StoredItems before(question.audited, store_);
    for (std::size_t part = 0; part < input_.replays.size(); ++part) {
      const JobOnRecord& again_by = input_.replays[part];
      const Job& replay = again_by.job;
      const SuiteAdded& plan = question.audit.drawn->parts[part].plan;
      StoredItems after(again_by, store_);
      // A part has the sample's items that its workers did not run, in the same order.
      std::vector<std::uint64_t> others;
      auto at = left.begin();
      for (std::uint64_t i = 0; i < plan.items; ++i) {
        GWAGEO_ASSIGN(again, after.next());
        std::optional<JobItem> original;
        for (; at != left.end() && !original; ++at) {
          GWAGEO_ASSIGN(candidate, before.at(*at));
          if (candidate.entry == again.entry) {
            original = std::move(candidate);
            const bool counts =
                !question.audited.job.disowned.contains(*at) && !replay.disowned.contains(i);
            GWAGEO_TRY(compare(*at, *original, again, counts));
          } else {
            others.push_back(*at);
          }
        }
        if (!original) {
          return fail(ErrorKind::corrupt, "audit " +
                                              std::to_string(question.audit.committed.audit) +
                                              ": its plan has an item that was not drawn");
        }
      }
      others.insert(others.end(), at, left.end());
      left = std::move(others);
      GWAGEO_TRY(compare_scores(again_by));
    }
    missing_ += left.size();
    return {};
  }

  std::uint64_t compared() const { return compared_; }
  /// Those included that do not count.
  std::uint64_t missing() const { return missing_; }
  std::uint64_t disowned() const { return disowned_; }
  std::uint64_t disowned_differ() const { return disowned_differ_; }
  std::uint64_t same_worker() const { return same_worker_; }
  std::uint64_t same_key() const { return same_key_; }
  std::uint64_t differ() const { return differ_; }
  std::uint64_t gained() const { return gained_; }
  std::uint64_t lost() const { return lost_; }
  Json take_differing() { return std::move(differing_); }

 private:
  Result<bool> same(const JobItem& was, const JobItem& is) const {
    const bool is_equal = *was.responses == *is.responses;
    if (is_equal || is_exact_) return is_equal;
    GWAGEO_ASSIGN(before, answer_digest(*was.responses));
    GWAGEO_ASSIGN(after, answer_digest(*is.responses));
    return before == after;
  }

  /// What a disowned worker answered vouches for nothing and accuses nobody, on either side.
  Status compare(std::uint64_t index, const JobItem& was, const JobItem& is, bool counts) {
    if (!was.responses || !is.responses) {
      ++missing_;
      return {};
    }
    GWAGEO_ASSIGN(is_same, same(was, is));
    if (!counts) {
      ++missing_;
      ++disowned_;
      disowned_differ_ += is_same ? 0 : 1;
      not_counted_.insert({was.entry.task, was.entry.item_digest});
      return {};
    }
    // No lease of ours does that: whoever granted it is not us.
    const Answerer* const by = who(was.worker);
    const Answerer* const again = who(is.worker);
    const bool are_known = by != nullptr && again != nullptr;
    if (are_known && is_one_hand(*by, *again, input_.question.by_key)) {
      ++missing_;
      ++same_worker_;
      not_counted_.insert({was.entry.task, was.entry.item_digest});
      return {};
    }
    ++compared_;
    same_key_ += are_known && by->key == again->key ? 1 : 0;
    if (is_same) return {};
    ++differ_;
    if (differing_.as_array().size() >= differing_shown_max) return {};
    Json row;
    row["task"] = task_of(was.entry.task);
    row["item"] = was.entry.item;
    row["index"] = index;
    row["digest"] = to_hex(was.entry.item_digest);
    row["ran_on"] = by == nullptr ? Json() : Json(by->name);
    row["replayed_on"] = again == nullptr ? Json() : Json(again->name);
    differing_.push_back(std::move(row));
    return {};
  }

  /// Items that have a score in both, by digest: of a task with repeats none has, since a score is
  /// of all of them.
  Status compare_scores(const JobOnRecord& replay) {
    const Job& job = input_.question.audited.job;
    if (!job.scored || !replay.job.settled()) return {};
    GWAGEO_ASSIGN(bytes, read_blob(store_, job.scored->scores_root));
    if (!bytes) return fail(ErrorKind::corrupt, "the scorecard of the audited job is not there");
    GWAGEO_ASSIGN(card, decode_scorecard(*bytes));
    GWAGEO_ASSIGN(again, evaluate(replay, store_));
    GWAGEO_ASSIGN(manifest, read_manifest(store_, input_.question.plan.manifest));
    const StoredFiles files(store_, manifest);
    GWAGEO_ASSIGN(suite, load_suite(manifest.main, files));
    for (std::size_t t = 0; t < suite.tasks.size() && t < card.tasks.size(); ++t) {
      if (suite.tasks[t].repeats > 1) continue;
      std::map<Digest, double> before;
      for (const ItemValue& item : card.tasks[t].items) before[item.item_digest] = item.value;
      for (const ItemValue& item : again.scorecard.tasks[t].items) {
        const auto was = before.find(item.item_digest);
        const bool counts =
            !not_counted_.contains({static_cast<std::uint32_t>(t), item.item_digest});
        if (was == before.end() || !counts) continue;
        gained_ += item.value > was->second ? 1 : 0;
        lost_ += item.value < was->second ? 1 : 0;
      }
    }
    return {};
  }

  const Answerer* who(WorkerId worker) const {
    const auto found = input_.question.workers.find(worker);
    return found == input_.question.workers.end() ? nullptr : &found->second;
  }

  std::string task_of(std::uint32_t task) {
    if (tasks_.empty()) {
      PlanReader plans(store_);
      const auto header = plans.header(input_.question.audited.plan());
      if (header) tasks_ = (*header)->tasks;
    }
    return task < tasks_.size() ? tasks_[task] : std::to_string(task);
  }

  const AuditReportInput& input_;
  const Store& store_;
  bool is_exact_;
  std::vector<std::string> tasks_;
  std::uint64_t compared_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t disowned_ = 0;
  std::uint64_t disowned_differ_ = 0;
  std::uint64_t same_worker_ = 0;
  std::uint64_t same_key_ = 0;
  std::set<std::pair<std::uint32_t, Digest>> not_counted_;  ///< Whose scores do not: task, item.
  std::uint64_t differ_ = 0;
  std::uint64_t gained_ = 0;
  std::uint64_t lost_ = 0;
  Json differing_ = Json::array();
};

Json texts(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const std::string& text : all) list.push_back(text);
  return list;
}

Json parts_of(const AuditReportInput& input) {
  Json list = Json::array();
  const std::vector<AuditPart>& parts = input.question.audit.drawn->parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Json row;
    const bool is_there = i < input.replays.size();
    row["job"] = is_there ? Json(std::to_string(input.replays[i].job.accepted.job.value)) : Json();
    row["not_on"] = texts(parts[i].not_on);
    row["not_by"] = texts(parts[i].not_by);
    row["items"] = parts[i].plan.items;
    row["done"] = is_there ? input.replays[i].job.done.size() : 0;
    list.push_back(std::move(row));
  }
  return list;
}

/// Of so many items with answers to compare, as far as is known.
Json detects_of(const AuditReportInput& input, std::uint64_t compared) {
  const std::uint64_t population = input.question.audited.job.done.size();
  const double wanted = std::ceil(input.forged_share * static_cast<double>(population));
  const std::uint64_t forged = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
  Json detects;
  detects["forged_share"] = input.forged_share;
  const double meets = chance_to_meet(population, compared, forged);
  detects["meets"] = meets;
  if (is_exact_engine(input.engine)) {
    detects["chance"] = meets;
    detects["sample_for_99"] = sample_to_meet(population, forged, 0.99);
    return detects;
  }
  detects["chance"] = chance_to_refuse(compared, input.forged_share, input.rule);
  const auto enough = sample_to_refuse(population, input.forged_share, input.rule, 0.99);
  detects["sample_for_99"] = enough ? Json(*enough) : Json();
  return detects;
}

/// Why answers of the audited job or of its replays count no more, each reason once.
std::vector<std::string> disowned_because(const AuditReportInput& input) {
  std::vector<std::string> reasons;
  const auto add = [&](const Job& job) {
    const std::string& why = job.disowned_because;
    const bool is_known = std::find(reasons.begin(), reasons.end(), why) != reasons.end();
    if (!job.disowned.empty() && !is_known) reasons.push_back(why);
  };
  add(input.question.audited.job);
  for (const JobOnRecord& replay : input.replays) add(replay.job);
  return reasons;
}

/// What the audit's own outcome does not say of the job: nothing where all of its answers count.
std::vector<std::string> voided_because(const AuditReportInput& input) {
  const Job& job = input.question.audited.job;
  if (job.disowned.empty()) return {};
  return {"no target counts job " + std::to_string(job.accepted.job.value) + ", of whose " +
          std::to_string(job.done.size()) + " answers " + std::to_string(job.disowned.size()) +
          " count no more: " + job.disowned_because};
}

struct Finding {
  std::string_view verdict = pending;
  std::vector<std::string> reasons;
};

std::string of_sample(std::uint64_t items, const std::string& one, const std::string& several) {
  return counted(static_cast<std::int64_t>(items), "item", "of the sample " + one,
                 "of the sample " + several);
}

std::string not_seen(std::uint64_t items) {
  return of_sample(items, "counts as not seen", "count as not seen");
}

std::string not_counted(const AuditReportInput& input, const RecountComparison& found) {
  std::string text = not_seen(found.disowned()) +
                     ", since an answer to them, the job's "
                     "or the replay's, is disowned (" +
                     std::to_string(found.disowned_differ()) + " of them differ)";
  for (const std::string& why : disowned_because(input)) text += "; " + why;
  return text + ": run it again";
}

Finding judge_finding(const AuditReportInput& input, const RecountComparison& found,
                      std::uint64_t allowed) {
  Finding finding;
  const std::string differ = std::to_string(found.differ()) + " of " +
                             std::to_string(found.compared()) + " answers differ";
  if (is_exact_engine(input.engine)) {
    finding.verdict = found.differ() > 0 ? inconsistent : consistent;
    finding.reasons.push_back(differ + "; engine " + input.engine +
                              " answers the same to the byte, whoever runs it");
  } else {
    finding.verdict = found.differ() > allowed ? inconsistent : consistent;
    finding.reasons.push_back(differ + "; up to " + std::to_string(allowed) +
                              " may, of an engine that differs from itself in " +
                              Json(100 * input.rule.honest).dump() + " % of answers");
    const double p = mcnemar_p(found.gained(), found.lost());
    if (finding.verdict == consistent && p < input.rule.false_alarm) {
      finding.verdict = escalate;
      finding.reasons.push_back("scores moved in one direction (" + std::to_string(found.gained()) +
                                " up, " + std::to_string(found.lost()) +
                                " down), which noise does " +
                                "not: take a larger sample, on other machines");
    }
  }
  // Whoever could have the replay cancelled where it would tell must gain nothing by it.
  const bool vouched_for_itself = found.same_key() > 0 && input.by_key;
  const bool is_open = found.missing() > 0 || vouched_for_itself;
  if (is_open && finding.verdict == consistent) finding.verdict = escalate;
  const std::uint64_t unanswered = found.missing() - found.disowned() - found.same_worker();
  if (unanswered > 0) {
    finding.reasons.push_back(of_sample(unanswered, "has", "have") +
                              " no answer to compare, so it does not say "
                              "that all of it holds: run it again");
  }
  if (found.disowned() > 0) finding.reasons.push_back(not_counted(input, found));
  if (found.same_worker() > 0) {
    finding.reasons.push_back(not_seen(found.same_worker()) +
                              ", since the worker that had "
                              "answered them, or one with its key, was asked again: the "
                              "coordinator granted what it must not, so do not trust it");
  }
  if (found.same_key() > 0) {
    finding.reasons.push_back(
        of_sample(found.same_key(), "was", "were") +
        " run again by a worker that comes with the key of the first: that "
        "finds what is broken and not what the owner of the key made up" +
        (input.by_key ? "; workers have several keys by now, so run it again" : ""));
  }
  for (std::string& reason : voided_because(input)) finding.reasons.push_back(std::move(reason));
  return finding;
}

/// What there is to say of any audit, drawn or not.
Json begun(const AuditReportInput& input) {
  const AuditQuestion& question = input.question;
  const AuditCommitted& committed = question.audit.committed;
  const JobAccepted& accepted = question.audited.job.accepted;
  Json json;
  json["audit"] = committed.audit;
  json["job"] = std::to_string(accepted.job.value);
  json["model"] = accepted.model;
  json["suite"] = accepted.suite + "@" + std::to_string(accepted.suite_version);
  json["by"] = committed.principal;
  json["commitment"] = to_hex(committed.commitment);
  json["sample_committed"] = committed.sample;
  json["size"] = question.audit.size;
  json["population"] = question.audited.job.done.size();
  json["mode"] = is_exact_engine(input.engine) ? "exact" : "statistical";
  json["state"] = "committed";
  json["voided"] = !question.audited.job.disowned.empty();
  json["disowned_because"] = texts(disowned_because(input));
  json["verdict"] = pending;
  json["reasons"] = texts(voided_because(input));
  return json;
}

/// What came of all of it.
Status add_outcome(const AuditReportInput& input, const std::vector<std::uint64_t>& indexes,
                   const Store& store, Json& json) {
  RecountComparison found(input, store);
  GWAGEO_TRY(found.run(indexes));
  const bool is_exact = is_exact_engine(input.engine);
  const std::uint64_t allowed = is_exact ? 0 : mismatches_allowed(found.compared(), input.rule);
  const Finding finding = judge_finding(input, found, allowed);
  json["detects"] = detects_of(input, found.compared());
  json["compared"] = found.compared();
  json["missing"] = found.missing();
  json["disowned"] = found.disowned();
  json["disowned_differ"] = found.disowned_differ();
  json["same_worker"] = found.same_worker();
  json["same_key"] = found.same_key();
  json["differ"] = found.differ();
  json["allowed"] = allowed;
  Json scores;
  scores["gained"] = found.gained();
  scores["lost"] = found.lost();
  scores["p"] = mcnemar_p(found.gained(), found.lost());
  json["scores"] = std::move(scores);
  json["differing"] = found.take_differing();
  json["verdict"] = finding.verdict;
  json["reasons"] = texts(finding.reasons);
  return {};
}

}  // namespace

AuditReportInput audit_report_input(const State& state, const Audit& audit,
                                    const MismatchRule& rule, double forged_share) {
  AuditReportInput input;
  input.question = audit_question(state, audit);
  for (const auto& [id, job] : state.jobs()) {
    if (job.accepted.audit == audit.committed.audit) input.replays.push_back(on_record(state, job));
  }
  input.engine = model_of(state, input.question.audited.job.accepted).engine;
  input.rule = rule;
  input.forged_share = forged_share;
  input.by_key = are_keys_told_apart(state);
  return input;
}

Result<Json> audit_report(const AuditReportInput& input, const Store& store) {
  const AuditQuestion& question = input.question;
  const Audit& audit = question.audit;
  Json json = begun(input);
  if (!audit.drawn) return json;
  const Digest seed = audit_seed(audit.drawn->root, audit.drawn->nonce);
  json["root"] = to_hex(audit.drawn->root);
  json["nonce"] = to_hex(audit.drawn->nonce);
  json["seed"] = to_hex(seed);
  const std::vector<std::uint64_t> indexes =
      sampled_indexes(question.audited.job, audit.committed, seed);
  json["sample"] = indexes.size();
  json["parts"] = parts_of(input);
  json["detects"] = detects_of(input, indexes.size());
  json["false_alarm"] = is_exact_engine(input.engine) ? 0 : input.rule.false_alarm;
  const bool is_over = input.replays.size() == audit.drawn->parts.size() &&
                       std::all_of(input.replays.begin(), input.replays.end(),
                                   [](const JobOnRecord& replay) { return !replay.job.open(); });
  json["state"] = is_over ? "complete" : "running";
  if (is_over) GWAGEO_TRY(add_outcome(input, indexes, store, json));
  return json;
}

}  // namespace gwageo
