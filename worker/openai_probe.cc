#include "worker/openai_probe.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "protocol/check.h"
#include "worker/openai_call.h"
#include "worker/openai_choices.h"
#include "worker/openai_generation.h"
#include "worker/openai_native.h"
#include "worker/openai_probe_numbers.h"
#include "worker/openai_probe_rounds.h"
#include "worker/openai_retry.h"
#include "worker/openai_scores.h"

namespace gwageo {
namespace {

const std::string probe_text = "The capital of France is Paris.";
const std::string other_text = "Where is it?";

class Probe {
 public:
  Probe(const OpenAiOptions& options, const AskServer& ask)
      : options_(options), rounds_(options, ask) {}

  Result<OpenAiCapabilities> run() {
    plan_model();
    plan_routes();
    plan_seed();
    plan_tokenizers();
    plan_echo();
    GWAGEO_TRY(rounds_.ask());
    if (!found_.completions && !found_.chat) {
      return fail(ErrorKind::bad_input,
                  options_.url + ": " + found_.no_completions + "; " + found_.no_chat);
    }
    if (found_.completions) {
      choose_tokenizer();
      plan_stop();
      plan_scoring();
      plan_chosen_tokens();
      GWAGEO_TRY(rounds_.ask());
      choose_scoring();
      choose_chosen_tokens();
    } else {
      found_.no_scoring = found_.no_completions;
    }
    if (options_.window > 0) found_.window = options_.window;
    if (options_.prefix_token) found_.prefix_token = options_.prefix_token;
    GWAGEO_TRY(probe_numbers(options_, rounds_, found_));
    return std::move(found_);
  }

 private:
  // ---- the first round ----

  void plan_model() {
    rounds_.plan({options_.url + "/models", ""},
                 [this](const HttpAnswer& answer) { return look_for_model(answer); });
  }

  Status look_for_model(const HttpAnswer& answer) {
    if (answer.end == HttpEnd::impossible) {
      return fail(ErrorKind::bad_input, options_.url + " cannot be asked: " +
                                            without_token(answer.error, options_.token));
    }
    if (answer.end != HttpEnd::answered) {
      return fail(ErrorKind::unavailable, "no server answers at " + options_.url + ": " +
                                              without_token(answer.error, options_.token));
    }
    if (answer.status == 401 || answer.status == 403) {
      return fail(ErrorKind::not_allowed,
                  options_.url +
                      " does not let us in; give the token with the option token_file or "
                      "token_environment: " +
                      rounds_.words(answer));
    }
    const Result<Json> json = Json::parse(answer.body);
    const Json* const data = json && answer.status == 200 ? json->find("data") : nullptr;
    if (data == nullptr || !data->is_array()) return {};  // Not every server lists its models.
    std::string names;
    for (const Json& model : data->as_array()) {
      const Json* const id = model.find("id");
      if (id == nullptr || !id->is_string()) continue;
      if (id->as_string() == options_.model) {
        take_window(model);
        return {};
      }
      if (names.size() < 200) names += (names.empty() ? "" : ", ") + id->as_string();
    }
    if (names.empty()) return {};
    return fail(ErrorKind::bad_input,
                options_.url + " serves no model \"" + options_.model + "\"; it serves: " + names);
  }

  void take_window(const Json& json) {
    const Json* const length = json.find("max_model_len");
    if (length == nullptr || !length->is_integer()) return;
    found_.window =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(length->as_integer(), 0, 1 << 30));
  }

  void plan_routes() {
    Request request;
    request.prompt = probe_context;
    request.tokens_max = 8;
    rounds_.plan_generation(request, [this](const ProbeRounds::Generated& text) {
      found_.completions = is_scored(text.response.outcome);
      found_.completions_model = text.model;
      text_ = text.response.text;
      found_.no_completions = why_not("/completions", text);
    });
    request.kind = RequestKind::chat;
    request.messages = {{"user", "What is the capital of France?"}};
    rounds_.plan_generation(request, [this](const ProbeRounds::Generated& text) {
      found_.chat = is_scored(text.response.outcome);
      found_.chat_model = text.model;
      found_.no_chat = why_not("/chat/completions", text);
    });
  }

  // Why a route is not asked for texts; empty: it is. Of a server that writes more than it is told
  // to, each text would be judged as if the model had ended it.
  static std::string why_not(const std::string& route, const ProbeRounds::Generated& text) {
    if (!is_scored(text.response.outcome)) {
      return "the server does not answer at " + route + ": " + text.response.error;
    }
    if (text.overrun.empty()) return "";
    const std::string where =
        route == "/completions" ? "" : " (option limit_field names the limit)";
    return "the server ignores max_tokens: " + text.overrun + " at " + route + where +
           ": generation tasks cannot be asked there";
  }

  void plan_seed() {
    Request request;
    request.prompt = probe_context;
    request.tokens_max = 12;
    request.temperature = 1;
    request.seed = 20260717;
    rounds_.plan_generation(
        request, [this](ProbeRounds::Generated once) { sample_ = std::move(once.response); });
    rounds_.plan_generation(request, [this](const ProbeRounds::Generated& again) {
      found_.seed = is_scored(again.response.outcome) && again.response == sample_;
    });
  }

  // The same text with and without what the tokenizer adds; where only SGLang's /generate tells,
  // which always adds it, two texts that begin and end in different words.
  void plan_tokenizers() {
    for (const bool with_special : {false, true}) {
      rounds_.plan_json(tokens_request(options_, probe_text, with_special),
                        [this, with_special](const Json* answer, const std::string&) {
                          if (answer == nullptr) return;
                          if (found_.window == 0) take_window(*answer);
                          if (const auto ids = read_tokens(*answer)) {
                            (with_special ? special_ids_ : ids_) = *ids;
                          }
                        });
    }
    for (const bool is_other : {false, true}) {
      const std::string& text = is_other ? other_text : probe_text;
      rounds_.plan_json({options_.root + "/generate", native_body(text).dump()},
                        [this, is_other](const Json* answer, const std::string&) {
                          if (answer == nullptr) return;
                          if (const auto ids = read_native_tokens(*answer)) {
                            (is_other ? other_native_ids_ : native_ids_) = *ids;
                          }
                        });
    }
  }

  // The most exact form first; what the server does not take, it refuses or gets wrong.
  void plan_echo() {
    for (const auto& [zero, top] :
         {std::pair(true, 2U), std::pair(false, 2U), std::pair(false, 1U)}) {
      rounds_.plan_json(echo_request(Json(probe_text), zero, top),
                        [this, zero, top](const Json* answer, const std::string& why_not) {
                          if (shape_.is_echo) return;
                          EchoShape seen = answer ? look_at_echo(probe_text, *answer) : EchoShape{};
                          if (answer == nullptr)
                            seen.problem = "the server refuses echo: " + why_not;
                          if (zero && seen.generated > 0) return;
                          found_.zero_tokens = zero;
                          found_.top = top;
                          shape_ = std::move(seen);
                        });
    }
  }

  ServerRequest echo_request(Json prompt, bool zero_tokens, std::uint32_t top) const {
    Json body = Json::object();
    body["model"] = options_.model;
    body["prompt"] = std::move(prompt);
    body["temperature"] = 0;
    body["max_tokens"] = zero_tokens ? 0 : 1;
    body["logprobs"] = top;
    body["echo"] = true;
    return {options_.url + "/completions", body.dump()};
  }

  // ---- the second round ----

  void choose_tokenizer() {
    found_.echo = shape_.is_echo;
    found_.first_token_scored = shape_.first_token_scored;
    found_.text_offsets = shape_.text_offsets;
    found_.tokenize = ids_.size() >= 2;
    if (found_.tokenize) {
      const bool adds_one = special_ids_.size() == ids_.size() + 1 &&
                            std::equal(ids_.begin(), ids_.end(), special_ids_.begin() + 1);
      if (adds_one) found_.prefix_token = special_ids_.front();
      return;
    }
    // What is added after a text would be scored with it.
    const bool is_usable = native_ids_.size() >= 3 && other_native_ids_.size() >= 3 &&
                           native_ids_.back() != other_native_ids_.back();
    if (!is_usable) return;
    ids_ = native_ids_;
    if (ids_.front() == other_native_ids_.front()) found_.prefix_token = ids_.front();
  }

  // The last character of the text that the server wrote before must not come back as a stop
  // string. Our own cut is not in the way: the answer is read as if nothing had to be cut.
  void plan_stop() {
    std::size_t last = text_.size();
    while (last > 0 && (static_cast<unsigned char>(text_[--last]) & 0xC0U) == 0x80U) {
    }
    if (text_.empty() || options_.stop_strings == 0) return;
    Request request;
    request.prompt = probe_context;
    request.tokens_max = 8;
    request.stop = {text_.substr(last)};
    rounds_.plan_json({options_.url + "/completions", generation_body(request, options_)},
                      [this, request](const Json* answer, const std::string&) {
                        if (answer == nullptr) return;
                        Request without = request;
                        without.stop.clear();
                        const Response uncut = read_generation(without, *answer);
                        found_.stop = is_scored(uncut.outcome) &&
                                      uncut.text.find(request.stop.front()) == std::string::npos;
                      });
  }

  void plan_scoring() {
    if (ids_.empty()) return;
    Json prompt = Json::array();
    prompt.push_back(json_of(ids_));
    rounds_.plan_json({options_.root + "/generate", native_body(ids_, 0).dump()},
                      [this](const Json* answer, const std::string&) {
                        found_.native =
                            answer && is_scored(score_native(ids_, 0, 1, *answer).outcome);
                      });
    // With ids the tokens' texts do not matter, so an echo that no text fits may still do.
    rounds_.plan_json(echo_request(prompt, found_.zero_tokens, found_.top),
                      [this](const Json* answer, const std::string&) {
                        takes_token_ids_ =
                            answer &&
                            is_scored(score_echo_of_token_ids(1, ids_.size(), *answer).outcome);
                      });
    Json body = Json::object();
    body["model"] = options_.model;
    body["prompt"] = std::move(prompt);
    body["temperature"] = 0;
    body["max_tokens"] = 1;
    body["prompt_logprobs"] = 1;
    rounds_.plan_json({options_.url + "/completions", body.dump()}, [this](const Json* answer,
                                                                           const std::string&) {
      found_.prompt_logprobs = answer && is_scored(score_prompt_logprobs(ids_, 1, *answer).outcome);
    });
  }

  // Whether it says how probable tokens of our choosing are; whether that is right, the first
  // questions will show (fast_path.h).
  void plan_chosen_tokens() {
    if (ids_.size() < 2 || !found_.tokenize) return;
    const TokenIds context(ids_.begin(), ids_.end() - 1);
    const TokenIds chosen = {ids_.back(), ids_.front()};
    for (const ChosenTokens way :
         {ChosenTokens::logprob_token_ids, ChosenTokens::token_ids_logprob}) {
      rounds_.plan_json(chosen_tokens_request(options_, way, context, chosen),
                        [this, way, chosen](const Json* answer, const std::string&) {
                          if (answer && read_chosen_tokens(way, chosen, *answer)) {
                            chosen_tokens_.insert(way);
                          }
                        });
    }
  }

  void choose_scoring() {
    if (found_.native) {
      found_.scoring = Scoring::native;
    } else if (takes_token_ids_) {
      found_.scoring = Scoring::echo_of_token_ids;
    } else if (found_.prompt_logprobs) {
      found_.scoring = Scoring::prompt_logprobs;
    } else if (shape_.is_echo) {
      found_.scoring = Scoring::echo_of_text;
    } else {
      refuse_scoring(found_, shape_.problem +
                                 ", and has neither prompt_logprobs (vLLM) nor /generate (SGLang)");
    }
  }

  // Beside a slow path that has the same tokens.
  void choose_chosen_tokens() {
    if (found_.scoring == Scoring::none || found_.scoring == Scoring::echo_of_text) return;
    for (const ChosenTokens way :
         {ChosenTokens::token_ids_logprob, ChosenTokens::logprob_token_ids}) {
      const bool is_better =
          found_.chosen_tokens == ChosenTokens::none || found_.scoring != Scoring::native;
      if (chosen_tokens_.contains(way) && is_better) found_.chosen_tokens = way;
    }
  }

  const OpenAiOptions& options_;
  ProbeRounds rounds_;
  OpenAiCapabilities found_;
  std::string text_;      // What the server wrote first.
  Response sample_;       // What it wrote with a seed.
  TokenIds ids_;          // Of probe_text, by the tokenizer that is used.
  TokenIds special_ids_;  // With what the tokenizer adds.
  TokenIds native_ids_;   // Of probe_text and of other_text, by /generate.
  TokenIds other_native_ids_;
  EchoShape shape_;
  bool takes_token_ids_ = false;
  std::set<ChosenTokens> chosen_tokens_;
};

}  // namespace

bool is_away(const OpenAiOptions& options, const std::string& url, const HttpAnswer& answer) {
  const bool is_down = answer.status >= 502 && answer.status <= 504;
  return answer.end == HttpEnd::not_reached || answer.end == HttpEnd::timed_out ||
         answer.status == 429 || (is_down && url == options.url + "/completions");
}

Result<OpenAiCapabilities> probe_server(const OpenAiOptions& options, const AskServer& ask) {
  return Probe(options, ask).run();
}

}  // namespace gwageo
