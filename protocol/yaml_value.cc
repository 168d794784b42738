// What is read out of nodes, and how a complaint about one is worded.
#include <algorithm>
#include <numeric>

#include "protocol/yaml.h"

namespace gwageo {
namespace {

std::string place_of(std::string_view file, int line, int column) {
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string_view kind_name(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::sequence) return "a list";
  if (node.kind == YamlNode::Kind::mapping) return "a mapping";
  if (node.scalar.is_null()) return "nothing";
  if (node.scalar.is_bool()) return "a boolean";
  if (node.scalar.is_integer()) return "an integer";
  if (node.scalar.is_number()) return "a number";
  return "a string";
}

std::string path_to(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

// Levenshtein's distance, counted in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0u : 1u);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string YamlValue::place() const { return place_of(file_, node_->line, node_->column); }

tl::unexpected<Error> YamlValue::refuse(std::string_view what) const {
  const std::string key = key_.empty() ? "" : "key '" + key_ + "': ";
  return fail(ErrorKind::bad_input, place() + ": " + key + std::string(what));
}

tl::unexpected<Error> YamlValue::expected(std::string_view wanted) const {
  return refuse("expected " + std::string(wanted) + ", got " + std::string(kind_name(*node_)));
}

Result<std::string> YamlValue::text() const {
  if (!is_scalar() || !node_->scalar.is_string()) return expected("a string");
  return node_->scalar.as_string();
}

Result<bool> YamlValue::boolean() const {
  if (!is_scalar() || !node_->scalar.is_bool()) return expected("true or false");
  return node_->scalar.as_bool();
}

Result<std::int64_t> YamlValue::integer(std::int64_t minimum, std::int64_t maximum) const {
  if (!is_scalar() || !node_->scalar.is_integer()) return expected("an integer");
  const std::int64_t value = node_->scalar.as_integer();
  if (value >= minimum && value <= maximum) return value;
  return refuse("expected an integer from " + std::to_string(minimum) + " to " +
                std::to_string(maximum) + ", got " + std::to_string(value));
}

Result<double> YamlValue::number() const {
  if (!is_scalar() || !node_->scalar.is_number()) return expected("a number");
  return node_->scalar.as_double();
}

Result<std::vector<std::string>> YamlValue::texts() const {
  std::vector<std::string> out;
  if (is_scalar() && node_->scalar.is_string()) {
    out.push_back(node_->scalar.as_string());
    return out;
  }
  if (!is_sequence()) return expected("a list of strings");
  GWAGEO_ASSIGN(list, elements());
  for (const YamlValue& element : list) {
    GWAGEO_ASSIGN(one, element.text());
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::vector<YamlValue>> YamlValue::elements() const {
  if (!is_sequence()) return expected("a list");
  std::vector<YamlValue> out;
  for (std::size_t i = 0; i < node_->elements.size(); ++i) {
    out.emplace_back(file_, node_->elements[i], key_ + "[" + std::to_string(i) + "]");
  }
  return out;
}

Result<std::vector<YamlValue>> YamlValue::members() const {
  if (!is_mapping()) return expected("a mapping");
  std::vector<YamlValue> out;
  for (const YamlMember& member : node_->members) {
    out.emplace_back(file_, member.value, path_to(key_, member.key));
  }
  return out;
}

std::optional<YamlValue> YamlValue::find(std::string_view key) const {
  for (const YamlMember& member : node_->members) {
    if (member.key == key) return YamlValue(file_, member.value, path_to(key_, member.key));
  }
  return std::nullopt;
}

Result<YamlValue> YamlValue::need(std::string_view key) const {
  if (!is_mapping()) return expected("a mapping");
  if (const auto found = find(key)) return *found;
  return refuse("the key '" + std::string(key) + "' is missing");
}

Status YamlValue::only(const std::vector<std::string_view>& known) const {
  if (!is_mapping()) return expected("a mapping");
  for (const YamlMember& member : node_->members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    return fail(ErrorKind::bad_input, place_of(file_, member.line, member.column) + ": key '" +
                                          path_to(key_, member.key) + "': unknown" +
                                          nearest_hint(member.key, known));
  }
  return {};
}

std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view nearest;
  std::size_t least = 1 + word.size() / 3;  // Farther than this is another word, not a slip.
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > least || (distance == least && !nearest.empty())) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest.empty() ? "" : ", did you mean '" + std::string(nearest) + "'?";
}

}  // namespace gwageo
