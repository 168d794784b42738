#include "benchmarks/inspect_sample.h"

#include <algorithm>
#include <utility>

#include "benchmarks/python_text.h"
#include "benchmarks/text.h"
#include "protocol/request.h"

namespace gwageo::inspect {
namespace {

Json message(const std::string& role, const std::string& content) {
  return Json::Object{{"role", role}, {"content", content}};
}

Json texts(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& text : list) out.push_back(Json(text));
  return out;
}

Json input_messages(const Request& request) {
  Json out = Json::array();
  for (const ChatMessage& turn : request.messages) out.push_back(message(turn.role, turn.content));
  if (request.kind == RequestKind::rolling) {
    out.push_back(message("user", request.continuation));
  } else if (request.kind != RequestKind::chat) {
    out.push_back(message("user", request.prompt));
  }
  return out;
}

std::size_t likeliest(const std::vector<Response>& responses) {
  const auto best = std::max_element(
      responses.begin(), responses.end(),
      [](const Response& a, const Response& b) { return a.log_probability < b.log_probability; });
  return static_cast<std::size_t>(best - responses.begin());
}

// What the model said: its text, or the choice that it found likeliest.
Result<std::string> answer(const Task& task, const PlanEntry& entry,
                           const std::vector<Response>& responses) {
  if (task.output_type == OutputType::generate_until) return repaired(responses.front().text);
  const std::size_t best = likeliest(responses);
  if (best < entry.reference.choices.size()) return entry.reference.choices[best];
  GWAGEO_ASSIGN(request, decode_request(entry.requests[best]));
  return request.continuation;
}

Json output(const std::string& model, const std::string& said, Outcome outcome) {
  Json choice;
  choice["message"] = message("assistant", said);
  choice["stop_reason"] = outcome == Outcome::truncated ? "max_tokens" : "stop";
  Json out;
  out["model"] = model;
  out["choices"] = Json::Array{choice};
  return out;
}

// What an item counts by: of the task's metrics the first that is a number, which is what Inspect
// can take a mean of; where none is (log-probability with length), the first part of the first.
Json value_of(const Task& task, const Json& metrics) {
  for (const MetricSpec& metric : task.metrics) {
    const Json* const value = metrics.find(metric.metric);
    if (value != nullptr && value->is_number()) return *value;
  }
  const Json& first = metrics.as_object().front().second;
  return first.is_array() && !first.as_array().empty() ? first.as_array().front() : first;
}

// All metrics' values are beside the one.
Json score(const Task& task, const FilteredItem& item) {
  Json out;
  Json metadata = item.metrics;
  out["value"] = value_of(task, item.metrics);
  const Json::Array& filtered = item.responses.as_array();
  const bool is_text = !filtered.empty() && filtered.front().is_string();
  out["answer"] = is_text ? filtered.front() : Json();
  out["explanation"] = nullptr;
  out["metadata"] = std::move(metadata);
  return out;
}

Json likelihoods(const std::vector<Response>& responses) {
  Json out = Json::array();
  for (const Response& response : responses) {
    out.push_back(Json(Json::Array{response.log_probability, response.greedy}));
  }
  return out;
}

/// How an epoch ended: other epochs of its item may have ended otherwise.
Outcome ended(const std::vector<Response>& responses) {
  Outcome worst = Outcome::answered;
  for (const Response& response : responses) worst = std::max(worst, response.outcome);
  return worst;
}

/// Why the epoch has no answer, or its item no score; null otherwise.
Json failure(const std::vector<Response>& responses, const ItemScores& scores) {
  const Outcome outcome = ended(responses);
  if (is_scored(outcome) && scores.unscored.empty()) return {};
  std::string why(scores.unscored);
  for (const Response& response : responses) {
    if (why.empty() && response.outcome == outcome) why = response.error;
  }
  const std::string_view kind =
      scores.unscored.empty() ? to_string(outcome) : std::string_view("unscored");
  return error(std::string(kind) + (why.empty() ? "" : ": " + why));
}

}  // namespace

Json error(const std::string& message) {
  Json out;
  out["message"] = message;
  out["traceback"] = "";
  out["traceback_ansi"] = "";
  return out;
}

Result<Json> sample(const Task& task, const std::string& model, const LoggedDocument& document,
                    const PlanEntry& entry, const ItemScores& scores, std::size_t repeat) {
  const std::vector<Response>& responses = scores.repeats[repeat];
  GWAGEO_ASSIGN(request, decode_request(entry.requests.front()));
  Json messages = input_messages(request);
  Json out;
  out["id"] = document.item;
  out["epoch"] = repeat + 1;
  out["input"] =
      request.kind == RequestKind::chat ? messages : *messages.as_array().front().find("content");
  const std::vector<std::string>& choices = scores.reference.choices;
  out["choices"] = choices.empty() ? Json() : texts(choices);
  const std::vector<std::string>& targets = scores.reference.targets;
  out["target"] = targets.size() == 1 ? Json(targets.front()) : texts(targets);
  Json metadata;
  metadata["doc"] = document.doc;
  if (is_scored(ended(responses))) {
    GWAGEO_ASSIGN(said, answer(task, entry, responses));
    messages.push_back(message("assistant", said));
    out["messages"] = std::move(messages);
    out["output"] = output(model, said, responses.front().outcome);
    if (task.output_type != OutputType::generate_until) {
      metadata["log_likelihoods"] = likelihoods(responses);
    }
  } else {
    out["messages"] = std::move(messages);
    out["output"] = Json::Object{{"model", model}, {"choices", Json::array()}};
  }
  Json all = Json::object();
  for (std::size_t f = 0; repeat == 0 && f < scores.filters.size(); ++f) {
    const FilteredItem& item = scores.filters[f];
    const bool has_score = !item.metrics.as_object().empty();  // Not where it is scored elsewhere.
    if (has_score) all[task.filters[f].name] = score(task, item);
  }
  out["scores"] = std::move(all);
  out["metadata"] = std::move(metadata);
  out["store"] = Json::object();
  out["events"] = Json::array();
  out["model_usage"] = Json::object();
  out["error"] = failure(responses, scores);
  out["error_retries"] = Json::array();
  out["attachments"] = Json::object();
  out["limit"] = nullptr;
  return out;
}

}  // namespace gwageo::inspect
