#include "worker/openai_scores.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "protocol/check.h"
#include "worker/openai_alignment.h"
#include "worker/openai_generation.h"

namespace gwageo {
namespace {

const Json::Array* array_in(const Json& object, std::string_view key) {
  const Json* const found = object.find(key);
  return found != nullptr && found->is_array() ? &found->as_array() : nullptr;
}

// ---- numbers ----

Result<TokenLists> lists_of(const Json& answer) {
  const auto lacks = [](const std::string& field) {
    return fail(ErrorKind::bad_input, "the server's answer has no " + field);
  };
  GWAGEO_ASSIGN(choice, only_choice(answer));
  const Json* const logprobs = choice->find("logprobs");
  if (logprobs == nullptr || !logprobs->is_object()) return lacks(logprobs_field);
  TokenLists lists;
  lists.numbers = array_in(*logprobs, "token_logprobs");
  if (lists.numbers == nullptr) return lacks(logprobs_field + ".token_logprobs");
  lists.tops = array_in(*logprobs, "top_logprobs");
  if (lists.tops == nullptr) return lacks(logprobs_field + ".top_logprobs");
  if (lists.tops->size() != lists.numbers->size()) {
    return fail(ErrorKind::bad_input, logprobs_field + ".top_logprobs has " +
                                          std::to_string(lists.tops->size()) + " entries, not " +
                                          std::to_string(lists.numbers->size()) +
                                          " as token_logprobs");
  }
  lists.tokens = array_in(*logprobs, "tokens");
  lists.offsets = array_in(*logprobs, "text_offset");
  return lists;
}

// The largest log-probability of one position; an object by token text, or a list of entries.
std::optional<double> largest_of_tops(const Json& tops) {
  std::optional<double> largest;
  const auto take = [&](const Json* number) {
    if (number == nullptr || !number->is_number()) return false;
    largest = std::max(largest.value_or(number->as_double()), number->as_double());
    return true;
  };
  if (tops.is_object()) {
    for (const auto& [text, number] : tops.as_object()) {
      if (!take(&number)) return std::nullopt;
    }
  } else if (tops.is_array()) {
    for (const Json& entry : tops.as_array()) {
      if (!take(entry.find("logprob"))) return std::nullopt;
    }
  }
  return largest;
}

// Adds up positions [first, end).
Response sum_range(const TokenLists& lists, std::size_t first, std::size_t end) {
  Response response;
  response.greedy = true;
  for (std::size_t i = first; i < end; ++i) {
    const std::string field = place_in(logprobs_field + ".token_logprobs", i);
    const Json& number = (*lists.numbers)[i];
    if (number.is_null() && i == 0) {
      return refused_response("the server gives no log-probability for the first token (" + field +
                              " is null): say what stands before an empty context with the "
                              "option prefix");
    }
    if (!number.is_number() || number.as_double() > above_zero_max) {
      return failed_response(field + " is no log-probability");
    }
    const double value = number.as_double();
    const std::optional<double> largest = largest_of_tops((*lists.tops)[i]);
    if (!largest)
      return failed_response(place_in(logprobs_field + ".top_logprobs", i) + " is empty");
    response.log_probability += value;
    response.greedy = response.greedy && value >= *largest;
    ++response.tokens;
  }
  return response;
}

Response response_of(const Error& error) {
  if (error.kind == ErrorKind::corrupt) return failed_response(error.message);
  return refused_response(error.message);
}

// What Python calls white space: its str.rstrip() ends contexts in the source harness.
bool is_space_at_end(std::string_view text, std::size_t* bytes) {
  static constexpr std::string_view wide[] = {
      "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
      "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
  if (text.empty()) return false;
  const char last = text.back();
  *bytes = 1;
  if (last == ' ' || (last >= '\t' && last <= '\r') || (last >= '\x1c' && last <= '\x1f')) {
    return true;
  }
  for (const std::string_view each : wide) {
    *bytes = each.size();
    if (text.ends_with(each)) return true;
  }
  return false;
}

}  // namespace

Json json_of(const TokenIds& ids) { return Json(Json::Array(ids.begin(), ids.end())); }

bool sums_agree(double one, double other) {
  constexpr double tolerance = 0.01;
  return std::abs(one - other) <= tolerance * std::max(1.0, std::abs(other));
}

SplitText split_text(std::string_view context, std::string_view continuation) {
  std::string_view kept = context;
  std::size_t bytes = 0;
  while (is_space_at_end(kept, &bytes)) kept.remove_suffix(bytes);
  SplitText split;
  split.context = kept;
  split.continuation = std::string(context.substr(kept.size())) + std::string(continuation);
  return split;
}

Response score_echo_of_text(const SplitText& asked, const Json& answer) {
  GWAGEO_CHECK(!asked.continuation.empty());
  const Result<TokenLists> lists = lists_of(answer);
  if (!lists) return failed_response(lists.error().message);
  const Result<Alignment> aligned = align_tokens(asked.context + asked.continuation, *lists);
  if (!aligned) return response_of(aligned.error());
  const std::size_t boundary = count_code_points(asked.context);
  const auto begin = aligned->begins.begin();
  const auto first = std::lower_bound(begin + static_cast<std::ptrdiff_t>(aligned->first),
                                      begin + static_cast<std::ptrdiff_t>(aligned->end), boundary);
  const auto place = static_cast<std::size_t>(first - begin);
  if (place == aligned->end || *first != boundary) {
    return refused_response("the boundary between context and continuation lies inside " +
                            place_in(logprobs_field + ".tokens", place == 0 ? 0 : place - 1) +
                            ", and the server has no /tokenize to split them by tokens");
  }
  return sum_range(*lists, place, aligned->end);
}

Response score_echo_of_token_ids(std::size_t first, std::size_t size, const Json& answer) {
  GWAGEO_CHECK(first < size);
  const Result<TokenLists> lists = lists_of(answer);
  if (!lists) return failed_response(lists.error().message);
  if (lists->numbers->size() < size) {
    return failed_response(logprobs_field + ".token_logprobs has " +
                           std::to_string(lists->numbers->size()) + " entries for a prompt of " +
                           std::to_string(size) + " tokens");
  }
  return sum_range(*lists, first, size);
}

Response score_prompt_logprobs(const TokenIds& ids, std::size_t first, const Json& answer) {
  GWAGEO_CHECK(first < ids.size());
  const Result<const Json*> choice = only_choice(answer);
  if (!choice) return failed_response(choice.error().message);
  const std::string field = "choices[0].prompt_logprobs";
  const Json::Array* const entries = array_in(**choice, "prompt_logprobs");
  if (entries == nullptr) return failed_response("the server's answer has no " + field);
  if (entries->size() != ids.size()) {
    return failed_response(field + " has " + std::to_string(entries->size()) +
                           " entries for a prompt of " + std::to_string(ids.size()) + " tokens");
  }
  Response response;
  response.greedy = true;
  for (std::size_t i = first; i < ids.size(); ++i) {
    const Json* const own = (*entries)[i].find(std::to_string(ids[i]));
    const Json* const number = own == nullptr ? nullptr : own->find("logprob");
    if (number == nullptr || !number->is_number() || number->as_double() > above_zero_max) {
      return failed_response(place_in(field, i) + " has no log-probability of token " +
                             std::to_string(ids[i]));
    }
    double largest = number->as_double();
    for (const auto& [id, entry] : (*entries)[i].as_object()) {
      const Json* const other = entry.find("logprob");
      if (other != nullptr && other->is_number()) largest = std::max(largest, other->as_double());
    }
    response.log_probability += number->as_double();
    response.greedy = response.greedy && number->as_double() >= largest;
    ++response.tokens;
  }
  return response;
}

Response sum_of(const std::vector<Response>& parts) {
  Response sum;
  sum.greedy = true;
  for (const Response& part : parts) {
    if (part.outcome != Outcome::answered) return part;
    sum.log_probability += part.log_probability;
    sum.greedy = sum.greedy && part.greedy;
    sum.tokens += part.tokens;
  }
  return sum;
}

EchoShape look_at_echo(const std::string& prompt, const Json& answer) {
  EchoShape shape;
  const Result<const Json*> choice = only_choice(answer);
  const Json* const text = choice ? (*choice)->find("text") : nullptr;
  if (text == nullptr || !text->is_string() ||
      text->as_string().find(prompt) == std::string::npos) {
    shape.problem = "the server ignores echo (llama.cpp does)";
    return shape;
  }
  const Result<TokenLists> lists = lists_of(answer);
  if (!lists) {
    shape.problem = "the server echoes without log-probabilities: " + lists.error().message;
    return shape;
  }
  const Result<Alignment> aligned = align_tokens(prompt, *lists);
  if (!aligned) {
    shape.problem = aligned.error().message;
    return shape;
  }
  shape.is_echo = true;
  shape.first_token_scored = (*lists->numbers)[aligned->first].is_number();
  shape.text_offsets = aligned->has_offsets;
  shape.generated = aligned->begins.size() - aligned->end;
  return shape;
}

}  // namespace gwageo
