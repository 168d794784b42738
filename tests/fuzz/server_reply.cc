// What an OpenAI-compatible server answers, step by step. The first line says what is asked and how
// ("generate", "chat", "text", "ids", "prompt", "native"); each part after it is one answer.
#include "protocol/check.h"
#include "tests/fuzz/targets.h"
#include "worker/openai_call.h"
#include "worker/openai_choices.h"
#include "worker/openai_native.h"
#include "worker/openai_scores.h"

namespace gwageo::fuzz {
namespace {

Request request_for(std::string_view how) {
  Request request;
  request.kind = how == "generate" ? RequestKind::generate
                 : how == "chat"   ? RequestKind::chat
                 : how == "native" ? RequestKind::rolling
                                   : RequestKind::likelihood;
  request.prompt = request.kind == RequestKind::rolling ? "" : "A b";
  if (request.kind == RequestKind::chat) request.messages = {{"user", "하나?"}};
  if (!is_generation(request.kind)) request.continuation = " c d";
  request.stop = {"\n", "끝"};
  return request;
}

OpenAiCapabilities capabilities_for(std::string_view how) {
  OpenAiCapabilities can;
  can.completions = can.chat = can.echo = can.zero_tokens = can.tokenize = true;
  can.native = how == "native";
  can.window = 4;
  can.scoring = how == "ids"      ? Scoring::echo_of_token_ids
                : how == "prompt" ? Scoring::prompt_logprobs
                : how == "native" ? Scoring::native
                                  : Scoring::echo_of_text;
  return can;
}

// A question at once: whatever is answered, each choice has a likelihood or is left to the slow
// way.
void run_choices(const OpenAiOptions& options, OpenAiCapabilities can, std::string_view answers) {
  can.chosen_tokens = ChosenTokens::logprob_token_ids;
  std::vector<Request> requests(2);
  for (Request& each : requests) {
    each.kind = RequestKind::likelihood;
    each.prompt = "A";
  }
  requests[0].continuation = " b";
  requests[1].continuation = " c";
  OpenAiChoices choices(requests, options, can);
  ChoicesStep step = choices.begin();
  for (const std::string_view answer : parts_of(answers)) {
    if (!std::holds_alternative<ServerRequest>(step)) break;
    step = choices.take(answer);
  }
  const ChoicesEnd* const end = std::get_if<ChoicesEnd>(&step);
  if (end == nullptr || end->responses.empty()) return;
  GWAGEO_CHECK(end->problem.empty() && end->responses.size() == 2);
  for (const auto& each : end->responses) GWAGEO_CHECK(!each || each->tokens == 1);
}

void run_server_reply(std::string_view input) {
  const auto [how, rest] = first_line(input);
  OpenAiOptions options;
  options.url = "http://127.0.0.1:1/v1";
  options.root = "http://127.0.0.1:1";
  options.model = "m";
  const OpenAiCapabilities can = capabilities_for(how);
  OpenAiCall call(request_for(how), options, can);
  CallStep step = call.begin();
  for (const std::string_view answer : parts_of(rest)) {
    if (!std::holds_alternative<ServerRequest>(step)) break;
    step = call.take(answer);
  }
  if (const Response* const response = std::get_if<Response>(&step)) {
    GWAGEO_CHECK(decode_response(encode(*response)).value() == *response);
  }
  run_choices(options, can, rest);
  const Result<Json> json = Json::parse_python(parts_of(rest)[0]);
  if (!json) return;
  (void)look_at_echo("A b c d", *json);
  (void)read_native_tokens(*json);
  (void)score_native({1, 2, 3, 4}, 1, 2, *json);
  for (const ChosenTokens way :
       {ChosenTokens::logprob_token_ids, ChosenTokens::token_ids_logprob}) {
    (void)read_chosen_tokens(way, {1, 2}, *json);
  }
}

}  // namespace

const Target server_reply_target = {"server_reply", run_server_reply};

}  // namespace gwageo::fuzz
