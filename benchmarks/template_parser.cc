#include "benchmarks/template_parser.h"

#include <algorithm>
#include <utility>

#include "benchmarks/template_functions.h"
#include "benchmarks/template_lexer.h"

namespace gwageo {
namespace {

using Node = TemplateNode::Kind;
using Token = TemplateToken::Kind;
using Index = Result<std::uint32_t>;

constexpr std::uint32_t height_max = 128;
constexpr std::size_t nesting_max = 32;  // Of brackets, `not` and signs, which recurse in here.

class Parser {
 public:
  Parser(std::string_view text, std::vector<TemplateToken> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<TemplateTree> run() {
    GWAGEO_TRY(parse_block());
    if (peek().kind != Token::end) return unexpected("'" + peek(1).text + "' without its 'if'");
    return TemplateTree{std::move(nodes_)};
  }

 private:
  Index parse_block();
  Index parse_output();
  Index parse_statement();
  Index parse_branch(std::size_t offset);
  Index parse_choice();
  Index parse_either();
  Index parse_both();
  Index parse_inverse();
  Index parse_comparison();
  Index parse_sum();
  Index parse_joint();
  Index parse_signed(bool with_filters);
  Index parse_postfix(std::uint32_t node);
  Index parse_attribute(std::uint32_t node);
  Index parse_filters(std::uint32_t node);
  Index parse_primary();
  Index parse_name();
  Index parse_brackets();
  Result<std::vector<std::uint32_t>> parse_arguments(std::string_view closing);
  Index make_call(Node kind, std::string name, std::size_t offset,
                  std::vector<std::uint32_t> children);
  Index make(Node kind, std::size_t offset, std::vector<std::uint32_t> children,
             std::string text = {}, Json constant = {});

  const TemplateToken& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool sees(std::string_view word, std::size_t ahead = 0) const {
    const TemplateToken& token = peek(ahead);
    return (token.kind == Token::operation || token.kind == Token::name) && token.text == word;
  }
  bool take(std::string_view word) {
    if (!sees(word)) return false;
    ++at_;
    return true;
  }
  bool statement(std::string_view word) const {
    return peek().kind == Token::statement_begin && sees(word, 1);
  }
  tl::unexpected<Error> unexpected(std::string_view what) const {
    return fail(ErrorKind::bad_input,
                template_place(text_, peek().offset) + ": " + std::string(what));
  }
  tl::unexpected<Error> outside(std::string_view construct) const {
    return outside_subset(text_, peek().offset, construct);
  }
  Status expect_end(Token kind);

  std::string_view text_;
  std::vector<TemplateToken> tokens_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  std::vector<TemplateNode> nodes_;
};

Index Parser::make(Node kind, std::size_t offset, std::vector<std::uint32_t> children,
                   std::string text, Json constant) {
  TemplateNode node{kind, std::move(text), std::move(constant), std::move(children), offset, 1};
  for (const std::uint32_t child : node.children) {
    node.height = std::max(node.height, nodes_[child].height + 1);
    const bool half = nodes_[child].kind == Node::choice && nodes_[child].children.size() == 2;
    if (half && kind != Node::output) {
      return outside_subset(text_, nodes_[child].offset, "an 'if' without 'else' inside a term");
    }
  }
  if (node.height > height_max) return unexpected("an expression that is nested too deeply");
  nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// Everything up to the end, or up to a statement that belongs to an enclosing `if`.
Index Parser::parse_block() {
  const std::size_t offset = peek().offset;
  std::vector<std::uint32_t> children;
  while (peek().kind != Token::end) {
    if (statement("elif") || statement("else") || statement("endif")) break;
    if (peek().kind == Token::text) {
      GWAGEO_ASSIGN(node, make(Node::text, peek().offset, {}, {}, Json(peek().text)));
      children.push_back(node);
      ++at_;
      continue;
    }
    GWAGEO_ASSIGN(node,
                  peek().kind == Token::expression_begin ? parse_output() : parse_statement());
    children.push_back(node);
  }
  return make(Node::block, offset, std::move(children));
}

Status Parser::expect_end(Token kind) {
  if (peek().kind != kind) {
    if (sees("is") || sees("*") || sees("/") || sees("//") || sees("%") || sees("**")) {
      return outside("the operator '" + peek().text + "'");
    }
    if (sees(",")) return outside("a tuple");
    return unexpected("expected the end of the brackets");
  }
  ++at_;
  return {};
}

Index Parser::parse_output() {
  const std::size_t offset = peek().offset;
  ++at_;
  GWAGEO_ASSIGN(value, parse_choice());
  GWAGEO_TRY(expect_end(Token::expression_end));
  return make(Node::output, offset, {value});
}

Index Parser::parse_statement() {
  const std::size_t offset = peek().offset;
  ++at_;
  if (peek().kind != Token::name) return unexpected("expected a statement");
  if (!sees("if")) return outside("the statement '" + peek().text + "'");
  if (++nesting_ > nesting_max) return unexpected("an expression that is nested too deeply");
  auto branch = parse_branch(offset);
  --nesting_;
  return branch;
}

// After "{%", at `if` or `elif`.
Index Parser::parse_branch(std::size_t offset) {
  ++at_;
  GWAGEO_ASSIGN(condition, parse_choice());
  GWAGEO_TRY(expect_end(Token::statement_end));
  GWAGEO_ASSIGN(block, parse_block());
  std::vector<std::uint32_t> children = {condition, block};
  if (peek().kind == Token::end) {
    return fail(ErrorKind::bad_input, template_place(text_, offset) + ": an 'if' without 'endif'");
  }
  const std::size_t next = peek().offset;
  ++at_;
  if (sees("elif")) {
    if (++nesting_ > nesting_max) return unexpected("an expression that is nested too deeply");
    GWAGEO_ASSIGN(otherwise, parse_branch(next));
    --nesting_;
    children.push_back(otherwise);
    return make(Node::branch, offset, std::move(children));
  }
  if (take("else")) {
    GWAGEO_TRY(expect_end(Token::statement_end));
    GWAGEO_ASSIGN(otherwise, parse_block());
    children.push_back(otherwise);
    if (!statement("endif")) return unexpected("expected 'endif'");
    ++at_;
  }
  ++at_;  // endif
  GWAGEO_TRY(expect_end(Token::statement_end));
  return make(Node::branch, offset, std::move(children));
}

Index Parser::parse_choice() {
  const std::size_t offset = peek().offset;
  if (++nesting_ > nesting_max) return unexpected("an expression that is nested too deeply");
  GWAGEO_ASSIGN(value, parse_either());
  if (take("if")) {
    GWAGEO_ASSIGN(condition, parse_either());
    std::vector<std::uint32_t> children = {condition, value};
    if (take("else")) {
      GWAGEO_ASSIGN(otherwise, parse_choice());
      children.push_back(otherwise);
    }
    --nesting_;
    return make(Node::choice, offset, std::move(children));
  }
  --nesting_;
  return value;
}

Index Parser::parse_either() {
  GWAGEO_ASSIGN(left, parse_both());
  while (sees("or")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(right, parse_both());
    GWAGEO_ASSIGN(node, make(Node::either, offset, {left, right}));
    left = node;
  }
  return left;
}

Index Parser::parse_both() {
  GWAGEO_ASSIGN(left, parse_inverse());
  while (sees("and")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(right, parse_inverse());
    GWAGEO_ASSIGN(node, make(Node::both, offset, {left, right}));
    left = node;
  }
  return left;
}

Index Parser::parse_inverse() {
  const std::size_t offset = peek().offset;
  if (!take("not")) return parse_comparison();
  if (++nesting_ > nesting_max) return unexpected("an expression that is nested too deeply");
  GWAGEO_ASSIGN(value, parse_inverse());
  --nesting_;
  return make(Node::inverse, offset, {value});
}

Index Parser::parse_comparison() {
  static constexpr std::string_view known[] = {"==", "!=", "<=", ">=", "<", ">", "in"};
  GWAGEO_ASSIGN(left, parse_sum());
  bool compared = false;
  while (true) {
    std::string operation;
    for (const std::string_view word : known) {
      if (operation.empty() && sees(word)) operation = word;
    }
    if (sees("not") && sees("in", 1)) operation = "not in";
    if (operation.empty()) return left;
    if (std::exchange(compared, true)) return outside("a chain of comparisons");
    const std::size_t offset = peek().offset;
    at_ += operation == "not in" ? 2 : 1;
    GWAGEO_ASSIGN(right, parse_sum());
    GWAGEO_ASSIGN(node, make(Node::comparison, offset, {left, right}, operation));
    left = node;
  }
}

Index Parser::parse_sum() {
  GWAGEO_ASSIGN(left, parse_joint());
  while (sees("+") || sees("-")) {
    const std::size_t offset = peek().offset;
    const Node kind = sees("+") ? Node::sum : Node::difference;
    ++at_;
    GWAGEO_ASSIGN(right, parse_joint());
    GWAGEO_ASSIGN(node, make(kind, offset, {left, right}));
    left = node;
  }
  return left;
}

Index Parser::parse_joint() {
  const std::size_t offset = peek().offset;
  GWAGEO_ASSIGN(first, parse_signed(true));
  std::vector<std::uint32_t> parts = {first};
  while (take("~")) {
    GWAGEO_ASSIGN(part, parse_signed(true));
    parts.push_back(part);
  }
  for (const std::string_view word : {"*", "/", "//", "%", "**"}) {
    if (sees(word)) return outside("the operator '" + std::string(word) + "'");
  }
  if (parts.size() == 1) return first;
  return make(Node::joint, offset, std::move(parts));
}

// A sign binds closer than a filter: -x|int is (-x)|int.
Index Parser::parse_signed(bool with_filters) {
  const std::size_t offset = peek().offset;
  std::uint32_t node = 0;
  if (sees("-") || sees("+")) {
    const Node kind = sees("-") ? Node::negative : Node::positive;
    ++at_;
    if (++nesting_ > nesting_max) return unexpected("an expression that is nested too deeply");
    GWAGEO_ASSIGN(value, parse_signed(false));
    --nesting_;
    GWAGEO_ASSIGN(made, make(kind, offset, {value}));
    node = made;
  } else {
    GWAGEO_ASSIGN(primary, parse_primary());
    GWAGEO_ASSIGN(whole, parse_postfix(primary));
    node = whole;
  }
  return with_filters ? parse_filters(node) : Index(node);
}

Index Parser::parse_postfix(std::uint32_t node) {
  while (true) {
    const std::size_t offset = peek().offset;
    if (sees("(")) return outside("a call of anything but a method");
    if (take(".")) {
      GWAGEO_ASSIGN(next, parse_attribute(node));
      node = next;
    } else if (take("[")) {
      if (sees(":")) return outside("a slice");
      GWAGEO_ASSIGN(index, parse_choice());
      if (sees(":")) return outside("a slice");
      if (!take("]")) return unexpected("expected ']'");
      GWAGEO_ASSIGN(next, make(Node::item, offset, {node, index}));
      node = next;
    } else {
      return node;
    }
  }
}

// After ".".
Index Parser::parse_attribute(std::uint32_t node) {
  const TemplateToken token = peek();
  if (token.kind == Token::integer) {
    ++at_;
    GWAGEO_ASSIGN(index, make(Node::constant, token.offset, {}, {}, Json(token.integer)));
    return make(Node::item, token.offset, {node, index});
  }
  if (token.kind != Token::name) return unexpected("expected a name after '.'");
  if (!sees("(", 1)) {
    ++at_;
    return make(Node::attribute, token.offset, {node}, token.text);
  }
  const TemplateFunction* const method = find_method(token.text);
  if (method == nullptr) return outside("the method '" + token.text + "'");
  at_ += 2;
  GWAGEO_ASSIGN(arguments, parse_arguments(")"));
  arguments.insert(arguments.begin(), node);
  return make_call(Node::method, token.text, token.offset, std::move(arguments));
}

Index Parser::parse_filters(std::uint32_t node) {
  while (take("|")) {
    const TemplateToken token = peek();
    if (token.kind != Token::name) return unexpected("expected a filter's name after '|'");
    if (find_filter(token.text) == nullptr) return outside("the filter '" + token.text + "'");
    ++at_;
    std::vector<std::uint32_t> children;
    if (take("(")) {
      GWAGEO_ASSIGN(arguments, parse_arguments(")"));
      children = std::move(arguments);
    }
    children.insert(children.begin(), node);
    GWAGEO_ASSIGN(next, make_call(Node::filter, token.text, token.offset, std::move(children)));
    node = next;
    if (sees("(")) return outside("a call of anything but a method");
  }
  if (sees("is")) return outside("the test 'is'");
  return node;
}

Index Parser::make_call(Node kind, std::string name, std::size_t offset,
                        std::vector<std::uint32_t> children) {
  const TemplateFunction& known = kind == Node::method ? *find_method(name) : *find_filter(name);
  const std::size_t count = children.size() - 1;
  if (count < known.arguments_min || count > known.arguments_max) {
    return outside_subset(text_, offset,
                          "'" + name + "' with " + std::to_string(count) + " arguments");
  }
  return make(kind, offset, std::move(children), std::move(name));
}

Result<std::vector<std::uint32_t>> Parser::parse_arguments(std::string_view closing) {
  std::vector<std::uint32_t> arguments;
  while (!take(closing)) {
    if (peek().kind == Token::name && sees("=", 1)) return outside("an argument by name");
    if (sees("*") || sees("**")) return outside("an argument that unpacks");
    GWAGEO_ASSIGN(argument, parse_choice());
    arguments.push_back(argument);
    if (take(",") || sees(closing)) continue;
    return unexpected("expected ',' or '" + std::string(closing) + "'");
  }
  return arguments;
}

Index Parser::parse_primary() {
  const TemplateToken token = peek();
  if (token.kind == Token::integer) {
    ++at_;
    return make(Node::constant, token.offset, {}, {}, Json(token.integer));
  }
  if (token.kind == Token::string) {
    std::string value;
    while (peek().kind == Token::string) value += tokens_[at_++].text;
    return make(Node::constant, token.offset, {}, {}, Json(std::move(value)));
  }
  if (token.kind == Token::name) return parse_name();
  return parse_brackets();
}

Index Parser::parse_name() {
  static constexpr std::string_view reserved[] = {"if", "else", "and", "or", "in", "is"};
  const TemplateToken token = peek();
  for (const std::string_view word : reserved) {
    if (token.text == word) return unexpected("expected a value, got '" + token.text + "'");
  }
  ++at_;
  if (token.text == "true" || token.text == "True") {
    return make(Node::constant, token.offset, {}, {}, Json(true));
  }
  if (token.text == "false" || token.text == "False") {
    return make(Node::constant, token.offset, {}, {}, Json(false));
  }
  if (token.text == "none" || token.text == "None") {
    return make(Node::constant, token.offset, {}, {}, Json());
  }
  if (sees("(")) {
    --at_;
    return outside("the function '" + token.text + "'");
  }
  return make(Node::name, token.offset, {}, token.text);
}

Index Parser::parse_brackets() {
  const std::size_t offset = peek().offset;
  if (sees("{")) return outside("a dictionary");
  if (take("[")) {
    GWAGEO_ASSIGN(elements, parse_arguments("]"));
    return make(Node::list, offset, std::move(elements));
  }
  if (!take("(")) return unexpected("expected a value");
  if (sees(")")) return outside("a tuple");
  GWAGEO_ASSIGN(value, parse_choice());
  if (sees(",")) return outside("a tuple");
  if (!take(")")) return unexpected("expected ')'");
  return value;
}

}  // namespace

Result<TemplateTree> parse_template(std::string_view text) {
  GWAGEO_ASSIGN(tokens, lex_template(text));
  return Parser(text, std::move(tokens)).run();
}

}  // namespace gwageo
