// One of a task's keys that speak about a row: `doc_to_text`, `doc_to_target`, `doc_to_choice`,
// `description`, `gen_prefix`. Each names a column of the data set or holds a template, and where
// it is neither a string, stands for itself.
#pragma once

#include <optional>
#include <string>

#include "benchmarks/columns.h"
#include "benchmarks/template.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// A key's value, compiled once and applied to many rows. A value.
class Expression {
 public:
  /// Errors begin with `key`.
  static Result<Expression> compile(std::string key, const Json& value, const Columns& columns);

  /// The value for a row: the column's or constant's own, else what the template gives: a list
  /// where it is one expression that gives a list, else the text that it prints.
  Result<Json> value(const Json& row) const;
  /// Appends the text for a row; an error for a column that holds no string.
  Status text(const Json& row, std::string& out) const;
  /// "the field 'x' " of a column, else nothing: what a sentence about a value begins with.
  std::string subject() const { return is_column_ ? "the field '" + source_ + "' " : ""; }
  bool is_template() const { return template_.has_value(); }
  tl::unexpected<Error> wrong(const std::string& what) const;

 private:
  Result<const Json*> column(const Json& row) const;

  std::string key_;
  Json constant_;       // Of the file where it is no string.
  std::string source_;  // The column's name, or the template's text.
  bool is_column_ = false;
  std::optional<Template> template_;
};

}  // namespace gwageo
