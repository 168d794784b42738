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

/// Of unlike words and lengths, and asked whatever `ordering` says: a server that gives each token
/// one number would rank the choices of every question by their length.
const std::vector<std::string> unlike_texts = {" of", " seventeen grey elephants asleep"};

/// Requests that keep others company.
constexpr std::uint32_t company_max = 6;

std::string with_four_decimals(double number) {
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

bool is_same(double one, double other) {
  constexpr double tolerance = 1e-6;
  return std::abs(one - other) <= tolerance * std::max(1.0, std::abs(one));
}

// Whether the sums, or the numbers of a token on the average, are one and the same for all texts.
bool are_constant(const std::vector<Response>& unlike) {
  const auto all = [&](const auto& number_of) {
    return std::ranges::all_of(unlike, [&](const Response& each) {
      return is_same(number_of(each), number_of(unlike.front()));
    });
  };
  return all([](const Response& each) { return each.log_probability; }) ||
         all([](const Response& each) { return each.log_probability / each.tokens; });
}

// `sum` and what the server says of unlike texts. One that it cannot be asked about says nothing,
// but all of them do.
void judge_unlike(const Response& sum, std::vector<Response> others, OpenAiCapabilities& found) {
  const std::string error = others.front().error;
  std::erase_if(others, [](const Response& each) { return !is_scored(each.outcome); });
  if (others.empty()) return refuse_scoring(found, error);
  others.push_back(sum);
  if (!are_constant(others)) return;
  refuse_scoring(found,
                 "the log-probabilities are not those of a working model: unlike texts have "
                 "the same, " +
                     with_four_decimals(sum.log_probability / sum.tokens) + " a token");
}

void judge_sums(const Lone& lone, const Response& once, const Response& again, const Response* less,
                const OpenAiOptions& options, OpenAiCapabilities& found) {
  const auto [low, high] = std::minmax(once.log_probability, again.log_probability);
  found.repeat_difference = high - low;
  if (!sums_agree(low, high)) {
    return refuse_scoring(found, "the server gives one request two sums of log-probabilities, " +
                                     with_four_decimals(low) + " and " + with_four_decimals(high));
  }
  if (less != nullptr && once.log_probability <= less->log_probability) {
    return refuse_scoring(
        found, "the log-probabilities are not those of a working model: after \"" +
                   lone.sum.prompt + "\" it gives \"" + options.ordering_less + "\" " +
                   with_four_decimals(less->log_probability) + " and \"" + lone.sum.continuation +
                   "\" " + with_four_decimals(once.log_probability) +
                   " (option ordering says what is asked)");
  }
  const double alone = lone.sum_alone.log_probability;
  found.batch_difference =
      std::max(std::abs(alone - once.log_probability), std::abs(alone - again.log_probability));
  if (!sums_agree(once.log_probability, alone) || !sums_agree(again.log_probability, alone)) {
    refuse_scoring(found, "the server gives one request two sums of log-probabilities, " +
                              with_four_decimals(alone) + " alone and " +
                              with_four_decimals(once.log_probability) + " amid others");
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
  const std::size_t unlike_at = together.size();
  if (scores) {
    for (const std::string& each : unlike_texts) {
      together.push_back(likelihood(probe_context, each));
    }
  }
  const std::size_t less_at = together.size();
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
  const Response* const less = orders ? &amid[less_at] : nullptr;
  for (const std::size_t at : {std::size_t{1}, std::size_t{2}, orders ? less_at : 1}) {
    if (is_scored(amid[at].outcome)) continue;
    refuse_scoring(found, amid[at].error);
    return {};
  }
  const auto unlike = amid.begin() + static_cast<std::ptrdiff_t>(unlike_at);
  judge_unlike(amid[1], {unlike, amid.begin() + static_cast<std::ptrdiff_t>(less_at)}, found);
  if (found.scoring != Scoring::none) judge_sums(lone, amid[1], amid[2], less, options, found);
  if (has_company) found.batch_invariant = same_text && found.batch_difference == 0;
  return {};
}

}  // namespace gwageo
