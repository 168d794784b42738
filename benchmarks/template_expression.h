// Expressions of a prompt template, with Jinja's own precedence.
//
//   tuple      = choice { "," choice } [ "," ]
//   choice     = either { "if" either [ "else" choice ] }
//   either     = both { "or" both }           both     = inverse { "and" inverse }
//   inverse    = "not" inverse | comparison   comparison = sum { (== != < <= > >= in, not in) sum }
//   sum        = joint { (+ | -) joint }      joint    = product { "~" product }
//   product    = power { (* | / | // | %) power }           power = signed { "**" signed }
//   signed     = ((- | +) signed | primary { postfix }) { "|" filter | "is" [ "not" ] test }
//   postfix    = "." name | "." method "(" arguments ")" | "[" choice "]" | "[" a ":" b ":" c "]"
//   primary    = name | strings | number | "(" tuple ")" | "[" choices "]" | "{" k ":" v ... "}"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks/template_lexer.h"
#include "benchmarks/template_parser.h"
#include "protocol/result.h"

namespace gwageo {

/// The tokens of a template, where reading stands in them, and the nodes made so far. The parser of
/// statements works on the same. One owner, one thread.
class TemplateExpressions {
 public:
  using Index = Result<std::uint32_t>;
  using Kind = TemplateNode::Kind;
  using Children = std::vector<std::uint32_t>;

  TemplateExpressions(std::string_view text, std::vector<TemplateToken> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  /// One or, with commas, several values; `or`-expressions only where `simple`.
  Index tuple(bool simple = false);
  Index choice();
  /// The node of an `or`-expression, which is all that may follow `in`.
  Index either();

  const TemplateToken& peek(std::size_t ahead = 0) const;
  bool sees(std::string_view word, std::size_t ahead = 0) const;
  bool take(std::string_view word);
  void advance() { ++at_; }
  Status expect(TemplateToken::Kind kind);
  Index make(Kind kind, std::size_t offset, Children children, std::string text = {});
  TemplateNode& node(std::uint32_t index) { return nodes_[index]; }
  std::vector<TemplateNode> release() { return std::move(nodes_); }

  /// bad_input at the next token, or at `offset`.
  tl::unexpected<Error> unexpected(std::string_view what) const;
  tl::unexpected<Error> unexpected(std::size_t offset, std::string_view what) const;
  tl::unexpected<Error> outside(std::string_view construct) const;
  /// Counts recursion; leave what was entered.
  Status enter();
  void leave() { --nesting_; }

 private:
  Index both();
  Index inverse();
  Index comparison();
  Index sum();
  Index joint();
  Index product();
  Index power();
  Index signed_value(bool with_filters);
  Index postfix(std::uint32_t node);
  Index attribute(std::uint32_t node);
  Index subscript(std::uint32_t node);
  Index filters(std::uint32_t node);
  Index test(std::uint32_t node);
  Index primary();
  Index name();
  Index function();
  Index brackets();
  Index dictionary();
  Index binary(TemplateOperator operation, std::uint32_t left, Index right, std::size_t offset);
  Index call(Kind kind, const TemplateFunction& function, std::size_t offset, Children children);
  Result<Children> elements(std::string_view closing);
  Status arguments(const TemplateFunction& function, Children& children);
  bool starts_test_argument() const;

  std::string_view text_;
  std::vector<TemplateToken> tokens_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  std::vector<TemplateNode> nodes_;
};

}  // namespace gwageo
