// What a task asks of one row: its text, its choices, and the answer that is right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/columns.h"
#include "benchmarks/conversation.h"
#include "benchmarks/expression.h"
#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// One way to turn rows into questions: the task's own, or that of its examples. A value.
class Question {
 public:
  static Result<Question> compile(const QuestionKeys& keys, const Columns& columns);

  /// Appends the text; nothing is appended and the index is returned where the task has several
  /// contexts: then `doc_to_text` names the right one of the choices.
  Result<std::optional<std::int64_t>> text(const Json& row, std::string& out) const;
  bool has_choices() const { return choice_.has_value(); }
  Result<std::vector<std::string>> choices(const Json& row) const;
  /// The target as the harness reads it: printed digits are an index where there are choices,
  /// printed lists are lists. Never null.
  Result<Json> target(const Json& row) const;
  /// The text of an answer, for an example or a context: the choice that an index names, the first
  /// of several, else what the target prints.
  Result<std::string> answer(const Json& row) const;
  /// What the assistant's turn begins with; empty for nothing.
  Result<std::string> prefix(const Json& row) const;
  tl::unexpected<Error> wrong_target(const std::string& what) const { return target_.wrong(what); }
  tl::unexpected<Error> wrong_text(const std::string& what) const { return text_.wrong(what); }

 private:
  Expression text_;
  Expression target_;
  std::optional<Expression> choice_;
  std::optional<Expression> prefix_;
};

/// A task's questions over one data set, compiled once and applied to many rows. A value.
class Document {
 public:
  /// `first_row` decides whether rows have several contexts, and several answers.
  static Result<Document> compile(const Task& task, const Columns& columns, const Json& first_row);

  /// Appends the description, rendered for the row.
  Status description(const Json& row, std::string& out) const;
  /// The contexts that end with the question: as many as there are choices where the task has
  /// several contexts, else one.
  Result<std::vector<std::string>> contexts(const Json& row) const;
  bool has_several_contexts() const { return several_contexts_; }
  const Question& question() const { return question_; }
  /// What responses to the row are scored against.
  Result<Reference> reference(const Json& row) const;
  /// The row as a few-shot example.
  Result<std::vector<Turn>> example(const Json& row) const;

 private:
  Status choose_among(const Json& row, const Json& target, Reference& out) const;
  Result<std::vector<std::string>> answers(const Json& target) const;
  Result<std::vector<std::string>> filter_choices(const Json& row) const;

  OutputType output_type_ = OutputType::generate_until;
  bool several_contexts_ = false;
  bool several_targets_ = false;
  bool filters_choices_ = false;
  Expression description_;
  Question question_;
  Question shown_;
  std::string shown_target_delimiter_;
  std::string shown_delimiter_;
};

}  // namespace gwageo
