// The syntax tree of a prompt template.
//
//   template  = { text | "{{" choice "}}" | "{%" if "%}" ... "{%" endif "%}" }
//   choice    = either [ "if" either [ "else" choice ] ]
//   either    = both { "or" both }           both     = inverse { "and" inverse }
//   inverse   = "not" inverse | comparison   comparison = sum [ (== != < <= > >= in, not in) sum ]
//   sum       = joint { (+ | -) joint }      joint    = signed { "~" signed }
//   signed    = (- | +) signed | postfix     each with { "|" filter } after it
//   postfix   = primary { "." name | "[" choice "]" | "." method "(" arguments ")" }
//   primary   = name | string | integer | true | false | none | "(" choice ")" | "[" choices "]"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

struct TemplateNode {
  enum class Kind {
    block,      ///< Prints each child.
    text,       ///< Prints `constant`.
    output,     ///< Prints the value of its child.
    branch,     ///< Children: condition, block, and a block for otherwise if there is one.
    name,       ///< The field `text` of the row.
    constant,   ///< `constant`.
    attribute,  ///< Member `text` of the child.
    item,       ///< Children: container, index.
    list,       ///< A list of its children's values.
    method,     ///< `text` called on the first child with the others.
    filter,     ///< `text` applied to the first child with the others.
    negative,   ///< Minus its child.
    positive,   ///< Plus its child.
    inverse,    ///< Not its child.
    sum,
    difference,
    joint,       ///< Its children's texts side by side.
    comparison,  ///< `text` is == != < <= > >= in, or "not in".
    both,
    either,
    choice,  ///< Children: condition, value, and the other value if there is one.
  };
  Kind kind = Kind::block;
  std::string text;
  Json constant;
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
