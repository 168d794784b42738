// How a candidate is judged: what it is compared with (yardstick.h), the decision on the ratio to
// that (ratio_decision.h), those on axes that decide, put together with it (axis_decision.h), and
// gates (gate.h) beside the verdict, which they do not move.
#include "benchmarks/verdict.h"

#include <algorithm>
#include <cmath>

#include "benchmarks/obstacles.h"
#include "benchmarks/paired_scorecards.h"
#include "benchmarks/pairing.h"
#include "benchmarks/ratio_decision.h"
#include "benchmarks/rounds.h"
#include "benchmarks/score_text.h"
#include "benchmarks/target_suite.h"
#include "benchmarks/yardstick.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr std::size_t tasks_named_max = 3;

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

/// Where the interval holds the share there are too few items, whatever rounding says.
std::uint64_t settling_items(double factor, std::uint64_t paired) {
  const double items = std::ceil(factor * static_cast<double>(paired));
  return std::max(static_cast<std::uint64_t>(items), paired + 1);
}

std::string settling_words(std::uint64_t items, std::uint64_t paired) {
  return "about " + std::to_string(items) + " items like these " + std::to_string(paired);
}

/// Of the total or of an axis.
struct Question {
  const RatioDecision* decision;
  AxisDecision* axis;
};

/// Everything that judging one candidate needs, once nothing stands in its way.
class Judge {
 public:
  /// `models`: the candidate, then what the target compares with, by name.
  Judge(const Target& target, const Suite& suite, std::vector<const JudgedModel*> models,
        Verdict& verdict)
      : target_(target), suite_(suite), models_(std::move(models)), verdict_(verdict) {
    for (const JudgedModel* model : models_) cards_.push_back(model->scorecard);
  }

  void run() {
    Pairing pairing = pair_items(suite_, cards_);
    const bool is_missing = report_coverage() || is_any_unpaired(pairing);
    if (is_missing && target_.missing == Missing::paired_items) {
      if (!use_paired_items()) return;
      pairing = pair_items(suite_, cards_);
    }
    verdict_.n = pairing.size;
    if (is_missing) report_missing(pairing);
    const Yardstick yardstick = yardstick_of(target_, suite_, std::span(cards_).subspan(1));
    name_references(yardstick);
    compare_axes(yardstick);
    report_discrimination(pairing);
    // Resamples are drawn by a digest of everything, so that the same inputs give the same bits.
    const std::uint64_t seed = pairing.is_all_means ? 0 : seed_of(models_);
    const Total candidate = *total_score(suite_, cards_[0]->tasks);
    const RatioDecision total =
        decide_ratio(target_, target_.share, pairing, candidate, yardstick.total, seed);
    take(total);
    std::vector<AxisDecision> axes = decide_axes(seed);
    const JointDecision joint = decide_together(target_, total, axes);
    verdict_.kind = joint.kind;
    if (!axes.empty() && total.low) {
      verdict_.p = total.p;
      verdict_.p_corrected = joint.total;
    }
    report_axes(total, axes);
    report_rounds();
    if (verdict_.kind == VerdictKind::inconclusive) report_what_settles(total, axes);
    for (AxisComparison& row : verdict_.axes) {
      for (const AxisDecision& axis : axes) {
        if (row.axis == axis.axis) row.decision = axis;
      }
    }
  }

 private:
  void name_references(const Yardstick& yardstick) {
    const auto name_of = [&](std::size_t reference) { return models_[reference + 1]->name; };
    if (target_.comparison == Comparison::best_per_axis) {
      for (const AxisYardstick& axis : yardstick.axes) {
        verdict_.references.push_back({axis.axis, name_of(axis.reference)});
      }
    }
    for (const std::size_t reference : yardstick.references) {
      verdict_.references.push_back({{}, name_of(reference)});
    }
    if (target_.comparison == Comparison::best || target_.comparison == Comparison::model) {
      verdict_.best_reference = verdict_.references.front().model;
    } else {
      verdict_.reasons.push_back("compared with " + words_of(yardstick));
    }
  }

  /// What it is compared with, if not with one reference.
  std::string words_of(const Yardstick& yardstick) const {
    const std::string score = score_text(yardstick.total.value);
    if (target_.comparison == Comparison::bar) return "the bar " + score;
    std::string names;
    for (const DecidingReference& reference : verdict_.references) {
      names += (names.empty() ? "'" : ", '") + reference.model + "'" +
               (reference.axis.empty() ? "" : " on " + reference.axis);
    }
    return target_.comparison == Comparison::mean_top
               ? "the mean " + score + " of the " + std::to_string(target_.top) + " best, " + names
               : "the best of each axis, " + score + " in all: " + names;
  }

  void compare_axes(const Yardstick& yardstick) {
    for (const AxisYardstick& axis : yardstick.axes) {
      const auto score = axis_score(suite_, cards_[0]->tasks, axis.axis);
      if (!score) continue;
      AxisComparison& row = verdict_.axes.emplace_back();
      row.axis = axis.axis;
      row.candidate = score->value;
      row.reference = axis.score.value;
      if (!(axis.score.value > 0)) continue;
      row.ratio = score->value / axis.score.value;
      if (!score->exact || !axis.score.exact) continue;
      row.ratio_exact = (*score->exact / *axis.score.exact).to_fraction();
    }
  }

  /// Whether there is an item without a score.
  bool report_coverage() {
    bool is_missing = false;
    for (const JudgedModel* model : models_) {
      const double covered = coverage(*model->scorecard);
      if (covered >= 1) continue;
      is_missing = true;
      verdict_.reasons.push_back("'" + model->name + "' has scores for " + percent(covered) +
                                 " of its items; the target allows " +
                                 percent(target_.min_coverage));
    }
    return is_missing;
  }

  static bool is_any_unpaired(const Pairing& pairing) {
    return std::any_of(pairing.unpaired.begin(), pairing.unpaired.end(),
                       [](std::uint64_t unpaired) { return unpaired > 0; });
  }

  /// False where some task is left without an item.
  bool use_paired_items() {
    paired_ = on_paired_items(suite_, cards_);
    for (std::size_t m = 0; m < cards_.size(); ++m) {
      cards_[m] = &paired_[m];
      if (total_score(suite_, paired_[m].tasks)) continue;
      verdict_.reasons.push_back(
          "missing: paired_items: all of these models have scored no item of "
          "some task");
      return false;
    }
    return true;
  }

  void report_missing(const Pairing& pairing) {
    if (target_.missing == Missing::paired_items) {
      verdict_.reasons.push_back("missing: paired_items: totals are over the " +
                                 std::to_string(pairing.size) +
                                 " items that all of these models have scored");
      return;
    }
    verdict_.reasons.push_back(
        "missing: own_items: each total is over the items that the model has scored itself");
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

  void take(const RatioDecision& decision) {
    verdict_.ratio = decision.ratio;
    if (decision.exact) verdict_.ratio_exact = decision.exact->to_fraction();
    verdict_.meets = decision.meets;
    verdict_.low = decision.low;
    verdict_.high = decision.high;
    verdict_.reasons.push_back((decides_by_axes(target_) ? "in all: " : "") + decision.words);
  }

  /// Of every axis with a share of its own, as if it were the whole suite.
  std::vector<AxisDecision> decide_axes(std::uint64_t seed) const {
    std::vector<AxisDecision> out;
    for (const AxisPolicy& policy : target_.axes) {
      if (!policy.share) continue;
      AxisDecision& axis = out.emplace_back();
      axis.axis = policy.axis;
      axis.share = *policy.share;
      const Suite suite = only_axis(suite_, policy.axis);
      const std::optional<Total> candidate = total_score(suite, cards_[0]->tasks);
      if (!candidate) {
        axis.ratio.words = "no task of the axis counts";
        continue;
      }
      const Yardstick yardstick = yardstick_of(target_, suite, std::span(cards_).subspan(1));
      axis.reference = yardstick.total.value;
      for (const AxisYardstick& each : yardstick.axes) {
        if (target_.comparison != Comparison::best_per_axis || each.axis != policy.axis) continue;
        axis.references.push_back(models_[each.reference + 1]->name);
      }
      for (const std::size_t reference : yardstick.references) {
        axis.references.push_back(models_[reference + 1]->name);
      }
      const Pairing pairing = pair_items(suite, cards_);
      axis.n = pairing.size;
      axis.ratio = decide_ratio(target_, axis.share, pairing, *candidate, yardstick.total, seed);
    }
    return out;
  }

  void report_axes(const RatioDecision& total, const std::vector<AxisDecision>& axes) {
    for (const AxisDecision& axis : axes) {
      std::string reason = "axis '" + axis.axis + "': " + axis.ratio.words;
      if (axis.kind != axis.ratio.kind) {
        reason += ", but by itself not after the correction for the axes that decide";
      }
      verdict_.reasons.push_back(std::move(reason));
    }
    if (total.kind == VerdictKind::fail && verdict_.kind != VerdictKind::fail) {
      verdict_.reasons.push_back(
          "in all it stays below, but not after the correction for the axes that decide");
    }
  }

  void report_rounds() {
    if (!target_.settle) return;
    char level[32];
    std::snprintf(level, sizeof level, "%.6g", target_.confidence);
    verdict_.reasons.push_back("up to " + std::to_string(target_.settle->rounds + 1) +
                               " looks are allowed, each at confidence " + level +
                               ", so that all together err no more often than one may");
    const std::uint32_t rounds = models_[0]->rounds;
    if (rounds == 1) return;
    verdict_.reasons.push_back("this is look " + std::to_string(rounds) +
                               ": answers are the mean of up to " + std::to_string(rounds) +
                               " rounds");
  }

  /// The most that any open question needs: of an axis' own items, and so of all in proportion.
  void report_what_settles(const RatioDecision& total, std::vector<AxisDecision>& axes) {
    std::vector<Question> open;
    const auto ask = [&](const RatioDecision& decision, AxisDecision* axis) {
      if (decision.kind == VerdictKind::inconclusive && decision.low) {
        open.push_back({&decision, axis});
      }
    };
    ask(total, nullptr);
    for (AxisDecision& axis : axes) ask(axis.ratio, &axis);
    if (open.empty()) return;
    const Question* most = nullptr;
    for (const Question& each : open) {
      const std::optional<double>& factor = each.decision->settling_factor;
      if (!factor) {
        verdict_.reasons.push_back("no number of items would settle it: on the paired items " +
                                   (each.axis ? "of axis '" + each.axis->axis + "' " : "") +
                                   "the ratio is the share");
        return;
      }
      if (each.axis) each.axis->settled_by_items = settling_items(*factor, each.axis->n);
      if (most == nullptr || *most->decision->settling_factor < *factor) most = &each;
    }
    verdict_.settled_by_items = settling_items(*most->decision->settling_factor, verdict_.n);
    std::string words = settling_words(*verdict_.settled_by_items, verdict_.n);
    if (most->axis) {
      words += ", with " + settling_words(*most->axis->settled_by_items, most->axis->n) +
               " of axis '" + most->axis->axis + "'";
    }
    verdict_.reasons.push_back(words + " would settle it, if the scores stayed what they are");
  }

  const Target& target_;
  const Suite& suite_;
  std::vector<const JudgedModel*> models_;
  Verdict& verdict_;
  std::vector<const Scorecard*> cards_;  ///< What is compared: of each model.
  std::vector<Scorecard> paired_;
};

/// Gates look at the candidate alone, so they are tried whatever the cohort lacks.
std::vector<GateResult> gates_of(const Target& target, const Suite& suite,
                                 const JudgedModel& candidate,
                                 std::span<const GateDecision> decisions) {
  const std::vector<Obstacle> own = own_obstacles(target, suite, candidate, "the candidate");
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

bool in_window(const Date& released, const Date& as_of, std::int32_t months) {
  return months_before(as_of, months) < released && released <= as_of;
}

bool has_window(const Target& target) {
  return !target.compared_with && target.comparison != Comparison::bar;
}

bool is_in_cohort(const Target& target, const std::string& reference, const Date& released,
                  const Date& as_of) {
  if (target.comparison == Comparison::bar) return false;
  if (target.compared_with) return reference == *target.compared_with && released <= as_of;
  return in_window(released, as_of, target.window_months);
}

Date out_of_window(const Date& released, std::int32_t months) {
  Date day = months_before(released, -months);
  while (in_window(released, day, months)) day = day_after(day);  // Where the day was clamped.
  return day;
}

Verdict judge(const Target& target, const Suite& suite, const JudgedModel& candidate,
              std::span<const JudgedModel> cohort, std::span<const GateDecision> decisions) {
  std::vector<const JudgedModel*> references;
  if (target.comparison != Comparison::bar) {
    for (const JudgedModel& reference : cohort) references.push_back(&reference);
  }
  std::sort(references.begin(), references.end(),
            [](const JudgedModel* a, const JudgedModel* b) { return a->name < b->name; });
  Verdict verdict;
  verdict.candidate = candidate.name;
  std::optional<Suite> other_weights;
  if (weighing_faults(target, suite.axes).empty() && !target.axes.empty()) {
    other_weights = weighed(suite, target);
  }
  const Suite& used = other_weights ? *other_weights : suite;
  Target look = target;
  look.confidence = confidence_of_a_look(target);
  const std::vector<Obstacle> found = obstacles(target, used, candidate, references);
  verdict.gates = gates_of(target, used, candidate, decisions);
  if (found.empty()) {
    references.insert(references.begin(), &candidate);
    Judge(look, used, std::move(references), verdict).run();
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

}  // namespace gwageo
