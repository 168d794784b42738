// How a candidate is judged.
//
//   ratio    candidate's total / the best reference's total (highest; of equals, the first by
//            name), or that of the one reference that the target names.
//   meets    ratio >= share, inclusive. Where every score is a ratio of counts, in exact
//            arithmetic.
//   interval `confidence` at each end, from the items that all models have scored, paired by
//   digest,
//            tasks as strata, clusters of items as one: of the ratio to the best, whichever that
//            is (ratio_interval.h). Where all headline metrics are means it is the inversion of a
//            test on the paired difference c - share * r, a closed form (ratio_test.h); else a
//            paired bootstrap whose seed is a digest of the scorecards, so that the same inputs
//            give the same bits (paired_bootstrap.h).
//   verdict  pass when the interval's lower end reaches the share, fail when its upper end stays
//            below, else inconclusive, with the number of items that would settle it; or, under
//            `decide: point`, as `meets` says.
//   gates    floors of the candidate's axes (gate.h): beside the verdict, which they do not move.
//
// An end within 1e-12 of the share is at the share: rounding must not decide.
#include "benchmarks/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "benchmarks/pairing.h"
#include "benchmarks/ratio_interval.h"
#include "benchmarks/score_text.h"
#include "benchmarks/total.h"
#include "protocol/bytes.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t tasks_named_max = 3;

std::string percent(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.4g %%", 100 * value);
  return buffer;
}

/// Why a model cannot be judged on this suite, or be judged against; empty when it can.
struct Obstacle {
  VerdictKind kind = VerdictKind::pending;
  std::string reason;
};
using Obstacles = std::vector<Obstacle>;

double coverage(const Scorecard& card) {
  if (card.item_count == 0) return 0.0;
  return static_cast<double>(scored_items(card)) / static_cast<double>(card.item_count);
}

bool is_of_suite(const Scorecard& card, const Suite& suite) {
  if (card.tasks.size() != suite.tasks.size()) return false;
  for (std::size_t i = 0; i < card.tasks.size(); ++i) {
    const TaskScore& score = card.tasks[i];
    const Task& task = suite.tasks[i];
    if (score.task != task.name || score.axis != task.axis) return false;
    if (score.metrics.size() != task.metrics.size() * task.filters.size()) return false;
    if (score.headline >= score.metrics.size()) return false;
  }
  return true;
}

/// Only higher-is-better figures in [0, 1] enter a ratio.
void check_ratio_scores(const Scorecard& card, const std::string& name, Obstacles& out) {
  for (const TaskScore& task : card.tasks) {
    const MetricScore& score = task.metrics[task.headline];
    if (!score.higher_is_better) {
      out.push_back({VerdictKind::ineligible, "task '" + task.task + "': metric '" + score.name +
                                                  "' is not higher-is-better, so it has no place "
                                                  "in a ratio"});
    } else if (!(score.value >= 0 && score.value <= 1)) {
      out.push_back({VerdictKind::ineligible, "task '" + task.task + "': " + score.name + " of '" +
                                                  name + "' is " + score_text(score.value) +
                                                  ", outside [0, 1]"});
    }
  }
}

void check_model(const Target& target, const Suite& suite, const JudgedModel& model,
                 const std::string& called, Obstacles& out) {
  if (model.evidence == "claimed") {
    out.push_back({VerdictKind::ineligible,
                   called + " rests on a claimed score, which never enters a verdict"});
    return;
  }
  if (model.scorecard == nullptr) return;  // Its own message: the cohort's are gathered into one.
  if (!is_of_suite(*model.scorecard, suite)) {
    out.push_back({VerdictKind::pending,
                   called + " was examined on another version of suite '" + suite.name + "'"});
    return;
  }
  const std::size_t before = out.size();
  check_ratio_scores(*model.scorecard, model.name, out);
  if (out.size() > before) return;
  const double covered = coverage(*model.scorecard);
  if (covered < target.min_coverage) {
    out.push_back({VerdictKind::pending, called + " has scores for " + percent(covered) +
                                             " of its items, below the target's " +
                                             percent(target.min_coverage)});
  } else if (!total_score(suite, model.scorecard->tasks)) {
    out.push_back({VerdictKind::pending, called + " has no scored item in some task"});
  }
}

Obstacles obstacles(const Target& target, const Suite& suite, const JudgedModel& candidate,
                    const std::vector<const JudgedModel*>& cohort) {
  Obstacles out;
  const auto& listed = target.candidates;
  if (!listed.empty() && std::find(listed.begin(), listed.end(), candidate.name) == listed.end()) {
    out.push_back(
        {VerdictKind::ineligible,
         "'" + candidate.name + "' is not among the candidates of target '" + target.name + "'"});
  }
  check_model(target, suite, candidate, "the candidate", out);
  if (candidate.scorecard == nullptr) {
    out.push_back({VerdictKind::pending, "the candidate is not examined yet"});
  }
  std::string missing;
  for (const JudgedModel* reference : cohort) {
    check_model(target, suite, *reference, "reference '" + reference->name + "'", out);
    if (reference->scorecard == nullptr) missing += (missing.empty() ? "" : ", ") + reference->name;
  }
  if (cohort.empty() && target.compared_with) {
    out.push_back({VerdictKind::pending, "no cohort: reference '" + *target.compared_with +
                                             "' is not there on that day"});
  } else if (cohort.empty()) {
    out.push_back({VerdictKind::pending, "no cohort: no reference was released in the " +
                                             std::to_string(target.window_months) +
                                             " months of the window"});
  }
  if (!missing.empty()) {
    out.push_back(
        {VerdictKind::pending, "the cohort is not fully examined: no scorecard of " + missing});
  }
  return out;
}

bool is_less(const Total& a, const Total& b) {
  if (a.exact && b.exact) return *a.exact < *b.exact;
  return a.value < b.value;
}

std::uint64_t seed_of(const std::vector<const JudgedModel*>& models) {
  ByteWriter out;
  out.text("gwageo paired bootstrap 1");
  for (const JudgedModel* model : models) {
    out.text(model->name);
    out.digest(sha256(encode(*model->scorecard)));
  }
  const Digest digest = sha256(out.bytes());
  return ByteReader(digest.view()).u64();
}

/// Everything that judging one candidate needs, once nothing stands in its way.
class Judge {
 public:
  Judge(const Target& target, const Suite& suite, const JudgedModel& candidate,
        const std::vector<const JudgedModel*>& cohort, Verdict& verdict)
      : target_(target), suite_(suite), verdict_(verdict), share_(target.share) {
    models_.push_back(&candidate);
    models_.insert(models_.end(), cohort.begin(), cohort.end());
    for (const JudgedModel* model : models_) {
      totals_.push_back(*total_score(suite, model->scorecard->tasks));
    }
  }

  void run() {
    for (std::size_t m = 2; m < models_.size(); ++m) {
      if (is_less(totals_[best_], totals_[m])) best_ = m;
    }
    verdict_.best_reference = models_[best_]->name;
    compare_axes();
    report_coverage();
    const std::vector<const Scorecard*> cards = scorecards();
    const Pairing pairing = pair_items(suite_, cards);
    verdict_.n = pairing.size;
    report_unpaired(pairing);
    report_discrimination(pairing);
    if (!(totals_[best_].value > 0)) {
      verdict_.kind = VerdictKind::inconclusive;
      verdict_.reasons.push_back("the best reference scores 0, so there is no ratio");
      return;
    }
    compare_totals();
    if (const std::optional<Interval> interval = find_interval(pairing)) {
      verdict_.low = at_share_if_near(interval->low);
      verdict_.high = at_share_if_near(interval->high);
    }
    decide();
    if (verdict_.kind == VerdictKind::inconclusive) find_what_settles(pairing);
  }

 private:
  double share() const { return to_double(target_.share); }
  double tail() const { return 1 - target_.confidence; }
  /// Of the resamples, where any are drawn: it takes a digest of everything.
  std::uint64_t seed(const Pairing& pairing) const {
    return pairing.is_all_means ? 0 : seed_of(models_);
  }

  double at_share_if_near(double end) const {
    return std::fabs(end - share()) <= score_rounding ? share() : end;
  }

  std::vector<const Scorecard*> scorecards() const {
    std::vector<const Scorecard*> out;
    for (const JudgedModel* model : models_) out.push_back(model->scorecard);
    return out;
  }

  void compare_axes() {
    const std::vector<AxisScore>& references = models_[best_]->scorecard->axes;
    for (const AxisScore& axis : models_[0]->scorecard->axes) {
      for (const AxisScore& reference : references) {
        if (reference.axis != axis.axis) continue;
        AxisComparison& row = verdict_.axes.emplace_back();
        row.axis = axis.axis;
        row.candidate = axis.value;
        row.reference = reference.value;
        if (reference.value > 0) row.ratio = axis.value / reference.value;
      }
    }
  }

  void report_coverage() {
    for (const JudgedModel* model : models_) {
      const double covered = coverage(*model->scorecard);
      if (covered >= 1) continue;
      verdict_.reasons.push_back("'" + model->name + "' has scores for " + percent(covered) +
                                 " of its items; the target allows " +
                                 percent(target_.min_coverage) +
                                 ", so totals are those of the scored items");
    }
  }

  void report_unpaired(const Pairing& pairing) {
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (pairing.unpaired[m] == 0) continue;
      verdict_.reasons.push_back(std::to_string(pairing.unpaired[m]) + " scored items of '" +
                                 models_[m]->name +
                                 "' are not paired with every other model: they count in the "
                                 "ratio, not in the interval");
    }
  }

  /// A task on which all models do alike decides nothing, whatever its weight. Of two models the
  /// verdict says as much.
  void report_discrimination(const Pairing& pairing) {
    verdict_.discrimination = discriminations(pairing);
    if (models_.size() < 3) return;
    std::vector<std::string> alike;
    for (const Discrimination& task : verdict_.discrimination) {
      if (task.pairs > 0 && task.separated == 0) alike.push_back("'" + task.task + "'");
    }
    if (alike.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(alike.size(), tasks_named_max); ++i) {
      names += (i == 0 ? "" : ", ") + alike[i];
    }
    if (alike.size() > tasks_named_max) {
      names += " and " + std::to_string(alike.size() - tasks_named_max) + " more";
    }
    verdict_.reasons.push_back(std::to_string(alike.size()) + " of " +
                               std::to_string(verdict_.discrimination.size()) +
                               " tasks tell no two of these " + std::to_string(models_.size()) +
                               " models apart: " + names);
  }

  void compare_totals() {
    const Total& candidate = totals_[0];
    const Total& reference = totals_[best_];
    if (candidate.exact && reference.exact) {
      const Rational ratio = *candidate.exact / *reference.exact;
      verdict_.ratio = ratio.to_double();
      verdict_.ratio_exact = ratio.to_fraction();
      verdict_.meets = ratio >= share_;
    } else {
      verdict_.ratio = candidate.value / reference.value;
      verdict_.meets = at_share_if_near(*verdict_.ratio) >= share();
    }
  }

  std::optional<Interval> find_interval(const Pairing& pairing) {
    for (const Stratum& stratum : pairing.strata) {
      if (stratum.units() >= 2) continue;
      verdict_.reasons.push_back(stratum.clusters.empty()
                                     ? "no interval: some task has fewer than 2 paired items"
                                     : "no interval: all items of some task are one cluster");
      return std::nullopt;
    }
    const std::optional<Interval> interval = interval_to_best(pairing, tail(), seed(pairing));
    if (!interval) {
      verdict_.reasons.push_back("no interval: the reference cannot be told from 0");
    }
    return interval;
  }

  void decide() {
    const bool meets = *verdict_.meets;
    if (!target_.decide_by_confidence) {
      verdict_.kind = meets ? VerdictKind::pass : VerdictKind::fail;
      verdict_.reasons.push_back("decided by the point ratio " +
                                 comparison(*verdict_.ratio, meets));
      return;
    }
    if (!verdict_.low) {
      verdict_.kind = VerdictKind::inconclusive;
    } else if (*verdict_.low >= share()) {
      verdict_.kind = VerdictKind::pass;
      verdict_.reasons.push_back("the lower end " + comparison(*verdict_.low, true));
    } else if (*verdict_.high < share()) {
      verdict_.kind = VerdictKind::fail;
      verdict_.reasons.push_back("the upper end " + comparison(*verdict_.high, false));
    } else {
      verdict_.kind = VerdictKind::inconclusive;
      verdict_.reasons.push_back("not separated: the interval from " + score_text(*verdict_.low) +
                                 " to " + score_text(*verdict_.high) + " holds the share " +
                                 score_text(share()));
    }
  }

  void find_what_settles(const Pairing& pairing) {
    if (!verdict_.low) return;
    const std::optional<double> factor = settling_factor(pairing, share(), tail(), seed(pairing));
    if (!factor) {
      verdict_.reasons.push_back(
          "no number of items would settle it: on the paired items the ratio is the share");
      return;
    }
    // Where the interval holds the share there are too few items, whatever rounding says.
    const double items = std::ceil(*factor * static_cast<double>(pairing.size));
    verdict_.settled_by_items = std::max(static_cast<std::uint64_t>(items), pairing.size + 1);
    verdict_.reasons.push_back("about " + std::to_string(*verdict_.settled_by_items) +
                               " items like these " + std::to_string(pairing.size) +
                               " would settle it, if the scores stayed what they are");
  }

  std::string comparison(double value, bool reaches) const {
    return score_text(value) + (reaches ? " reaches" : " stays below") + " the share " +
           score_text(share());
  }

  const Target& target_;
  const Suite& suite_;
  Verdict& verdict_;
  Rational share_;
  std::vector<const JudgedModel*> models_;  ///< The candidate, then the cohort by name.
  std::vector<Total> totals_;
  std::size_t best_ = 1;
};

Json json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// Gates look at the candidate alone, so they are tried whatever the cohort lacks.
std::vector<GateResult> gates_of(const Target& target, const Suite& suite,
                                 const JudgedModel& candidate,
                                 std::span<const GateDecision> decisions) {
  Obstacles own;
  check_model(target, suite, candidate, "the candidate", own);
  return try_gates(target.gates, suite, own.empty() ? candidate.scorecard : nullptr, decisions);
}

}  // namespace

std::optional<bool> is_admitted(const Verdict& verdict) {
  bool is_open = verdict.kind == VerdictKind::pending || verdict.kind == VerdictKind::inconclusive;
  if (verdict.kind == VerdictKind::fail || verdict.kind == VerdictKind::ineligible) return false;
  for (const GateResult& gate : verdict.gates) {
    if (gate.state == GateState::fail) return false;
    is_open = is_open || gate.state == GateState::pending;
  }
  if (is_open) return std::nullopt;
  return true;
}

std::string_view to_string(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::pass: return "pass";
    case VerdictKind::fail: return "fail";
    case VerdictKind::inconclusive: return "inconclusive";
    case VerdictKind::pending: return "pending";
    case VerdictKind::ineligible: return "ineligible";
  }
  return "unknown";
}

bool in_window(const Date& released, const Date& as_of, std::int32_t months) {
  return months_before(as_of, months) < released && released <= as_of;
}

Verdict judge(const Target& target, const Suite& suite, const JudgedModel& candidate,
              std::span<const JudgedModel> cohort, std::span<const GateDecision> decisions) {
  std::vector<const JudgedModel*> references;
  for (const JudgedModel& reference : cohort) references.push_back(&reference);
  std::sort(references.begin(), references.end(),
            [](const JudgedModel* a, const JudgedModel* b) { return a->name < b->name; });
  Verdict verdict;
  verdict.candidate = candidate.name;
  const Obstacles found = obstacles(target, suite, candidate, references);
  verdict.gates = gates_of(target, suite, candidate, decisions);
  if (found.empty()) {
    Judge(target, suite, candidate, references, verdict).run();
    return verdict;
  }
  for (const Obstacle& obstacle : found) {
    if (obstacle.kind == VerdictKind::ineligible) verdict.kind = VerdictKind::ineligible;
    const auto& known = verdict.reasons;  // Several models can meet the same one.
    if (std::find(known.begin(), known.end(), obstacle.reason) != known.end()) continue;
    verdict.reasons.push_back(obstacle.reason);
  }
  return verdict;
}

Json to_json(const Verdict& verdict) {
  Json out = Json::object();
  out["candidate"] = verdict.candidate;
  out["verdict"] = to_string(verdict.kind);
  out["ratio"] = json(verdict.ratio);
  out["ratio_exact"] = verdict.ratio_exact ? Json(to_string(*verdict.ratio_exact)) : Json();
  out["meets"] = verdict.meets ? Json(*verdict.meets) : Json();
  out["ci"] = Json();
  if (verdict.low && verdict.high) {
    out["ci"] = Json::array();
    out["ci"].push_back(*verdict.low);
    out["ci"].push_back(*verdict.high);
  }
  out["n"] = verdict.n;
  out["settled_by"] = Json();
  if (verdict.settled_by_items) {
    out["settled_by"] = Json::object();
    out["settled_by"]["items"] = *verdict.settled_by_items;
  }
  out["best_reference"] = verdict.best_reference.empty() ? Json() : Json(verdict.best_reference);
  Json axes = Json::object();
  for (const AxisComparison& axis : verdict.axes) {
    Json row = Json::object();
    row["candidate"] = axis.candidate;
    row["reference"] = axis.reference;
    row["ratio"] = json(axis.ratio);
    axes[axis.axis] = std::move(row);
  }
  out["axes"] = std::move(axes);
  Json discrimination = Json::object();
  for (const Discrimination& task : verdict.discrimination) {
    Json row = Json::object();
    row["pairs"] = task.pairs;
    row["separated"] = task.separated;
    row["least"] = task.least;
    row["most"] = task.most;
    discrimination[task.task] = std::move(row);
  }
  out["discrimination"] = std::move(discrimination);
  out["gates"] = Json::object();
  for (const GateResult& gate : verdict.gates) out["gates"][gate.gate] = to_string(gate.state);
  const std::optional<bool> admitted = is_admitted(verdict);
  out["admitted"] = admitted ? Json(*admitted) : Json();
  Json reasons = Json::array();
  for (const std::string& reason : verdict.reasons) reasons.push_back(reason);
  for (const GateResult& gate : verdict.gates) reasons.push_back(gate.reason);
  out["reasons"] = std::move(reasons);
  return out;
}

}  // namespace gwageo
