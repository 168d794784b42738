#include "benchmarks/expression.h"

#include <utility>

#include "benchmarks/template_functions.h"

namespace gwageo {

Result<Expression> Expression::compile(std::string key, const Json& value, const Columns& columns) {
  Expression out;
  out.key_ = std::move(key);
  if (!value.is_string()) {
    out.constant_ = value;
    return out;
  }
  out.source_ = value.as_string();
  out.is_column_ = columns.has(out.source_);
  if (out.is_column_) return out;
  auto compiled = Template::compile(out.source_);
  if (!compiled) return out.wrong(compiled.error().message);
  out.template_ = std::move(*compiled);
  return out;
}

tl::unexpected<Error> Expression::wrong(const std::string& what) const {
  return fail(ErrorKind::bad_input, key_ + ": " + what);
}

// An example may come from a data set that lacks the column.
Result<const Json*> Expression::column(const Json& row) const {
  const Json* const found = row.find(source_);
  if (found == nullptr) return wrong("the field '" + source_ + "' is missing");
  return found;
}

Result<Json> Expression::value(const Json& row) const {
  if (is_column_) {
    GWAGEO_ASSIGN(found, column(row));
    return *found;
  }
  if (!template_) return constant_;
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
  const Status rendered = template_->render(row, out);
  return rendered ? Status() : wrong(rendered.error().message);
}

}  // namespace gwageo
