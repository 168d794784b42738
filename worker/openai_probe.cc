#include "worker/openai_probe.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "worker/openai_call.h"
#include "worker/openai_generation.h"
#include "worker/openai_retry.h"
#include "worker/openai_scores.h"

namespace gwageo {
namespace {

const std::string probe_text = "The capital of France is Paris.";
/// Sums of one request may differ by so much of their size: batches change roundings.
constexpr double repeat_tolerance = 0.01;

std::string brief(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", number);
  return text;
}

class Probe {
 public:
  Probe(const OpenAiOptions& options, const AskServer& ask) : options_(options), ask_(ask) {}

  Result<OpenAiCapabilities> run() {
    GWAGEO_TRY(look_for_model());
    probe_completions();
    probe_chat();
    if (!away_.empty()) return fail(ErrorKind::unavailable, away_);
    if (!found_.completions && !found_.chat) {
      return fail(ErrorKind::bad_input,
                  options_.url + ": " + found_.no_completions + "; " + found_.no_chat);
    }
    if (found_.completions) {
      probe_stop();
      probe_seed();
      probe_tokenize();
      probe_scoring();
    } else {
      found_.no_scoring = found_.no_completions;
    }
    if (options_.window > 0) found_.window = options_.window;
    if (options_.prefix_token) found_.prefix_token = options_.prefix_token;
    if (found_.scoring != Scoring::none) probe_sums();
    if (!away_.empty()) return fail(ErrorKind::unavailable, away_);
    return std::move(found_);
  }

 private:
  // One exchange. After one that says that the server is away, or busy, there is no other: what
  // fails for that reason is no capability that is missing.
  HttpAnswer ask(const std::string& url, const std::string& body) {
    HttpAnswer answer;
    answer.end = HttpEnd::not_reached;
    answer.error = away_;
    if (!away_.empty()) return answer;
    answer = ask_(url, body);
    if (is_away(options_, url, answer)) away_ = url + ": " + words(answer);
    return answer;
  }

  std::string words(const HttpAnswer& answer) const {
    return failure_of(answer, 1, options_.token).error;
  }

  // A POST that answered with 200 and JSON; else nothing, and `why_` says why.
  std::optional<Json> post(const std::string& url, const std::string& body) {
    const HttpAnswer answer = ask(url, body);
    if (answer.end != HttpEnd::answered || answer.status != 200) {
      why_ = words(answer);
      return std::nullopt;
    }
    Result<Json> json = Json::parse(answer.body);
    if (json) return *std::move(json);
    why_ = "the server's answer: " + json.error().message;
    return std::nullopt;
  }

  Response carry_out(const Request& request) {
    OpenAiCall call(request, options_, found_);
    CallStep step = call.begin();
    while (const auto* const asked = std::get_if<ServerRequest>(&step)) {
      const HttpAnswer answer = ask(asked->url, asked->body);
      if (answer.end != HttpEnd::answered || answer.status != 200) {
        return failure_of(answer, 1, options_.token);
      }
      step = call.take(answer.body);
    }
    return std::get<Response>(std::move(step));
  }

  void take_window(const Json& json) {
    const Json* const length = json.find("max_model_len");
    if (length == nullptr || !length->is_integer()) return;
    found_.window =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(length->as_integer(), 0, 1 << 30));
  }

  Status look_for_model() {
    const HttpAnswer answer = ask(options_.url + "/models", "");
    if (answer.end != HttpEnd::answered) {
      return fail(ErrorKind::unavailable, "no server answers at " + options_.url + ": " +
                                              without_token(answer.error, options_.token));
    }
    if (answer.status == 401 || answer.status == 403) {
      return fail(ErrorKind::not_allowed,
                  options_.url +
                      " does not let us in; give the token with the option token_file or "
                      "token_environment: " +
                      words(answer));
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

  void probe_completions() {
    Request request;
    request.prompt = "The capital of France is";
    request.tokens_max = 8;
    const Response response = carry_out(request);
    found_.completions = is_scored(response.outcome);
    text_ = response.text;
    if (!found_.completions) {
      found_.no_completions = "the server does not answer at /completions: " + response.error;
    }
  }

  void probe_chat() {
    Request request;
    request.kind = RequestKind::chat;
    request.messages = {{"user", "What is the capital of France?"}};
    request.tokens_max = 8;
    const Response response = carry_out(request);
    found_.chat = is_scored(response.outcome);
    if (!found_.chat) {
      found_.no_chat = "the server does not answer at /chat/completions: " + response.error;
    }
  }

  // The last character of the text that the server wrote before must not come back as a stop
  // string. Our own cut is not in the way: it is asked without OpenAiCall.
  void probe_stop() {
    std::size_t last = text_.size();
    while (last > 0 && (static_cast<unsigned char>(text_[--last]) & 0xC0U) == 0x80U) {
    }
    if (text_.empty() || options_.stop_strings == 0) return;
    Request request;
    request.prompt = "The capital of France is";
    request.tokens_max = 8;
    request.stop = {text_.substr(last)};
    const auto answer = post(options_.url + "/completions", generation_body(request, options_));
    if (!answer) return;
    request.stop.clear();
    const Response uncut = read_generation(request, *answer);
    found_.stop =
        is_scored(uncut.outcome) && uncut.text.find(text_.substr(last)) == std::string::npos;
  }

  void probe_seed() {
    Request request;
    request.prompt = "The capital of France is";
    request.tokens_max = 12;
    request.temperature = 1;
    request.seed = 20260717;
    const Response once = carry_out(request);
    found_.seed = is_scored(once.outcome) && carry_out(request) == once;
  }

  std::optional<TokenIds> tokens_of(const std::string& text, bool with_special) {
    Json body = Json::object();
    body["model"] = options_.model;
    body["prompt"] = text;
    body["add_special_tokens"] = with_special;
    const auto answer = post(options_.root + "/tokenize", body.dump());
    if (!answer) return std::nullopt;
    if (found_.window == 0) take_window(*answer);
    Result<TokenIds> ids = read_tokens(*answer);
    if (!ids) return std::nullopt;
    return *std::move(ids);
  }

  void probe_tokenize() {
    const auto plain = tokens_of(probe_text, false);
    if (!plain || plain->size() < 2) return;
    found_.tokenize = true;
    ids_ = *plain;
    const auto special = tokens_of(probe_text, true);
    const bool adds_one = special && special->size() == plain->size() + 1 &&
                          std::equal(plain->begin(), plain->end(), special->begin() + 1);
    if (adds_one) found_.prefix_token = special->front();
  }

  std::optional<Json> ask_echo(Json prompt) {
    Json body = Json::object();
    body["model"] = options_.model;
    body["prompt"] = std::move(prompt);
    body["temperature"] = 0;
    body["max_tokens"] = found_.zero_tokens ? 0 : 1;
    body["logprobs"] = found_.top;
    body["echo"] = true;
    return post(options_.url + "/completions", body.dump());
  }

  // Tries the most exact form first; what the server does not take, it refuses or gets wrong.
  EchoShape probe_echo() {
    EchoShape shape;
    for (const auto& [zero, top] :
         {std::pair(true, 2U), std::pair(false, 2U), std::pair(false, 1U)}) {
      found_.zero_tokens = zero;
      found_.top = top;
      const auto answer = ask_echo(Json(probe_text));
      EchoShape seen = answer ? look_at_echo(probe_text, *answer) : EchoShape{};
      if (!answer) seen.problem = "the server refuses echo: " + why_;
      shape = std::move(seen);
      if (shape.is_echo && (!zero || shape.generated == 0)) break;
    }
    found_.echo = shape.is_echo;
    found_.first_token_scored = shape.first_token_scored;
    found_.text_offsets = shape.text_offsets;
    return shape;
  }

  Json ids_as_prompt() const {
    Json prompts = Json::array();
    prompts.push_back(Json(Json::Array(ids_.begin(), ids_.end())));
    return prompts;
  }

  bool takes_token_ids() {
    const auto answer = ask_echo(ids_as_prompt());
    return answer && is_scored(score_echo_of_token_ids(1, ids_.size(), *answer).outcome);
  }

  bool takes_prompt_logprobs() {
    Json body = Json::object();
    body["model"] = options_.model;
    body["prompt"] = ids_as_prompt();
    body["temperature"] = 0;
    body["max_tokens"] = 1;
    body["prompt_logprobs"] = 1;
    const auto answer = post(options_.url + "/completions", body.dump());
    return answer && is_scored(score_prompt_logprobs(ids_, 1, *answer).outcome);
  }

  void probe_scoring() {
    const EchoShape shape = probe_echo();
    // With ids the tokens' texts do not matter, so an echo that no text fits may still do.
    if (found_.tokenize && takes_token_ids()) {
      found_.scoring = Scoring::echo_of_token_ids;
    } else if (found_.tokenize && takes_prompt_logprobs()) {
      found_.prompt_logprobs = true;
      found_.scoring = Scoring::prompt_logprobs;
    } else if (shape.is_echo) {
      found_.scoring = Scoring::echo_of_text;
    } else {
      refuse_scoring(shape.problem);
    }
  }

  void refuse_scoring(const std::string& why) {
    found_.scoring = Scoring::none;
    found_.no_scoring = why + ": log-likelihood tasks cannot be asked there";
  }

  void probe_sums() {
    Request more;
    more.kind = RequestKind::likelihood;
    more.prompt =
        options_.ordering_context.empty() ? "The capital of France is" : options_.ordering_context;
    more.continuation = options_.ordering_more.empty() ? " Paris" : options_.ordering_more;
    const Response first = carry_out(more);
    const Response again = carry_out(more);
    for (const Response& each : {first, again}) {
      if (!is_scored(each.outcome)) return refuse_scoring(each.error);
    }
    found_.repeat_difference = std::abs(first.log_probability - again.log_probability);
    if (found_.repeat_difference >
        repeat_tolerance * std::max(1.0, std::abs(first.log_probability))) {
      return refuse_scoring("the server gives one request two sums of log-probabilities, " +
                            brief(first.log_probability) + " and " + brief(again.log_probability));
    }
    if (options_.ordering_less.empty()) return;
    Request less = more;
    less.continuation = options_.ordering_less;
    const Response other = carry_out(less);
    if (!is_scored(other.outcome)) return refuse_scoring(other.error);
    if (first.log_probability > other.log_probability) return;
    refuse_scoring("the log-probabilities are not those of a working model: after \"" +
                   more.prompt + "\" it gives \"" + less.continuation + "\" " +
                   brief(other.log_probability) + " and \"" + more.continuation + "\" " +
                   brief(first.log_probability) + " (option ordering says what is asked)");
  }

  const OpenAiOptions& options_;
  const AskServer& ask_;
  OpenAiCapabilities found_;
  std::string away_;  // Why the server does not answer for now; empty: it does.
  std::string why_;   // Of the last post that failed.
  std::string text_;  // What the server wrote first.
  TokenIds ids_;      // Of probe_text.
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
