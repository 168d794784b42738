#include "benchmarks/lm_eval_row.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "benchmarks/python_list.h"
#include "benchmarks/python_text.h"

namespace gwageo::lm_eval {
namespace {

tl::unexpected<Error> wrong(const std::string& field, const std::string& what) {
  return fail(ErrorKind::bad_input, "field '" + field + "': " + what);
}

std::string argument_name(std::size_t request, std::size_t argument) {
  return "arguments.gen_args_" + std::to_string(request) + ".arg_" + std::to_string(argument);
}

Result<std::string> text_argument(const LoggedSample& sample, std::size_t request,
                                  std::size_t argument) {
  const Json::Array& arguments = sample.arguments[request];
  if (argument >= arguments.size()) return wrong(argument_name(request, argument), "is missing");
  if (!arguments[argument].is_string()) {
    return wrong(argument_name(request, argument),
                 "expected a string, got " + std::string(arguments[argument].type_name()));
  }
  return arguments[argument].as_string();
}

// A chat as the harness logs it: a list of one text, which is JSON.
Result<Json> messages(const Json& argument, const std::string& name) {
  const bool is_text = argument.as_array().size() == 1 && argument.as_array()[0].is_string();
  if (!is_text) return wrong(name, "expected a prompt, or a list of one chat as JSON text");
  auto list = Json::parse(argument.as_array()[0].as_string());
  if (!list) return wrong(name, list.error().message);
  return list;
}

Result<Json> requests_of(const LoggedSample& sample, OutputType type) {
  Json out = Json::array();
  std::optional<std::string> before;
  for (std::size_t i = 0; i < sample.arguments.size(); ++i) {
    Json request = Json::object();
    const Json& first = sample.arguments[i].front();
    if (type == OutputType::loglikelihood_rolling) {
      GWAGEO_ASSIGN(text, text_argument(sample, i, 0));
      request["continuation"] = text;
    } else if (type == OutputType::generate_until && first.is_array()) {
      GWAGEO_ASSIGN(turns, messages(first, argument_name(i, 0)));
      request["messages"] = turns;
    } else {
      GWAGEO_ASSIGN(prompt, text_argument(sample, i, 0));
      if (before != prompt) request["prompt"] = prompt;
      before = prompt;
    }
    const bool is_likelihood =
        type == OutputType::multiple_choice || type == OutputType::loglikelihood;
    if (is_likelihood) {
      GWAGEO_ASSIGN(continuation, text_argument(sample, i, 1));
      request["continuation"] = continuation;
    }
    out.push_back(std::move(request));
  }
  return out;
}

std::optional<std::int64_t> index_of(const Json& value) {
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  if (value.is_integer()) return value.as_integer();
  return std::nullopt;
}

// The target is what Python printed: an index, a list of them, or the text of a choice.
Result<std::vector<std::int64_t>> golds_of(const std::string& target,
                                           const std::vector<std::string>& choices) {
  const auto text = std::find(choices.begin(), choices.end(), target);
  const std::string literal = "[" + target + "]";
  const auto list = read_python_list(literal).value_or(std::nullopt);
  std::vector<std::int64_t> out;
  if (list && list->as_array().size() == 1) {
    Json value = list->as_array().front();
    if (!value.is_array()) value = Json(Json::Array{value});
    for (const Json& one : value.as_array()) {
      if (const auto index = index_of(one)) out.push_back(*index);
    }
    if (out.size() != value.as_array().size()) out.clear();
  }
  if (out.empty() && text != choices.end()) out = {text - choices.begin()};
  const auto count = static_cast<std::int64_t>(choices.size());
  const bool is_within = !out.empty() && std::all_of(out.begin(), out.end(), [&](std::int64_t i) {
    return i >= 0 && i < count;
  });
  if (is_within) return out;
  return wrong("target", "'" + target + "' is none of the " + std::to_string(count) +
                             " choices, neither by its text nor by its place");
}

// A choice is what follows the delimiter.
Result<std::vector<std::string>> choices_of(const LoggedSample& sample, const RowRules& rules) {
  const std::size_t all = sample.arguments.size();
  if (rules.has_unconditional && all % 2 != 0) {
    return wrong("arguments", "expected each choice with and without a context");
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < (rules.has_unconditional ? all / 2 : all); ++i) {
    GWAGEO_ASSIGN(answer, text_argument(sample, i, 1));
    if (!answer.starts_with(rules.target_delimiter)) {
      return wrong(argument_name(i, 1), "does not begin with the task's target_delimiter");
    }
    out.push_back(answer.substr(rules.target_delimiter.size()));
  }
  return out;
}

Json texts_json(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(Json(text));
  return out;
}

Status set_choices(const LoggedSample& sample, const RowRules& rules, Json& row) {
  GWAGEO_ASSIGN(choices, choices_of(sample, rules));
  GWAGEO_ASSIGN(golds, golds_of(sample.target, choices));
  Json indexes = Json::array();
  Json targets = Json::array();
  for (const std::int64_t gold : golds) {
    indexes.push_back(gold);
    targets.push_back(Json(choices[static_cast<std::size_t>(gold)]));
  }
  row["choices"] = texts_json(choices);
  row["golds"] = std::move(indexes);
  row["targets"] = std::move(targets);
  return {};
}

// Of a task with choices the index of the right one, else a text, or a printed list of texts.
Result<Json> targets_of(const LoggedSample& sample, const RowRules& rules) {
  const std::string& target = sample.target;
  if (rules.output_type != OutputType::generate_until) return Json(Json::Array{target});
  if (rules.choices.is_array()) {
    std::vector<std::string> choices;
    for (const Json& choice : rules.choices.as_array()) choices.push_back(python_text(choice));
    GWAGEO_ASSIGN(golds, golds_of(target, choices));
    return Json(Json::Array{choices[static_cast<std::size_t>(golds.front())]});
  }
  Json out = Json::array();
  if (target.starts_with("[") && target.ends_with("]")) {
    if (const auto list = read_python_list(target).value_or(std::nullopt)) {
      for (const Json& one : list->as_array()) out.push_back(python_text(one));
    }
  }
  if (out.as_array().empty()) out.push_back(target);
  return out;
}

}  // namespace

bool has_several_contexts(const LoggedSample& sample) {
  if (sample.arguments.size() < 2) return false;
  const Json::Array& first = sample.arguments[0];
  const Json::Array& second = sample.arguments[1];
  const bool are_pairs = first.size() > 1 && second.size() > 1;
  return are_pairs && first[0] != second[0] && first[1] == second[1];
}

Result<Json> imported_row(const LoggedSample& sample, const RowRules& rules) {
  Json row;
  row["id"] = sample.number;
  GWAGEO_ASSIGN(requests, requests_of(sample, rules.output_type));
  row["requests"] = std::move(requests);
  row["choices"] = Json::array();
  row["golds"] = Json::array();
  row["targets"] = Json::array();
  if (!rules.is_scored_elsewhere) {
    if (rules.output_type == OutputType::multiple_choice) {
      GWAGEO_TRY(set_choices(sample, rules, row));
    } else {
      GWAGEO_ASSIGN(targets, targets_of(sample, rules));
      row["targets"] = std::move(targets);
    }
  }
  if (rules.reads_choices && !rules.is_scored_elsewhere) {
    const Json* const choices = sample.doc.find("choices");
    if (choices == nullptr || !choices->is_array()) {
      return wrong("doc.choices", "the filter multi_choice_regex needs a list there");
    }
    row["choices"] = *choices;
  }
  row["target"] = sample.target;
  row["doc"] = sample.doc;
  return row;
}

}  // namespace gwageo::lm_eval
