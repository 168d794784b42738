#include "benchmarks/template_parser.h"

#include <algorithm>
#include <utility>

#include "benchmarks/template_expression.h"
#include "benchmarks/template_lexer.h"

namespace gwageo {
namespace {

using NodeKind = TemplateNode::Kind;
using Token = TemplateToken::Kind;
using IndexResult = Result<std::uint32_t>;
using Children = std::vector<std::uint32_t>;

// Statements that end or divide a block, which is therefore not theirs.
constexpr std::string_view block_ends[] = {"elif", "else", "endif", "endfor", "endset"};

class Parser {
 public:
  Parser(std::string_view text, std::vector<TemplateToken> tokens) : in_(text, std::move(tokens)) {}

  Result<TemplateTree> run() {
    GWAGEO_TRY(block());
    if (in_.peek().kind != Token::end) {
      const std::string& word = in_.peek(1).text;
      const std::string_view opening = word == "endfor" ? "for" : word == "endset" ? "set" : "if";
      return in_.unexpected("'" + word + "' without its '" + std::string(opening) + "'");
    }
    return TemplateTree{in_.release()};
  }

 private:
  IndexResult block();
  IndexResult output();
  IndexResult statement();
  IndexResult branch(std::size_t offset);
  IndexResult loop(std::size_t offset);
  IndexResult assignment(std::size_t offset);
  IndexResult targets(bool may_be_member);
  Result<std::uint32_t> otherwise();
  Status end_block(std::size_t offset, std::string_view statement);

  bool at_statement(std::string_view word) const {
    return in_.peek().kind == Token::statement_begin && in_.sees(word, 1);
  }

  TemplateExpressions in_;
};

// Everything up to the end, or up to a statement that belongs to an enclosing one.
IndexResult Parser::block() {
  const std::size_t offset = in_.peek().offset;
  Children children;
  while (in_.peek().kind != Token::end) {
    if (std::any_of(std::begin(block_ends), std::end(block_ends),
                    [&](std::string_view word) { return at_statement(word); })) {
      break;
    }
    if (in_.peek().kind == Token::text) {
      GWAGEO_ASSIGN(node, in_.make(NodeKind::print_text, in_.peek().offset, {}, in_.peek().text));
      children.push_back(node);
      in_.advance();
      continue;
    }
    GWAGEO_ASSIGN(node, in_.peek().kind == Token::expression_begin ? output() : statement());
    children.push_back(node);
  }
  return in_.make(NodeKind::block, offset, std::move(children));
}

IndexResult Parser::output() {
  const std::size_t offset = in_.peek().offset;
  in_.advance();
  GWAGEO_ASSIGN(value, in_.tuple());
  GWAGEO_TRY(in_.expect(Token::expression_end));
  return in_.make(NodeKind::output, offset, {value});
}

IndexResult Parser::statement() {
  const std::size_t offset = in_.peek().offset;
  in_.advance();
  if (in_.peek().kind != Token::name) return in_.unexpected("expected a statement");
  const bool is_if = in_.sees("if");
  const bool is_for = in_.sees("for");
  if (!is_if && !is_for && !in_.sees("set")) {
    return in_.outside("the statement '" + in_.peek().text + "'");
  }
  GWAGEO_TRY(in_.enter());
  in_.advance();
  auto made = is_if ? branch(offset) : is_for ? loop(offset) : assignment(offset);
  in_.leave();
  return made;
}

// At the statement that ends a block, of which nothing else may be left.
Status Parser::end_block(std::size_t offset, std::string_view statement) {
  const std::string end = "end" + std::string(statement);
  if (in_.peek().kind == Token::end) {
    return in_.unexpected(offset, (statement == "if" ? "an '" : "a '") + std::string(statement) +
                                      "' without '" + end + "'");
  }
  if (!at_statement(end)) return in_.unexpected("expected '" + end + "'");
  in_.advance();
  in_.advance();
  return in_.expect(Token::statement_end);
}

// {% else %} and its block, where there is one.
Result<std::uint32_t> Parser::otherwise() {
  if (!at_statement("else")) return TemplateNode::none;
  in_.advance();
  in_.advance();
  GWAGEO_TRY(in_.expect(Token::statement_end));
  return block();
}

// After `if` or `elif`.
IndexResult Parser::branch(std::size_t offset) {
  GWAGEO_ASSIGN(condition, in_.tuple(true));
  GWAGEO_TRY(in_.expect(Token::statement_end));
  GWAGEO_ASSIGN(then, block());
  Children children = {condition, then};
  if (at_statement("elif")) {
    const std::size_t next = in_.peek().offset;
    in_.advance();
    in_.advance();
    GWAGEO_TRY(in_.enter());
    GWAGEO_ASSIGN(other, branch(next));
    in_.leave();
    children.push_back(other);
    return in_.make(NodeKind::branch, offset, std::move(children));
  }
  GWAGEO_ASSIGN(other, otherwise());
  if (other != TemplateNode::none) children.push_back(other);
  GWAGEO_TRY(end_block(offset, "if"));
  return in_.make(NodeKind::branch, offset, std::move(children));
}

// After `for`.
IndexResult Parser::loop(std::size_t offset) {
  GWAGEO_ASSIGN(names, targets(false));
  if (!in_.take("in")) return in_.unexpected("expected 'in'");
  GWAGEO_ASSIGN(iterated, in_.tuple(true));
  std::uint32_t condition = TemplateNode::none;
  if (in_.take("if")) {
    GWAGEO_ASSIGN(only, in_.choice());
    condition = only;
  }
  if (in_.sees("recursive")) return in_.outside("a recursive 'for'");
  GWAGEO_TRY(in_.expect(Token::statement_end));
  GWAGEO_ASSIGN(body, block());
  GWAGEO_ASSIGN(other, otherwise());
  GWAGEO_TRY(end_block(offset, "for"));
  return in_.make(NodeKind::loop, offset, {names, iterated, condition, body, other});
}

// After `set`.
IndexResult Parser::assignment(std::size_t offset) {
  GWAGEO_ASSIGN(names, targets(true));
  if (in_.take("=")) {
    GWAGEO_ASSIGN(value, in_.tuple());
    GWAGEO_TRY(in_.expect(Token::statement_end));
    return in_.make(NodeKind::assign, offset, {names, value});
  }
  if (in_.sees("|")) return in_.outside("a 'set' block with a filter");
  if (in_.peek().kind != Token::statement_end) return in_.unexpected("expected '='");
  in_.advance();
  GWAGEO_ASSIGN(body, block());
  GWAGEO_TRY(end_block(offset, "set"));
  return in_.make(NodeKind::capture, offset, {names, body});
}

// Names with commas between them, or one member of a namespace. `text` is "," where values are
// unpacked.
IndexResult Parser::targets(bool may_be_member) {
  static constexpr std::string_view constants[] = {"true", "True", "false", "False",
                                                   "none", "None", "in",    "loop"};
  const std::size_t offset = in_.peek().offset;
  const bool has_bracket = in_.take("(");
  Children names;
  bool unpacks = false;
  while (in_.peek().kind == Token::name && !in_.sees("in")) {
    const TemplateToken token = in_.peek();
    if (std::find(std::begin(constants), std::end(constants), token.text) != std::end(constants)) {
      return in_.unexpected("'" + token.text + "' cannot be set");
    }
    in_.advance();
    GWAGEO_ASSIGN(name, in_.make(NodeKind::name, token.offset, {}, token.text));
    if (may_be_member && names.empty() && in_.take(".")) {
      if (in_.peek().kind != Token::name) return in_.unexpected("expected a name after '.'");
      GWAGEO_ASSIGN(member,
                    in_.make(NodeKind::member_target, in_.peek().offset, {name}, in_.peek().text));
      in_.advance();
      name = member;
    }
    names.push_back(name);
    if (!in_.take(",")) break;
    unpacks = true;
  }
  if (names.empty()) return in_.unexpected("expected a name");
  if (in_.sees("(")) return in_.outside("names in brackets");
  if (has_bracket && !in_.take(")")) return in_.unexpected("expected ')'");
  return in_.make(NodeKind::targets, offset, std::move(names), unpacks ? "," : "");
}

}  // namespace

Result<TemplateTree> parse_template(std::string_view text) {
  GWAGEO_ASSIGN(tokens, lex_template(text));
  return Parser(text, std::move(tokens)).run();
}

}  // namespace gwageo
