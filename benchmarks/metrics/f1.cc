// f1: the harmonic mean of precision and recall over the labels of all items, as scikit-learn's
// f1_score:
//
//   F1 of a label = 2 tp / (2 tp + fp + fn), and 0 where nothing has the label
//   binary          F1 of label 1                                    (the harness's only one)
//   macro           the mean of the labels' F1, over labels that are gold or predicted somewhere
//   micro           F1 over the sums of all labels' counts
//
// The label of a choice is its index. For generate_until it is the index of the choice that equals
// the answer, or, without choices, the integer that the answer is. An answer without a label is a
// miss of the gold label and a prediction of none (scikit-learn would call it a label of its own).
// Its standard error is a bootstrap, as in the harness, from our own random numbers.
#include <algorithm>
#include <charconv>
#include <map>

#include "benchmarks/arguments.h"
#include "benchmarks/bootstrap.h"
#include "benchmarks/metric.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

enum class Average { binary, macro, micro };
constexpr std::int32_t no_label = -1;
constexpr std::int32_t positive_label = 1;

/// Numerator and denominator of F1.
struct F1Counts {
  std::uint64_t twice_true = 0;  ///< 2 tp
  std::uint64_t involved = 0;    ///< 2 tp + fp + fn
  double ratio() const {
    return involved == 0 ? 0.0 : static_cast<double>(twice_true) / static_cast<double>(involved);
  }
  Rational exact() const { return involved == 0 ? Rational() : Rational(twice_true, involved); }
};

class F1Aggregation final : public Aggregation {
 public:
  explicit F1Aggregation(Average average) : average_(average) {}

  bool is_mean() const override { return false; }

  double value(const Sample& sample) const override {
    if (average_ != Average::macro) return pooled(sample).ratio();
    double sum = 0;
    const std::map<std::int32_t, F1Counts> labels = by_label(sample);
    for (const auto& [label, counts] : labels) sum += counts.ratio();
    return labels.empty() ? 0.0 : sum / static_cast<double>(labels.size());
  }

  Estimate estimate(const Sample& sample) const override {
    Estimate out;
    out.value = value(sample);
    if (sample.size() >= 2) out.standard_error = bootstrap_standard_error(*this, sample, 0);
    out.exact = exact(sample).to_fraction();
    return out;
  }

 private:
  /// binary: the positive label's counts; micro: all labels' together.
  F1Counts pooled(const Sample& sample) const {
    F1Counts out;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      for (const std::int32_t label : {kind.predicted, kind.gold}) {
        const bool counts = average_ == Average::binary ? label == positive_label : label >= 0;
        if (!counts) continue;
        out.involved += sample.counts[i];
        if (kind.predicted == kind.gold) out.twice_true += sample.counts[i];
      }
    }
    return out;
  }

  static std::map<std::int32_t, F1Counts> by_label(const Sample& sample) {
    std::map<std::int32_t, F1Counts> out;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      if (sample.counts[i] == 0) continue;
      for (const std::int32_t label : {kind.predicted, kind.gold}) {
        if (label < 0) continue;
        out[label].involved += sample.counts[i];
        if (kind.predicted == kind.gold) out[label].twice_true += sample.counts[i];
      }
    }
    return out;
  }

  Rational exact(const Sample& sample) const {
    if (average_ != Average::macro) return pooled(sample).exact();
    Rational sum;
    const std::map<std::int32_t, F1Counts> labels = by_label(sample);
    for (const auto& [label, counts] : labels) sum = sum + counts.exact();
    return labels.empty() ? sum : sum / Rational(labels.size(), 1);
  }

  Average average_;
};

/// The label that a text names: its place among `choices`, or the integer that it is.
std::int32_t label_of(std::string_view text, const std::vector<std::string>& choices) {
  if (!choices.empty()) {
    const auto found = std::find(choices.begin(), choices.end(), text);
    return found == choices.end() ? no_label : static_cast<std::int32_t>(found - choices.begin());
  }
  const std::string_view digits = strip_space(text, true, true);
  std::int32_t value = no_label;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && value >= 0;
  return whole ? value : no_label;
}

class F1Metric final : public Metric {
 public:
  F1Metric(OutputType output_type, Average average)
      : output_type_(output_type), aggregation_(average) {}

  Observation score(const ScoredItem& item) const override {
    const Reference& reference = item.entry.reference;
    Observation out;
    if (output_type_ == OutputType::multiple_choice) {
      std::vector<double> scores;
      for (const Response& response : item.responses) scores.push_back(response.log_probability);
      out.predicted = static_cast<std::int32_t>(argmax(scores));
      out.gold = static_cast<std::int32_t>(reference.gold());
    } else {
      out.predicted = item.answer == nullptr ? no_label : label_of(*item.answer, reference.choices);
      out.gold = reference.gold() >= 0 ? static_cast<std::int32_t>(reference.gold())
                 : reference.targets.empty()
                     ? no_label
                     : label_of(reference.targets.front(), reference.choices);
    }
    out.value = out.predicted == out.gold && out.gold >= 0 ? 1.0 : 0.0;
    return out;
  }

  const Aggregation& aggregation() const override { return aggregation_; }

 private:
  OutputType output_type_;
  F1Aggregation aggregation_;
};

}  // namespace

Result<std::unique_ptr<Metric>> make_f1_metric(const MetricSpec& spec, OutputType output_type) {
  const Arguments arguments(spec.arguments);
  std::vector<std::string_view> known = normalisation_arguments();
  known.push_back("average");
  GWAGEO_TRY(arguments.only(known));
  GWAGEO_ASSIGN(average, arguments.text("average", "binary"));
  if (average == "binary") return std::make_unique<F1Metric>(output_type, Average::binary);
  if (average == "macro") return std::make_unique<F1Metric>(output_type, Average::macro);
  if (average == "micro") return std::make_unique<F1Metric>(output_type, Average::micro);
  return fail(ErrorKind::bad_input,
              "argument 'average': expected binary, macro or micro, got '" + average + "'");
}

}  // namespace gwageo
