#include "protocol/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "protocol/ascii.h"
#include "protocol/yaml_quoted.h"

namespace gwageo {
namespace {

constexpr std::size_t bytes_max = 4u << 20;  // Of the file, and again of all scalars copied out.
constexpr std::size_t nodes_max = 100'000;
constexpr std::size_t depth_max = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view null_tag = "tag:yaml.org,2002:null";
constexpr std::string_view string_tag = "tag:yaml.org,2002:str";

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

std::string place_in_file(std::string_view file, int line, int column) {
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
class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(std::string_view file, std::string_view text, YamlDuplicates duplicates,
              YamlScalars scalars)
      : file_(file), text_(text), duplicates_(duplicates), scalars_(scalars) {
    if (text_.substr(0, byte_order_mark.size()) == byte_order_mark) {
      text_.remove_prefix(byte_order_mark.size());  // Marks count from after it.
    }
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_seen_) refuse(mark, "a second document; a file holds one");
    document_seen_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (spend(mark, 1, 0)) put(make(mark, YamlNode::Kind::scalar), anchor);
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
    refused_ = place_in_file(file_, mark.line + 1, mark.column + 1) + ": " + what;
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
  bool spend(const YAML::Mark& mark, std::size_t nodes, std::size_t bytes);
  bool tag_known(const YAML::Mark& mark, const std::string& tag);
  std::optional<std::string> scalar_text(const YAML::Mark& mark, const std::string& value) const;
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind);
  void close();
  void put(YamlNode node, YAML::anchor_t anchor);
  void put_key(Open& parent, YamlNode node);
  void put_member(Open& parent, YamlNode node);

  std::string_view file_;
  std::string_view text_;
  YamlDuplicates duplicates_;
  YamlScalars scalars_;
  bool document_seen_ = false;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  std::vector<Open> open_;
  std::vector<Anchored> anchored_;
  YamlNode root_;
  std::string refused_;
};

// Counts what the document holds with aliases copied out; false when it holds too much.
bool YamlBuilder::spend(const YAML::Mark& mark, std::size_t nodes, std::size_t bytes) {
  nodes_ += nodes;
  bytes_ += bytes;
  if (nodes_ > nodes_max) refuse(mark, "more than 100,000 nodes");
  if (bytes_ > bytes_max) refuse(mark, "more than 4 MiB, with aliases copied out");
  return refused_.empty();
}

bool YamlBuilder::tag_known(const YAML::Mark& mark, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!") return true;
  const std::string shown = tag.rfind("tag:", 0) == 0 ? "!<" + tag + ">" : tag;
  refuse(mark,
         tag == "!function"
             ? "`!function` needs Python, which no task file runs here; write the task without it"
             : "the tag `" + shown + "` is not known here");
  return false;
}

// The text of a scalar that the library read as `value`. Its mark stands before an anchor and a
// tag, where there are any. Nothing for a quote without an end: yaml-cpp 0.7 takes the end of the
// file for it where that begins a line.
std::optional<std::string> YamlBuilder::scalar_text(const YAML::Mark& mark,
                                                    const std::string& value) const {
  std::size_t at = mark.pos < 0 ? text_.size() : static_cast<std::size_t>(mark.pos);
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
    at = text_.find_first_of(" \t\r\n", at);
    at = text_.find_first_not_of(" \t\r\n", std::min(at, text_.size()));
  }
  if (at >= text_.size() || (text_[at] != '\'' && text_[at] != '"')) return value;
  return read_quoted_yaml(text_, at);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  if (!refused_.empty() || !spend(mark, 1, value.size())) return;
  if (tag != string_tag && tag != null_tag && !tag_known(mark, tag)) return;
  YamlNode node = make(mark, YamlNode::Kind::scalar);
  if (tag == null_tag) return put(std::move(node), anchor);
  std::optional<std::string> text = scalar_text(mark, value);
  if (!text) return refuse(mark, "malformed YAML: a quote without an end");
  node.text = *std::move(text);
  const bool is_key =
      !open_.empty() && open_.back().node.kind == YamlNode::Kind::mapping && !open_.back().has_key;
  if (tag == "!" || tag == string_tag || is_key || scalars_ == YamlScalars::written) {
    node.scalar = Json(node.text);
  } else {
    std::string why;
    node.scalar = resolve_plain(value, &why);
    if (!why.empty()) return refuse(mark, why);
  }
  put(std::move(node), anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!refused_.empty()) return;
  for (const Anchored& known : anchored_) {
    if (known.anchor != anchor) continue;
    if (open_.size() + height(known.node) > depth_max) {
      return refuse(mark, "nesting deeper than " + std::to_string(depth_max));
    }
    if (spend(mark, node_count(known.node), byte_count(known.node))) put(known.node, 0);
    return;
  }
  refuse(mark, "an alias inside the node that it names");
}

void YamlBuilder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YamlNode::Kind kind) {
  if (!refused_.empty() || !tag_known(mark, tag) || !spend(mark, 1, 0)) return;
  if (open_.size() >= depth_max) {
    return refuse(mark, "nesting deeper than " + std::to_string(depth_max));
  }
  open_.push_back({make(mark, kind), anchor, {}, false});
}

void YamlBuilder::close() {
  if (!refused_.empty()) return;
  Open done = std::move(open_.back());
  open_.pop_back();
  put(std::move(done.node), done.anchor);
}

// Gives a finished node to the container that is open, or makes it the root.
void YamlBuilder::put(YamlNode node, YAML::anchor_t anchor) {
  if (!refused_.empty()) return;
  if (anchor != 0) {
    if (!spend(mark_of(node), node_count(node), 0)) return;
    anchored_.push_back({anchor, node});
  }
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

void YamlBuilder::put_key(Open& parent, YamlNode node) {
  if (node.kind != YamlNode::Kind::scalar || node.scalar.is_null()) {
    return refuse(mark_of(node), "a key that is no plain text");
  }
  if (node.text == "<<") return refuse(mark_of(node), "the merge key `<<` is not known here");
  if (duplicates_ == YamlDuplicates::refuse) {
    for (const YamlMember& member : parent.node.members) {
      if (member.key != node.text) continue;
      return refuse(mark_of(node), "key '" + node.text + "': given twice, first in line " +
                                       std::to_string(member.line));
    }
  }
  parent.member.key = std::move(node.text);
  parent.member.line = node.line;
  parent.member.column = node.column;
  parent.has_key = true;
}

void YamlBuilder::put_member(Open& parent, YamlNode node) {
  parent.member.value = std::move(node);
  parent.has_key = false;
  if (duplicates_ == YamlDuplicates::last) {
    for (YamlMember& member : parent.node.members) {
      if (member.key != parent.member.key) continue;
      member = std::move(parent.member);
      return;
    }
  }
  parent.node.members.push_back(std::move(parent.member));
}

// The place of the byte at `offset`.
std::string place_at(std::string_view file, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0.
  return place_in_file(file, static_cast<int>(line), static_cast<int>(offset - start + 1));
}

// What can be refused by looking at the bytes alone.
Status check_bytes(std::string_view file, std::string_view text) {
  if (text.size() > bytes_max) {
    return fail(ErrorKind::bad_input, std::string(file) + ": larger than 4 MiB");
  }
  std::size_t bad_at = 0;
  if (!is_utf8(text, &bad_at)) {
    return fail(ErrorKind::bad_input, place_at(file, text, bad_at) + ": not UTF-8");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != 0x7F) continue;
    if (c == '\t' || c == '\n' || c == '\r') continue;
    return fail(ErrorKind::bad_input, place_at(file, text, i) + ": a control character");
  }
  return {};
}

// The first tab that indents a line with something on it; npos where there is none.
std::size_t indenting_tab(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t first = std::min(text.find_first_not_of(" \t", start), text.size());
    const std::size_t tab = text.substr(start, first - start).find('\t');
    const bool is_blank =
        first == text.size() || text[first] == '\n' || text[first] == '\r' || text[first] == '#';
    if (tab != std::string_view::npos && !is_blank) return start + tab;
    start = std::min(text.find('\n', first), text.size() - 1) + 1;
  }
  return std::string_view::npos;
}

// Why a text that the library gave up on is no YAML. A tab may stand before a line in a text or a
// list in brackets, so what the library says stands beside it.
std::string malformed_yaml(std::string_view file, std::string_view text, const YAML::Exception& e) {
  const std::string place = place_in_file(file, e.mark.line + 1, e.mark.column + 1);
  const std::size_t tab = indenting_tab(text);
  if (tab == std::string_view::npos) {
    // yaml-cpp 0.7 ends a plain text in brackets there; libyaml does not.
    const auto at = static_cast<std::size_t>(std::max(e.mark.pos, 0));
    const bool is_question = at < text.size() && text[at] == '?';
    return place + ": malformed YAML: " + e.msg +
           (is_question ? "; put a text with a '?' between brackets in quotes" : "");
  }
  return place_at(file, text, tab) +
         ": malformed YAML: a tab does not indent; write spaces in its place (the parser says: " +
         place.substr(file.size() + 1) + ": " + e.msg + ")";
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view file, std::string_view text, YamlDuplicates duplicates,
                            YamlScalars scalars) {
  GWAGEO_TRY(check_bytes(file, text));
  YamlBuilder builder(file, text, duplicates, scalars);
  std::istringstream in{std::string(text)};
  try {
    YAML::Parser parser(in);
    while (builder.refused().empty() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    if (builder.refused().empty()) return fail(ErrorKind::bad_input, malformed_yaml(file, text, e));
  }
  if (!builder.refused().empty()) return fail(ErrorKind::bad_input, builder.refused());
  return builder.take();
}

Json to_json(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::scalar) return node.scalar;
  if (node.kind == YamlNode::Kind::sequence) {
    Json::Array out;
    out.reserve(node.elements.size());
    for (const YamlNode& element : node.elements) out.push_back(to_json(element));
    return out;
  }
  Json::Object out;
  out.reserve(node.members.size());
  for (const YamlMember& member : node.members) out.emplace_back(member.key, to_json(member.value));
  return out;
}

}  // namespace gwageo
