#include "benchmarks/axis_decision.h"

#include <algorithm>

#include "benchmarks/score_text.h"
#include "benchmarks/statistics.h"

namespace gwageo {
namespace {

std::vector<double> corrected(const Target& target, std::vector<double> p_values) {
  if (target.correction == Correction::none) return p_values;
  return holm_corrected(p_values);
}

VerdictKind decide_by_points(const RatioDecision& total, std::vector<AxisDecision>& axes) {
  VerdictKind kind = total.kind;
  for (AxisDecision& axis : axes) {
    axis.kind = axis.ratio.kind;
    if (axis.kind == VerdictKind::fail) kind = VerdictKind::fail;
    if (axis.kind != kind && kind == VerdictKind::pass) kind = axis.kind;
  }
  return kind;
}

}  // namespace

JointDecision decide_together(const Target& target, const RatioDecision& total,
                            std::vector<AxisDecision>& axes) {
  if (axes.empty()) return {total.kind, total.p};
  if (!target.decide_by_confidence) return {decide_by_points(total, axes), total.p};
  std::vector<double> passes;
  std::vector<double> fails;
  for (const AxisDecision& axis : axes) {
    passes.push_back(axis.ratio.p.pass);
    fails.push_back(axis.ratio.p.fail);
  }
  fails.push_back(total.p.fail);
  passes = corrected(target, std::move(passes));
  fails = corrected(target, std::move(fails));
  // As ends near the share are at the share, so are chances near the level at the level.
  const double level = 1 - target.confidence + score_rounding;
  bool all_pass = total.kind == VerdictKind::pass;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    AxisDecision& axis = axes[i];
    axis.corrected = {passes[i], fails[i]};
    axis.kind = passes[i] <= level  ? VerdictKind::pass
                : fails[i] <= level ? VerdictKind::fail
                                    : VerdictKind::inconclusive;
    all_pass = all_pass && axis.ratio.kind == VerdictKind::pass;
  }
  const SharePValues of_total{total.p.pass, fails.back()};
  if (all_pass) return {VerdictKind::pass, of_total};
  const bool any_fails = *std::min_element(fails.begin(), fails.end()) <= level;
  return {any_fails ? VerdictKind::fail : VerdictKind::inconclusive, of_total};
}

}  // namespace gwageo
