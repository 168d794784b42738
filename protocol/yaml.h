// YAML documents that people write (suites, tasks, targets, profiles), read so that every complaint
// about them names file, line, column and key. Pure. yaml-cpp is seen by yaml.cc alone.
//
// A document is bounded before it is believed: 4 MiB of UTF-8, 100,000 nodes with aliases copied
// out, nesting of 64. Plain scalars follow the core schema of YAML 1.2; where YAML 1.1 (which the
// field's harness reads) would see something else in the same characters (`yes`, `010`), the scalar
// is refused with the advice to quote it, so a file means the same to both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"
#include "protocol/name.h"
#include "protocol/result.h"

namespace gwageo {

struct YamlMember;

/// A node of a document with its place (1-based). A value.
struct YamlNode {
  enum class Kind { scalar, sequence, mapping };
  Kind kind = Kind::scalar;
  Json scalar;       ///< scalar only: null, boolean, integer, number or string.
  std::string text;  ///< scalar only: the characters as written, quotes and escapes resolved.
  std::vector<YamlNode> elements;   ///< sequence only.
  std::vector<YamlMember> members;  ///< mapping only, in file order, keys unique.
  int line = 1;
  int column = 1;
};

/// One `key: value` of a mapping, with the place of the key.
struct YamlMember {
  std::string key;
  int line = 1;
  int column = 1;
  YamlNode value;
};

/// What to do with a key that a mapping has twice: `refuse` it, or let the `last` one win as the
/// loader of the field's harness does.
enum class YamlDuplicates { refuse, last };

/// What a plain scalar is: `typed`, as above, or always a string as it is `written` (but null), for
/// files of others in which a hash like `415e898` is no number.
enum class YamlScalars { typed, written };

/// Parses one document. `file` is only named in errors. bad_input for malformed YAML, tags but
/// `!!str` and `!!null` (so for `!function`), merge keys (`<<`), several documents, an excess of
/// size, nodes or depth, and keys that are no scalars. An empty document is a null scalar.
Result<YamlNode> parse_yaml(std::string_view file, std::string_view text,
                            YamlDuplicates duplicates = YamlDuplicates::refuse,
                            YamlScalars scalars = YamlScalars::typed);

/// The plain value: mappings become objects, sequences arrays; places are dropped.
Json to_json(const YamlNode& node);

/// A borrowed node with what an error about it must name. `file` and `node` outlive it. The readers
/// fail with bad_input: "FILE:12:5: key 'weight': expected a number, got a list".
class YamlValue {
 public:
  /// `key` is the path that errors show, for instance "window.months"; empty for a document.
  YamlValue(std::string_view file, const YamlNode& node, std::string key = {})
      : file_(file), node_(&node), key_(std::move(key)) {}

  std::string_view file() const { return file_; }
  const YamlNode& node() const { return *node_; }
  const std::string& key() const { return key_; }
  bool is_null() const { return is_scalar() && node_->scalar.is_null(); }
  bool is_scalar() const { return node_->kind == YamlNode::Kind::scalar; }
  bool is_sequence() const { return node_->kind == YamlNode::Kind::sequence; }
  bool is_mapping() const { return node_->kind == YamlNode::Kind::mapping; }

  /// "FILE:12:5"
  std::string place() const;
  /// An error at this node: "FILE:12:5: key 'KEY': WHAT", the key left out for a document.
  tl::unexpected<Error> refuse(std::string_view what) const;
  /// An error "expected WANTED, got WHAT IT IS".
  tl::unexpected<Error> expected(std::string_view wanted) const;

  /// A string; a plain number or boolean is refused (`name: 1` asks for quotes).
  Result<std::string> text() const;
  Result<bool> boolean() const;
  /// An integer in [minimum, maximum].
  Result<std::int64_t> integer(std::int64_t minimum, std::int64_t maximum) const;
  /// A finite number; integers too.
  Result<double> number() const;
  /// A list of strings; one string stands for a list of one.
  Result<std::vector<std::string>> texts() const;
  Json json() const { return to_json(*node_); }

  /// The elements of a list, called "KEY[0]", "KEY[1]", ...
  Result<std::vector<YamlValue>> elements() const;
  /// The values of a mapping in file order, called "KEY.NAME"; `name(i)` is the key of the i-th.
  Result<std::vector<YamlValue>> members() const;
  const std::string& name(std::size_t i) const { return node_->members[i].key; }

  /// The value of `key` in a mapping, or nothing; nothing for anything but a mapping.
  std::optional<YamlValue> find(std::string_view key) const;
  /// The value of `key`; an error at this mapping when it is missing.
  Result<YamlValue> need(std::string_view key) const;
  /// bad_input unless this is a mapping whose keys are all among `known`; names the first other key
  /// with its place and the known key nearest to it.
  Status only(const std::vector<std::string_view>& known) const;

 private:
  std::string_view file_;
  const YamlNode* node_;
  std::string key_;
};

/// ", did you mean 'weight'?" for the candidate nearest to `word`, or nothing when none is near.
std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gwageo
