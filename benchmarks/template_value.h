// The values that a template computes with: those of Python that its expressions can make.
//
// A value is small and copied freely. What it points to is borrowed: from the row, from the
// template, or from the TemplateMemory of the rendering, which keeps everything that was computed
// until the rendering ends. So taking a field, stripping it and printing it copies no text, and
// nothing is counted or freed one by one. Lists and dictionaries never change once they are made;
// namespaces do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

struct TemplateList;
struct TemplateDictionary;
struct TemplateLoop;

/// Why a value is undefined, and where in the template that came about.
struct TemplateMissing {
  std::string what;
  std::size_t offset = 0;
};

struct TemplateValue {
  enum class Kind : std::uint8_t {
    omitted,    ///< An argument that was not given.
    undefined,  ///< A name, member or element that is not there: `missing` says which.
    nothing,    ///< What an `if` without `else` gives: it prints as nothing.
    none,
    boolean,
    integer,
    real,
    text,
    list,        ///< A list, tuple, range, view or iterator that was computed.
    row_list,    ///< A list of the row.
    dictionary,  ///< A dictionary or namespace that was computed.
    row_object,  ///< An object of the row.
    loop,        ///< The variable `loop`.
  };

  Kind kind = Kind::omitted;
  /// Of a text: it was made safe for HTML, where Jinja's own text type would escape what is added.
  bool is_markup = false;
  union {
    bool boolean;
    std::int64_t integer = 0;
    double real;
    const char* data;  ///< Of a text.
    const TemplateMissing* missing;
    const TemplateList* list;
    TemplateDictionary* dictionary;
    const TemplateLoop* loop;
    const Json* json;
  };
  std::size_t size = 0;  ///< Of a text, in bytes.

  static TemplateValue of_none();
  static TemplateValue of(bool value);
  static TemplateValue of(std::int64_t value);
  static TemplateValue of(double value);
  /// The bytes must outlive the value.
  static TemplateValue of(std::string_view text);
  /// `value` must outlive it.
  static TemplateValue of(const Json& value);

  bool is(Kind wanted) const { return kind == wanted; }
  bool is_text() const { return kind == Kind::text; }
  bool is_list() const { return kind == Kind::list || kind == Kind::row_list; }
  bool is_mapping() const;
  bool is_given() const { return kind != Kind::omitted; }
  std::string_view text() const { return {data, size}; }
};

/// A sequence that was computed.
struct TemplateList {
  enum class Shape : std::uint8_t { list, tuple, range, keys, values, items, iterator };
  Shape shape = Shape::list;
  std::vector<TemplateValue> elements;
  std::int64_t range[3] = {0, 0, 1};  ///< Start, stop and step, to print a range.
  std::uint32_t depth = 1;            ///< Of lists in lists, set by TemplateMemory.
  /// An iterator gives its elements once.
  mutable bool is_used = false;
};

struct TemplateDictionary {
  std::vector<std::pair<TemplateValue, TemplateValue>> members;  ///< In the order of insertion.
  bool is_namespace = false;
  std::uint32_t depth = 1;
};

/// Where a `for` stands.
struct TemplateLoop {
  const std::vector<TemplateValue>* elements = nullptr;
  std::size_t index = 0;
};

/// Keeps what one rendering computes, and bounds it: a template of a few lines could otherwise fill
/// any memory and run for years. One owner, one thread.
class TemplateMemory {
 public:
  /// Bytes of one text, of all that is kept, and of what is printed.
  static constexpr std::size_t text_bytes_max = std::size_t{16} << 20;
  static constexpr std::size_t bytes_max = std::size_t{64} << 20;
  static constexpr std::size_t steps_max = 10'000'000;
  static constexpr std::uint32_t depth_max = 100;

  // Errors say which bound was met, without a place.

  /// Counts work: a step is a node of the template, an element, or some 64 bytes of text.
  Status spend(std::size_t steps) {
    steps_ += steps;
    return steps_ <= steps_max ? Status() : too_many_steps();
  }
  Result<TemplateValue> keep(std::string text);
  Result<TemplateValue> keep(TemplateList list);
  Result<TemplateValue> keep(TemplateDictionary dictionary);
  Result<TemplateValue> keep(TemplateMissing missing);
  /// Gives a member of a namespace a value.
  Status set(TemplateDictionary& space, const TemplateValue& key, const TemplateValue& value);

 private:
  Status charge(std::size_t bytes);
  static Status too_many_steps();
  std::size_t steps_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<const std::string>> texts_;
  std::vector<std::unique_ptr<const TemplateList>> lists_;
  std::vector<std::unique_ptr<TemplateDictionary>> dictionaries_;
  std::vector<std::unique_ptr<const TemplateMissing>> missing_;
};

/// "a string", "a list", ...: the kind of a value for a person.
std::string_view value_kind(const TemplateValue& value);
/// "null", "a string", "an object", ...: the same for a value of a row.
std::string_view value_kind(const Json& value);

/// Whether Python can use the value as a key.
bool is_hashable(const TemplateValue& value);
/// Python's `bool(value)`. REQUIRES: neither omitted nor undefined.
bool python_true(const TemplateValue& value);
/// Python's `==`: numbers and booleans by value, dictionaries without regard to order.
bool python_equal(const TemplateValue& left, const TemplateValue& right);

// Lists and dictionaries, computed or of the row. REQUIRES: is_list(), or is_mapping().
std::size_t list_size(const TemplateValue& list);
TemplateValue list_element(const TemplateValue& list, std::size_t index);
std::size_t mapping_size(const TemplateValue& mapping);
std::pair<TemplateValue, TemplateValue> mapping_member(const TemplateValue& mapping,
                                                       std::size_t index);
/// The member, or an omitted value.
TemplateValue mapping_find(const TemplateValue& mapping, const TemplateValue& key);

/// What a `for` over the value gives: elements, keys, characters. An error for what Python cannot
/// iterate. An iterator is used up by it.
Result<std::vector<TemplateValue>> iterated(const TemplateValue& value);

/// What `value` is as JSON: tuples as arrays. bad_input where JSON has no such value.
Result<Json> json_of(const TemplateValue& value);

}  // namespace gwageo
