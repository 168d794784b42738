#include "worker/openai_call.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "protocol/check.h"
#include "worker/openai_generation.h"
#include "worker/openai_native.h"

namespace gwageo {
namespace {

bool is_text(const Request& request) {
  const auto all_are = [](const auto& texts) {
    return std::ranges::all_of(texts, [](const std::string& text) { return is_utf8(text); });
  };
  return is_utf8(request.prompt) && is_utf8(request.continuation) && all_are(request.stop) &&
         std::ranges::all_of(request.messages,
                             [](const ChatMessage& each) { return is_utf8(each.content); });
}

}  // namespace

ServerRequest tokens_request(const OpenAiOptions& options, const std::string& text,
                             bool with_special) {
  Json body = Json::object();
  body["model"] = options.model;
  body["prompt"] = text;
  body["add_special_tokens"] = with_special;
  return {options.root + "/tokenize", body.dump()};
}

Result<TokenIds> read_tokens(const Json& answer) {
  const Json* const tokens = answer.find("tokens");
  if (tokens == nullptr || !tokens->is_array()) {
    return fail(ErrorKind::bad_input, "the answer of /tokenize has no tokens");
  }
  TokenIds ids;
  for (const Json& token : tokens->as_array()) {
    if (!token.is_integer() || token.as_integer() < 0 ||
        token.as_integer() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorKind::bad_input, "the answer of /tokenize has no token id in tokens[" +
                                            std::to_string(ids.size()) + "]");
    }
    ids.push_back(static_cast<std::uint32_t>(token.as_integer()));
  }
  return ids;
}

OpenAiCall::OpenAiCall(Request request, const OpenAiOptions& options,
                       const OpenAiCapabilities& capabilities, ScoredPart part)
    : request_(std::move(request)), options_(&options), capabilities_(&capabilities), part_(part) {}

CallStep OpenAiCall::begin() {
  const std::string& refusal = capabilities_->refusal_of(request_.kind);
  if (!refusal.empty()) return refused_response(refusal);
  if (!is_text(request_)) {
    return refused_response("the request is not UTF-8, and the server takes nothing else");
  }
  if (!is_generation(request_.kind)) return begin_scoring();
  const bool is_chat = request_.kind == RequestKind::chat;
  if (is_chat && options_->assistant_prefix == AssistantPrefix::refused &&
      !request_.messages.empty() && request_.messages.back().role == "assistant") {
    return refused_response(
        "the conversation ends with the beginning of the answer; say how this server goes on from "
        "there with the option assistant_prefix (sent or continue_final_message)");
  }
  stage_ = Stage::generation;
  return ServerRequest{options_->url + (is_chat ? "/chat/completions" : "/completions"),
                       generation_body(request_, *options_)};
}

CallStep OpenAiCall::begin_scoring() {
  split_ = split_text(request_.prompt, request_.continuation);
  if (request_.kind == RequestKind::rolling) split_ = {"", request_.continuation};
  if (split_.continuation.empty()) {
    return refused_response("there is no continuation to give a probability to");
  }
  if (capabilities_->scoring == Scoring::echo_of_text) {
    stage_ = Stage::text;
    if (split_.context.empty()) split_.context = options_->prefix;
    return scoring_request(split_.context + split_.continuation, Scoring::echo_of_text);
  }
  if (split_.context.empty() && !capabilities_->prefix_token) {
    return refused_response(
        "the context is empty: say which token stands before the text with the option "
        "prefix_token");
  }
  stage_ = Stage::whole;
  return ask_tokens(split_.context + split_.continuation);
}

CallStep OpenAiCall::ask_tokens(const std::string& text) const {
  if (capabilities_->tokenize) return tokens_request(*options_, text, false);
  return native_request(native_body(text));
}

// Without what the tokenizer put before the text.
Result<TokenIds> OpenAiCall::tokens_in(const Json& answer) const {
  if (capabilities_->tokenize) return read_tokens(answer);
  GWAGEO_ASSIGN(ids, read_native_tokens(answer));
  const std::optional<std::uint32_t>& prefix = capabilities_->prefix_token;
  if (prefix && !ids.empty() && ids.front() == *prefix) ids.erase(ids.begin());
  return ids;
}

CallStep OpenAiCall::take(std::string_view body) {
  const Result<Json> answer = Json::parse(body);
  if (!answer) return failed_response("the server's answer: " + answer.error().message);
  std::string stranger = capabilities_->stranger_in(request_.kind, *answer);
  if (!stranger.empty()) return failed_response(std::move(stranger));
  switch (stage_) {
    case Stage::generation: return read_generation(request_, *answer);
    case Stage::text: return score_echo_of_text(split_, *answer);
    case Stage::whole:
    case Stage::context: return take_tokens(*answer);
    case Stage::window: return take_window(*answer);
  }
  return failed_response("");
}

CallStep OpenAiCall::take_tokens(const Json& answer) {
  Result<TokenIds> ids = tokens_in(answer);
  if (!ids) return failed_response(ids.error().message);
  if (stage_ == Stage::context) return plan_windows(ids->size());
  whole_ = *std::move(ids);
  if (split_.context.empty()) {
    // Some tokenizers put the prefix there themselves.
    if (whole_.empty() || whole_.front() != *capabilities_->prefix_token) {
      whole_.insert(whole_.begin(), *capabilities_->prefix_token);
    }
    return plan_windows(1);
  }
  stage_ = Stage::context;
  return ask_tokens(split_.context);
}

CallStep OpenAiCall::plan_windows(std::size_t context_size) {
  if (context_size == 0 || context_size >= whole_.size()) {
    return refused_response(
        "the continuation has no token of its own: context and continuation "
        "together have " +
        std::to_string(whole_.size()) + " tokens, the context alone " +
        std::to_string(context_size));
  }
  // One token of the window is the one that the server generates.
  const std::size_t room = capabilities_->window == 0 ? whole_.size() : capabilities_->window - 1;
  if (request_.kind != RequestKind::rolling) {
    if (whole_.size() > room) {
      return refused_response("context and continuation have " + std::to_string(whole_.size()) +
                              " tokens, and the model sees " +
                              std::to_string(capabilities_->window) + " at a time");
    }
    windows_.push_back({std::move(whole_), context_size});
    return ask_window();
  }
  if (room < 2) return refused_response("the model's window is too short for one token");
  for (std::size_t done = context_size; done < whole_.size();) {
    const std::size_t end = std::min(whole_.size(), done + room - 1);
    const std::size_t begin = end > room ? end - room : 0;
    windows_.push_back({TokenIds(whole_.begin() + static_cast<std::ptrdiff_t>(begin),
                                 whole_.begin() + static_cast<std::ptrdiff_t>(end)),
                        done - begin});
    done = end;
  }
  return ask_window();
}

std::size_t OpenAiCall::start_of(const Window& window) const {
  return part_ == ScoredPart::tail ? window.first - 1 : 0;
}

CallStep OpenAiCall::ask_window() {
  stage_ = Stage::window;
  const Window& window = windows_[parts_.size()];
  if (capabilities_->scoring == Scoring::native) {
    return native_request(native_body(window.ids, start_of(window)));
  }
  Json prompts = Json::array();
  prompts.push_back(json_of(window.ids));
  return scoring_request(std::move(prompts), capabilities_->scoring);
}

Response OpenAiCall::score_window(const Window& window, const Json& answer) const {
  switch (capabilities_->scoring) {
    case Scoring::native: return score_native(window.ids, start_of(window), window.first, answer);
    case Scoring::prompt_logprobs: return score_prompt_logprobs(window.ids, window.first, answer);
    default: return score_echo_of_token_ids(window.first, window.ids.size(), answer);
  }
}

CallStep OpenAiCall::take_window(const Json& answer) {
  const Window& window = windows_[parts_.size()];
  Response part = score_window(window, answer);
  const bool is_answered = part.outcome == Outcome::answered;
  parts_.push_back(std::move(part));
  if (is_answered && parts_.size() < windows_.size()) return ask_window();
  return sum_of(parts_);
}

ServerRequest OpenAiCall::scoring_request(Json prompt, Scoring scoring) const {
  Json body = Json::object();
  body["model"] = options_->model;
  body["prompt"] = std::move(prompt);
  body["temperature"] = 0;
  if (scoring == Scoring::prompt_logprobs) {
    body["max_tokens"] = 1;
    body["prompt_logprobs"] = 1;
  } else {
    body["max_tokens"] = capabilities_->zero_tokens ? 0 : 1;
    body["logprobs"] = capabilities_->top;
    body["echo"] = true;
  }
  for (const auto& [key, value] : options_->extra.as_object()) body[key] = value;
  return {options_->url + "/completions", body.dump()};
}

ServerRequest OpenAiCall::native_request(Json body) const {
  for (const auto& [key, value] : options_->extra.as_object()) body[key] = value;
  return {options_->root + "/generate", body.dump()};
}

}  // namespace gwageo
