#include "protocol/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>

namespace gwageo {
namespace {

constexpr std::size_t bytes_max = 4u << 20;  // Of the file, and again of all scalars copied out.
constexpr std::size_t nodes_max = 100'000;
constexpr std::size_t depth_max = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What a YAML 1.1 reader takes a plain scalar for where 1.2 sees something else; else nothing.
std::string_view other_meaning(std::string_view text) {
  const std::string word = lower(text);
  if (word == "yes" || word == "no" || word == "on" || word == "off") return "a boolean";
  const std::string_view digits = without_sign(text);
  if (digits.empty() || !is_digit(digits.front())) return {};
  if (digits.size() > 1 && digits.front() == '0') {
    if (all_digits(digits) || digits[1] == 'b' || digits[1] == 'o') return "another number";
    if (digits[1] == 'x' && digits.size() != text.size()) return "a number";
  }
  const auto of_number = [](char c) { return is_digit(c) || c == '_' || c == ':'; };
  if (!all_digits(digits) && std::all_of(digits.begin(), digits.end(), of_number) &&
      digits.back() != ':') {
    return "a number";
  }
  return {};
}

// [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool is_float(std::string_view text) {
  text = without_sign(text);
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    if (!all_digits(without_sign(text.substr(e + 1)))) return false;
    text = text.substr(0, e);
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text);
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part = text.substr(dot + 1);
  if (whole.empty()) return all_digits(part);
  return all_digits(whole) && (part.empty() || all_digits(part));
}

// The value of a plain scalar under the core schema, or in `*refused` why it has none.
Json resolve_plain(std::string_view text, std::string* refused) {
  if (text == "true" || text == "True" || text == "TRUE") return Json(true);
  if (text == "false" || text == "False" || text == "FALSE") return Json(false);
  if (const std::string_view other = other_meaning(text); !other.empty()) {
    *refused = "'" + std::string(text) + "' is " + std::string(other) +
               " to some readers of YAML; put it in quotes, or write it plainly";
    return {};
  }
  const std::string_view bare = without_sign(text);
  const bool hexadecimal = bare.size() > 2 && bare.substr(0, 2) == "0x" &&
                           bare.find_first_not_of("0123456789abcdefABCDEF", 2) == bare.npos;
  if (all_digits(bare) || hexadecimal) {
    std::int64_t value = 0;
    std::string_view digits = text.front() == '+' ? bare : text;
    if (hexadecimal) digits = bare.substr(2);
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value, hexadecimal ? 16 : 10);
    if (read.ec != std::errc()) *refused = "'" + std::string(text) + "' does not fit 64 bits";
    return Json(value);
  }
  const std::string word = lower(bare);
  if (word == ".inf" || word == ".nan") {
    *refused = "'" + std::string(text) + "' is no finite number";
    return {};
  }
  if (is_float(text)) {
    double value = 0;
    const std::string_view digits = text.front() == '+' ? bare : text;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc()) *refused = "'" + std::string(text) + "' fits no double";
    return Json(value);
  }
  return Json(text);
}

std::string place_of(std::string_view file, int line, int column) {
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::size_t node_count(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& element : node.elements) count += node_count(element);
  for (const YamlMember& member : node.members) count += node_count(member.value);
  return count;
}

std::size_t byte_count(const YamlNode& node) {
  std::size_t count = node.text.size();
  for (const YamlNode& element : node.elements) count += byte_count(element);
  for (const YamlMember& member : node.members) {
    count += member.key.size() + byte_count(member.value);
  }
  return count;
}

std::size_t height(const YamlNode& node) {
  std::size_t below = 0;
  for (const YamlNode& element : node.elements) below = std::max(below, height(element));
  for (const YamlMember& member : node.members) below = std::max(below, height(member.value));
  return below + 1;
}

// Builds the nodes from the library's events. After the first refusal it ignores the rest.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view file, YamlDuplicates duplicates)
      : file_(file), duplicates_(duplicates) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_seen_) refuse(mark, "a second document; a file holds one");
    document_seen_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(make(mark, YamlNode::Kind::scalar), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

  void refuse(const YAML::Mark& mark, const std::string& what) {
    if (!refused_.empty()) return;
    refused_ = place_of(file_, mark.line + 1, mark.column + 1) + ": " + what;
  }
  const std::string& refused() const { return refused_; }
  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    YamlMember member;  // mapping only: the key read last, waiting for its value.
    bool has_key = false;
  };
  struct Anchored {
    YAML::anchor_t anchor = 0;
    YamlNode node;
  };

  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }
  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }
  bool tag_known(const YAML::Mark& mark, const std::string& tag);
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind);
  void close();
  void put(YamlNode node, YAML::anchor_t anchor);
  void put_key(Open& parent, YamlNode node);
  void put_member(Open& parent, YamlNode node);

  std::string_view file_;
  YamlDuplicates duplicates_;
  bool document_seen_ = false;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  std::vector<Open> open_;
  std::vector<Anchored> anchored_;
  YamlNode root_;
  std::string refused_;
};

bool Builder::tag_known(const YAML::Mark& mark, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!") return true;
  const std::string shown = tag.rfind("tag:", 0) == 0 ? "!<" + tag + ">" : tag;
  refuse(mark, tag == "!function"
                   ? "`!function` needs Python; import a plan instead (`gwageo plan import`)"
                   : "the tag `" + shown + "` is not known here");
  return false;
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
  if (!refused_.empty() || !tag_known(mark, tag)) return;
  YamlNode node = make(mark, YamlNode::Kind::scalar);
  node.text = value;
  const bool is_key = !open_.empty() && open_.back().node.kind == YamlNode::Kind::mapping &&
                      !open_.back().has_key;
  if (tag == "!" || is_key) {
    node.scalar = Json(value);
  } else {
    std::string why;
    node.scalar = resolve_plain(value, &why);
    if (!why.empty()) return refuse(mark, why);
  }
  put(std::move(node), anchor);
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!refused_.empty()) return;
  for (const Anchored& known : anchored_) {
    if (known.anchor != anchor) continue;
    if (open_.size() + height(known.node) > depth_max) {
      return refuse(mark, "nesting deeper than " + std::to_string(depth_max));
    }
    return put(known.node, 0);
  }
  refuse(mark, "an alias inside the node that it names");
}

void Builder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                   YamlNode::Kind kind) {
  if (!refused_.empty() || !tag_known(mark, tag)) return;
  if (open_.size() >= depth_max) {
    return refuse(mark, "nesting deeper than " + std::to_string(depth_max));
  }
  open_.push_back({make(mark, kind), anchor, {}, false});
}

void Builder::close() {
  if (!refused_.empty()) return;
  Open done = std::move(open_.back());
  open_.pop_back();
  put(std::move(done.node), done.anchor);
}

// Gives a finished node to the container that is open, or makes it the root.
void Builder::put(YamlNode node, YAML::anchor_t anchor) {
  if (!refused_.empty()) return;
  const bool fresh = node.kind == YamlNode::Kind::scalar || anchor == 0;
  if (fresh && node.kind == YamlNode::Kind::scalar) {
    nodes_ += 1;
    bytes_ += node.text.size();
  } else {
    nodes_ += 1;
  }
  if (nodes_ > nodes_max) return refuse(mark_of(node), "more than 100,000 nodes");
  if (bytes_ > bytes_max) return refuse(mark_of(node), "aliases copied out exceed 4 MiB");
  if (anchor != 0) anchored_.push_back({anchor, node});
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == YamlNode::Kind::sequence) {
    parent.node.elements.push_back(std::move(node));
  } else if (!parent.has_key) {
    put_key(parent, std::move(node));
  } else {
    put_member(parent, std::move(node));
  }
}
