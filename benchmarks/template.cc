#include "benchmarks/template.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "benchmarks/python_text.h"
#include "benchmarks/template_functions.h"
#include "benchmarks/template_lexer.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

using Kind = TemplateNode::Kind;

// Names that reach a method of Python's dict before they reach a member of that name.
constexpr std::string_view dict_methods[] = {"clear",      "copy",   "fromkeys", "get",
                                             "items",      "keys",   "pop",      "popitem",
                                             "setdefault", "update", "values"};

// A value that is borrowed from the row or the tree where that is possible. A resource: `borrowed`
// points into `owned`'s place or elsewhere, so it is moved, never copied.
class Value {
 public:
  explicit Value(const Json* borrowed) : borrowed_(borrowed) {}
  explicit Value(Json owned) : owned_(std::move(owned)) {}
  const Json& get() const { return borrowed_ != nullptr ? *borrowed_ : owned_; }
  bool is_borrowed() const { return borrowed_ != nullptr; }
  Json take() { return borrowed_ != nullptr ? *borrowed_ : std::move(owned_); }

 private:
  const Json* borrowed_ = nullptr;
  Json owned_;
};

class Evaluator {
 public:
  Evaluator(std::string_view text, const TemplateTree& tree, const Json& row)
      : text_(text), nodes_(tree.nodes), row_(row) {}

  Status print(std::uint32_t index, std::string& out) const;
  Result<Value> value(std::uint32_t index) const;

 private:
  Status print_output(const TemplateNode& node, std::string& out) const;
  Result<Value> member(const TemplateNode& node) const;
  Result<Value> item(const TemplateNode& node) const;
  Result<Value> element(const TemplateNode& node, Value container, std::int64_t index) const;
  Result<Value> list(const TemplateNode& node) const;
  Result<Value> call(const TemplateNode& node) const;
  Result<Value> sign(const TemplateNode& node) const;
  Result<Value> add(const TemplateNode& node) const;
  Result<Value> arithmetic(const TemplateNode& node, const Json& left, const Json& right) const;
  Result<Value> join(const TemplateNode& node) const;
  Result<Value> compare(const TemplateNode& node) const;
  Result<bool> ordered(const TemplateNode& node, const Json& left, const Json& right) const;
  Result<bool> contains(const TemplateNode& node, const Json& part, const Json& whole) const;
  Result<Value> choose(const TemplateNode& node) const;
  tl::unexpected<Error> wrong(const TemplateNode& node, std::string_view what) const {
    return fail(ErrorKind::bad_input,
                template_place(text_, node.offset) + ": " + std::string(what));
  }

  std::string_view text_;
  const std::vector<TemplateNode>& nodes_;
  const Json& row_;
};

Status Evaluator::print(std::uint32_t index, std::string& out) const {
  const TemplateNode& node = nodes_[index];
  if (node.kind == Kind::text) {
    out += node.constant.as_string();
    return {};
  }
  if (node.kind == Kind::output) return print_output(node, out);
  if (node.kind == Kind::branch) {
    GWAGEO_ASSIGN(condition, value(node.children[0]));
    if (python_true(condition.get())) return print(node.children[1], out);
    return node.children.size() > 2 ? print(node.children[2], out) : Status();
  }
  GWAGEO_CHECK(node.kind == Kind::block);
  for (const std::uint32_t child : node.children) GWAGEO_TRY(print(child, out));
  return {};
}

Status Evaluator::print_output(const TemplateNode& node, std::string& out) const {
  GWAGEO_ASSIGN(shown, value(node.children[0]));
  if (shown.get().is_string()) {
    out += shown.get().as_string();
    return {};
  }
  const auto text = printed(shown.get());
  if (!text) return wrong(node, text.error().message);
  out += *text;
  return {};
}

Result<Value> Evaluator::value(std::uint32_t index) const {
  const TemplateNode& node = nodes_[index];
  switch (node.kind) {
    case Kind::constant: return Value(&node.constant);
    case Kind::name: {
      const Json* const field = row_.find(node.text);
      if (field == nullptr) return wrong(node, "the field '" + node.text + "' is undefined");
      return Value(field);
    }
    case Kind::attribute: return member(node);
    case Kind::item: return item(node);
    case Kind::list: return list(node);
    case Kind::method:
    case Kind::filter: return call(node);
    case Kind::negative:
    case Kind::positive: return sign(node);
    case Kind::sum:
    case Kind::difference: return add(node);
    case Kind::joint: return join(node);
    case Kind::comparison: return compare(node);
    case Kind::inverse:
    case Kind::both:
    case Kind::either:
    case Kind::choice: return choose(node);
    case Kind::block:
    case Kind::text:
    case Kind::output:
    case Kind::branch: break;
  }
  GWAGEO_CHECK(false && "a node that has no value");
  return Value(Json());
}

// container.NAME
Result<Value> Evaluator::member(const TemplateNode& node) const {
  GWAGEO_ASSIGN(container, value(node.children[0]));
  if (!container.get().is_object()) {
    return wrong(node, "'" + node.text + "' of " + std::string(value_kind(container.get())) +
                           " is undefined");
  }
  if (std::find(std::begin(dict_methods), std::end(dict_methods), node.text) !=
      std::end(dict_methods)) {
    return wrong(node, "'." + node.text + "' is a method of objects; write [\"" + node.text +
                           "\"] for the field");
  }
  const Json* const found = container.get().find(node.text);
  if (found == nullptr) return wrong(node, "the field '" + node.text + "' is undefined");
  if (container.is_borrowed()) return Value(found);
  return Value(Json(*found));
}

// container[INDEX]
Result<Value> Evaluator::item(const TemplateNode& node) const {
  GWAGEO_ASSIGN(container, value(node.children[0]));
  GWAGEO_ASSIGN(index, value(node.children[1]));
  if (index.get().is_integer()) {
    return element(node, std::move(container), index.get().as_integer());
  }
  if (!index.get().is_string() || !container.get().is_object()) {
    return wrong(node, std::string(value_kind(container.get())) + " cannot be indexed by " +
                           std::string(value_kind(index.get())));
  }
  const std::string& key = index.get().as_string();
  const Json* const found = container.get().find(key);
  if (found == nullptr) return wrong(node, "the field '" + key + "' is undefined");
  if (container.is_borrowed()) return Value(found);
  return Value(Json(*found));
}

Result<Value> Evaluator::element(const TemplateNode& node, Value container,
                                 std::int64_t index) const {
  const Json& whole = container.get();
  if (!whole.is_array() && !whole.is_string()) {
    return wrong(node, std::string(value_kind(whole)) + " cannot be indexed by an integer");
  }
  const auto size = static_cast<std::int64_t>(
      whole.is_array() ? whole.as_array().size() : character_count(whole.as_string()));
  const std::int64_t place = index < 0 ? index + size : index;
  if (place < 0 || place >= size) {
    return wrong(
        node, "item " + std::to_string(index) + " is undefined: there are " + std::to_string(size));
  }
  const auto at = static_cast<std::size_t>(place);
  if (whole.is_string()) {
    const std::string& text = whole.as_string();
    const std::size_t offset = character_offset(text, at);
    return Value(Json(text.substr(offset, character_at(text, offset).size)));
  }
  if (container.is_borrowed()) return Value(&whole.as_array()[at]);
  return Value(Json(whole.as_array()[at]));
}

Result<Value> Evaluator::list(const TemplateNode& node) const {
  Json::Array elements;
  for (const std::uint32_t child : node.children) {
    GWAGEO_ASSIGN(one, value(child));
    elements.push_back(one.take());
  }
  return Value(Json(std::move(elements)));
}

Result<Value> Evaluator::call(const TemplateNode& node) const {
  GWAGEO_ASSIGN(subject, value(node.children[0]));
  std::vector<Json> arguments;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    GWAGEO_ASSIGN(argument, value(node.children[i]));
    arguments.push_back(argument.take());
  }
  auto result = node.kind == Kind::method ? call_method(node.text, subject.get(), arguments)
                                          : call_filter(node.text, subject.get(), arguments);
  if (!result) return wrong(node, result.error().message);
  return Value(std::move(*result));
}

// Booleans count as numbers, as they do in Python.
Json number_of(const Json& value) {
  return value.is_bool() ? Json(value.as_bool() ? 1 : 0) : value;
}

Result<Value> Evaluator::sign(const TemplateNode& node) const {
  GWAGEO_ASSIGN(operand, value(node.children[0]));
  const Json number = number_of(operand.get());
  if (!number.is_number()) {
    return wrong(node, "a sign before " + std::string(value_kind(operand.get())));
  }
  if (node.kind == Kind::positive) return Value(number);
  return arithmetic(node, Json(0), number);
}

Result<Value> Evaluator::add(const TemplateNode& node) const {
  GWAGEO_ASSIGN(left_value, value(node.children[0]));
  GWAGEO_ASSIGN(right_value, value(node.children[1]));
  const Json& left = left_value.get();
  const Json& right = right_value.get();
  if (node.kind == Kind::sum && left.is_string() && right.is_string()) {
    return Value(Json(left.as_string() + right.as_string()));
  }
  if (node.kind == Kind::sum && left.is_array() && right.is_array()) {
    Json::Array whole = left.as_array();
    whole.insert(whole.end(), right.as_array().begin(), right.as_array().end());
    return Value(Json(std::move(whole)));
  }
  const Json a = number_of(left);
  const Json b = number_of(right);
  if (a.is_number() && b.is_number()) return arithmetic(node, a, b);
  return wrong(node, std::string("'") + (node.kind == Kind::sum ? "+" : "-") + "' between " +
                         std::string(value_kind(left)) + " and " + std::string(value_kind(right)));
}

// Addition where the node is a sum, else subtraction.
Result<Value> Evaluator::arithmetic(const TemplateNode& node, const Json& left,
                                    const Json& right) const {
  const bool adds = node.kind == Kind::sum;
  if (left.is_integer() && right.is_integer()) {
    std::int64_t result = 0;
    const bool overflows =
        adds ? __builtin_add_overflow(left.as_integer(), right.as_integer(), &result)
             : __builtin_sub_overflow(left.as_integer(), right.as_integer(), &result);
    if (overflows) return wrong(node, "an integer beyond 64 bits");
    return Value(Json(result));
  }
  if (node.kind == Kind::negative) return Value(Json(-right.as_double()));
  const double result =
      adds ? left.as_double() + right.as_double() : left.as_double() - right.as_double();
  if (!std::isfinite(result)) return wrong(node, "a number beyond what a double holds");
  return Value(Json(result));
}

Result<Value> Evaluator::join(const TemplateNode& node) const {
  std::string out;
  for (const std::uint32_t child : node.children) {
    GWAGEO_ASSIGN(part, value(child));
    const auto text = printed(part.get());
    if (!text) return wrong(node, text.error().message);
    out += *text;
  }
  return Value(Json(std::move(out)));
}

Result<Value> Evaluator::compare(const TemplateNode& node) const {
  GWAGEO_ASSIGN(left, value(node.children[0]));
  GWAGEO_ASSIGN(right, value(node.children[1]));
  if (node.text == "==") return Value(Json(python_equal(left.get(), right.get())));
  if (node.text == "!=") return Value(Json(!python_equal(left.get(), right.get())));
  if (node.text == "in" || node.text == "not in") {
    GWAGEO_ASSIGN(inside, contains(node, left.get(), right.get()));
    return Value(Json(inside == (node.text == "in")));
  }
  GWAGEO_ASSIGN(holds, ordered(node, left.get(), right.get()));
  return Value(Json(holds));
}

Result<bool> Evaluator::ordered(const TemplateNode& node, const Json& left,
                                const Json& right) const {
  const Json a = number_of(left);
  const Json b = number_of(right);
  int order = 0;
  if (a.is_integer() && b.is_integer()) {
    order = a.as_integer() < b.as_integer() ? -1 : a.as_integer() > b.as_integer() ? 1 : 0;
  } else if (a.is_number() && b.is_number()) {
    order = a.as_double() < b.as_double() ? -1 : a.as_double() > b.as_double() ? 1 : 0;
  } else if (left.is_string() && right.is_string()) {
    order = left.as_string().compare(right.as_string());  // UTF-8 orders as its code points do.
  } else {
    return wrong(node, "'" + node.text + "' between " + std::string(value_kind(left)) + " and " +
                           std::string(value_kind(right)));
  }
  if (node.text == "<") return order < 0;
  if (node.text == "<=") return order <= 0;
  return node.text == ">" ? order > 0 : order >= 0;
}

Result<bool> Evaluator::contains(const TemplateNode& node, const Json& part,
                                 const Json& whole) const {
  if (whole.is_string() && part.is_string()) {
    return whole.as_string().find(part.as_string()) != std::string::npos;
  }
  if (whole.is_array()) {
    const Json::Array& elements = whole.as_array();
    return std::any_of(elements.begin(), elements.end(),
                       [&](const Json& one) { return python_equal(one, part); });
  }
  if (whole.is_object() && part.is_string()) return whole.find(part.as_string()) != nullptr;
  return wrong(node, "'" + node.text + "' between " + std::string(value_kind(part)) + " and " +
                         std::string(value_kind(whole)));
}

// not, and, or, and x if c else y: what is not needed is not evaluated.
Result<Value> Evaluator::choose(const TemplateNode& node) const {
  GWAGEO_ASSIGN(first, value(node.children[0]));
  const bool holds = python_true(first.get());
  if (node.kind == Kind::inverse) return Value(Json(!holds));
  if (node.kind == Kind::both || node.kind == Kind::either) {
    if (holds == (node.kind == Kind::both)) return value(node.children[1]);
    return first;
  }
  if (holds) return value(node.children[1]);
  if (node.children.size() > 2) return value(node.children[2]);
  return Value(Json(""));  // Printed as nothing; the parser lets it stand nowhere else.
}

}  // namespace

Result<Template> Template::compile(std::string_view text) {
  Template compiled;
  for (std::size_t i = 0; i < text.size(); ++i) {  // The language knows one line end.
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) compiled.text_ += text[i] == '\r' ? '\n' : text[i];
  }
  GWAGEO_ASSIGN(tree, parse_template(compiled.text_));
  compiled.tree_ = std::move(tree);
  const std::vector<TemplateNode>& nodes = compiled.tree_.nodes;
  const TemplateNode& root = nodes.back();
  compiled.expression_ = root.children.size() == 1 && nodes[root.children[0]].kind == Kind::output;
  return compiled;
}

Status Template::render(const Json& row, std::string& out) const {
  const auto root = static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  return Evaluator(text_, tree_, row).print(root, out);
}

Result<Json> Template::evaluate(const Json& row) const {
  GWAGEO_CHECK(expression_);
  const TemplateNode& output = tree_.nodes[tree_.nodes.back().children[0]];
  GWAGEO_ASSIGN(result, Evaluator(text_, tree_, row).value(output.children[0]));
  return result.take();
}

}  // namespace gwageo
