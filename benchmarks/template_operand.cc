// What the operators of an expression stand between: names, literals and brackets, their members,
// and the calls of methods, filters and tests.
#include <algorithm>

#include "benchmarks/template_expression.h"

namespace gwageo {
namespace {

using Token = TemplateToken::Kind;
using Index = TemplateExpressions::Index;

}  // namespace

Index TemplateExpressions::postfix(std::uint32_t node) {
  while (true) {
    if (sees("(")) return outside("a call of anything but a method");
    if (!sees(".") && !sees("[")) return node;
    const bool dot = sees(".");
    ++at_;
    GWAGEO_ASSIGN(next, dot ? attribute(node) : subscript(node));
    node = next;
  }
}

// After ".".
Index TemplateExpressions::attribute(std::uint32_t node) {
  const TemplateToken token = peek();
  if (token.kind == Token::integer) {
    ++at_;
    GWAGEO_ASSIGN(index, make(Kind::constant, token.offset, {}));
    nodes_[index].constant = TemplateValue::of(token.integer);
    return make(Kind::item, token.offset, {node, index});
  }
  if (token.kind != Token::name) return unexpected("expected a name after '.'");
  if (token.text.starts_with("__")) return outside("the attribute '" + token.text + "'");
  if (!sees("(", 1)) {
    ++at_;
    GWAGEO_ASSIGN(made, make(Kind::attribute, token.offset, {node}, token.text));
    nodes_[made].names_method = is_mapping_attribute(token.text);
    return made;
  }
  const bool on_loop = nodes_[node].kind == Kind::name && nodes_[node].text == "loop";
  if (on_loop && (token.text == "cycle" || token.text == "changed")) {
    at_ += 2;
    GWAGEO_ASSIGN(given, elements(")"));
    if (token.text == "changed" || given.empty()) return outside("'loop." + token.text + "'");
    given.insert(given.begin(), node);
    return make(Kind::loop_method, token.offset, std::move(given), token.text);
  }
  const TemplateFunction* const method = find_method(token.text);
  if (method == nullptr) return outside("the method '" + token.text + "'");
  ++at_;
  return call(Kind::method, *method, token.offset, {node});
}

// After "[".
Index TemplateExpressions::subscript(std::uint32_t node) {
  const std::size_t offset = tokens_[at_ - 1].offset;
  Children children = {node};
  bool is_slice = false;
  std::uint32_t part = TemplateNode::none;
  while (!sees("]")) {
    if (take(":")) {
      is_slice = true;
      children.push_back(part);
      part = TemplateNode::none;
      if (children.size() > 3 && sees(":")) return unexpected("expected ']'");
      continue;
    }
    if (part != TemplateNode::none) {
      if (sees(",")) return outside("several indices");
      return unexpected("expected ']'");
    }
    GWAGEO_ASSIGN(value, choice());
    part = value;
  }
  ++at_;
  children.push_back(part);
  if (!is_slice) {
    if (part == TemplateNode::none) return unexpected("expected a value");
    return make(Kind::item, offset, std::move(children));
  }
  children.resize(4, TemplateNode::none);
  return make(Kind::slice, offset, std::move(children));
}

Index TemplateExpressions::filters(std::uint32_t node) {
  while (true) {
    if (take("|")) {
      const TemplateToken token = peek();
      if (token.kind != Token::name) return unexpected("expected a filter's name after '|'");
      const TemplateFunction* const filter = find_filter(token.text);
      if (filter == nullptr) return outside("the filter '" + token.text + "'");
      ++at_;
      GWAGEO_ASSIGN(next, call(Kind::filter, *filter, token.offset, {node}));
      node = next;
    } else if (take("is")) {
      GWAGEO_ASSIGN(next, test(node));
      node = next;
    } else {
      break;
    }
  }
  if (sees("(")) return outside("a call of anything but a method");
  return node;
}

bool TemplateExpressions::starts_test_argument() const {
  const TemplateToken& token = peek();
  if (token.kind == Token::name) return !sees("else") && !sees("or") && !sees("and");
  return token.kind == Token::string || token.kind == Token::integer || token.kind == Token::real ||
         sees("[") || sees("{");
}

// After "is".
Index TemplateExpressions::test(std::uint32_t node) {
  const bool negated = take("not");
  const TemplateToken token = peek();
  if (token.kind != Token::name) return unexpected("expected a test's name after 'is'");
  const TemplateFunction* const known = find_test(token.text);
  if (known == nullptr) return outside("the test '" + token.text + "'");
  ++at_;
  Children children = {node};
  Index made = std::uint32_t{0};
  if (!sees("(") && starts_test_argument()) {
    if (sees("is")) return unexpected("a chain of tests");
    if (known->required == 0) return unexpected("'" + token.text + "' takes no argument");
    GWAGEO_ASSIGN(value, primary());
    GWAGEO_ASSIGN(argument, postfix(value));
    children.push_back(argument);
    GWAGEO_ASSIGN(with, make(Kind::test, token.offset, std::move(children)));
    nodes_[with].function = known;
    made = with;
  } else {
    made = call(Kind::test, *known, token.offset, std::move(children));
    GWAGEO_TRY(made);
  }
  return negated ? make(Kind::inverse, token.offset, {*made}) : made;
}

// At "(", or at the end of a call without arguments.
Index TemplateExpressions::call(Kind kind, const TemplateFunction& function, std::size_t offset,
                                Children children) {
  if (take("(")) GWAGEO_TRY(arguments(function, children));
  const auto given = static_cast<std::size_t>(
      std::count_if(children.begin() + 1, children.end(),
                    [](std::uint32_t child) { return child != TemplateNode::none; }));
  bool complete = given >= function.required;
  for (std::size_t i = 1; i <= function.required; ++i) {
    complete = complete && i < children.size() && children[i] != TemplateNode::none;
  }
  if (!complete) {
    return outside_subset(
        text_, offset,
        "'" + std::string(function.name) + "' with " + std::to_string(given) + " arguments");
  }
  GWAGEO_ASSIGN(made, make(kind, offset, std::move(children), std::string(function.name)));
  nodes_[made].function = &function;
  return made;
}

// After "(": by place, then by name.
Status TemplateExpressions::arguments(const TemplateFunction& function, Children& children) {
  const std::size_t count = parameter_count(function);
  bool by_name = false;
  std::size_t given = 0;
  while (!take(")")) {
    if (sees("*") || sees("**")) return outside("an argument that unpacks");
    std::size_t place = children.size() - 1;
    if (peek().kind == Token::name && sees("=", 1)) {
      place = parameter_place(function, peek().text);
      if (place >= count) return outside("an argument by name");
      at_ += 2;
      by_name = true;
    } else if (by_name) {
      return unexpected("an argument by place after one by name");
    } else if (given++ >= function.positional) {
      return outside("'" + std::string(function.name) + "' with so many arguments");
    }
    GWAGEO_ASSIGN(argument, choice());
    if (children.size() < place + 2) children.resize(place + 2, TemplateNode::none);
    if (children[place + 1] != TemplateNode::none) return unexpected("an argument twice");
    children[place + 1] = argument;
    if (take(",") || sees(")")) continue;
    return unexpected("expected ',' or ')'");
  }
  return {};
}

Result<TemplateExpressions::Children> TemplateExpressions::elements(std::string_view closing) {
  Children out;
  while (!take(closing)) {
    if (peek().kind == Token::name && sees("=", 1)) return outside("an argument by name");
    if (sees("*") || sees("**")) return outside("an argument that unpacks");
    GWAGEO_ASSIGN(element, choice());
    out.push_back(element);
    if (take(",") || sees(closing)) continue;
    return unexpected("expected ',' or '" + std::string(closing) + "'");
  }
  return out;
}

Index TemplateExpressions::primary() {
  const TemplateToken token = peek();
  if (token.kind == Token::integer || token.kind == Token::real) {
    ++at_;
    GWAGEO_ASSIGN(made, make(Kind::constant, token.offset, {}));
    nodes_[made].constant = token.kind == Token::integer ? TemplateValue::of(token.integer)
                                                         : TemplateValue::of(token.real);
    return made;
  }
  if (token.kind == Token::string) {
    std::string value;
    while (peek().kind == Token::string) value += tokens_[at_++].text;
    return make(Kind::constant, token.offset, {}, std::move(value));
  }
  return token.kind == Token::name ? name() : brackets();
}

Index TemplateExpressions::name() {
  static constexpr std::string_view reserved[] = {"if", "else", "and", "or", "in", "is", "not"};
  const TemplateToken token = peek();
  for (const std::string_view word : reserved) {
    if (token.text == word) return unexpected("expected a value, got '" + token.text + "'");
  }
  if (sees("(", 1)) return function();
  ++at_;
  const bool is_true = token.text == "true" || token.text == "True";
  const bool is_none = token.text == "none" || token.text == "None";
  if (!is_true && !is_none && token.text != "false" && token.text != "False") {
    return make(Kind::name, token.offset, {}, token.text);
  }
  GWAGEO_ASSIGN(made, make(Kind::constant, token.offset, {}));
  nodes_[made].constant = is_none ? TemplateValue::of_none() : TemplateValue::of(is_true);
  return made;
}

// range(...) and namespace(...).
Index TemplateExpressions::function() {
  const TemplateToken token = peek();
  if (token.text != "range" && token.text != "namespace") {
    return outside("the function '" + token.text + "'");
  }
  at_ += 2;
  if (token.text == "range") {
    GWAGEO_ASSIGN(bounds, elements(")"));
    if (bounds.empty() || bounds.size() > 3) return outside("'range' without 1 to 3 arguments");
    return make(Kind::range, token.offset, std::move(bounds), token.text);
  }
  Children members;
  while (!take(")")) {
    if (peek().kind != Token::name || !sees("=", 1)) {
      return outside("an argument of 'namespace' that has no name");
    }
    GWAGEO_ASSIGN(key, make(Kind::constant, peek().offset, {}, peek().text));
    at_ += 2;
    GWAGEO_ASSIGN(value, choice());
    members.insert(members.end(), {key, value});
    if (!take(",") && !sees(")")) return unexpected("expected ',' or ')'");
  }
  return make(Kind::space, token.offset, std::move(members), token.text);
}

Index TemplateExpressions::brackets() {
  const std::size_t offset = peek().offset;
  if (take("[")) {
    GWAGEO_ASSIGN(values, elements("]"));
    return make(Kind::list, offset, std::move(values));
  }
  if (take("{")) return dictionary();
  if (!take("(")) return unexpected("expected a value");
  if (take(")")) return make(Kind::tuple, offset, {});
  GWAGEO_ASSIGN(value, tuple());
  if (!take(")")) return unexpected("expected ')'");
  return value;
}

// After "{".
Index TemplateExpressions::dictionary() {
  const std::size_t offset = tokens_[at_ - 1].offset;
  Children members;
  while (!take("}")) {
    GWAGEO_ASSIGN(key, choice());
    if (!take(":")) return unexpected("expected ':'");
    GWAGEO_ASSIGN(value, choice());
    members.insert(members.end(), {key, value});
    if (!take(",") && !sees("}")) return unexpected("expected ',' or '}'");
  }
  return make(Kind::dictionary, offset, std::move(members));
}

}  // namespace gwageo
