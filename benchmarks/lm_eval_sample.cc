#include "benchmarks/lm_eval_sample.h"

#include <utility>

#include "benchmarks/python_json.h"
#include "benchmarks/python_text.h"
#include "benchmarks/text.h"
#include "protocol/request.h"

namespace gwageo::lm_eval {
namespace {

// The harness makes a string of every leaf of a response.
Json as_strings(const Json& value) {
  if (!value.is_array()) return python_text(value);
  Json out = Json::array();
  for (const Json& one : value.as_array()) out.push_back(as_strings(one));
  return out;
}

std::string messages_text(const Request& request) {
  Json messages = Json::array();
  for (const ChatMessage& message : request.messages) {
    messages.push_back(Json::Object{{"role", message.role}, {"content", message.content}});
  }
  return python_json(messages);
}

// What stands first among a request's arguments, as text: what is hashed.
std::string first_argument_text(const Request& request) {
  if (request.kind == RequestKind::rolling) return request.continuation;
  return request.kind == RequestKind::chat ? messages_text(request) : request.prompt;
}

Json second_argument(const Task& task, const Request& request) {
  if (is_generation(request.kind)) return task.generation.arguments;
  return request.kind == RequestKind::likelihood ? Json(request.continuation) : Json();
}

Json response(const Task& task, const Response& said) {
  if (task.output_type == OutputType::generate_until) return repaired(said.text);
  if (task.output_type == OutputType::loglikelihood_rolling) return said.log_probability;
  return Json::Array{said.log_probability, said.greedy};
}

// Of each request its answers, one a repeat.
Json responses(const Task& task, const ItemScores& scores, std::size_t requests) {
  Json out = Json::array();
  for (std::size_t i = 0; i < requests; ++i) {
    Json repeats = Json::array();
    for (const std::vector<Response>& repeat : scores.repeats) {
      repeats.push_back(response(task, repeat[i]));
    }
    out.push_back(as_strings(repeats));
  }
  return out;
}

// What the filter take_first alone leaves.
Json unfiltered(const Task& task, const ItemScores& scores) {
  Json out = Json::array();
  for (const Response& said : scores.repeats.front()) out.push_back(response(task, said));
  return out;
}

}  // namespace

Json first_argument(const Request& request) {
  std::string text = first_argument_text(request);
  if (request.kind == RequestKind::chat) return Json::Array{std::move(text)};
  return text;
}

Result<Sample> Sample::create(const Task& task, LoggedDocument document, const PlanEntry& entry,
                              const ItemScores& scores) {
  Sample out;
  out.arguments_ = Json::object();
  for (std::size_t i = 0; i < entry.requests.size(); ++i) {
    GWAGEO_ASSIGN(request, decode_request(entry.requests[i]));
    if (i == 0) out.hashes_.prompt = sha256(first_argument_text(request));
    Json& arguments = out.arguments_["gen_args_" + std::to_string(i)];
    arguments["arg_0"] = first_argument(request);
    const Json second = second_argument(task, request);
    if (!second.is_null()) arguments["arg_1"] = second;
  }
  out.responses_ = responses(task, scores, entry.requests.size());
  out.hashes_.doc = sha256(python_json(document.doc, 2));
  out.hashes_.target = sha256(document.target);
  out.document_ = std::move(document);
  return out;
}

std::string Sample::row(const Task& task, const ItemScores& scores, std::size_t index) const {
  const bool is_scored_here = index < scores.filters.size();
  Json row;
  row["doc_id"] = document_.number;
  row["doc"] = document_.doc;
  row["target"] = document_.target;
  row["arguments"] = arguments_;
  row["resps"] = responses_;
  row["filtered_resps"] =
      as_strings(is_scored_here ? scores.filters[index].responses : unfiltered(task, scores));
  row["filter"] = task.filters[index].name;
  Json names = Json::array();
  if (is_scored_here) {
    for (const auto& [name, value] : scores.filters[index].metrics.as_object()) {
      names.push_back(Json(name));
    }
  }
  row["metrics"] = std::move(names);
  row["doc_hash"] = to_hex(hashes_.doc);
  row["prompt_hash"] = to_hex(hashes_.prompt);
  row["target_hash"] = to_hex(hashes_.target);
  if (is_scored_here) {
    for (const auto& [name, value] : scores.filters[index].metrics.as_object()) row[name] = value;
  }
  return python_json(row);
}

}  // namespace gwageo::lm_eval
