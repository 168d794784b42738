// What a task asks of one row: its text, its choices, and the answer that is right.
//
// `doc_to_text`, `doc_to_target` and `doc_to_choice` each name a column or hold a template. As in
// the field's harness the columns of the data set decide which; here those of its first row do, and
// a later row that would decide otherwise is refused.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "benchmarks/template.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// One of a task's expressions, compiled.
class Expression {
 public:
  /// `value` is what the task file holds: a string names a column of `first_row` or is a template;
  /// anything else stands for itself. Errors begin with `key`.
  static Result<Expression> compile(std::string key, const Json& value, const Json& first_row);

  /// The value for a row: the column's or constant's own, else what the template gives: a list
  /// where it is one expression that gives a list, else the text that it prints.
  Result<Json> value(const Json& row) const;
  /// Appends the text for a row; an error for a column that holds no string.
  Status text(const Json& row, std::string& out) const;
  bool is_template() const { return template_.has_value(); }
  tl::unexpected<Error> wrong(const std::string& what) const;

 private:
  Result<const Json*> column(const Json& row) const;
  Status no_such_column(const Json& row) const;

  std::string key_;
  Json constant_;       // Of the file where it is no string.
  std::string source_;  // The column's name, or the template's text.
  bool is_column_ = false;
  std::optional<Template> template_;
};

/// A task's expressions, compiled once and applied to many rows. A value.
class Document {
 public:
  static Result<Document> compile(const Task& task, const Json& first_row);

  /// Appends the description, rendered for the row.
  Status description(const Json& row, std::string& out) const;
  /// Appends the question without its answer.
  Status text(const Json& row, std::string& out) const;
  /// What responses to the row are scored against.
  Result<Reference> reference(const Json& row) const;
  /// The row as a few-shot example: question, answer and the delimiters after both.
  Result<std::string> example(const Json& row) const;

 private:
  Result<std::vector<std::string>> choices(const Json& row) const;
  Result<Json> target(const Json& row) const;
  Result<std::int64_t> gold(const Json& target, const std::vector<std::string>& choices) const;
  Result<std::vector<std::string>> answers(const Json& target) const;

  OutputType output_type_ = OutputType::generate_until;
  std::string target_delimiter_;
  std::string fewshot_delimiter_;
  Expression description_;
  Expression text_;
  Expression target_;
  std::optional<Expression> choice_;
};

}  // namespace gwageo
