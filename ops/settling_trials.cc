#include "ops/settling_trials.h"

#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "benchmarks/aggregation.h"
#include "benchmarks/ratio_interval.h"
#include "benchmarks/ratio_test.h"
#include "benchmarks/resampler.h"

namespace gwageo {
namespace {

std::uint64_t below_share(double probability) {
  return static_cast<std::uint64_t>(probability * 0x1p32);
}

/// Of each item in how many rounds so far either model was right.
class Examination {
 public:
  Examination(const RepeatedTruth& truth, const TrialRules& rules, std::uint64_t trial)
      : bounds_{below_share(truth.candidate), below_share(truth.reference)},
        stream_(rules.seed, trial, rules.stream),
        items_(truth.items) {
    const std::uint64_t shared_below = below_share(std::sqrt(truth.correlation));
    for (Item& item : items_) {
      item.luck = stream_.next() >> 32;
      for (bool& is_shared : item.is_shared) is_shared = (stream_.next() >> 32) < shared_below;
    }
  }

  void ask_again() {
    ++rounds_;
    for (Item& item : items_) {
      for (std::size_t m = 0; m < 2; ++m) {
        const std::uint64_t own = stream_.next() >> 32;
        item.right[m] += (item.is_shared[m] ? item.luck : own) < bounds_[m] ? 1 : 0;
      }
    }
  }

  Pairing pairing() const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> kinds;
    for (const Item& item : items_) ++kinds[{item.right[0], item.right[1]}];
    Pairing out;
    Stratum& stratum = out.strata.emplace_back();
    stratum.task = "task";
    stratum.share = 1;
    stratum.aggregation = make_mean_aggregation();
    stratum.observed.resize(2);
    for (const auto& [right, count] : kinds) {
      stratum.observed[0].push_back({static_cast<double>(right.first) / rounds_, 0, 0, 1});
      stratum.observed[1].push_back({static_cast<double>(right.second) / rounds_, 0, 0, 1});
      stratum.counts.push_back(count);
    }
    stratum.size = items_.size();
    out.size = stratum.size;
    out.unpaired.resize(2, 0);
    return out;
  }

 private:
  struct Item {
    std::uint64_t luck = 0;
    bool is_shared[2] = {};
    std::uint32_t right[2] = {};
  };
  std::uint64_t bounds_[2];
  ResampleStream stream_;
  std::vector<Item> items_;
  std::uint32_t rounds_ = 0;
};

void run_repeated(const RepeatedTruth& truth, const TrialRules& rules, std::uint64_t trial,
                  SettlingCounts& counts) {
  ++counts.trials;
  Examination examination(truth, rules, trial);
  bool is_settled = false;
  bool is_greedy = false;
  for (std::uint32_t look = 0; look <= truth.rounds; ++look) {
    examination.ask_again();
    const std::vector<RatioTest> tests{RatioTest(examination.pairing(), 1)};
    const std::optional<Interval> greedy = interval_to_best(tests, rules.tail);
    is_greedy = is_greedy || (greedy && greedy->low >= rules.share);
    if (look == 0) counts.once_passed += is_greedy ? 1 : 0;
    if (is_settled) continue;
    ++counts.looks;
    const auto interval = interval_to_best(tests, rules.tail / (truth.rounds + 1));
    if (!interval) continue;
    counts.passed += interval->low >= rules.share ? 1 : 0;
    counts.failed += interval->high < rules.share ? 1 : 0;
    is_settled = interval->low >= rules.share || interval->high < rules.share;
  }
  counts.greedy_passed += is_greedy ? 1 : 0;
}

}  // namespace

SettlingCounts& SettlingCounts::operator+=(const SettlingCounts& more) {
  trials += more.trials;
  passed += more.passed;
  failed += more.failed;
  looks += more.looks;
  once_passed += more.once_passed;
  greedy_passed += more.greedy_passed;
  return *this;
}

SettlingCounts run_settling(const RepeatedTruth& truth, const TrialRules& rules) {
  return sum_of_trials<SettlingCounts>(rules, [&](std::uint64_t trial, SettlingCounts& counts) {
    run_repeated(truth, rules, trial, counts);
  });
}

}  // namespace gwageo
