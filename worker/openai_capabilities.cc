#include "worker/openai_capabilities.h"

namespace gwageo {

std::string_view to_string(Scoring scoring) {
  switch (scoring) {
    case Scoring::none: return "none";
    case Scoring::native: return "native";
    case Scoring::echo_of_token_ids: return "echo_of_token_ids";
    case Scoring::prompt_logprobs: return "prompt_logprobs";
    case Scoring::echo_of_text: return "echo_of_text";
  }
  return "none";
}

std::string_view to_string(ChosenTokens way) {
  switch (way) {
    case ChosenTokens::none: return "none";
    case ChosenTokens::logprob_token_ids: return "logprob_token_ids";
    case ChosenTokens::token_ids_logprob: return "token_ids_logprob";
  }
  return "none";
}

const std::string& OpenAiCapabilities::refusal_of(RequestKind kind) const {
  if (kind == RequestKind::chat) return no_chat;
  return kind == RequestKind::generate ? no_completions : no_scoring;
}

Json OpenAiCapabilities::to_json() const {
  Json json = Json::object();
  json["completions"] = completions;
  json["chat"] = chat;
  json["scoring"] = to_string(scoring);
  json["echo"] = echo;
  json["first_token_scored"] = first_token_scored;
  json["zero_tokens"] = zero_tokens;
  json["text_offsets"] = text_offsets;
  json["tokenize"] = tokenize;
  json["native"] = native;
  json["prompt_logprobs"] = prompt_logprobs;
  json["seed"] = seed;
  json["stop"] = stop;
  json["top"] = top;
  json["window"] = window == 0 ? Json() : Json(window);
  json["prefix_token"] = prefix_token ? Json(*prefix_token) : Json();
  json["repeat_difference"] = repeat_difference;
  json["batch_invariant"] = batch_invariant ? Json(*batch_invariant) : Json();
  json["batch_difference"] = batch_difference;
  json["chosen_tokens"] = to_string(chosen_tokens);
  Json reasons = Json::object();
  if (!no_completions.empty()) reasons["generate"] = no_completions;
  if (!no_chat.empty()) reasons["chat"] = no_chat;
  if (!no_scoring.empty()) reasons["likelihood"] = no_scoring;
  json["refused"] = std::move(reasons);
  return json;
}

}  // namespace gwageo
