// Expressions of a compiled template, evaluated for one row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks/template_parser.h"
#include "benchmarks/template_value.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

/// One rendering: the row, the variables that stand before its fields, and the values computed so
/// far. One owner, one thread; text, tree and row outlive it.
class TemplateEvaluator {
 public:
  TemplateEvaluator(std::string_view text, const std::vector<TemplateNode>& nodes, const Json& row)
      : text_(text), nodes_(nodes), row_(row) {}

  // Errors are bad_input and begin with their place.

  /// The value of an expression, which may be undefined.
  Result<TemplateValue> value(std::uint32_t index);
  /// The value of an expression; an error that names what is undefined.
  Result<TemplateValue> defined(std::uint32_t index);
  /// Appends what the value of an expression prints as.
  Status print(std::uint32_t index, std::string& out);

  /// Variables set from here on are forgotten by `leave(mark)`, which may be called again and
  /// again, and give way to those before by `close(mark)`.
  struct Scope {
    std::size_t outer_begin;
    std::size_t begin;
  };
  Scope open();
  void leave(const Scope& scope) { variables_.resize(scope.begin); }
  void close(const Scope& scope);
  /// Gives a name a value in the innermost scope.
  void assign(std::string_view name, const TemplateValue& value);
  Status assign_member(const TemplateNode& target, const TemplateValue& value);

  TemplateMemory& memory() { return memory_; }
  const TemplateNode& node(std::uint32_t index) const { return nodes_[index]; }
  tl::unexpected<Error> wrong(const TemplateNode& node, std::string_view what) const;
  /// `result` with its error, if any, put at a node.
  template <class T>
  Result<T> placed(const TemplateNode& node, Result<T> result) const {
    if (result) return result;
    return wrong(node, result.error().message);
  }

 private:
  using Value = Result<TemplateValue>;
  Value variable(const TemplateNode& node);
  /// Whether a name is Jinja's own for the template.
  bool is_template(const TemplateNode& node) const;
  Value missing(const TemplateNode& node, std::string what);
  Value container(std::uint32_t index);
  Value attribute(const TemplateNode& node);
  Value member(const TemplateNode& node, const TemplateValue& container, std::string_view name);
  Value loop_member(const TemplateNode& node, const TemplateLoop& loop, std::string_view name);
  Value loop_method(const TemplateNode& node);
  Value item(const TemplateNode& node);
  Value element(const TemplateNode& node, const TemplateValue& container, std::int64_t index);
  Value slice(const TemplateNode& node);
  Value list(const TemplateNode& node);
  Value dictionary(const TemplateNode& node);
  Value range(const TemplateNode& node);
  Value call(const TemplateNode& node);
  Value join(const TemplateNode& node);
  Value compare(const TemplateNode& node);
  Result<bool> link_holds(const TemplateNode& link, const TemplateValue& left,
                          const TemplateValue& right);
  Value choose(const TemplateNode& node);

  std::string_view text_;
  const std::vector<TemplateNode>& nodes_;
  const Json& row_;
  TemplateMemory memory_;
  std::vector<std::pair<std::string_view, TemplateValue>> variables_;
  std::size_t scope_begin_ = 0;
};

}  // namespace gwageo
