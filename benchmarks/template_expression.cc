#include "benchmarks/template_expression.h"

#include <algorithm>

namespace gwageo {
namespace {

using Token = TemplateToken::Kind;
using Index = TemplateExpressions::Index;

constexpr std::uint32_t height_max = 128;
constexpr std::size_t nesting_max = 32;  // Of brackets, `not`, signs and blocks, which recurse.

}  // namespace

const TemplateToken& TemplateExpressions::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool TemplateExpressions::sees(std::string_view word, std::size_t ahead) const {
  const TemplateToken& token = peek(ahead);
  return (token.kind == Token::operation || token.kind == Token::name) && token.text == word;
}

bool TemplateExpressions::take(std::string_view word) {
  if (!sees(word)) return false;
  ++at_;
  return true;
}

tl::unexpected<Error> TemplateExpressions::unexpected(std::size_t offset,
                                                      std::string_view what) const {
  return fail(ErrorKind::bad_input, template_place(text_, offset) + ": " + std::string(what));
}

tl::unexpected<Error> TemplateExpressions::unexpected(std::string_view what) const {
  return unexpected(peek().offset, what);
}

tl::unexpected<Error> TemplateExpressions::outside(std::string_view construct) const {
  return outside_subset(text_, peek().offset, construct);
}

Status TemplateExpressions::enter() {
  if (++nesting_ <= nesting_max) return {};
  return unexpected("an expression that is nested too deeply");
}

Status TemplateExpressions::expect(Token kind) {
  if (peek().kind != kind) return unexpected("expected the end of the brackets");
  ++at_;
  return {};
}

Index TemplateExpressions::make(Kind kind, std::size_t offset, Children children,
                                std::string text) {
  TemplateNode made;
  made.kind = kind;
  made.offset = offset;
  made.text = std::move(text);
  made.children = std::move(children);
  for (const std::uint32_t child : made.children) {
    if (child == TemplateNode::none) continue;
    made.height = std::max(made.height, nodes_[child].height + 1);
  }
  if (made.height > height_max) return unexpected("an expression that is nested too deeply");
  nodes_.push_back(std::move(made));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

Index TemplateExpressions::tuple(bool simple) {
  const std::size_t offset = peek().offset;
  Children children;
  const auto ends = [&] {
    return peek().kind == Token::expression_end || peek().kind == Token::statement_end ||
           sees(")") || sees("if") || sees("recursive");
  };
  while (!ends()) {
    GWAGEO_ASSIGN(value, simple ? either() : choice());
    children.push_back(value);
    if (sees(",")) {
      ++at_;
      continue;
    }
    if (children.size() == 1) return value;
    break;
  }
  if (children.empty()) return unexpected("expected a value");
  return make(Kind::tuple, offset, std::move(children));
}

Index TemplateExpressions::choice() {
  GWAGEO_TRY(enter());
  GWAGEO_ASSIGN(value, either());
  while (sees("if")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(condition, either());
    Children children = {condition, value};
    if (take("else")) {
      GWAGEO_ASSIGN(otherwise, choice());
      children.push_back(otherwise);
    }
    GWAGEO_ASSIGN(made, make(Kind::choice, offset, std::move(children)));
    value = made;
  }
  leave();
  return value;
}

Index TemplateExpressions::either() {
  GWAGEO_ASSIGN(left, both());
  while (sees("or")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(right, both());
    GWAGEO_ASSIGN(made, make(Kind::either, offset, {left, right}));
    left = made;
  }
  return left;
}

Index TemplateExpressions::both() {
  GWAGEO_ASSIGN(left, inverse());
  while (sees("and")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(right, inverse());
    GWAGEO_ASSIGN(made, make(Kind::both, offset, {left, right}));
    left = made;
  }
  return left;
}

Index TemplateExpressions::inverse() {
  const std::size_t offset = peek().offset;
  if (!take("not")) return comparison();
  GWAGEO_TRY(enter());
  GWAGEO_ASSIGN(value, inverse());
  leave();
  return make(Kind::inverse, offset, {value});
}

Index TemplateExpressions::comparison() {
  static constexpr std::string_view known[] = {"==", "!=", "<=", ">=", "<", ">", "in"};
  const std::size_t start = peek().offset;
  GWAGEO_ASSIGN(left, sum());
  Children children = {left};
  std::size_t first = start;
  while (true) {
    std::string operation;
    for (const std::string_view word : known) {
      if (operation.empty() && sees(word)) operation = word;
    }
    if (sees("not") && sees("in", 1)) operation = "not in";
    if (operation.empty()) break;
    const std::size_t offset = peek().offset;
    if (children.size() == 1) first = offset;
    at_ += operation == "not in" ? 2 : 1;
    GWAGEO_ASSIGN(right, sum());
    GWAGEO_ASSIGN(link, make(Kind::link, offset, {right}, operation));
    children.push_back(link);
  }
  if (children.size() == 1) return left;
  return make(Kind::comparison, first, std::move(children));
}

Index TemplateExpressions::binary(TemplateOperator operation, std::uint32_t left, Index right,
                                  std::size_t offset) {
  GWAGEO_TRY(right);
  GWAGEO_ASSIGN(made, make(Kind::arithmetic, offset, {left, *right}));
  nodes_[made].operation = operation;
  return made;
}

Index TemplateExpressions::sum() {
  GWAGEO_ASSIGN(left, joint());
  while (sees("+") || sees("-")) {
    const std::size_t offset = peek().offset;
    const auto operation = sees("+") ? TemplateOperator::add : TemplateOperator::subtract;
    ++at_;
    GWAGEO_ASSIGN(made, binary(operation, left, joint(), offset));
    left = made;
  }
  return left;
}

Index TemplateExpressions::joint() {
  const std::size_t offset = peek().offset;
  GWAGEO_ASSIGN(first, product());
  Children parts = {first};
  while (take("~")) {
    GWAGEO_ASSIGN(part, product());
    parts.push_back(part);
  }
  if (parts.size() == 1) return first;
  return make(Kind::joint, offset, std::move(parts));
}

Index TemplateExpressions::product() {
  GWAGEO_ASSIGN(left, power());
  while (sees("*") || sees("/") || sees("//") || sees("%")) {
    const std::size_t offset = peek().offset;
    const auto operation = sees("*")    ? TemplateOperator::multiply
                           : sees("/")  ? TemplateOperator::divide
                           : sees("//") ? TemplateOperator::floor_divide
                                        : TemplateOperator::remainder;
    ++at_;
    GWAGEO_ASSIGN(made, binary(operation, left, power(), offset));
    left = made;
  }
  return left;
}

// From left to right, as Jinja has it, and unlike Python.
Index TemplateExpressions::power() {
  GWAGEO_ASSIGN(left, signed_value(true));
  while (sees("**")) {
    const std::size_t offset = peek().offset;
    ++at_;
    GWAGEO_ASSIGN(made, binary(TemplateOperator::power, left, signed_value(true), offset));
    left = made;
  }
  return left;
}

// A sign binds closer than a filter: -x|int is (-x)|int.
Index TemplateExpressions::signed_value(bool with_filters) {
  const std::size_t offset = peek().offset;
  std::uint32_t made = 0;
  if (sees("-") || sees("+")) {
    const Kind kind = sees("-") ? Kind::negative : Kind::positive;
    ++at_;
    GWAGEO_TRY(enter());
    GWAGEO_ASSIGN(value, signed_value(false));
    leave();
    GWAGEO_ASSIGN(sign, make(kind, offset, {value}));
    made = sign;
  } else {
    GWAGEO_ASSIGN(value, primary());
    GWAGEO_ASSIGN(whole, postfix(value));
    made = whole;
  }
  return with_filters ? filters(made) : Index(made);
}

}  // namespace gwageo
