#include "benchmarks/template_scopes.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "benchmarks/template_lexer.h"

namespace gwageo {
namespace {

using NodeKind = TemplateNode::Kind;

// What is known of one scope while its statements are read in order.
struct Scope {
  std::set<std::string> known;              // Read or set in this scope itself.
  std::map<std::string, std::size_t> read;  // Read in scopes within, and not known when they began.
};

class Checker {
 public:
  Checker(std::string_view text, const std::vector<TemplateNode>& nodes)
      : text_(text), nodes_(nodes) {}

  Status run(std::uint32_t root) {
    scopes_.emplace_back();
    return statement(root, false);
  }

 private:
  Status statement(std::uint32_t index, bool conditional);
  Status loop(const TemplateNode& node);
  Status scoped(std::uint32_t targets, std::uint32_t condition, std::uint32_t body);
  Status set(std::uint32_t targets, bool conditional);
  void read(std::uint32_t index);

  std::string_view text_;
  const std::vector<TemplateNode>& nodes_;
  std::vector<Scope> scopes_;
};

// Every name of an expression.
void Checker::read(std::uint32_t index) {
  if (index == TemplateNode::none) return;
  const TemplateNode& node = nodes_[index];
  for (const std::uint32_t child : node.children) read(child);
  if (node.kind != NodeKind::name) return;
  for (std::size_t i = scopes_.size(); i > 0; --i) {
    if (scopes_[i - 1].known.contains(node.text)) return;
    if (i < scopes_.size()) scopes_[i - 1].read.emplace(node.text, node.offset);
  }
  scopes_.back().known.insert(node.text);
}

Status Checker::set(std::uint32_t index, bool conditional) {
  for (const std::uint32_t target : nodes_[index].children) {
    const TemplateNode& name = nodes_[target];
    if (name.kind == NodeKind::member_target) {
      read(name.children[0]);
      continue;
    }
    Scope& scope = scopes_.back();
    const auto early = scope.read.find(name.text);
    bool is_known = conditional || scope.known.contains(name.text);
    for (const Scope& outer : scopes_) is_known = is_known || outer.known.contains(name.text);
    if (!is_known && early != scope.read.end()) {
      return fail(ErrorKind::bad_input,
                  template_place(text_, early->second) + ": '" + name.text +
                      "' is read in a block before the template sets it around that block; give "
                      "the variable another name");
    }
    scope.known.insert(name.text);
  }
  return {};
}

Status Checker::scoped(std::uint32_t targets, std::uint32_t condition, std::uint32_t body) {
  if (body == TemplateNode::none) return {};
  scopes_.emplace_back();
  if (targets != TemplateNode::none) {
    for (const std::uint32_t name : nodes_[targets].children) {
      scopes_.back().known.insert(nodes_[name].text);
    }
    scopes_.back().known.insert("loop");
  }
  read(condition);
  GWAGEO_TRY(statement(body, false));
  scopes_.pop_back();
  return {};
}

Status Checker::loop(const TemplateNode& node) {
  read(node.children[1]);
  GWAGEO_TRY(scoped(node.children[0], node.children[2], node.children[3]));
  return scoped(TemplateNode::none, TemplateNode::none, node.children[4]);
}

Status Checker::statement(std::uint32_t index, bool conditional) {
  const TemplateNode& node = nodes_[index];
  switch (node.kind) {
    case NodeKind::block:
      for (const std::uint32_t child : node.children) GWAGEO_TRY(statement(child, conditional));
      return {};
    case NodeKind::branch:
      read(node.children[0]);
      for (std::size_t i = 1; i < node.children.size(); ++i) {
        GWAGEO_TRY(statement(node.children[i], true));
      }
      return {};
    case NodeKind::loop: return loop(node);
    case NodeKind::assign: read(node.children[1]); return set(node.children[0], conditional);
    case NodeKind::capture:
      GWAGEO_TRY(scoped(TemplateNode::none, TemplateNode::none, node.children[1]));
      return set(node.children[0], conditional);
    default:
      for (const std::uint32_t child : node.children) read(child);
      return {};
  }
}

}  // namespace

Status check_scopes(std::string_view text, const TemplateTree& tree) {
  return Checker(text, tree.nodes).run(static_cast<std::uint32_t>(tree.nodes.size() - 1));
}

}  // namespace gwageo
