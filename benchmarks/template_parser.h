// The syntax tree of a prompt template.
//
//   template   = { text | "{{" tuple "}}" | if | for | set }
//   if         = "{% if" tuple "%}" ... { "{% elif" tuple "%}" ... } [ "{% else %}" ... ] "{% endif
//   %}" for        = "{% for" names "in" items [ "if" choice ] "%}" ... [ "{% else %}" ... ] "{%
//   endfor %}" set        = "{% set" names "=" tuple "%}" | "{% set" name "%}" ... "{% endset %}"
//   expression = see template_expression.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/template_functions.h"
#include "benchmarks/template_operators.h"
#include "protocol/result.h"

namespace gwageo {

struct TemplateNode {
  enum class Kind : std::uint8_t {
    // Statements.
    block,       ///< Runs each child.
    print_text,  ///< Prints `text`.
    output,      ///< Prints the value of its child.
    branch,      ///< Children: condition, block, and a block for otherwise if there is one.
    loop,        ///< Children: targets, iterated, condition or none, block, and otherwise or none.
    assign,      ///< Children: targets, value.
    capture,     ///< Children: targets, a block whose text is the value.
    targets,     ///< Names that values are given to; unpacks where there are several, or a comma.
    member_target,  ///< Member `text` of the namespace that is its child.
    // Expressions.
    name,       ///< The variable or field `text`.
    constant,   ///< `constant`, or the string `text` where that is omitted.
    attribute,  ///< Member `text` of the child.
    item,       ///< Children: container, index.
    slice,      ///< Children: container, start, stop, step, each of the last three or none.
    list,       ///< A list of its children's values.
    tuple,
    dictionary,  ///< Its children are keys and values in turn.
    space,       ///< A namespace; its children are keys and values in turn.
    range,       ///< The integers that `range` gives for its children.
    method,      ///< `function` called on the first child with the others, each of them or none.
    filter,
    test,
    loop_method,  ///< `loop.cycle` or `loop.changed`, as `text` says, with its children.
    negative,     ///< Minus its child.
    positive,     ///< Plus its child.
    inverse,      ///< Not its child.
    arithmetic,   ///< `operation` on two children.
    joint,        ///< Its children's texts side by side.
    comparison,   ///< Children: a value, then links.
    link,         ///< `text` is == != < <= > >= in, or "not in"; the child is the right side.
    both,
    either,
    choice,  ///< Children: condition, value, and the other value if there is one.
  };
  static constexpr std::uint32_t none = UINT32_MAX;  ///< As a child: there is none.

  Kind kind = Kind::block;
  TemplateOperator operation = TemplateOperator::add;
  std::string text;
  TemplateValue constant;
  const TemplateFunction* function = nullptr;
  bool names_method = false;  ///< Of an attribute: that of a method of objects.
  std::vector<std::uint32_t> children;
  std::size_t offset = 0;  ///< In the template's text.
  std::uint32_t height = 1;
};

/// Nodes by index; children come before their parents, the root block is last.
struct TemplateTree {
  std::vector<TemplateNode> nodes;
};

/// Parses a template. bad_input names place and construct; what the full language has and this
/// subset has not is refused by name. The tree is at most 128 high.
/// REQUIRES: line ends are "\n".
Result<TemplateTree> parse_template(std::string_view text);

}  // namespace gwageo
