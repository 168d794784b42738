// The capability table: what an OpenAI-compatible server was found to do, as against what its name
// promises. The probe fills it before any item; a request that needs what is missing is refused
// with the reason, because a server that ignores a field answers all the same, with a score at
// chance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo {

/// How log-probabilities of a text that is given are asked for, the most exact way first.
enum class Scoring : std::uint8_t {
  none,
  native,             ///< Prompt as ids; SGLang's own /generate (openai_native.h).
  echo_of_token_ids,  ///< Prompt as ids; echo and logprobs. The split is by counting.
  prompt_logprobs,    ///< Prompt as ids; vLLM's own field.
  echo_of_text,       ///< Prompt as text; echo and logprobs. The split is by the tokens' texts.
};
std::string_view to_string(Scoring scoring);

/// How the probability of tokens of our choosing as the next one is asked for (openai_choices.h).
enum class ChosenTokens : std::uint8_t {
  none,
  logprob_token_ids,  ///< vLLM, with names of tokens as ids.
  token_ids_logprob,  ///< SGLang's own /generate.
};
std::string_view to_string(ChosenTokens way);

/// A value; constant once the probe is over.
struct OpenAiCapabilities {
  bool completions = false;         ///< /completions answers.
  bool chat = false;                ///< /chat/completions answers.
  bool echo = false;                ///< `echo` gives back the prompt with log-probabilities.
  bool first_token_scored = false;  ///< The first token of a prompt as text has one, too.
  bool zero_tokens = false;         ///< `max_tokens: 0` is taken with `echo`; else 1 is asked for.
  bool text_offsets = false;        ///< `text_offset` agrees with the tokens' texts.
  bool tokenize = false;            ///< POST /tokenize beside /v1 (vLLM, SGLang): ids of a text.
  bool native = false;              ///< POST /generate beside /v1 (SGLang). Where there is no
                                    ///< /tokenize, it tells the ids of a text, too.
  bool prompt_logprobs = false;     ///< `prompt_logprobs` (vLLM).
  bool seed = false;                ///< The same `seed` gives the same sample.
  bool stop = false;                ///< `stop` ends the text. We cut it in any case.
  std::uint32_t top = 1;            ///< The `logprobs` to ask for: with 2, top tokens of one text
                                    ///< cannot hide which of them is the most probable.
  std::uint32_t window = 0;         ///< Tokens that the model sees at a time; 0: not known.
  /// What the server's tokenizer puts before a text, if it does: an empty context stands for it.
  std::optional<std::uint32_t> prefix_token;
  double repeat_difference = 0;  ///< Between two sums for one request, as the probe saw it.
  /// Whether what was asked alone came out the same to the last bit amid other requests: the sum of
  /// log-probabilities, where there is one, and a text. Nothing: it could not be asked.
  std::optional<bool> batch_invariant;
  double batch_difference = 0;  ///< Between the two sums.
  Scoring scoring = Scoring::none;
  ChosenTokens chosen_tokens = ChosenTokens::none;
  /// What the server calls its model in answers of the two routes, which may be an alias of what it
  /// was asked for; empty: it does not say.
  std::string completions_model;
  std::string chat_model;
  std::string no_completions;  ///< Why such requests are refused; empty where they are not.
  std::string no_chat;
  std::string no_scoring;

  /// Why requests of this kind cannot be asked here; empty: they can.
  const std::string& refusal_of(RequestKind kind) const;
  /// Why an answer to a request of this kind is another model's than the probe's answers were, in
  /// words; empty: it is the same one's, or one of the two does not say.
  std::string stranger_in(RequestKind kind, const Json& answer) const;
  /// Refuses what was refused when the model was added: by kind (generate, chat, likelihood), why.
  /// A reason of its own stays.
  void keep_refused(const std::map<std::string, std::string>& refused);
  /// For people and their tools: every field by its name.
  Json to_json() const;
};

/// What an answer calls the model that gave it; empty: it does not say.
std::string model_in(const Json& answer);

}  // namespace gwageo
