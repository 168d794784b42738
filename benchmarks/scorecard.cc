// Layout 3, or 4 where some item has a cluster (protocol/bytes.h; option = u8 0, or u8 1 and the
// value):
//   u8 3 | u64 items | 7 x u64 items per outcome | u64 unscored
//   | u32 n, n x task: text task | text axis
//       | u32 n, n x metric: text name | f64 value | option f64 standard error
//                            | option f64 bootstrap error | u64 n
//                            | option (i64 numerator, i64 denominator) | u8 higher is better
//       | u32 headline
//       | u32 n, n x item: item digest | u32 repeat | f64 value | u32 predicted | u32 gold
//                          | u32 weight | in layout 4: u64 cluster
//   | u32 n, n x axis: text axis | f64 value | option f64 standard error
//   | option f64 total | option (i64 numerator, i64 denominator)
// Labels are signed; their bits are written. Every double is finite. Layouts before it are read
// and no longer written: 2 has no unscored items, 1 neither bootstrap errors nor weights besides.
#include "benchmarks/scorecard.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr std::uint8_t scorecard_layout_plain = 3;
constexpr std::uint8_t scorecard_layout_clustered = 4;
constexpr std::size_t metric_bytes_min = 4 + 8 + 1 + 8 + 1 + 1;  // Of either layout, as below.
constexpr std::size_t item_bytes = 32 + 4 + 8 + 4 + 4;
constexpr std::size_t task_bytes_min = 4 + 4 + 4 + 4 + 4;
constexpr std::size_t axis_bytes_min = 4 + 8 + 1;

void write(ByteWriter& out, const std::optional<double>& value) {
  out.u8(value ? 1 : 0);
  if (value) out.f64(*value);
}

void write(ByteWriter& out, const std::optional<Fraction>& value) {
  out.u8(value ? 1 : 0);
  if (!value) return;
  out.i64(value->numerator);
  out.i64(value->denominator);
}

bool has_clusters(const Scorecard& scorecard) {
  return std::any_of(scorecard.tasks.begin(), scorecard.tasks.end(), [](const TaskScore& task) {
    return std::any_of(task.items.begin(), task.items.end(),
                       [](const ItemValue& item) { return item.cluster != 0; });
  });
}

void write(ByteWriter& out, const TaskScore& task, std::uint8_t layout) {
  out.text(task.task);
  out.text(task.axis);
  out.u32(static_cast<std::uint32_t>(task.metrics.size()));
  for (const MetricScore& metric : task.metrics) {
    out.text(metric.name);
    out.f64(metric.value);
    write(out, metric.standard_error);
    write(out, metric.bootstrap_error);
    out.u64(metric.n);
    write(out, metric.exact);
    out.u8(metric.higher_is_better ? 1 : 0);
  }
  out.u32(static_cast<std::uint32_t>(task.headline));
  out.u32(static_cast<std::uint32_t>(task.items.size()));
  for (const ItemValue& item : task.items) {
    out.digest(item.item_digest);
    out.u32(item.repeat);
    out.f64(item.value);
    out.u32(static_cast<std::uint32_t>(item.predicted));
    out.u32(static_cast<std::uint32_t>(item.gold));
    out.u32(item.weight);
    if (layout >= scorecard_layout_clustered) out.u64(item.cluster);
  }
}

/// Reads what `write` wrote. After the first thing that no `write` writes, `good` is false.
class ScorecardReader {
 public:
  explicit ScorecardReader(std::string_view bytes) : in_(bytes) {}

  Scorecard read() {
    Scorecard card;
    version_ = in_.u8();
    expect(version_ >= 1 && version_ <= scorecard_layout_clustered);
    card.item_count = in_.u64();
    for (std::uint64_t& items : card.outcomes) items = in_.u64();
    if (version_ >= 3) card.unscored = in_.u64();
    for (std::size_t n = count(task_bytes_min); n > 0 && good(); --n) {
      card.tasks.push_back(task());
    }
    for (std::size_t n = count(axis_bytes_min); n > 0 && good(); --n) {
      AxisScore& axis = card.axes.emplace_back();
      axis.axis = in_.text();
      axis.value = number();
      axis.standard_error = optional_number();
    }
    expect(is_consistent(card));
    card.total = optional_number();
    card.total_exact = optional_fraction();
    expect(in_.done());
    expect(version_ < scorecard_layout_clustered || has_clusters(card));
    return card;
  }

  bool good() const { return good_ && in_.ok(); }

 private:
  static bool is_consistent(const Scorecard& card) {
    std::uint64_t left = card.item_count;
    for (const std::uint64_t items : card.outcomes) {
      if (items > left) return false;
      left -= items;
    }
    const auto of = [&](Outcome o) { return card.outcomes[static_cast<std::size_t>(o)]; };
    return card.unscored <= of(Outcome::answered) + of(Outcome::truncated);
  }

  void expect(bool condition) { good_ = good_ && condition; }

  /// A count of things that take at least `bytes_min` each: never more than there are bytes for.
  std::size_t count(std::size_t bytes_min) {
    const std::size_t claimed = in_.u32();
    expect(claimed <= in_.left() / bytes_min);
    return good() ? claimed : 0;
  }

  bool flag() {
    const std::uint8_t value = in_.u8();
    expect(value <= 1);
    return value == 1;
  }

  double number() {
    const double value = in_.f64();
    expect(std::isfinite(value));
    return value;
  }

  std::optional<double> optional_number() {
    if (!flag()) return std::nullopt;
    return number();
  }

  std::optional<Fraction> optional_fraction() {
    if (!flag()) return std::nullopt;
    Fraction value;
    value.numerator = in_.i64();
    value.denominator = in_.i64();
    expect(value.numerator >= 0 && value.denominator > 0 &&
           std::gcd(value.numerator, value.denominator) == 1);
    return value;
  }

  MetricScore metric() {
    MetricScore out;
    out.name = in_.text();
    out.value = number();
    out.standard_error = optional_number();
    if (version_ >= 2) out.bootstrap_error = optional_number();
    out.n = in_.u64();
    out.exact = optional_fraction();
    out.higher_is_better = flag();
    return out;
  }

  TaskScore task() {
    TaskScore out;
    out.task = in_.text();
    out.axis = in_.text();
    for (std::size_t n = count(metric_bytes_min); n > 0 && good(); --n) {
      out.metrics.push_back(metric());
    }
    out.headline = in_.u32();
    expect(out.headline < out.metrics.size());
    const std::size_t items = count(item_bytes);
    out.items.reserve(items);
    for (std::size_t n = items; n > 0 && good(); --n) {
      ItemValue& item = out.items.emplace_back();
      item.item_digest = in_.digest();
      item.repeat = in_.u32();
      item.value = number();
      item.predicted = static_cast<std::int32_t>(in_.u32());
      item.gold = static_cast<std::int32_t>(in_.u32());
      if (version_ >= 2) item.weight = in_.u32();
      if (version_ >= scorecard_layout_clustered) item.cluster = in_.u64();
    }
    return out;
  }

  ByteReader in_;
  std::uint8_t version_ = 0;
  bool good_ = true;
};

Json json_of_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json coverage_json(const Scorecard& scorecard) {
  const auto of = [&](Outcome outcome) {
    return scorecard.outcomes[static_cast<std::size_t>(outcome)];
  };
  const std::uint64_t answered = of(Outcome::answered);
  const std::uint64_t truncated = of(Outcome::truncated);
  Json out = Json::object();
  out["items"] = scorecard.item_count;
  out["answered"] = answered;
  out["truncated"] = truncated;
  out["unscored"] = scorecard.unscored;
  // What never ran, because the job was over, is no failure.
  const std::uint64_t cancelled = of(Outcome::cancelled);
  out["failed"] = scorecard.item_count - answered - truncated - cancelled;
  out["cancelled"] = cancelled;
  return out;
}

}  // namespace

std::uint64_t scored_items(const std::array<std::uint64_t, outcome_count>& outcomes,
                           std::uint64_t unscored) {
  std::uint64_t spoken = 0;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (is_scored(static_cast<Outcome>(i))) spoken += outcomes[i];
  }
  return spoken - std::min(spoken, unscored);
}

std::string encode(const Scorecard& scorecard) {
  ByteWriter out;
  const std::uint8_t layout =
      has_clusters(scorecard) ? scorecard_layout_clustered : scorecard_layout_plain;
  out.u8(layout);
  out.u64(scorecard.item_count);
  for (const std::uint64_t items : scorecard.outcomes) out.u64(items);
  out.u64(scorecard.unscored);
  out.u32(static_cast<std::uint32_t>(scorecard.tasks.size()));
  for (const TaskScore& task : scorecard.tasks) write(out, task, layout);
  out.u32(static_cast<std::uint32_t>(scorecard.axes.size()));
  for (const AxisScore& axis : scorecard.axes) {
    out.text(axis.axis);
    out.f64(axis.value);
    write(out, axis.standard_error);
  }
  write(out, scorecard.total);
  write(out, scorecard.total_exact);
  return out.take();
}

Result<Scorecard> decode_scorecard(std::string_view bytes) {
  ScorecardReader reader(bytes);
  Scorecard scorecard = reader.read();
  if (!reader.good()) return fail(ErrorKind::corrupt, "scorecard: not a canonical encoding");
  return scorecard;
}

Json to_json(const Scorecard& scorecard) {
  Json out = Json::object();
  out["coverage"] = coverage_json(scorecard);
  Json tasks = Json::object();
  for (const TaskScore& task : scorecard.tasks) {
    Json metrics = Json::object();
    for (const MetricScore& metric : task.metrics) {
      Json score = Json::object();
      score["value"] = metric.n > 0 ? Json(metric.value) : Json();
      score["stderr"] =
          json_of_number(metric.standard_error ? metric.standard_error : metric.error());
      if (metric.bootstrap_error) score["bootstrap_stderr"] = *metric.bootstrap_error;
      score["n"] = metric.n;
      metrics[metric.name] = std::move(score);
    }
    tasks[task.task] = std::move(metrics);
  }
  out["tasks"] = std::move(tasks);
  Json axes = Json::object();
  for (const AxisScore& axis : scorecard.axes) {
    Json score = Json::object();
    score["value"] = axis.value;
    score["stderr"] = json_of_number(axis.standard_error);
    axes[axis.axis] = std::move(score);
  }
  out["axes"] = std::move(axes);
  out["total"] = json_of_number(scorecard.total);
  out["total_exact"] = scorecard.total_exact ? Json(to_string(*scorecard.total_exact)) : Json();
  return out;
}

}  // namespace gwageo
