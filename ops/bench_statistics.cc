#include "ops/bench_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/bootstrap.h"
#include "benchmarks/paired_bootstrap.h"
#include "ops/bench_figures.h"
#include "ops/in_ranges.h"
#include "ops/output.h"
#include "ops/system_clock.h"

namespace gwageo {
namespace {

constexpr std::size_t models = 11;
constexpr std::uint64_t cluster_items = 10;
constexpr std::uint64_t seed = 1;

double uniform(ResampleStream& stream) {
  return static_cast<double>(stream.next() >> 11) * 0x1p-53;
}

/// What eleven models score on items of which some are harder for all: the same law as that of the
/// peers' `eval_baselines.py`. Where scores are no bits, an item's score is a share of 0 to 1.
Pairing made_pairing(std::uint64_t items, bool is_bits, bool is_clustered) {
  std::map<std::vector<double>, std::uint64_t> kinds;
  std::vector<std::vector<double>> rows;
  ResampleStream stream(seed, 0, is_bits ? 0 : 1);
  for (std::uint64_t i = 0; i < items; ++i) {
    const double difficulty = uniform(stream);
    std::vector<double>& row = rows.emplace_back();
    for (std::size_t m = 0; m < models; ++m) {
      const double at = 0.7 * uniform(stream) + 0.3 * difficulty;
      const double bound = 0.55 + 0.01 * static_cast<double>(m);
      const double part = std::floor(std::clamp(bound + 0.5 - at, 0.0, 1.0) * 1000) / 1000;
      row.push_back(is_bits ? (at < bound ? 1.0 : 0.0) : part);
    }
    ++kinds[row];
  }
  Stratum stratum;
  stratum.share = 1;
  stratum.observed.resize(models);
  std::map<std::vector<double>, std::uint32_t> numbers;
  for (const auto& [kind, count] : kinds) {
    numbers.emplace(kind, static_cast<std::uint32_t>(numbers.size()));
    for (std::size_t m = 0; m < models; ++m) stratum.observed[m].push_back({kind[m], 0, 0, 1});
    stratum.counts.push_back(count);
    stratum.size += count;
  }
  for (std::uint64_t i = 0; is_clustered && i < items; ++i) {
    if (i % cluster_items == 0) stratum.clusters.emplace_back();
    stratum.clusters.back().push_back(numbers[rows[i]]);
  }
  stratum.aggregation = make_mean_aggregation();
  Pairing pairing;
  pairing.size = items;
  pairing.unpaired.resize(models, 0);
  pairing.strata.push_back(std::move(stratum));
  return pairing;
}

/// Time by the clock and by the processor, from the construction on.
class Watch {
 public:
  Watch() : began_(clock_.monotonic()), cpu_before_(own_cpu_seconds()) {}
  void add_to(Figures& figures) const {
    figures.add("wall_s", in_seconds(clock_.monotonic() - began_));
    figures.add("cpu_s", own_cpu_seconds() - cpu_before_);
  }

 private:
  SystemClock clock_;
  Duration began_;
  double cpu_before_;
};

Figures ratio_figures(const std::string& scores, const Pairing& pairing, std::uint64_t resamples) {
  Figures figures;
  figures.add("figure", std::string("ratio_to_best"));
  figures.add("scores", scores);
  figures.add("by", std::string("bootstrap"));
  figures.add("resamples", static_cast<double>(resamples));
  figures.add("items", static_cast<double>(pairing.size));
  figures.add("models", static_cast<double>(models));
  figures.add("threads", 1);
  const Watch watch;
  const PairedBootstrap bootstrap(pairing);
  std::vector<double> totals(resamples * models);
  bootstrap.totals(seed, 0, resamples, totals);
  std::vector<double> ratios = ratios_to_best(totals, models).value_or(std::vector<double>{0});
  const Interval interval = percentile_interval(ratios, 0.025);
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  watch.add_to(figures);
  figures.add("lo", interval.low);
  figures.add("mid", *middle);
  figures.add("hi", interval.high);
  return figures;
}

Figures error_figures(const std::string& name, const Aggregation& aggregation, const Series& series,
                      std::uint64_t resamples, std::uint64_t threads) {
  Figures figures;
  figures.add("figure", name);
  figures.add("by", std::string("bootstrap"));
  figures.add("resamples", static_cast<double>(resamples));
  figures.add("items", static_cast<double>(series.items.size()));
  figures.add("threads", static_cast<double>(threads));
  const Watch watch;
  std::vector<double> values(resamples);
  in_ranges(resamples, threads, [&](std::uint64_t first, std::uint64_t last) {
    bootstrap_figures(aggregation, series.sample(), seed, first, last,
                      std::span(values).subspan(first, last - first));
  });
  const double error = standard_deviation(values);
  watch.add_to(figures);
  figures.add("value", aggregation.value(series.sample()));
  figures.add("stderr", error);
  return figures;
}

Figures closed_figures(const Series& series) {
  Figures figures;
  figures.add("figure", std::string("mean"));
  figures.add("by", std::string("closed_form"));
  figures.add("items", static_cast<double>(series.items.size()));
  figures.add("threads", 1);
  const Watch watch;
  const Estimate found = estimate(*make_mean_aggregation(), series, 0);
  watch.add_to(figures);
  figures.add("value", found.value);
  figures.add("stderr", found.standard_error.value_or(0));
  return figures;
}

}  // namespace

Result<int> bench_statistics(const Invocation& arguments) {
  GWAGEO_ASSIGN(resamples, arguments.whole_or("n", 100000, 10, 10000000));
  const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  GWAGEO_ASSIGN(threads, arguments.whole_or("threads", static_cast<std::int64_t>(cores), 1, 256));
  const auto count = static_cast<std::uint64_t>(resamples);
  std::vector<Figures> lines;
  const std::uint64_t paired = std::max<std::uint64_t>(1, count / 10);
  lines.push_back(ratio_figures("bits", made_pairing(14000, true, false), paired));
  lines.push_back(ratio_figures("any", made_pairing(14000, false, false), paired));
  lines.push_back(ratio_figures("clusters_of_10", made_pairing(14000, true, true), paired));
  Tally labels;
  Tally values;
  ResampleStream stream(seed, 0, 2);
  for (int i = 0; i < 10000; ++i) {
    const bool is_gold = uniform(stream) < 0.62;
    const bool is_right = uniform(stream) < 0.8;
    labels.add({0, is_gold == is_right ? 1 : 0, is_gold ? 1 : 0, 1});
    values.add({uniform(stream), 0, 0, 1});
  }
  const Series labelled = labels.series();
  const Series valued = values.series();
  const auto at = static_cast<std::uint64_t>(threads);
  lines.push_back(error_figures("median", *make_median_aggregation(), valued, count, at));
  lines.push_back(error_figures("f1", *make_f1_aggregation(Average::binary), labelled, count, at));
  lines.push_back(error_figures("mcc", *make_matthews_aggregation(), labelled, count, at));
  lines.push_back(closed_figures(valued));
  print_lines(arguments, lines);
  return exit_code::done;
}

}  // namespace gwageo
