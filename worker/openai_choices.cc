#include "worker/openai_choices.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/check.h"
#include "worker/openai_alignment.h"
#include "worker/openai_generation.h"
#include "worker/openai_native.h"

namespace gwageo {
namespace {

/// vLLM takes so many at a time.
constexpr std::size_t chosen_max = 128;
const std::string token_prefix = "token_id:";

ChoicesStep given_up(std::string problem = {}) { return ChoicesEnd{{}, std::move(problem)}; }

/// Numbers of tokens at one position, by the token's name there; and the largest of them.
struct Numbers {
  std::map<std::string, double> by_name;
  std::optional<double> largest;

  void add(const std::string& name, double number) {
    by_name.insert_or_assign(name, number);
    largest = std::max(largest.value_or(number), number);
  }
};

const Json* member(const Json* json, std::string_view key) {
  return json == nullptr ? nullptr : json->find(key);
}

const Json* first_of(const Json* json) {
  const bool has_one = json != nullptr && json->is_array() && !json->as_array().empty();
  return has_one ? &json->as_array().front() : nullptr;
}

Result<Numbers> numbers_of_completion(const Json& answer) {
  GWAGEO_ASSIGN(choice, only_choice(answer));
  const Json* const logprobs = choice->find("logprobs");
  const Json* const top = first_of(member(logprobs, "top_logprobs"));
  if (top == nullptr || !top->is_object()) {
    return fail(ErrorKind::bad_input,
                "the server's answer has no " + logprobs_field + ".top_logprobs[0]");
  }
  Numbers numbers;
  for (const auto& [name, number] : top->as_object()) {
    if (number.is_number()) numbers.add(name, number.as_double());
  }
  // The token that it wrote is the most probable one, whether it is among the best or not.
  const Json* const written = first_of(member(logprobs, "token_logprobs"));
  if (written != nullptr && written->is_number()) {
    numbers.largest =
        std::max(numbers.largest.value_or(written->as_double()), written->as_double());
  }
  return numbers;
}

Result<Numbers> numbers_of_native(const Json& answer) {
  const Json* const info = member(&answer, "meta_info");
  Numbers numbers;
  for (const std::string_view key : {"output_token_ids_logprobs", "output_top_logprobs"}) {
    const Json* const list = first_of(member(info, key));
    if (list == nullptr || !list->is_array()) {
      return fail(ErrorKind::bad_input,
                  "the server's answer has no meta_info." + std::string(key) + "[0]");
    }
    for (const Json& each : list->as_array()) {
      if (!each.is_array() || each.as_array().size() < 2 || !each.as_array()[0].is_number() ||
          !each.as_array()[1].is_integer()) {
        return fail(ErrorKind::bad_input, "the server's answer has an entry in meta_info." +
                                              std::string(key) + "[0] that is no [number, id]");
      }
      numbers.add(token_prefix + std::to_string(each.as_array()[1].as_integer()),
                  each.as_array()[0].as_double());
    }
  }
  return numbers;
}

}  // namespace

ServerRequest chosen_tokens_request(const OpenAiOptions& options, ChosenTokens way,
                                    const TokenIds& context, const TokenIds& chosen) {
  GWAGEO_CHECK(way != ChosenTokens::none);
  Json body = Json::object();
  if (way == ChosenTokens::token_ids_logprob) {
    Json sampling = Json::object();
    sampling["max_new_tokens"] = 1;
    sampling["temperature"] = 0;
    body["input_ids"] = json_of(context);
    body["sampling_params"] = std::move(sampling);
    body["return_logprob"] = true;
    body["logprob_start_len"] = -1;
    body["token_ids_logprob"] = json_of(chosen);
    body["top_logprobs_num"] = 1;
  } else {
    body["model"] = options.model;
    body["prompt"] = Json(Json::Array{json_of(context)});
    body["temperature"] = 0;
    body["max_tokens"] = 1;
    body["logprobs"] = 1;
    body["logprob_token_ids"] = json_of(chosen);
    body["return_tokens_as_token_ids"] = true;
  }
  for (const auto& [key, value] : options.extra.as_object()) body[key] = value;
  const bool is_native = way == ChosenTokens::token_ids_logprob;
  return {is_native ? options.root + "/generate" : options.url + "/completions", body.dump()};
}

Result<std::vector<Response>> read_chosen_tokens(ChosenTokens way, const TokenIds& chosen,
                                                 const Json& answer) {
  const bool is_native = way == ChosenTokens::token_ids_logprob;
  GWAGEO_ASSIGN(numbers, is_native ? numbers_of_native(answer) : numbers_of_completion(answer));
  std::vector<Response> responses;
  for (const std::uint32_t id : chosen) {
    const auto found = numbers.by_name.find(token_prefix + std::to_string(id));
    if (found == numbers.by_name.end()) {
      return fail(ErrorKind::bad_input, "the server's answer says nothing of token " +
                                            std::to_string(id) + ", which was asked for");
    }
    if (!(found->second <= above_zero_max)) {
      return fail(ErrorKind::bad_input, "what the server's answer says of token " +
                                            std::to_string(id) + " is no log-probability");
    }
    Response& response = responses.emplace_back();
    response.log_probability = found->second;
    response.greedy = found->second >= *numbers.largest;
    response.tokens = 1;
  }
  return responses;
}

bool OpenAiChoices::suits(const Request& request, const OpenAiCapabilities& capabilities) {
  return capabilities.chosen_tokens != ChosenTokens::none && capabilities.tokenize &&
         request.kind == RequestKind::likelihood && is_utf8(request.prompt) &&
         is_utf8(request.continuation) &&
         !split_text(request.prompt, request.continuation).context.empty() &&
         !request.continuation.empty();
}

OpenAiChoices::OpenAiChoices(std::vector<Request> requests, const OpenAiOptions& options,
                             const OpenAiCapabilities& capabilities)
    : options_(&options), capabilities_(&capabilities) {
  GWAGEO_CHECK(!requests.empty());
  for (const Request& each : requests) {
    GWAGEO_CHECK(each.prompt == requests.front().prompt);
    asked_.push_back(split_text(each.prompt, each.continuation));
  }
}

ServerRequest OpenAiChoices::ask_tokens(const std::string& text) const {
  return tokens_request(*options_, text, false);
}

ServerRequest OpenAiChoices::begin() { return ask_tokens(asked_.front().context); }

ChoicesStep OpenAiChoices::take(std::string_view body) {
  const Result<Json> answer = Json::parse(body);
  if (!answer) return given_up("the server's answer: " + answer.error().message);
  return asks_numbers_ ? take_numbers(*answer) : take_tokens(*answer);
}

ChoicesStep OpenAiChoices::take_tokens(const Json& answer) {
  Result<TokenIds> ids = read_tokens(answer);
  if (!ids) return given_up(ids.error().message);
  if (!context_size_) {
    context_size_ = ids->size();
    const bool is_too_long = capabilities_->window != 0 && ids->size() + 2 > capabilities_->window;
    if (ids->empty() || is_too_long) return given_up();
    return ask_tokens(asked_.front().context + asked_.front().continuation);
  }
  // As many of the whole's tokens belong to the context as the context has by itself.
  std::optional<std::uint32_t> own;
  if (ids->size() == *context_size_ + 1) {
    own = ids->back();
    ids->pop_back();
    if (context_.empty()) context_ = *ids;
    if (context_ != *ids) own.reset();
  }
  own_.push_back(own);
  if (own_.size() < asked_.size()) {
    const SplitText& next = asked_[own_.size()];
    return ask_tokens(next.context + next.continuation);
  }
  return ask_numbers();
}

TokenIds OpenAiChoices::chosen() const {
  TokenIds chosen;
  for (const auto& own : own_) {
    if (own) chosen.push_back(*own);
  }
  return chosen;
}

ChoicesStep OpenAiChoices::ask_numbers() {
  const TokenIds chosen = this->chosen();
  if (chosen.size() < 2 || chosen.size() > chosen_max) return given_up();
  asks_numbers_ = true;
  return chosen_tokens_request(*options_, capabilities_->chosen_tokens, context_, chosen);
}

ChoicesStep OpenAiChoices::take_numbers(const Json& answer) const {
  std::string stranger = capabilities_->stranger_in(RequestKind::likelihood, answer);
  if (!stranger.empty()) return given_up(std::move(stranger));
  Result<std::vector<Response>> numbers =
      read_chosen_tokens(capabilities_->chosen_tokens, chosen(), answer);
  if (!numbers) return given_up(numbers.error().message);
  ChoicesEnd end;
  auto next = numbers->begin();
  for (const auto& own : own_) {
    end.responses.push_back(own ? std::optional(std::move(*next++)) : std::nullopt);
  }
  return end;
}

}  // namespace gwageo
