#include "benchmarks/claimed_verdict.h"

#include "benchmarks/score_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// Names in a reason; more are counted.
constexpr std::size_t names_shown_max = 5;

std::string quoted_name(const std::string& name) { return "'" + name + "'"; }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < names_shown_max; ++i) {
    text += (i == 0 ? "" : ", ") + quoted_name(names[i]);
  }
  if (names.size() > names_shown_max) {
    text += " and " + std::to_string(names.size() - names_shown_max) + " more";
  }
  return text;
}

/// Why there is nothing to compare; empty when there is.
std::string obstacle(const Target& target, const Leaderboard& board, const ClaimedModel& candidate,
                     const ClaimedCohort& cohort) {
  if (candidate.row == nullptr) return "the candidate is not on the board";
  if (!candidate.score) {
    return "the board has no value of the candidate for " +
           listed(missing_tasks(board, *candidate.row)) +
           ": what is missing is not wrong, so there is no overall";
  }
  if (cohort.models.empty()) {
    return "no cohort: no model of the board was released, or first seen, in the window of " +
           months_text(target.window_months);
  }
  if (cohort.best == nullptr) return "no model of the cohort has a value for every task";
  return {};
}

void compare_categories(const BoardScore& candidate, const BoardScore& reference,
                        Verdict& verdict) {
  for (std::size_t c = 0; c < candidate.categories.size(); ++c) {
    const BoardCategory& one = candidate.categories[c];
    const BoardCategory& other = reference.categories[c];
    AxisComparison& axis = verdict.axes.emplace_back();
    axis.axis = one.name;
    axis.candidate = one.mean.to_double();
    axis.reference = other.mean.to_double();
    if (other.mean.is_zero()) continue;
    const Rational ratio = one.mean / other.mean;
    axis.ratio = ratio.to_double();
    axis.ratio_exact = ratio.to_fraction();
  }
}

void report_cohort(const ClaimedCohort& cohort, Verdict& verdict) {
  if (cohort.best != nullptr && !cohort.best->is_release) {
    verdict.reasons.push_back("the board does not say when " + quoted_name(cohort.best->name) +
                              " was released, so it counts from the day it was first seen, " +
                              to_string(*cohort.best->dated));
  }
  if (cohort.lacking.empty()) return;
  std::vector<std::string> names;
  for (const ClaimedModel* model : cohort.lacking) names.push_back(model->name);
  verdict.reasons.push_back("left out of the cohort for want of a value: " + listed(names));
}

}  // namespace

std::vector<ClaimedModel> claimed_models(const Leaderboard& board,
                                         const std::map<std::string, Date>& first_seen) {
  std::vector<ClaimedModel> models;
  for (const BoardRow& row : board.rows) {
    ClaimedModel& model = models.emplace_back();
    model.name = row.model;
    model.dated = row.released;
    model.is_release = row.released.has_value();
    const auto seen = first_seen.find(row.model);
    if (!model.dated && seen != first_seen.end()) model.dated = seen->second;
    model.row = &row;
    model.score = board_score(board, row);
  }
  return models;
}

ClaimedCohort claimed_cohort(const std::vector<ClaimedModel>& models, const Date& as_of,
                             std::int32_t window_months) {
  ClaimedCohort cohort;
  for (const ClaimedModel& model : models) {
    if (!model.dated || !in_window(*model.dated, as_of, window_months)) continue;
    cohort.models.push_back(&model);
    if (!model.score) {
      cohort.lacking.push_back(&model);
    } else if (cohort.best == nullptr || cohort.best->score->overall < model.score->overall) {
      cohort.best = &model;
    }
  }
  return cohort;
}

Verdict judge_claimed(const Target& target, const Leaderboard& board, const ClaimedModel& candidate,
                      const ClaimedCohort& cohort) {
  GWAGEO_CHECK(target.is_claimed);
  Verdict verdict;
  verdict.candidate = candidate.name;
  report_cohort(cohort, verdict);
  if (const std::string reason = obstacle(target, board, candidate, cohort); !reason.empty()) {
    verdict.reasons.push_back(reason);
    return verdict;
  }
  const BoardScore& best = *cohort.best->score;
  verdict.best_reference = cohort.best->name;
  verdict.references.push_back({{}, cohort.best->name});
  compare_categories(*candidate.score, best, verdict);
  if (best.overall.is_zero()) {
    verdict.kind = VerdictKind::inconclusive;
    verdict.reasons.push_back("the best reference scores 0, so there is no ratio");
    return verdict;
  }
  const Rational ratio = candidate.score->overall / best.overall;
  const bool meets = ratio >= Rational(target.share);
  verdict.ratio = ratio.to_double();
  verdict.ratio_exact = ratio.to_fraction();
  verdict.meets = meets;
  verdict.kind = meets ? VerdictKind::pass : VerdictKind::fail;
  verdict.reasons.push_back("decided by the point ratio " + score_text(*verdict.ratio) +
                            (meets ? " reaches" : " stays below") + " the share " +
                            score_text(to_double(target.share)) +
                            "; claims have no items, so there is no interval");
  return verdict;
}

}  // namespace gwageo
