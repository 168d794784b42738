#include "benchmarks/imported_row.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "benchmarks/python_json.h"

namespace gwageo {
namespace {

tl::unexpected<Error> wrong_in_member(const std::string& member, const std::string& what) {
  return fail(ErrorKind::bad_input, "member '" + member + "': " + what);
}

Result<std::string> text_of_member(const Json& holder, const std::string& member,
                                   const std::string& name) {
  const Json* const value = holder.find(member);
  if (value == nullptr || !value->is_string()) return wrong_in_member(name, "expected a string");
  return value->as_string();
}

/// A list that may be left out.
Result<Json::Array> list_of(const Json& row, const std::string& member) {
  const Json* const value = row.find(member);
  if (value == nullptr || value->is_null()) return Json::Array();
  if (!value->is_array()) return wrong_in_member(member, "expected a list");
  return value->as_array();
}

Result<std::vector<std::string>> texts_of(const Json& row, const std::string& member) {
  GWAGEO_ASSIGN(list, list_of(row, member));
  std::vector<std::string> out;
  for (const Json& one : list) {
    if (!one.is_string()) return wrong_in_member(member, "expected a list of strings");
    out.push_back(one.as_string());
  }
  return out;
}

Result<std::vector<ChatMessage>> messages_of(const Json& list, const std::string& name) {
  if (!list.is_array() || list.as_array().empty())
    return wrong_in_member(name, "expected a list of turns");
  std::vector<ChatMessage> out;
  for (const Json& turn : list.as_array()) {
    GWAGEO_ASSIGN(role, text_of_member(turn, "role", name + ".role"));
    if (role != "system" && role != "user" && role != "assistant") {
      return wrong_in_member(name + ".role",
                             "expected system, user or assistant, got '" + role + "'");
    }
    GWAGEO_ASSIGN(content, text_of_member(turn, "content", name + ".content"));
    out.push_back({std::move(role), std::move(content)});
  }
  return out;
}

/// One of the row's requests. `prompt` is that of the request before.
Result<Request> read_request(const Task& task, const Request& generation, const Json& json,
                             const std::string& name, std::string& prompt) {
  if (!json.is_object()) return wrong_in_member(name, "expected an object");
  Request request;
  const bool generates = task.output_type == OutputType::generate_until;
  if (generates) {
    request = generation;
  } else {
    GWAGEO_ASSIGN(continuation, text_of_member(json, "continuation", name + ".continuation"));
    request.continuation = std::move(continuation);
  }
  if (task.output_type == OutputType::loglikelihood_rolling) {
    request.kind = RequestKind::rolling;
    return request;
  }
  if (const Json* const messages = json.find("messages"); generates && messages != nullptr) {
    request.kind = RequestKind::chat;
    GWAGEO_ASSIGN(turns, messages_of(*messages, name + ".messages"));
    request.messages = std::move(turns);
    return request;
  }
  if (json.find("prompt") != nullptr) {
    GWAGEO_ASSIGN(text, text_of_member(json, "prompt", name + ".prompt"));
    prompt = std::move(text);
  }
  request.prompt = prompt;
  if (!generates) request.kind = RequestKind::likelihood;
  return request;
}

Status read_reference(const Task& task, const Json& row, Reference& reference) {
  GWAGEO_ASSIGN(targets, texts_of(row, "targets"));
  GWAGEO_ASSIGN(choices, texts_of(row, "choices"));
  GWAGEO_ASSIGN(golds, list_of(row, "golds"));
  for (const Json& gold : golds) {
    const bool is_index = gold.is_integer() && gold.as_integer() >= 0 &&
                          static_cast<std::size_t>(gold.as_integer()) < choices.size();
    if (!is_index) {
      return wrong_in_member("golds", "expected indexes of the " + std::to_string(choices.size()) +
                                          " choices, got " + gold.dump());
    }
    reference.golds.push_back(gold.as_integer());
  }
  if (!task.is_scored_elsewhere) {
    const bool chooses = task.output_type == OutputType::multiple_choice;
    if (chooses && reference.golds.empty()) return wrong_in_member("golds", "no choice is right");
    if (!chooses && targets.empty())
      return wrong_in_member("targets", "there is nothing to compare with");
  }
  reference.targets = std::move(targets);
  reference.choices = std::move(choices);
  return {};
}

/// How many requests a row of the task has; 0 for any number.
std::size_t requests_needed(const Task& task, const Reference& reference) {
  if (task.is_scored_elsewhere) return 0;
  if (task.output_type != OutputType::multiple_choice) return 1;
  return reference.choices.size() * (task.asks_unconditional ? 2 : 1);
}

bool is_strict(const Json& value) {
  if (value.is_array()) {
    return std::all_of(value.as_array().begin(), value.as_array().end(), is_strict);
  }
  if (value.is_object()) {
    return std::all_of(value.as_object().begin(), value.as_object().end(),
                       [](const Json::Member& member) { return is_strict(member.second); });
  }
  return !value.is_number() || std::isfinite(value.as_double());
}

}  // namespace

std::string imported_line(const Json& row) {
  return (is_strict(row) ? row.dump() : python_json(row)) + "\n";
}

Status read_imported_row(const Task& task, const Request& generation, const Json& row,
                         PlanEntry& entry) {
  GWAGEO_TRY(read_reference(task, row, entry.reference));
  GWAGEO_ASSIGN(requests, list_of(row, "requests"));
  const std::size_t needed = requests_needed(task, entry.reference);
  if (requests.empty() || (needed != 0 && requests.size() != needed)) {
    return wrong_in_member("requests", "expected " +
                                           (needed == 0 ? "some" : std::to_string(needed)) +
                                           ", got " + std::to_string(requests.size()));
  }
  std::string prompt;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string name = "requests[" + std::to_string(i) + "]";
    GWAGEO_ASSIGN(request, read_request(task, generation, requests[i], name, prompt));
    entry.requests.push_back(encode(request));
  }
  return {};
}

}  // namespace gwageo
