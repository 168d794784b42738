#include "benchmarks/document.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "benchmarks/python_text.h"
#include "benchmarks/task_keys.h"
#include "benchmarks/template_functions.h"

namespace gwageo {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Expression> Expression::compile(std::string key, const Json& value, const Json& first_row) {
  Expression out;
  out.key_ = std::move(key);
  if (!value.is_string()) {
    out.constant_ = value;
    return out;
  }
  out.source_ = value.as_string();
  out.is_column_ = first_row.find(out.source_) != nullptr;
  if (out.is_column_) return out;
  auto compiled = Template::compile(out.source_);
  if (!compiled) return out.wrong(compiled.error().message);
  out.template_ = std::move(*compiled);
  return out;
}

tl::unexpected<Error> Expression::wrong(const std::string& what) const {
  return fail(ErrorKind::bad_input, key_ + ": " + what);
}

Result<const Json*> Expression::column(const Json& row) const {
  const Json* const found = row.find(source_);
  if (found == nullptr) return wrong("the field '" + source_ + "' is missing");
  return found;
}

Status Expression::no_such_column(const Json& row) const {
  if (row.find(source_) == nullptr) return {};
  return wrong("'" + source_ + "' is a field here and none in the first row");
}

Result<Json> Expression::value(const Json& row) const {
  if (is_column_) {
    GWAGEO_ASSIGN(found, column(row));
    return *found;
  }
  if (!template_) return constant_;
  GWAGEO_TRY(no_such_column(row));
  if (!template_->is_expression()) {
    std::string out;
    const Status rendered = template_->render(row, out);
    if (!rendered) return wrong(rendered.error().message);
    return Json(std::move(out));
  }
  auto result = template_->evaluate(row);
  if (!result) return wrong(result.error().message);
  if (result->is_string() || result->is_array()) return result;
  auto text = printed(*result);
  if (!text) return wrong(text.error().message);
  return Json(std::move(*text));
}

Status Expression::text(const Json& row, std::string& out) const {
  if (is_column_) {
    GWAGEO_ASSIGN(found, column(row));
    if (!found->is_string()) {
      return wrong("the field '" + source_ + "' is " + std::string(value_kind(*found)) +
                   ", expected a string");
    }
    out += found->as_string();
    return {};
  }
  if (!template_) return wrong("expected a string");
  GWAGEO_TRY(no_such_column(row));
  const Status rendered = template_->render(row, out);
  return rendered ? Status() : wrong(rendered.error().message);
}

Result<Document> Document::compile(const Task& task, const Json& first_row) {
  Document out;
  out.output_type_ = task.output_type;
  out.target_delimiter_ = task.target_delimiter;
  out.fewshot_delimiter_ = task.fewshot_delimiter;
  GWAGEO_ASSIGN(description, Expression::compile("description", Json(task.description), first_row));
  GWAGEO_ASSIGN(text, Expression::compile("doc_to_text", task.doc_to_text, first_row));
  GWAGEO_ASSIGN(target, Expression::compile("doc_to_target", task.doc_to_target, first_row));
  out.description_ = std::move(description);
  out.text_ = std::move(text);
  out.target_ = std::move(target);
  if (!task.doc_to_choice.is_null()) {
    GWAGEO_ASSIGN(choice, Expression::compile("doc_to_choice", task.doc_to_choice, first_row));
    out.choice_ = std::move(choice);
  }
  return out;
}

Status Document::description(const Json& row, std::string& out) const {
  return description_.text(row, out);
}

// The harness takes a question of digits, where there are choices, for the index of one of several
// contexts; to render it as text would ask something else.
Status Document::text(const Json& row, std::string& out) const {
  const std::size_t start = out.size();
  GWAGEO_TRY(text_.text(row, out));
  if (choice_ && text_.is_template() && all_digits(std::string_view(out).substr(start))) {
    return text_.wrong("prints the number " + out.substr(start) +
                       ", which with choices means a context for each choice; " +
                       outside_this_version("that"));
  }
  return {};
}

Result<std::vector<std::string>> Document::choices(const Json& row) const {
  GWAGEO_ASSIGN(value, choice_->value(row));
  if (value.is_string()) {
    auto list = parse_python_list(value.as_string());
    if (!list) return choice_->wrong("gives no list: " + python_literal(value));
    value = std::move(*list);
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
    if (one.as_string().empty()) return choice_->wrong(name + " is empty");
    out.push_back(one.as_string());
  }
  if (out.empty()) return choice_->wrong("gives no choices");
  return out;
}

// The target as the harness reads it: printed digits are an index where there are choices, printed
// lists are lists.
Result<Json> Document::target(const Json& row) const {
  GWAGEO_ASSIGN(value, target_.value(row));
  if (value.is_null()) return target_.wrong("is null");
  if (!target_.is_template() || !value.is_string()) return value;
  const std::string& text = value.as_string();
  std::int64_t index = 0;
  if (choice_ && all_digits(text)) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), index);
    if (read.ec == std::errc()) return Json(index);
  }
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    if (auto list = parse_python_list(text)) return std::move(*list);
  }
  return value;
}

Result<std::int64_t> Document::gold(const Json& target,
                                    const std::vector<std::string>& choices) const {
  const auto count = static_cast<std::int64_t>(choices.size());
  if (target.is_string()) {
    const auto found = std::find(choices.begin(), choices.end(), target.as_string());
    if (found != choices.end()) return found - choices.begin();
    return target_.wrong(python_literal(target) + " is none of the " + std::to_string(count) +
                         " choices");
  }
  if (target.is_array()) {
    return target_.wrong(outside_this_version("a list of right choices"));
  }
  std::int64_t index = -1;
  if (target.is_bool()) index = target.as_bool() ? 1 : 0;
  if (target.is_integer()) index = target.as_integer();
  if (index >= 0 && index < count) return index;
  return target_.wrong(python_literal(target) + " is no index of the " + std::to_string(count) +
                       " choices");
}

Result<std::vector<std::string>> Document::answers(const Json& target) const {
  const Json::Array one = {target};
  const Json::Array& list = target.is_array() ? target.as_array() : one;
  std::vector<std::string> out;
  for (const Json& answer : list) {
    if (answer.is_null() || answer.is_array() || answer.is_object()) {
      return target_.wrong("an answer is " + std::string(value_kind(answer)));
    }
    auto text = printed(answer);
    if (!text) return target_.wrong(text.error().message);
    out.push_back(std::move(*text));
  }
  if (out.empty()) return target_.wrong("a list without answers");
  return out;
}

Result<Reference> Document::reference(const Json& row) const {
  Reference out;
  GWAGEO_ASSIGN(wanted, target(row));
  if (choice_) {
    GWAGEO_ASSIGN(texts, choices(row));
    GWAGEO_ASSIGN(index, gold(wanted, texts));
    out.targets = {texts[static_cast<std::size_t>(index)]};
    if (output_type_ == OutputType::multiple_choice) {
      out.golds = {index};
      out.choices = std::move(texts);
    }
    return out;
  }
  GWAGEO_ASSIGN(texts, answers(wanted));
  if (output_type_ == OutputType::loglikelihood) {
    if (texts.size() > 1) return target_.wrong("several answers to one log-likelihood");
    if (texts[0].empty()) return target_.wrong("is empty");
  }
  out.targets = std::move(texts);
  return out;
}

// An example whose answer is empty goes without delimiters, as in the harness.
Result<std::string> Document::example(const Json& row) const {
  std::string out;
  GWAGEO_TRY(text(row, out));
  GWAGEO_ASSIGN(right, reference(row));
  const std::string& answer = right.targets.front();
  if (answer.empty()) return out;
  return out + target_delimiter_ + answer + fewshot_delimiter_;
}

}  // namespace gwageo
