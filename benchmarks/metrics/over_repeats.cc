// pass_at_k, avg_at_k and maj_at_k: what an item's repeated answers are worth. The answers are
// those that the filters leave, without a `take_first` at their end; an answer counts as right by
// exact_match, with its normalisations. With n answers, c of them right:
//
//   pass@k   1 - C(n-c, k) / C(n, k): the chance that one of k answers, drawn from the n, is right
//            (Chen et al., Evaluating large language models trained on code, 2021, equation 1 and
//            figure 3, in its order of multiplication)
//   avg@k    the share of right answers among the first k
//   maj@k    whether the answer that comes most often among the first k is right; of equals the one
//            that came first. Answers are the same where they are after normalising.
//
// An answer that the filters dropped is a wrong one.
#include <algorithm>
#include <map>

#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/answer_match.h"
#include "benchmarks/python_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::int64_t k_max = 10'000;

using Rule = Result<double> (*)(const AnswerMatch& match, const Json::Array& answers,
                                const Reference& reference, std::size_t k);

Result<std::size_t> count_right(const AnswerMatch& match, std::span<const Json> answers,
                                const Reference& reference) {
  std::size_t right = 0;
  for (const Json& answer : answers) {
    GWAGEO_ASSIGN(share, match.share(answer, reference));
    if (share == 1.0) ++right;
  }
  return right;
}

Result<double> pass(const AnswerMatch& match, const Json::Array& answers,
                    const Reference& reference, std::size_t k) {
  GWAGEO_ASSIGN(right, count_right(match, answers, reference));
  const std::size_t size = std::max(answers.size(), k);
  if (size - right < k) return 1.0;
  double none = 1;
  for (std::size_t i = size - right + 1; i <= size; ++i) {
    none *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
  }
  return 1.0 - none;
}

Result<double> average_answers(const AnswerMatch& match, const Json::Array& answers,
                               const Reference& reference, std::size_t k) {
  const std::span<const Json> first(answers.data(), std::min(k, answers.size()));
  GWAGEO_ASSIGN(right, count_right(match, first, reference));
  return static_cast<double>(right) / static_cast<double>(k);
}

Result<double> majority(const AnswerMatch& match, const Json::Array& answers,
                        const Reference& reference, std::size_t k) {
  std::map<std::string, std::size_t> votes;
  std::vector<std::string> ballots;
  for (std::size_t i = 0; i < std::min(k, answers.size()); ++i) {
    std::vector<std::string> text{python_text(answers[i])};
    GWAGEO_TRY(match.normalise(text));
    ++votes[text.front()];
    ballots.push_back(std::move(text.front()));
  }
  const auto winner = std::max_element(
      ballots.begin(), ballots.end(),
      [&](const std::string& a, const std::string& b) { return votes[a] < votes[b]; });
  if (winner == ballots.end()) return 0.0;
  GWAGEO_ASSIGN(share, match.share(Json(*winner), reference));
  return share == 1.0 ? 1.0 : 0.0;
}

class OverRepeatsMetric final : public Metric {
 public:
  OverRepeatsMetric(Rule rule, AnswerMatch match, std::size_t k)
      : rule_(rule), match_(std::move(match)), k_(k) {}

  Result<Observation> score(const ScoredItem& item) const override {
    GWAGEO_CHECK(item.filtered != nullptr);
    GWAGEO_ASSIGN(value, rule_(match_, item.filtered->answers, item.reference, k_));
    return Observation{.value = value};
  }

 private:
  Rule rule_;
  AnswerMatch match_;
  std::size_t k_;
};

Result<std::unique_ptr<Metric>> make_over_repeats(const MetricSpec& spec, Rule rule) {
  const Arguments arguments(spec.arguments);
  std::vector<std::string_view> known = normalisation_arguments();
  known.push_back("k");
  GWAGEO_TRY(arguments.only(known));
  GWAGEO_ASSIGN(wanted, arguments.integers("k"));
  const std::optional<std::int64_t> named = k_of_figure(spec.metric);
  if (named) wanted = {*named};
  if (wanted.empty()) {
    return fail(ErrorKind::bad_input, "argument 'k': expected numbers of answers, as in k: [1, 4]");
  }
  for (const std::int64_t k : wanted) {
    if (k >= 1 && k <= k_max) continue;
    return fail(ErrorKind::bad_input, "argument 'k': expected 1 to " + std::to_string(k_max) +
                                          ", got " + std::to_string(k));
  }
  GWAGEO_ASSIGN(match, AnswerMatch::create(arguments));
  return std::make_unique<OverRepeatsMetric>(rule, std::move(match),
                                             static_cast<std::size_t>(wanted.front()));
}

}  // namespace

Result<std::unique_ptr<Metric>> make_pass_at_k_metric(const MetricSpec& spec, OutputType) {
  return make_over_repeats(spec, &pass);
}
Result<std::unique_ptr<Metric>> make_avg_at_k_metric(const MetricSpec& spec, OutputType) {
  return make_over_repeats(spec, &average_answers);
}
Result<std::unique_ptr<Metric>> make_maj_at_k_metric(const MetricSpec& spec, OutputType) {
  return make_over_repeats(spec, &majority);
}

}  // namespace gwageo
