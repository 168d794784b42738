#include "benchmarks/ratio_decision.h"

#include <cmath>

#include "benchmarks/rivals.h"
#include "benchmarks/score_text.h"

namespace gwageo {
namespace {

class Decider {
 public:
  Decider(const Target& target, const Fraction& share, const Pairing& pairing, std::uint64_t seed)
      : target_(target),
        exact_share_(share),
        share_(to_double(share)),
        pairing_(pairing),
        seed_(seed) {
    // A rival without models scores 1 everywhere: the bar is a part of that.
    if (target.comparison == Comparison::bar) scale_ = to_double(target.bar);
  }

  RatioDecision decide(const Total& candidate, const Total& yardstick) {
    if (!(yardstick.value > 0)) {
      out_.words = target_.comparison == Comparison::best || target_.comparison == Comparison::model
                       ? "the best reference scores 0, so there is no ratio"
                       : "what it is compared with scores 0, so there is no ratio";
      return std::move(out_);
    }
    compare(candidate, yardstick);
    const std::optional<Rivals> rivals = find_rivals();
    if (rivals) find_interval(*rivals);
    if (target_.decide_by_confidence) {
      decide_by_interval();
    } else {
      decide_by_point();
    }
    if (out_.kind == VerdictKind::inconclusive && out_.low) {
      out_.settling_factor =
          settling_factor(pairing_, *rivals, share_ * scale_, 1 - target_.confidence, seed_);
    }
    return std::move(out_);
  }

 private:
  double at_share_if_near(double end) const {
    return std::fabs(end - share_) <= score_rounding ? share_ : end;
  }

  void compare(const Total& candidate, const Total& yardstick) {
    if (candidate.exact && yardstick.exact) {
      out_.exact = *candidate.exact / *yardstick.exact;
      out_.ratio = out_.exact->to_double();
      out_.meets = *out_.exact >= Rational(exact_share_);
    } else {
      out_.ratio = candidate.value / yardstick.value;
      out_.meets = at_share_if_near(*out_.ratio) >= share_;
    }
  }

  std::optional<Rivals> find_rivals() {
    for (const Stratum& stratum : pairing_.strata) {
      if (stratum.units() >= 2) continue;
      out_.words = stratum.clusters.empty() ? "no interval: some task has fewer than 2 paired items"
                                            : "no interval: all items of some task are one cluster";
      return std::nullopt;
    }
    std::optional<Rivals> rivals;
    const double tail = 1 - target_.confidence;
    switch (target_.comparison) {
      case Comparison::best:
      case Comparison::model: rivals = each_reference(pairing_); break;
      case Comparison::best_per_axis: rivals = best_of_each_axis(pairing_, tail, seed_); break;
      case Comparison::mean_top: rivals = mean_of_best(pairing_, target_.top, tail, seed_); break;
      case Comparison::bar: rivals = only_the_bar(pairing_); break;
    }
    if (!rivals) {
      out_.words =
          "no interval: the items leave too many choices of the references that may be the best";
    }
    return rivals;
  }

  void find_interval(const Rivals& rivals) {
    const double tail = 1 - target_.confidence;
    const std::optional<Interval> interval = interval_to_best(pairing_, rivals, tail, seed_);
    if (!interval) {
      out_.words = "no interval: the reference cannot be told from 0";
      return;
    }
    out_.low = at_share_if_near(interval->low / scale_);
    out_.high = at_share_if_near(interval->high / scale_);
    if (!decides_by_axes(target_)) return;  // Nothing to correct.
    out_.p = p_values_at(pairing_, rivals, share_ * scale_, seed_);
  }

  void decide_by_point() {
    out_.kind = *out_.meets ? VerdictKind::pass : VerdictKind::fail;
    out_.words += (out_.words.empty() ? "" : "; ") +
                  ("decided by the point ratio " + comparison(*out_.ratio, *out_.meets));
  }

  void decide_by_interval() {
    if (!out_.low) return;
    if (*out_.low >= share_) {
      out_.kind = VerdictKind::pass;
      out_.words = "the lower end " + comparison(*out_.low, true);
    } else if (*out_.high < share_) {
      out_.kind = VerdictKind::fail;
      out_.words = "the upper end " + comparison(*out_.high, false);
    } else {
      out_.words = "not separated: the interval from " + score_text(*out_.low) + " to " +
                   score_text(*out_.high) + " holds the share " + score_text(share_);
    }
  }

  std::string comparison(double value, bool reaches) const {
    return score_text(value) + (reaches ? " reaches" : " stays below") + " the share " +
           score_text(share_);
  }

  const Target& target_;
  const Fraction exact_share_;
  double share_;
  const Pairing& pairing_;
  std::uint64_t seed_;
  double scale_ = 1;
  RatioDecision out_;
};

}  // namespace

RatioDecision decide_ratio(const Target& target, const Fraction& share, const Pairing& pairing,
                           const Total& candidate, const Total& yardstick, std::uint64_t seed) {
  return Decider(target, share, pairing, seed).decide(candidate, yardstick);
}

}  // namespace gwageo
