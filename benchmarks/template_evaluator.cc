#include "benchmarks/template_evaluator.h"

#include <algorithm>
#include <array>

#include "benchmarks/python_strings.h"
#include "benchmarks/python_text.h"
#include "benchmarks/template_lexer.h"
#include "benchmarks/template_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

using NodeKind = TemplateNode::Kind;
using Is = TemplateValue::Kind;
using Shape = TemplateList::Shape;

// Functions that Jinja has as variables; those that are called are no names here.
constexpr std::string_view functions[] = {"range",  "namespace", "dict",
                                          "lipsum", "cycler",    "joiner"};
/// What Jinja calls the template, unless the template sets it.
constexpr std::string_view own_name = "self";
constexpr std::int64_t range_max = 100000;

}  // namespace

tl::unexpected<Error> TemplateEvaluator::wrong(const TemplateNode& node,
                                               std::string_view what) const {
  return fail(ErrorKind::bad_input, template_place(text_, node.offset) + ": " + std::string(what));
}

Result<TemplateValue> TemplateEvaluator::value(std::uint32_t index) {
  const TemplateNode& node = nodes_[index];
  if (const Status spent = memory_.spend(1); !spent) return wrong(node, spent.error().message);
  switch (node.kind) {
    case NodeKind::name: {
      GWAGEO_ASSIGN(found, variable(node));
      if (!found.is(Is::loop)) return found;
      return wrong(node, "the variable 'loop' can only be asked for its members");
    }
    case NodeKind::constant:
      return node.constant.is_given() ? node.constant
                                      : TemplateValue::of(std::string_view(node.text));
    case NodeKind::attribute: return attribute(node);
    case NodeKind::item: return item(node);
    case NodeKind::slice: return slice(node);
    case NodeKind::list:
    case NodeKind::tuple: return list(node);
    case NodeKind::dictionary:
    case NodeKind::space: return dictionary(node);
    case NodeKind::range: return range(node);
    case NodeKind::method:
    case NodeKind::filter:
    case NodeKind::test: return call(node);
    case NodeKind::loop_method: return loop_method(node);
    case NodeKind::negative:
    case NodeKind::positive: {
      GWAGEO_ASSIGN(operand, defined(node.children[0]));
      return placed(node, with_sign(node.kind == NodeKind::negative, operand));
    }
    case NodeKind::arithmetic: {
      GWAGEO_ASSIGN(left, defined(node.children[0]));
      GWAGEO_ASSIGN(right, defined(node.children[1]));
      return placed(node, operate(memory_, node.operation, left, right));
    }
    case NodeKind::joint: return join(node);
    case NodeKind::comparison: return compare(node);
    default: return choose(node);
  }
}

Result<TemplateValue> TemplateEvaluator::defined(std::uint32_t index) {
  auto found = value(index);
  if (!found || !found->is(Is::undefined)) return found;
  return fail(ErrorKind::bad_input,
              template_place(text_, found->missing->offset) + ": " + found->missing->what);
}

Status TemplateEvaluator::print(std::uint32_t index, std::string& out) {
  GWAGEO_ASSIGN(shown, defined(index));
  if (shown.is_text()) {
    out += shown.text();
    return {};
  }
  return placed(nodes_[index], append_text(out, shown));
}

TemplateEvaluator::Scope TemplateEvaluator::open() {
  const Scope scope{scope_begin_, variables_.size()};
  scope_begin_ = variables_.size();
  return scope;
}

void TemplateEvaluator::close(const Scope& scope) {
  leave(scope);
  scope_begin_ = scope.outer_begin;
}

void TemplateEvaluator::assign(std::string_view name, const TemplateValue& value) {
  for (std::size_t i = scope_begin_; i < variables_.size(); ++i) {
    if (variables_[i].first != name) continue;
    variables_[i].second = value;
    return;
  }
  variables_.emplace_back(name, value);
}

Status TemplateEvaluator::assign_member(const TemplateNode& target, const TemplateValue& value) {
  GWAGEO_ASSIGN(space, defined(target.children[0]));
  if (!space.is(Is::dictionary) || !space.dictionary->is_namespace) {
    return wrong(target, "a member is set of " + std::string(value_kind(space)) +
                             "; only a namespace can be changed");
  }
  const TemplateValue name = TemplateValue::of(std::string_view(target.text));
  return placed(target, memory_.set(*space.dictionary, name, value));
}

Result<TemplateValue> TemplateEvaluator::missing(const TemplateNode& node, std::string what) {
  return placed(node, memory_.keep(TemplateMissing{std::move(what), node.offset}));
}

Result<TemplateValue> TemplateEvaluator::variable(const TemplateNode& node) {
  for (std::size_t i = variables_.size(); i > 0; --i) {
    if (variables_[i - 1].first == node.text) return variables_[i - 1].second;
  }
  if (node.text == own_name) {
    return wrong(node,
                 "'self' is the template itself to Jinja, whatever fields there are; only a test "
                 "may ask for it here (is defined); give a field of that name another one");
  }
  if (const Json* const field = row_.find(node.text)) return TemplateValue::of(*field);
  if (std::find(std::begin(functions), std::end(functions), node.text) != std::end(functions)) {
    return wrong(node, "the function '" + node.text + "' is no value");
  }
  return missing(node, "the field '" + node.text + "' is undefined");
}

bool TemplateEvaluator::is_template(const TemplateNode& node) const {
  return node.kind == NodeKind::name && node.text == own_name &&
         std::none_of(variables_.begin(), variables_.end(),
                      [](const auto& variable) { return variable.first == own_name; });
}

// What is asked for a member, which the variable `loop` may be too.
Result<TemplateValue> TemplateEvaluator::container(std::uint32_t index) {
  if (nodes_[index].kind != NodeKind::name || nodes_[index].text != "loop") return defined(index);
  GWAGEO_ASSIGN(found, variable(nodes_[index]));
  return found.is(Is::loop) ? Value(found) : defined(index);
}

// container.NAME
Result<TemplateValue> TemplateEvaluator::attribute(const TemplateNode& node) {
  GWAGEO_ASSIGN(whole, container(node.children[0]));
  if (node.names_method && whole.is_mapping()) {
    return wrong(node, "'." + node.text + "' is a method of objects; write [\"" + node.text +
                           "\"] for the field");
  }
  return member(node, whole, node.text);
}

Result<TemplateValue> TemplateEvaluator::member(const TemplateNode& node,
                                                const TemplateValue& container,
                                                std::string_view name) {
  if (container.is(Is::loop)) return loop_member(node, *container.loop, name);
  if (container.is_mapping() || container.is(Is::dictionary)) {
    const TemplateValue found = mapping_find(container, TemplateValue::of(name));
    if (found.is_given()) return found;
  }
  if (container.is(Is::nothing))
    return wrong(node, "a member of " + std::string(value_kind(container)));
  const bool is_space = container.is(Is::dictionary) && container.dictionary->is_namespace;
  if (!is_space && is_python_attribute(container, name)) {
    return wrong(node, "'" + std::string(name) + "' of " + std::string(value_kind(container)) +
                           " is an attribute of Python's, no field");
  }
  if (container.is_mapping() || is_space) {
    return missing(node, "the field '" + std::string(name) + "' is undefined");
  }
  return missing(node, "'" + std::string(name) + "' of " + std::string(value_kind(container)) +
                           " is undefined");
}

Result<TemplateValue> TemplateEvaluator::loop_member(const TemplateNode& node,
                                                     const TemplateLoop& loop,
                                                     std::string_view name) {
  const std::vector<TemplateValue>& all = *loop.elements;
  const auto number = [](std::size_t n) { return TemplateValue::of(static_cast<std::int64_t>(n)); };
  if (name == "index") return number(loop.index + 1);
  if (name == "index0") return number(loop.index);
  if (name == "revindex") return number(all.size() - loop.index);
  if (name == "revindex0") return number(all.size() - loop.index - 1);
  if (name == "first") return TemplateValue::of(loop.index == 0);
  if (name == "last") return TemplateValue::of(loop.index + 1 == all.size());
  if (name == "length") return number(all.size());
  if (name == "depth") return number(1);  // It counts what recursive loops do, which are refused.
  if (name == "depth0") return number(0);
  if (name == "previtem" && loop.index > 0) return all[loop.index - 1];
  if (name == "nextitem" && loop.index + 1 < all.size()) return all[loop.index + 1];
  if (name == "previtem" || name == "nextitem") {
    return missing(node, "'loop." + std::string(name) + "' is undefined at this end");
  }
  return wrong(node, "'loop' has no member '" + std::string(name) + "'");
}

// loop.cycle(a, b, ...)
Result<TemplateValue> TemplateEvaluator::loop_method(const TemplateNode& node) {
  GWAGEO_ASSIGN(loop, container(node.children[0]));
  if (!loop.is(Is::loop)) return wrong(node, "'loop' is no loop here");
  return value(node.children[1 + loop.loop->index % (node.children.size() - 1)]);
}

// container[INDEX]
Result<TemplateValue> TemplateEvaluator::item(const TemplateNode& node) {
  GWAGEO_ASSIGN(whole, container(node.children[0]));
  GWAGEO_ASSIGN(index, defined(node.children[1]));
  if (whole.is_mapping()) {
    if (!is_hashable(index)) return wrong(node, "an object indexed by a list or object");
    const TemplateValue found = mapping_find(whole, index);
    if (found.is_given()) return found;
  }
  const bool is_index = index.is(Is::integer) || index.is(Is::boolean);
  if (is_index && (whole.is_text() || whole.is_list())) {
    return element(node, whole, index.is(Is::integer) ? index.integer : index.boolean ? 1 : 0);
  }
  if (index.is_text()) return member(node, whole, index.text());
  return missing(node, std::string(value_kind(whole)) + " cannot be indexed by " +
                           std::string(value_kind(index)));
}

Result<TemplateValue> TemplateEvaluator::element(const TemplateNode& node,
                                                 const TemplateValue& whole, std::int64_t index) {
  if (whole.is(Is::list) && whole.list->shape >= Shape::keys) {
    return wrong(node, std::string(value_kind(whole)) + " cannot be indexed");
  }
  const auto size =
      static_cast<std::int64_t>(whole.is_text() ? character_count(whole.text()) : list_size(whole));
  const std::int64_t place = index < 0 ? index + size : index;
  if (place < 0 || place >= size) {
    return missing(
        node, "item " + std::to_string(index) + " is undefined: there are " + std::to_string(size));
  }
  const auto at = static_cast<std::size_t>(place);
  if (!whole.is_text()) return list_element(whole, at);
  if (const Status spent = memory_.spend(whole.size / 64); !spent) {
    return wrong(node, spent.error().message);
  }
  const std::size_t offset = character_offset(whole.text(), at);
  return TemplateValue::of(whole.text().substr(offset, character_at(whole.text(), offset).size));
}

// container[START:STOP:STEP], ends clamped as Python does.
Result<TemplateValue> TemplateEvaluator::slice(const TemplateNode& node) {
  GWAGEO_ASSIGN(whole, defined(node.children[0]));
  const bool is_view = whole.is(Is::list) && whole.list->shape > Shape::tuple;
  if (is_view || (!whole.is_text() && !whole.is_list())) {
    return wrong(node, "a slice of " + std::string(value_kind(whole)));
  }
  const auto size =
      static_cast<std::int64_t>(whole.is_text() ? character_count(whole.text()) : list_size(whole));
  if (const Status spent = memory_.spend(static_cast<std::size_t>(size) / 16 + 1); !spent) {
    return wrong(node, spent.error().message);
  }
  std::array<TemplateValue, 3> parts;
  for (std::size_t i = 0; i < 3; ++i) {
    if (node.children[i + 1] == TemplateNode::none) continue;
    GWAGEO_ASSIGN(part, defined(node.children[i + 1]));
    if (part.is(Is::boolean)) part = TemplateValue::of(std::int64_t{part.boolean ? 1 : 0});
    if (part.is(Is::none)) continue;
    if (!part.is(Is::integer)) return wrong(node, "a slice by anything but integers");
    parts[i] = part;
  }
  const std::int64_t step = parts[2].is_given() ? parts[2].integer : 1;
  if (step == 0) return wrong(node, "a slice by steps of 0");
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  const auto end_of = [&](const TemplateValue& part, std::int64_t otherwise) {
    if (!part.is_given()) return otherwise;
    const std::int64_t place = part.integer < 0 ? part.integer + size : part.integer;
    return std::clamp(place, low, high);
  };
  const std::int64_t start = end_of(parts[0], step > 0 ? low : high);
  const std::int64_t stop = end_of(parts[1], step > 0 ? high : low);
  const std::int64_t stride = std::clamp(step, -size - 1, size + 1);  // No further than out.
  if (whole.is_text()) {
    return placed(node, memory_.keep(sliced(whole.text(), start, stop, stride)));
  }
  TemplateList out;
  out.shape = whole.is(Is::list) ? whole.list->shape : Shape::list;
  for (std::int64_t i = start; stride > 0 ? i < stop : i > stop; i += stride) {
    out.elements.push_back(list_element(whole, static_cast<std::size_t>(i)));
  }
  return placed(node, memory_.keep(std::move(out)));
}

Result<TemplateValue> TemplateEvaluator::list(const TemplateNode& node) {
  TemplateList out;
  out.shape = node.kind == NodeKind::tuple ? Shape::tuple : Shape::list;
  out.elements.reserve(node.children.size());
  for (const std::uint32_t child : node.children) {
    GWAGEO_ASSIGN(one, defined(child));
    out.elements.push_back(one);
  }
  return placed(node, memory_.keep(std::move(out)));
}

Result<TemplateValue> TemplateEvaluator::dictionary(const TemplateNode& node) {
  TemplateDictionary out;
  out.is_namespace = node.kind == NodeKind::space;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    GWAGEO_ASSIGN(key, defined(node.children[i]));
    GWAGEO_ASSIGN(member, defined(node.children[i + 1]));
    if (!is_hashable(key)) return wrong(node, "a list or object as a key");
    const auto known = std::find_if(out.members.begin(), out.members.end(), [&](const auto& other) {
      return python_equal(other.first, key);
    });
    if (known != out.members.end()) {
      known->second = member;
    } else {
      out.members.emplace_back(key, member);
    }
  }
  return placed(node, memory_.keep(std::move(out)));
}

Result<TemplateValue> TemplateEvaluator::range(const TemplateNode& node) {
  std::array<std::int64_t, 3> given{};
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    GWAGEO_ASSIGN(bound, defined(node.children[i]));
    if (!bound.is(Is::integer)) {
      return wrong(node, "'range' of " + std::string(value_kind(bound)));
    }
    given[i] = bound.integer;
  }
  TemplateList out;
  out.shape = Shape::range;
  const bool one = node.children.size() == 1;
  const std::int64_t start = one ? 0 : given[0];
  const std::int64_t stop = one ? given[0] : given[1];
  const std::int64_t step = node.children.size() == 3 ? given[2] : 1;
  if (step == 0) return wrong(node, "a 'range' by steps of 0");
  out.range[0] = start;
  out.range[1] = stop;
  out.range[2] = step;
  for (std::int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (out.elements.size() == static_cast<std::size_t>(range_max)) {
      return wrong(node, "a 'range' of more than " + std::to_string(range_max) + " integers");
    }
    out.elements.push_back(TemplateValue::of(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return placed(node, memory_.keep(std::move(out)));
}

Result<TemplateValue> TemplateEvaluator::call(const TemplateNode& node) {
  const TemplateFunction& function = *node.function;
  // The template is defined, and neither none nor a boolean, number, text or mapping.
  const bool asks_kind = node.kind == NodeKind::test && function.takes_undefined;
  if (asks_kind && is_template(nodes_[node.children[0]])) {
    return TemplateValue::of(function.name == "defined");
  }
  const auto evaluated = [&](std::uint32_t child) {
    return function.takes_undefined ? value(child) : defined(child);
  };
  GWAGEO_ASSIGN(subject, evaluated(node.children[0]));
  if (node.kind == NodeKind::method && !has_method(subject, function)) {
    return wrong(node, "'" + node.text + "' called on " + std::string(value_kind(subject)));
  }
  if (subject.is_markup && node.kind == NodeKind::method) {
    return wrong(node, "'" + node.text + "' called on what 'tojson' gives");
  }
  std::array<TemplateValue, TemplateFunction::parameters_max> arguments;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    if (node.children[i] == TemplateNode::none) continue;
    GWAGEO_ASSIGN(argument, evaluated(node.children[i]));
    arguments[i - 1] = argument;
  }
  if (subject.is_text()) {
    if (const Status spent = memory_.spend(subject.size / 64); !spent) {
      return wrong(node, spent.error().message);
    }
  }
  return placed(node, function.body({memory_, subject, arguments, node.offset}));
}

Result<TemplateValue> TemplateEvaluator::join(const TemplateNode& node) {
  std::string out;
  for (const std::uint32_t child : node.children) {
    GWAGEO_ASSIGN(part, defined(child));
    GWAGEO_TRY(placed(node, append_text(out, part)));
  }
  return placed(node, memory_.keep(std::move(out)));
}

Result<TemplateValue> TemplateEvaluator::compare(const TemplateNode& node) {
  GWAGEO_ASSIGN(left, defined(node.children[0]));
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const TemplateNode& link = nodes_[node.children[i]];
    GWAGEO_ASSIGN(right, defined(link.children[0]));
    GWAGEO_ASSIGN(agrees, link_holds(link, left, right));
    if (!agrees) return TemplateValue::of(false);
    left = right;
  }
  return TemplateValue::of(true);
}

Result<bool> TemplateEvaluator::link_holds(const TemplateNode& link, const TemplateValue& left,
                                           const TemplateValue& right) {
  if (link.text == "==" || link.text == "!=") {
    const bool are_lists = left.is_list() && right.is_list();
    if (are_lists) GWAGEO_TRY(placed(link, memory_.spend(list_size(left))));
    return python_equal(left, right) == (link.text == "==");
  }
  if (link.text == "in" || link.text == "not in") {
    GWAGEO_ASSIGN(inside, placed(link, contains(memory_, left, right)));
    return inside == (link.text == "in");
  }
  GWAGEO_ASSIGN(order, placed(link, order_of(left, right, link.text)));
  return holds(link.text, order);
}

// not, and, or, and x if c else y: what is not needed is not evaluated.
Result<TemplateValue> TemplateEvaluator::choose(const TemplateNode& node) {
  GWAGEO_ASSIGN(first, defined(node.children[0]));
  const bool is_true = python_true(first);
  if (node.kind == NodeKind::inverse) return TemplateValue::of(!is_true);
  if (node.kind == NodeKind::both || node.kind == NodeKind::either) {
    return is_true == (node.kind == NodeKind::both) ? value(node.children[1]) : first;
  }
  GWAGEO_CHECK(node.kind == NodeKind::choice);
  if (is_true) return value(node.children[1]);
  if (node.children.size() > 2) return value(node.children[2]);
  TemplateValue nothing;
  nothing.kind = Is::nothing;
  return nothing;
}

}  // namespace gwageo
