#include "benchmarks/template.h"

#include <utility>

#include "benchmarks/template_evaluator.h"
#include "benchmarks/template_scopes.h"
#include "benchmarks/template_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

using NodeKind = TemplateNode::Kind;

// Runs the statements of a template.
class Runner {
 public:
  Runner(std::string_view text, const std::vector<TemplateNode>& nodes, const Json& row)
      : in_(text, nodes, row) {}

  Status run(std::uint32_t index, std::string& out);

 private:
  Status run_branch(const TemplateNode& node, std::string& out);
  Status run_loop(const TemplateNode& node, std::string& out);
  Status run_scoped(std::uint32_t block, std::string& out);
  Result<std::vector<TemplateValue>> elements(const TemplateNode& node);
  Status assign(std::uint32_t targets, const TemplateValue& value);
  Status assign_one(const TemplateNode& target, const TemplateValue& value);

  TemplateEvaluator in_;
};

Status Runner::run(std::uint32_t index, std::string& out) {
  const TemplateNode& node = in_.node(index);
  switch (node.kind) {
    case NodeKind::print_text: out += node.text; break;
    case NodeKind::output: GWAGEO_TRY(in_.print(node.children[0], out)); break;
    case NodeKind::branch: return run_branch(node, out);
    case NodeKind::loop: return run_loop(node, out);
    case NodeKind::assign: {
      GWAGEO_ASSIGN(value, in_.value(node.children[1]));
      return assign(node.children[0], value);
    }
    case NodeKind::capture: {
      std::string text;
      GWAGEO_TRY(run_scoped(node.children[1], text));
      GWAGEO_ASSIGN(value, in_.placed(node, in_.memory().keep(std::move(text))));
      return assign(node.children[0], value);
    }
    default:
      GWAGEO_CHECK(node.kind == NodeKind::block);
      for (const std::uint32_t child : node.children) GWAGEO_TRY(run(child, out));
      return {};
  }
  if (out.size() <= TemplateMemory::text_bytes_max) return {};
  return in_.wrong(
      node, "more than " + std::to_string(TemplateMemory::text_bytes_max) + " bytes are printed");
}

Status Runner::run_branch(const TemplateNode& node, std::string& out) {
  GWAGEO_ASSIGN(condition, in_.defined(node.children[0]));
  if (python_true(condition)) return run(node.children[1], out);
  return node.children.size() > 2 ? run(node.children[2], out) : Status();
}

// With variables of its own.
Status Runner::run_scoped(std::uint32_t block, std::string& out) {
  const auto scope = in_.open();
  GWAGEO_TRY(run(block, out));
  in_.close(scope);
  return {};
}

// What a loop runs over, of which its condition may leave some out.
Result<std::vector<TemplateValue>> Runner::elements(const TemplateNode& node) {
  GWAGEO_ASSIGN(whole, in_.defined(node.children[1]));
  GWAGEO_ASSIGN(all, in_.placed(in_.node(node.children[1]), iterated(whole)));
  if (node.children[2] == TemplateNode::none) return all;
  std::vector<TemplateValue> out;
  const auto scope = in_.open();
  for (const TemplateValue& one : all) {
    in_.leave(scope);
    GWAGEO_TRY(assign(node.children[0], one));
    GWAGEO_ASSIGN(condition, in_.defined(node.children[2]));
    if (python_true(condition)) out.push_back(one);
  }
  in_.close(scope);
  return out;
}

// Each turn begins without the variables of the one before.
Status Runner::run_loop(const TemplateNode& node, std::string& out) {
  GWAGEO_ASSIGN(all, elements(node));
  if (all.empty()) {
    return node.children[4] == TemplateNode::none ? Status() : run_scoped(node.children[4], out);
  }
  TemplateLoop loop{&all, 0};
  TemplateValue variable;
  variable.kind = TemplateValue::Kind::loop;
  variable.loop = &loop;
  const auto scope = in_.open();
  for (; loop.index < all.size(); ++loop.index) {
    in_.leave(scope);
    in_.assign("loop", variable);
    GWAGEO_TRY(in_.placed(node, in_.memory().spend(1)));
    GWAGEO_TRY(assign(node.children[0], all[loop.index]));
    GWAGEO_TRY(run(node.children[3], out));
  }
  in_.close(scope);
  return {};
}

Status Runner::assign_one(const TemplateNode& target, const TemplateValue& value) {
  if (target.kind == NodeKind::member_target) return in_.assign_member(target, value);
  in_.assign(target.text, value);
  return {};
}

Status Runner::assign(std::uint32_t index, const TemplateValue& value) {
  const TemplateNode& targets = in_.node(index);
  if (targets.text.empty()) return assign_one(in_.node(targets.children[0]), value);
  if (value.is(TemplateValue::Kind::undefined)) {
    return in_.wrong(targets, "an undefined value for several names: " + value.missing->what);
  }
  GWAGEO_ASSIGN(parts, in_.placed(targets, iterated(value)));
  if (parts.size() != targets.children.size()) {
    return in_.wrong(targets, std::to_string(targets.children.size()) + " names for " +
                                  std::to_string(parts.size()) + " values");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    GWAGEO_TRY(assign_one(in_.node(targets.children[i]), parts[i]));
  }
  return {};
}

}  // namespace

Result<Template> Template::compile(std::string_view text) {
  Template compiled;
  if (std::size_t bad_at = 0; !is_utf8(text, &bad_at)) {
    return fail(ErrorKind::bad_input,
                "the template: byte " + std::to_string(bad_at) + " is no UTF-8");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {  // The language knows one line end.
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) compiled.text_ += text[i] == '\r' ? '\n' : text[i];
  }
  GWAGEO_ASSIGN(tree, parse_template(compiled.text_));
  GWAGEO_TRY(check_scopes(compiled.text_, tree));
  compiled.tree_ = std::move(tree);
  const std::vector<TemplateNode>& nodes = compiled.tree_.nodes;
  const TemplateNode& root = nodes.back();
  compiled.expression_ =
      root.children.size() == 1 && nodes[root.children[0]].kind == NodeKind::output;
  return compiled;
}

Status Template::render(const Json& row, std::string& out) const {
  const auto root = static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  return Runner(text_, tree_.nodes, row).run(root, out);
}

Result<Json> Template::evaluate(const Json& row) const {
  GWAGEO_CHECK(expression_);
  const TemplateNode& output = tree_.nodes[tree_.nodes.back().children[0]];
  TemplateEvaluator evaluator(text_, tree_.nodes, row);
  GWAGEO_ASSIGN(result, evaluator.defined(output.children[0]));
  const bool is_other_list =
      result.is(TemplateValue::Kind::list) && result.list->shape != TemplateList::Shape::list;
  if (!is_other_list) {
    if (auto value = json_of(result)) return value;
  }
  std::string text;
  GWAGEO_TRY(evaluator.placed(output, append_text(text, result)));
  return Json(std::move(text));
}

}  // namespace gwageo
