#include "worker/concurrency_limit.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// Answers of a window, in limits; those before it are to requests from before the last change.
constexpr std::uint32_t window_limits = 2;
constexpr Duration window_at_least = milliseconds(50);
/// More is worth it when at least so much of it comes back: half as many more have to make the
/// answers come an eighth faster.
constexpr double gain_of_more = 0.25;
/// So many windows later it is looked again whether more is faster.
constexpr std::uint32_t look_again_after = 16;
constexpr Duration one_cut_in = seconds(1);

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(std::uint32_t first, std::uint32_t most)
    : most_(most),
      limit_(first),
      careful_above_(most),
      settled_(first == most),
      best_limit_(first) {
  GWAGEO_CHECK(first >= 1 && first <= most);
  begin_window();
}

void ConcurrencyLimit::begin_window() {
  to_skip_ = limit_;
  counted_ = 0;
}

void ConcurrencyLimit::answered(Duration now, bool is_full) {
  if (!is_full) return begin_window();
  if (to_skip_ > 0) {
    if (--to_skip_ == 0) window_began_ = now;
    return;
  }
  ++counted_;
  const Duration took = now - window_began_;
  if (counted_ < window_limits * limit_ || took < window_at_least) return;
  judge(static_cast<double>(counted_) * 1e6 / static_cast<double>(took.microseconds));
}

// A window is over.
void ConcurrencyLimit::judge(double rate) {
  if (settled_) {
    if (limit_ < most_ && ++windows_ >= look_again_after) {
      settled_ = false;
      best_limit_ = limit_;
      best_rate_ = rate;
      grow();
    }
  } else if (const double more = static_cast<double>(limit_) / best_limit_ - 1;
             rate >= best_rate_ * (1 + gain_of_more * more)) {
    best_limit_ = limit_;
    best_rate_ = rate;
    grow();
  } else {
    limit_ = best_limit_;
    settled_ = true;
    windows_ = 0;
  }
  begin_window();
}

void ConcurrencyLimit::grow() {
  const std::uint32_t step = limit_ < careful_above_ ? std::max(1U, limit_ / 2) : 1;
  limit_ = std::min(most_, limit_ + step);
  settled_ = limit_ == best_limit_;
  windows_ = 0;
}

void ConcurrencyLimit::overloaded(Duration now) {
  if (has_cut_ && now - cut_at_ < one_cut_in) return;
  has_cut_ = true;
  cut_at_ = now;
  const std::uint32_t on_the_way = limit_;
  limit_ = std::max(1U, limit_ / 2);
  careful_above_ = limit_;
  best_limit_ = limit_;
  best_rate_ = 0;
  settled_ = false;
  windows_ = 0;
  begin_window();
  to_skip_ = on_the_way;
}

}  // namespace gwageo
