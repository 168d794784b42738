#include "benchmarks/obstacles.h"

#include <algorithm>
#include <cstdio>

#include "benchmarks/score_text.h"
#include "benchmarks/target_suite.h"
#include "benchmarks/total.h"

namespace gwageo {
namespace {

using Obstacles = std::vector<Obstacle>;

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

}  // namespace

std::vector<Obstacle> own_obstacles(const Target& target, const Suite& suite,
                                    const JudgedModel& model, const std::string& called) {
  Obstacles out;
  check_model(target, suite, model, called, out);
  return out;
}

std::vector<Obstacle> obstacles(const Target& target, const Suite& suite,
                                const JudgedModel& candidate,
                                const std::vector<const JudgedModel*>& cohort) {
  Obstacles out;
  const auto& listed = target.candidates;
  if (!listed.empty() && std::find(listed.begin(), listed.end(), candidate.name) == listed.end()) {
    out.push_back(
        {VerdictKind::ineligible,
         "'" + candidate.name + "' is not among the candidates of target '" + target.name + "'"});
  }
  for (const TargetFault& fault : weighing_faults(target, suite.axes)) {
    out.push_back(
        {VerdictKind::pending, fault.place + ": suite '" + suite.name + "' " + fault.words});
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
  if (target.comparison == Comparison::bar) return out;
  if (cohort.empty() && target.compared_with) {
    out.push_back({VerdictKind::pending, "no cohort: reference '" + *target.compared_with +
                                             "' is not there on that day"});
  } else if (cohort.empty()) {
    out.push_back({VerdictKind::pending, "no cohort: no reference was released in the window of " +
                                             months_text(target.window_months)});
  }
  if (!cohort.empty() && cohort.size() < target.top) {
    out.push_back({VerdictKind::pending,
                   "too small a cohort: the mean of the " + std::to_string(target.top) +
                       " best needs " + std::to_string(target.top) + " references, and " +
                       std::to_string(cohort.size()) + " of the window are there"});
  }
  if (!missing.empty()) {
    out.push_back(
        {VerdictKind::pending, "the cohort is not fully examined: no scorecard of " + missing});
  }
  return out;
}

double coverage(const Scorecard& card) {
  if (card.item_count == 0) return 0.0;
  return static_cast<double>(scored_items(card)) / static_cast<double>(card.item_count);
}

std::string percent(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.4g %%", 100 * value);
  return buffer;
}

}  // namespace gwageo
