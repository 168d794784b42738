#include "worker/openai_probe_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "worker/openai_generation.h"
#include "worker/openai_scores.h"

namespace gwageo {

void refuse_scoring(OpenAiCapabilities& found, const std::string& why) {
  found.scoring = Scoring::none;
  found.no_scoring = why + ": log-likelihood tasks cannot be asked there";
}

namespace {

/// Requests that keep others company.
constexpr std::uint32_t company_max = 6;

std::string brief(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", number);
  return text;
}

Request likelihood(const std::string& context, const std::string& continuation) {
  Request request;
  request.kind = RequestKind::likelihood;
  request.prompt = context;
  request.continuation = continuation;
  return request;
}

Request text_after(const std::string& prompt) {
  Request request;
  request.prompt = prompt;
  request.tokens_max = 8;
  return request;
}

// Of several lengths, so that a batch is padded, or cut, in several ways.
std::string company(std::uint32_t number) {
  std::string text = "Where is it?";
  for (std::uint32_t i = 0; i <= number; ++i) text += " " + probe_context + " where it is.";
  return text;
}

/// What is asked, and what came back alone.
struct Lone {
  Request sum;
  Request text;
  Response sum_alone;
  Response text_alone;
};

void judge_sums(const Lone& lone, const Response& once, const Response& again, const Response* less,
                const OpenAiOptions& options, OpenAiCapabilities& found) {
  const auto [low, high] = std::minmax(once.log_probability, again.log_probability);
  found.repeat_difference = high - low;
  if (!sums_agree(low, high)) {
    return refuse_scoring(found, "the server gives one request two sums of log-probabilities, " +
                                     brief(low) + " and " + brief(high));
  }
  if (less != nullptr && once.log_probability <= less->log_probability) {
    return refuse_scoring(
        found, "the log-probabilities are not those of a working model: after \"" +
                   lone.sum.prompt + "\" it gives \"" + options.ordering_less + "\" " +
                   brief(less->log_probability) + " and \"" + lone.sum.continuation + "\" " +
                   brief(once.log_probability) + " (option ordering says what is asked)");
  }
  const double alone = lone.sum_alone.log_probability;
  found.batch_difference =
      std::max(std::abs(alone - once.log_probability), std::abs(alone - again.log_probability));
  if (!sums_agree(once.log_probability, alone) || !sums_agree(again.log_probability, alone)) {
    refuse_scoring(found, "the server gives one request two sums of log-probabilities, " +
                              brief(alone) + " alone and " + brief(once.log_probability) +
                              " amid others");
  }
}

}  // namespace

Status probe_numbers(const OpenAiOptions& options, ProbeRounds& rounds, OpenAiCapabilities& found) {
  if (!found.completions) return {};
  Lone lone;
  const bool is_asked = !options.ordering_context.empty();
  lone.sum = likelihood(is_asked ? options.ordering_context : probe_context,
                        options.ordering_more.empty() ? " Paris" : options.ordering_more);
  lone.text = text_after(probe_context);
  if (found.scoring != Scoring::none) {
    GWAGEO_ASSIGN(sum, rounds.carry_out({lone.sum}, found));
    lone.sum_alone = sum.front();
    if (!is_scored(lone.sum_alone.outcome)) refuse_scoring(found, lone.sum_alone.error);
  }
  GWAGEO_ASSIGN(text, rounds.carry_out({lone.text}, found));
  lone.text_alone = text.front();

  std::vector<Request> together = {lone.text};
  const bool scores = found.scoring != Scoring::none;
  if (scores) together.insert(together.end(), {lone.sum, lone.sum});
  const bool orders = scores && !options.ordering_less.empty();
  if (orders) together.push_back(likelihood(lone.sum.prompt, options.ordering_less));
  for (std::uint32_t i = 0; i < std::min(company_max, options.connections - 1); ++i) {
    const bool is_sum = scores && i % 2 == 0;
    together.push_back(is_sum ? likelihood(company(i), " It is.") : text_after(company(i)));
  }
  GWAGEO_ASSIGN(amid, rounds.carry_out(together, found));
  const bool has_company = options.connections > 1;  // Else one waits for the other.
  const bool has_text = is_scored(lone.text_alone.outcome) && is_scored(amid[0].outcome);
  const bool same_text = !has_text || amid[0].text == lone.text_alone.text;
  if (has_company && has_text) found.batch_invariant = same_text;
  if (!scores) return {};
  for (std::size_t i = 1; i < (orders ? 4U : 3U); ++i) {
    if (is_scored(amid[i].outcome)) continue;
    refuse_scoring(found, amid[i].error);
    return {};
  }
  judge_sums(lone, amid[1], amid[2], orders ? &amid[3] : nullptr, options, found);
  if (has_company) found.batch_invariant = same_text && found.batch_difference == 0;
  return {};
}

}  // namespace gwageo
