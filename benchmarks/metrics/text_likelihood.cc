// word_perplexity, byte_perplexity and bits_per_byte: the log-likelihood of a whole text, weighed
// by its words or its bytes (aggregations/perplexity.cc). Words are what is between runs of white
// space, as `re.split(r"\s+", text)` counts them: a text with white space at its ends has an empty
// word there, and an empty text one word.
#include "benchmarks/metric.h"
#include "benchmarks/metrics/likelihood.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

std::size_t count_words(std::string_view text) {
  std::size_t words = 1;
  bool was_space = false;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const bool is_space = is_python_space(character.code);
    if (is_space && !was_space) ++words;
    was_space = is_space;
    at += character.size;
  }
  return words;
}

std::size_t count_bytes(std::string_view text) { return text.size(); }

class TextLikelihoodMetric final : public Metric {
 public:
  explicit TextLikelihoodMetric(std::size_t (*count)(std::string_view text)) : count_(count) {}

  Result<Observation> score(const ScoredItem& item) const override {
    const std::vector<std::string>& targets = item.reference.targets;
    return Observation{
        .value = finite_likelihood(item.responses.front()),
        .weight = static_cast<std::uint32_t>(count_(targets.empty() ? "" : targets.front()))};
  }

 private:
  std::size_t (*count_)(std::string_view text);
};

Result<std::unique_ptr<Metric>> make_text_likelihood(std::size_t (*count)(std::string_view text)) {
  return std::make_unique<TextLikelihoodMetric>(count);
}

}  // namespace

Result<std::unique_ptr<Metric>> make_word_perplexity_metric(const MetricSpec&, OutputType) {
  return make_text_likelihood(&count_words);
}
Result<std::unique_ptr<Metric>> make_byte_perplexity_metric(const MetricSpec&, OutputType) {
  return make_text_likelihood(&count_bytes);
}
Result<std::unique_ptr<Metric>> make_bits_per_byte_metric(const MetricSpec&, OutputType) {
  return make_text_likelihood(&count_bytes);
}

}  // namespace gwageo
