#include "worker/openai_generation.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace gwageo {
namespace {

Json messages_of(const Request& request) {
  Json messages = Json::array();
  for (const ChatMessage& message : request.messages) {
    Json each = Json::object();
    each["role"] = message.role;
    each["content"] = message.content;
    messages.push_back(std::move(each));
  }
  return messages;
}

bool ends_with_assistant(const Request& request) {
  return !request.messages.empty() && request.messages.back().role == "assistant";
}

// Cuts at the earliest stop string; whether there was one.
bool cut_at_stop(std::string& text, const std::vector<std::string>& stop) {
  std::size_t earliest = std::string::npos;
  for (const std::string& each : stop) {
    if (!each.empty()) earliest = std::min(earliest, text.find(each));
  }
  if (earliest == std::string::npos) return false;
  text.resize(earliest);
  return true;
}

/// What a server may count beyond the limit, and what a token's text has at most on the average:
/// the longest tokens of known vocabularies are runs of white space of 128 bytes, and vocabularies
/// whose tokens span words allow four of them.
constexpr std::uint64_t slack_tokens = 1;
constexpr std::uint64_t token_text_max = 256;
constexpr std::uint64_t token_words_max = 4;
/// More than a token's text has on the average, in any language's UTF-8.
constexpr std::uint64_t token_text_usual = 32;
constexpr std::uint64_t token_words_usual = 2;

std::uint32_t tokens_of(const Json& answer) {
  const Json* const usage = answer.find("usage");
  const Json* const tokens = usage == nullptr ? nullptr : usage->find("completion_tokens");
  if (tokens == nullptr || !tokens->is_integer()) return 0;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(tokens->as_integer(), 0, std::numeric_limits<std::uint32_t>::max()));
}

std::uint64_t words_in(std::string_view text) {
  std::uint64_t words = 0;
  bool is_inside = false;
  for (const char c : text) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space && !is_inside) ++words;
    is_inside = !is_space;
  }
  return words;
}

}  // namespace

Result<const Json*> only_choice(const Json& answer) {
  const Json* const choices = answer.find("choices");
  const Json* found = nullptr;
  if (choices != nullptr && choices->is_array()) {
    for (const Json& each : choices->as_array()) {
      const Json* const index = each.find("index");
      const bool is_named = index != nullptr && !index->is_null();
      if (is_named && !(index->is_integer() && index->as_integer() == 0)) continue;
      if (found != nullptr) {
        return fail(ErrorKind::bad_input, "the server's answer has choices[0] twice by `index`");
      }
      found = &each;
    }
    if (found == nullptr && !choices->as_array().empty()) {
      return fail(ErrorKind::bad_input,
                  "the server's answer has no choices[0] by `index`: it is another one's");
    }
  }
  if (found == nullptr) return fail(ErrorKind::bad_input, "the server's answer has no choices[0]");
  return found;
}

std::string overrun_of(std::uint32_t tokens_max, const std::string& text, const Json& answer) {
  const std::string asked = " where " + std::to_string(tokens_max) + " tokens were asked";
  const std::uint64_t allowed = tokens_max + slack_tokens;
  const std::uint32_t counted = tokens_of(answer);
  const std::uint64_t words = words_in(text);
  // A count alone is no proof: there are servers that say one number whatever they gave.
  const bool is_long =
      words > allowed * token_words_usual || text.size() > allowed * token_text_usual;
  if (counted > allowed && is_long) {
    return std::to_string(counted) + " tokens by the server's own count, " + std::to_string(words) +
           " words," + asked;
  }
  if (text.size() <= allowed * token_text_max && words <= allowed * token_words_max) return "";
  return "a text of " + std::to_string(words) + " words and " + std::to_string(text.size()) +
         " bytes" + asked;
}

Response failed_response(std::string error) {
  Response response;
  response.outcome = Outcome::engine_failed;
  response.error = std::move(error);
  return response;
}

Response refused_response(std::string error) {
  Response response;
  response.outcome = Outcome::refused_by_engine;
  response.error = std::move(error);
  return response;
}

std::string generation_body(const Request& request, const OpenAiOptions& options) {
  const bool is_chat = request.kind == RequestKind::chat;
  Json body = Json::object();
  body["model"] = options.model;
  if (is_chat) {
    body["messages"] = messages_of(request);
  } else {
    body["prompt"] = request.prompt;
  }
  body[is_chat ? options.limit_field : "max_tokens"] = request.tokens_max;
  if (options.sends_temperature) body["temperature"] = request.temperature;
  if (request.top_p != 1) body["top_p"] = request.top_p;
  Json stop = Json::array();
  for (const std::string& each : request.stop) {
    if (stop.as_array().size() < options.stop_strings) stop.push_back(each);
  }
  if (!stop.as_array().empty()) body["stop"] = std::move(stop);
  if (request.temperature > 0) {
    body["seed"] = static_cast<std::int64_t>(request.seed & std::uint64_t{INT64_MAX});
  }
  if (is_chat && ends_with_assistant(request) &&
      options.assistant_prefix == AssistantPrefix::continued) {
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  for (const auto& [key, value] : options.extra.as_object()) body[key] = value;
  return body.dump();
}

Response read_generation(const Request& request, const Json& answer) {
  const bool is_chat = request.kind == RequestKind::chat;
  const Result<const Json*> only = only_choice(answer);
  if (!only) return failed_response(only.error().message);
  const Json& choice = **only;
  const Json* const finish = choice.find("finish_reason");
  const std::string reason = finish != nullptr && finish->is_string() ? finish->as_string() : "";
  const Json* const message = is_chat ? choice.find("message") : &choice;
  const std::string field = is_chat ? "choices[0].message.content" : "choices[0].text";
  const Json* const text =
      message == nullptr ? nullptr : message->find(is_chat ? "content" : "text");
  if (reason == "content_filter") {
    return refused_response("the server withheld the answer: finish_reason is content_filter");
  }
  const bool is_silent = text == nullptr || text->is_null();
  if (!is_silent && !text->is_string()) {
    return failed_response("the server's answer has no text in " + field);
  }
  if (is_silent && (!is_chat || message == nullptr || reason.empty())) {
    return failed_response("the server's answer has no " + field);
  }
  Response response;
  if (!is_silent) response.text = text->as_string();
  response.tokens = tokens_of(answer);
  const std::string overrun = overrun_of(request.tokens_max, response.text, answer);
  if (!overrun.empty()) return refused_response("the server ignores max_tokens: " + overrun);
  if (cut_at_stop(response.text, request.stop)) return response;
  if (reason == "length") {
    response.outcome = Outcome::truncated;
  } else if (reason != "stop" && reason != "eos" && reason != "eos_token" &&
             reason != "stop_sequence") {
    return failed_response(reason.empty()
                               ? "the server's answer has no choices[0].finish_reason"
                               : "the server ended with finish_reason \"" + reason + "\"");
  }
  return response;
}

}  // namespace gwageo
