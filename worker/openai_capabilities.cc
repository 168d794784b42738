#include "worker/openai_capabilities.h"

namespace gwageo {
namespace {

// A name that is not ours, as it is shown: its beginning, and no character in half.
std::string shown(std::string name) {
  constexpr std::size_t bytes_max = 100;
  if (name.size() > bytes_max) name.resize(bytes_max);
  std::size_t bad_at = 0;
  while (!is_utf8(name, &bad_at)) name.resize(bad_at);
  return name;
}

}  // namespace

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

std::string model_in(const Json& answer) {
  const Json* const model = answer.find("model");
  return model != nullptr && model->is_string() ? model->as_string() : "";
}

std::string OpenAiCapabilities::stranger_in(RequestKind kind, const Json& answer) const {
  const std::string& seen = kind == RequestKind::chat ? chat_model : completions_model;
  const std::string said = model_in(answer);
  if (seen.empty() || said.empty() || said == seen) return "";
  return "the server's answer is of model \"" + shown(said) +
         "\"; when it was loaded its answers were of \"" + shown(seen) + "\"";
}

void OpenAiCapabilities::keep_refused(const std::map<std::string, std::string>& refused) {
  for (const auto& [kind, why] : refused) {
    std::string& own = kind == "chat" ? no_chat : kind == "generate" ? no_completions : no_scoring;
    if (!own.empty()) continue;
    own =
        why + " (so it was when the model was added; `gwageo model correct` asks the server anew)";
    if (kind != "likelihood") continue;
    scoring = Scoring::none;
    chosen_tokens = ChosenTokens::none;
  }
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
  json["completions_model"] = completions_model.empty() ? Json() : Json(completions_model);
  json["chat_model"] = chat_model.empty() ? Json() : Json(chat_model);
  Json reasons = Json::object();
  if (!no_completions.empty()) reasons["generate"] = no_completions;
  if (!no_chat.empty()) reasons["chat"] = no_chat;
  if (!no_scoring.empty()) reasons["likelihood"] = no_scoring;
  json["refused"] = std::move(reasons);
  return json;
}

}  // namespace gwageo
