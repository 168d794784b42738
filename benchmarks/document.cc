#include "benchmarks/document.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "benchmarks/python_list.h"
#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"

namespace gwageo {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The index that digits stand for; nothing for more digits than an index has.
std::optional<std::int64_t> index_of(std::string_view digits) {
  std::int64_t index = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return read.ec == std::errc() ? std::optional(index) : std::nullopt;
}

// The place in a list of `count` that Python's index means: a negative one counts from the end.
std::optional<std::size_t> place_counted(std::int64_t index, std::size_t count) {
  const auto size = static_cast<std::int64_t>(count);
  if (index < -size || index >= size) return std::nullopt;
  return static_cast<std::size_t>(index < 0 ? index + size : index);
}

bool uses_filter(const Task& task, std::string_view function) {
  for (const FilterPipeline& pipeline : task.filters) {
    for (const FilterStep& step : pipeline.steps) {
      if (step.function == function) return true;
    }
  }
  return false;
}

}  // namespace

Result<Question> Question::compile(const QuestionKeys& keys, const Columns& columns) {
  Question out;
  GWAGEO_ASSIGN(text, Expression::compile("doc_to_text", keys.text, columns));
  GWAGEO_ASSIGN(target, Expression::compile("doc_to_target", keys.target, columns));
  out.text_ = std::move(text);
  out.target_ = std::move(target);
  if (!keys.choice.is_null()) {
    GWAGEO_ASSIGN(choice, Expression::compile("doc_to_choice", keys.choice, columns));
    out.choice_ = std::move(choice);
  }
  if (!keys.prefix.is_null()) {
    GWAGEO_ASSIGN(prefix, Expression::compile("gen_prefix", keys.prefix, columns));
    out.prefix_ = std::move(prefix);
  }
  return out;
}

Result<std::optional<std::int64_t>> Question::text(const Json& row, std::string& out) const {
  if (text_.is_template()) {
    const std::size_t start = out.size();
    GWAGEO_TRY(text_.text(row, out));
    const auto printed_text = std::string_view(out).substr(start);
    if (!choice_ || !all_digits(printed_text)) return std::nullopt;
    const std::optional<std::int64_t> index = index_of(printed_text);
    out.resize(start);
    if (!index) return text_.wrong("prints more digits than an index has");
    return index;
  }
  GWAGEO_ASSIGN(value, text_.value(row));
  if (value.is_string()) {
    out += value.as_string();
    return std::nullopt;
  }
  if (!value.is_integer() || !choice_) {
    return text_.wrong(text_.subject() + "is " + std::string(value_kind(value)) +
                       ", expected a string");
  }
  return value.as_integer();
}

Result<std::vector<std::string>> Question::choices(const Json& row) const {
  GWAGEO_ASSIGN(value, choice_->value(row));
  if (value.is_string()) {
    auto list = read_python_list(value.as_string());
    if (!list) return choice_->wrong("gives " + list.error().message);
    if (!*list) return choice_->wrong("gives no list: " + python_literal(value));
    value = std::move(**list);
  }
  if (!value.is_array()) {
    return choice_->wrong("expected a list, got " + std::string(value_kind(value)));
  }
  std::vector<std::string> out;
  for (const Json& one : value.as_array()) {
    const std::string name = "choice " + std::to_string(out.size());
    if (!one.is_string()) {
      return choice_->wrong(name + " is " + std::string(value_kind(one)) + ", expected a string");
    }
    out.push_back(one.as_string());
  }
  if (out.empty()) return choice_->wrong("gives no choices");
  return out;
}

Result<Json> Question::target(const Json& row) const {
  GWAGEO_ASSIGN(value, target_.value(row));
  if (value.is_null()) return target_.wrong(target_.subject() + "is null");
  if (!target_.is_template() || !value.is_string()) return value;
  const std::string& text = value.as_string();
  if (choice_ && all_digits(text)) {
    if (const auto index = index_of(text)) return Json(*index);
  }
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    auto list = read_python_list(text);
    if (!list) return target_.wrong("gives " + list.error().message);
    if (*list) return std::move(**list);
  }
  return value;
}

Result<std::string> Question::answer(const Json& row) const {
  GWAGEO_ASSIGN(wanted, target(row));
  if (wanted.is_bool() && choice_) wanted = Json(wanted.as_bool() ? 1 : 0);
  if (wanted.is_integer() && choice_) {
    GWAGEO_ASSIGN(texts, choices(row));
    const std::int64_t index = wanted.as_integer();
    if (const auto place = place_counted(index, texts.size())) return texts[*place];
    return target_.wrong(python_literal(wanted) + " is no index of the " +
                         std::to_string(texts.size()) + " choices");
  }
  if (wanted.is_array()) {
    if (wanted.as_array().empty()) return target_.wrong("a list without answers");
    wanted = Json(wanted.as_array().front());
    if (choice_ && !wanted.is_string()) {
      return target_.wrong("several right choices cannot stand in an example");
    }
  }
  if (wanted.is_null() || wanted.is_array() || wanted.is_object()) {
    return target_.wrong("an answer is " + std::string(value_kind(wanted)));
  }
  auto text = printed(wanted);
  if (!text) return target_.wrong(text.error().message);
  return text;
}

Result<std::string> Question::prefix(const Json& row) const {
  std::string out;
  if (prefix_) GWAGEO_TRY(prefix_->text(row, out));
  return out;
}

Result<Document> Document::compile(const Task& task, const Columns& columns,
                                   const Json& first_row) {
  Document out;
  out.output_type_ = task.output_type;
  out.filters_choices_ = uses_filter(task, "multi_choice_regex");
  GWAGEO_ASSIGN(description, Expression::compile("description", Json(task.description), columns));
  GWAGEO_ASSIGN(question, Question::compile(task.question, columns));
  GWAGEO_ASSIGN(shown, Question::compile(task.few_shot.question, columns));
  out.description_ = std::move(description);
  out.question_ = std::move(question);
  out.shown_ = std::move(shown);
  out.shown_target_delimiter_ = task.few_shot.target_delimiter;
  out.shown_delimiter_ = task.few_shot.delimiter;
  std::string text;
  GWAGEO_ASSIGN(index, out.question_.text(first_row, text));
  out.several_contexts_ = index.has_value();
  GWAGEO_ASSIGN(first_target, out.question_.target(first_row));
  out.several_targets_ = first_target.is_array() && task.output_type == OutputType::generate_until;
  if (out.several_contexts_ && task.output_type != OutputType::multiple_choice) {
    return out.question_.wrong_text(
        "is an index of the choices, which only goes with "
        "output_type multiple_choice");
  }
  return out;
}

Status Document::description(const Json& row, std::string& out) const {
  return description_.text(row, out);
}

Result<std::vector<std::string>> Document::contexts(const Json& row) const {
  std::string text;
  GWAGEO_ASSIGN(index, question_.text(row, text));
  if (index.has_value() != several_contexts_) {
    return question_.wrong_text(index ? "is an index here and a text in the first row"
                                      : "is a text here and an index in the first row");
  }
  if (several_contexts_) return question_.choices(row);
  return std::vector<std::string>{std::move(text)};
}

// The right choices: an index, the text of a choice, or a list of indexes. The harness reads a
// negative index as Python does where an answer is generated; where a choice is asked for, none is
// right by it, which is no target.
Status Document::choose_among(const Json& row, const Json& target, Reference& out) const {
  GWAGEO_ASSIGN(texts, question_.choices(row));
  const auto count = static_cast<std::int64_t>(texts.size());
  const auto add = [&](const Json& one) -> Status {
    std::int64_t index = -1;
    if (one.is_bool()) index = one.as_bool() ? 1 : 0;
    if (one.is_integer()) index = one.as_integer();
    if (output_type_ == OutputType::generate_until && one.is_integer()) {
      if (const auto place = place_counted(index, texts.size())) {
        index = static_cast<std::int64_t>(*place);
      }
    }
    if (index < 0 || index >= count) {
      return question_.wrong_target(python_literal(one) + " is no index of the " +
                                    std::to_string(count) + " choices");
    }
    out.golds.push_back(index);
    out.targets.push_back(texts[static_cast<std::size_t>(index)]);
    return {};
  };
  if (target.is_string()) {
    const auto found = std::find(texts.begin(), texts.end(), target.as_string());
    if (found == texts.end()) {
      return question_.wrong_target(python_literal(target) + " is none of the " +
                                    std::to_string(count) + " choices");
    }
    GWAGEO_TRY(add(Json(static_cast<std::int64_t>(found - texts.begin()))));
  } else if (target.is_array() && output_type_ == OutputType::multiple_choice) {
    for (const Json& one : target.as_array()) GWAGEO_TRY(add(one));
    if (out.golds.empty()) return question_.wrong_target("a list without right choices");
  } else {
    GWAGEO_TRY(add(target));
  }
  if (output_type_ == OutputType::multiple_choice) {
    out.choices = std::move(texts);
  } else {
    out.golds.clear();
  }
  return {};
}

// Where the first row has several answers each is one, as numpy compares them with a text: next to
// a text, numbers and booleans are text too, else they equal none; a row with one answer in place
// of the list has its characters. Elsewhere a list is the text that it prints.
Result<std::vector<std::string>> Document::answers(const Json& target) const {
  std::vector<std::string> out;
  if (!several_targets_) {
    auto text = printed(target);
    if (!text) return question_.wrong_target(text.error().message);
    return std::vector<std::string>{std::move(*text)};
  }
  if (target.is_string()) {
    const std::string& text = target.as_string();
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t size = character_at(text, i).size;
      out.push_back(text.substr(i, size));
      i += size;
    }
    return out;
  }
  if (!target.is_array()) return question_.wrong_target("is no list, and that of the first row is");
  const Json::Array& list = target.as_array();
  const bool has_text =
      std::any_of(list.begin(), list.end(), [](const Json& one) { return one.is_string(); });
  const bool has_other = std::any_of(list.begin(), list.end(), [](const Json& one) {
    return one.is_null() || one.is_array() || one.is_object();
  });
  for (const Json& answer : list) {
    if (!answer.is_string() && (!has_text || has_other)) continue;
    auto text = printed(answer);
    if (!text) return question_.wrong_target(text.error().message);
    out.push_back(std::move(*text));
  }
  return out;
}

// What the filter multi_choice_regex reads: the row's field `choices`.
Result<std::vector<std::string>> Document::filter_choices(const Json& row) const {
  std::vector<std::string> out;
  const Json* const choices = row.find("choices");
  if (choices == nullptr || !choices->is_array()) {
    return fail(ErrorKind::bad_input,
                "filter 'multi_choice_regex': the row needs a list in its field 'choices'");
  }
  for (const Json& one : choices->as_array()) {
    if (!one.is_string()) {
      return fail(ErrorKind::bad_input, "filter 'multi_choice_regex': the field 'choices' holds " +
                                            std::string(value_kind(one)) + ", expected strings");
    }
    out.push_back(one.as_string());
  }
  return out;
}

Result<Reference> Document::reference(const Json& row) const {
  Reference out;
  if (several_contexts_) {
    std::string text;
    GWAGEO_ASSIGN(index, question_.text(row, text));
    if (!index) return question_.wrong_text("is a text here and an index in the first row");
    GWAGEO_TRY(choose_among(row, Json(*index), out));
    return out;
  }
  GWAGEO_ASSIGN(wanted, question_.target(row));
  if (filters_choices_) {
    GWAGEO_ASSIGN(texts, filter_choices(row));
    out.choices = std::move(texts);
  }
  if (question_.has_choices()) {
    GWAGEO_TRY(choose_among(row, wanted, out));
    return out;
  }
  if (output_type_ != OutputType::generate_until && wanted.is_array()) {
    return question_.wrong_target("several answers to one log-likelihood");
  }
  GWAGEO_ASSIGN(texts, answers(wanted));
  if (output_type_ == OutputType::loglikelihood && texts.front().empty()) {
    return question_.wrong_target("is empty");
  }
  out.targets = std::move(texts);
  return out;
}

Result<std::vector<Turn>> Document::example(const Json& row) const {
  std::string text;
  GWAGEO_ASSIGN(index, shown_.text(row, text));
  if (index) {
    GWAGEO_ASSIGN(texts, shown_.choices(row));
    const auto place = place_counted(*index, texts.size());
    if (!place) {
      return shown_.wrong_text(std::to_string(*index) + " is no index of the " +
                               std::to_string(texts.size()) + " choices");
    }
    text = std::move(texts[*place]);
  }
  GWAGEO_ASSIGN(prefix, shown_.prefix(row));
  GWAGEO_ASSIGN(answer, shown_.answer(row));
  return question_turns(std::move(text), answer, prefix, shown_target_delimiter_, shown_delimiter_);
}

}  // namespace gwageo
