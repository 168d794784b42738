#include "benchmarks/lm_eval_row.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "benchmarks/python_numbers.h"
#include "benchmarks/python_text.h"

namespace gwageo::lm_eval {
namespace {

tl::unexpected<Error> wrong_in_row(const std::string& field, const std::string& what) {
  return fail(ErrorKind::bad_input, "field '" + field + "': " + what);
}

std::string argument_name(std::size_t request, std::size_t argument) {
  return "arguments.gen_args_" + std::to_string(request) + ".arg_" + std::to_string(argument);
}

Result<std::string> text_argument(const LoggedSample& sample, std::size_t request,
                                  std::size_t argument) {
  const Json::Array& arguments = sample.arguments[request];
  if (argument >= arguments.size())
    return wrong_in_row(argument_name(request, argument), "is missing");
  if (!arguments[argument].is_string()) {
    return wrong_in_row(argument_name(request, argument),
                        "expected a string, got " + std::string(arguments[argument].type_name()));
  }
  return arguments[argument].as_string();
}

// A chat as the harness logs it: a list of one text, which is JSON.
Result<Json> messages(const Json& argument, const std::string& name) {
  const bool is_text = argument.as_array().size() == 1 && argument.as_array()[0].is_string();
  if (!is_text) return wrong_in_row(name, "expected a prompt, or a list of one chat as JSON text");
  auto list = Json::parse(argument.as_array()[0].as_string());
  if (!list) return wrong_in_row(name, list.error().message);
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

/// The first of the likeliest of the first `count` answers, which is what the harness took.
std::optional<std::int64_t> likeliest_answer(const LoggedSample& sample, std::size_t count) {
  if (sample.answers.size() < count) return std::nullopt;
  std::vector<double> likelihoods;
  for (std::size_t i = 0; i < count; ++i) {
    const Json& answer = sample.answers[i];
    const bool is_pair = answer.is_array() && !answer.as_array().empty();
    const Json value = is_pair ? answer.as_array().front() : Json();
    const auto read = value.is_string() ? read_python_float(value.as_string()) : std::nullopt;
    if (!read && !value.is_number()) return std::nullopt;
    likelihoods.push_back(read ? *read : value.as_double());
    if (std::isnan(likelihoods.back())) return std::nullopt;
  }
  return std::max_element(likelihoods.begin(), likelihoods.end()) - likelihoods.begin();
}

bool holds_place(const std::vector<std::int64_t>& places, std::int64_t place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

/// Of what a target may mean, all that is left when the row's score has spoken.
using Readings = std::vector<std::vector<std::int64_t>>;

// The likeliest choice is among the right ones, or is not.
Readings fitting(Readings readings, const LoggedSample& sample, std::size_t choices) {
  const std::optional<std::int64_t> likeliest = likeliest_answer(sample, choices);
  if (readings.size() < 2 || !likeliest || !sample.accuracy) return readings;
  std::erase_if(readings, [&](const auto& places) {
    return holds_place(places, *likeliest) != (*sample.accuracy == 1);
  });
  return readings;
}

Result<Readings> readings_of(const LoggedSample& sample, const RowRules& rules,
                             const std::vector<std::string>& choices) {
  Readings out;
  for (const Json& value : target_values(sample, rules.target)) {
    const auto places = places_of(value, choices);
    if (places && std::find(out.begin(), out.end(), *places) == out.end()) out.push_back(*places);
  }
  if (!out.empty()) return fitting(std::move(out), sample, choices.size());
  return wrong_in_row("target", "'" + sample.target + "' is none of the " +
                                    std::to_string(choices.size()) +
                                    " choices, neither by its text nor by its place");
}

Result<std::vector<std::int64_t>> golds_of(const LoggedSample& sample, const RowRules& rules,
                                           const std::vector<std::string>& choices) {
  GWAGEO_ASSIGN(readings, readings_of(sample, rules, choices));
  if (readings.size() == 1) return readings.front();
  return wrong_in_row("target",
                      "'" + sample.target +
                          "' may be a choice's text or another one's place, and `acc` does not "
                          "say which");
}

// A choice is what follows the delimiter.
Result<std::vector<std::string>> choices_of(const LoggedSample& sample, const RowRules& rules) {
  const std::size_t all = sample.arguments.size();
  if (rules.has_unconditional && all % 2 != 0) {
    return wrong_in_row("arguments", "expected each choice with and without a context");
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < (rules.has_unconditional ? all / 2 : all); ++i) {
    GWAGEO_ASSIGN(answer, text_argument(sample, i, 1));
    if (!answer.starts_with(rules.target_delimiter)) {
      return wrong_in_row(argument_name(i, 1), "does not begin with the task's target_delimiter");
    }
    out.push_back(answer.substr(rules.target_delimiter.size()));
  }
  return out;
}

Json list_of_texts(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(Json(text));
  return out;
}

// The contexts stand for the choices.
Status set_contexts(const LoggedSample& sample, Json& row) {
  for (std::size_t i = 0; i < sample.arguments.size(); ++i) {
    GWAGEO_ASSIGN(context, text_argument(sample, i, 0));
    row["choices"].push_back(Json(context));
  }
  const std::optional<std::int64_t> right = right_context(sample);
  if (!right) return wrong_in_row("acc", "does not say which context is right");
  row["golds"].push_back(*right);
  row["targets"].push_back(row["choices"].as_array()[static_cast<std::size_t>(*right)]);
  return {};
}

Status set_choices(const LoggedSample& sample, const RowRules& rules, Json& row) {
  GWAGEO_ASSIGN(choices, choices_of(sample, rules));
  GWAGEO_ASSIGN(golds, golds_of(sample, rules, choices));
  Json indexes = Json::array();
  Json targets = Json::array();
  for (const std::int64_t gold : golds) {
    indexes.push_back(gold);
    targets.push_back(Json(choices[static_cast<std::size_t>(gold)]));
  }
  row["choices"] = list_of_texts(choices);
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
    GWAGEO_ASSIGN(golds, golds_of(sample, rules, choices));
    return Json(Json::Array{choices[static_cast<std::size_t>(golds.front())]});
  }
  // Whether a task has several targets is said by its first document.
  if (!rules.has_several_targets) return Json(Json::Array{target});
  const Json value = target_values(sample, rules.target).front();
  Json out = Json::array();
  if (value.is_array()) {
    for (const Json& one : value.as_array()) out.push_back(python_text(one));
  } else {
    // There the harness makes a list of a text: its characters.
    for (std::size_t at = 0; at < target.size();) {
      const std::size_t size = character_at(target, at).size;
      out.push_back(target.substr(at, size));
      at += size;
    }
  }
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

bool is_target_clear(const LoggedSample& sample, const RowRules& rules) {
  const auto choices = choices_of(sample, rules);
  if (!choices) return true;  // The row itself will be refused.
  const auto readings = readings_of(sample, rules, *choices);
  return !readings || readings->size() == 1;
}

bool has_list_target(const LoggedSample& sample, const RowRules& rules) {
  return target_values(sample, rules.target).front().is_array();
}

std::optional<std::int64_t> right_context(const LoggedSample& sample) {
  const std::size_t count = sample.arguments.size();
  const std::optional<std::int64_t> likeliest = likeliest_answer(sample, count);
  if (!sample.accuracy || !likeliest || sample.answers.size() != count) return std::nullopt;
  if (*sample.accuracy == 1) return likeliest;
  const bool is_settled = *sample.accuracy == 0 && count == 2;
  return is_settled ? std::optional<std::int64_t>(1 - *likeliest) : std::nullopt;
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
      GWAGEO_TRY(rules.has_several_contexts ? set_contexts(sample, row)
                                            : set_choices(sample, rules, row));
    } else {
      GWAGEO_ASSIGN(targets, targets_of(sample, rules));
      row["targets"] = std::move(targets);
    }
  }
  if (rules.reads_choices && !rules.is_scored_elsewhere) {
    const Json* const choices = sample.doc.find("choices");
    if (choices == nullptr || !choices->is_array()) {
      return wrong_in_row("doc.choices", "the filter multi_choice_regex needs a list there");
    }
    row["choices"] = *choices;
  }
  row["target"] = sample.target;
  row["doc"] = sample.doc;
  return row;
}

}  // namespace gwageo::lm_eval
