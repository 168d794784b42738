#include "worker/openai_probe_rounds.h"

#include <limits>
#include <utility>
#include <variant>

#include "protocol/check.h"
#include "worker/openai_call.h"
#include "worker/openai_generation.h"
#include "worker/openai_retry.h"

namespace gwageo {

void ProbeRounds::plan(ServerRequest request, Take take) {
  round_.push_back({std::move(request), std::move(take)});
}

void ProbeRounds::plan_json(ServerRequest request, TakeJson take) {
  plan(std::move(request), [this, take = std::move(take)](const HttpAnswer& answer) -> Status {
    if (answer.end != HttpEnd::answered || answer.status != 200) {
      take(nullptr, words(answer));
      return {};
    }
    const Result<Json> json = Json::parse(answer.body);
    take(json ? &*json : nullptr, json ? "" : "the server's answer: " + json.error().message);
    return {};
  });
}

void ProbeRounds::plan_generation(const Request& request, std::function<void(Generated)> take) {
  const bool is_chat = request.kind == RequestKind::chat;
  const std::string route = is_chat ? "/chat/completions" : "/completions";
  plan({options_.url + route, generation_body(request, options_)},
       [this, request, take = std::move(take)](const HttpAnswer& answer) -> Status {
         take(generated_in(request, answer));
         return {};
       });
}

ProbeRounds::Generated ProbeRounds::generated_in(const Request& request,
                                                 const HttpAnswer& answer) const {
  if (answer.end != HttpEnd::answered || answer.status != 200) {
    return {failure_of(answer, 1, options_.token)};
  }
  const Result<Json> json = Json::parse(answer.body);
  if (!json) return {failed_response("the server's answer: " + json.error().message)};
  Request without_limit = request;
  without_limit.tokens_max = std::numeric_limits<std::uint32_t>::max();
  Generated generated{read_generation(without_limit, *json)};
  generated.overrun = overrun_of(request.tokens_max, generated.response.text, *json);
  generated.model = model_in(*json);
  return generated;
}

Status ProbeRounds::ask() {
  std::vector<Planned> round = std::exchange(round_, {});
  std::vector<ServerRequest> requests;
  for (const Planned& each : round) requests.push_back(each.request);
  GWAGEO_ASSIGN(answers, ask_(requests));
  GWAGEO_CHECK(answers.size() == round.size());
  for (std::size_t i = 0; i < round.size(); ++i) {
    const std::string& url = round[i].request.url;
    if (is_away(options_, url, answers[i])) {
      const bool is_silent = answers[i].end != HttpEnd::answered;
      return fail(ErrorKind::unavailable,
                  (is_silent ? "no server answers at " : "") + url + ": " + words(answers[i]));
    }
    GWAGEO_TRY(round[i].take(answers[i]));
  }
  return {};
}

Result<std::vector<Response>> ProbeRounds::carry_out(const std::vector<Request>& requests,
                                                     const OpenAiCapabilities& found) {
  std::vector<OpenAiCall> calls;
  std::vector<CallStep> steps;
  for (const Request& each : requests) calls.emplace_back(each, options_, found);
  for (OpenAiCall& each : calls) steps.push_back(each.begin());
  for (;;) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto* const asked = std::get_if<ServerRequest>(&steps[i]);
      if (asked == nullptr) continue;
      plan(*asked, [this, &step = steps[i], &call = calls[i]](const HttpAnswer& answer) -> Status {
        const bool is_good = answer.end == HttpEnd::answered && answer.status == 200;
        step = is_good ? call.take(answer.body) : failure_of(answer, 1, options_.token);
        return {};
      });
    }
    if (round_.empty()) break;
    GWAGEO_TRY(ask());
  }
  std::vector<Response> responses;
  for (CallStep& each : steps) responses.push_back(std::get<Response>(std::move(each)));
  return responses;
}

std::string ProbeRounds::words(const HttpAnswer& answer) const {
  return failure_of(answer, 1, options_.token).error;
}

}  // namespace gwageo
