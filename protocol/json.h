// Json: a JSON document as a value. Pure. nlohmann/json does the parsing and printing and is seen
// by json.cc alone, because its header is the most expensive of all to compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// A JSON value. Objects keep the order in which keys were written. Integers that fit int64 stay
/// integers. A value: compared, copied, moved.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool v) : value_(v) {}
  Json(int v) : value_(static_cast<std::int64_t>(v)) {}
  Json(unsigned v) : value_(static_cast<std::int64_t>(v)) {}
  Json(long v) : value_(static_cast<std::int64_t>(v)) {}
  Json(long long v) : value_(static_cast<std::int64_t>(v)) {}
  Json(unsigned long v) : value_(static_cast<std::int64_t>(v)) {}
  Json(double v) : value_(v) {}
  Json(const char* v) : value_(std::string(v)) {}
  Json(std::string_view v) : value_(std::string(v)) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(Array v) : value_(std::move(v)) {}
  Json(Object v) : value_(std::move(v)) {}
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  bool is_null() const { return value_.index() == 0; }
  bool is_bool() const { return value_.index() == 1; }
  bool is_integer() const { return value_.index() == 2; }
  /// An integer or a double.
  bool is_number() const { return value_.index() == 2 || value_.index() == 3; }
  bool is_string() const { return value_.index() == 4; }
  bool is_array() const { return value_.index() == 5; }
  bool is_object() const { return value_.index() == 6; }
  /// "null", "boolean", "integer", "number", "string", "array" or "object".
  std::string_view type_name() const;

  /// REQUIRES: the value is of that type (`as_double` takes integers too); else it is a bug.
  bool as_bool() const;
  std::int64_t as_integer() const;
  double as_double() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  /// The member called `key` of an object, or nullptr; nullptr for anything but an object.
  const Json* find(std::string_view key) const;
  /// The member called `key`, added as null when missing. REQUIRES: an object or null (becomes
  /// one).
  Json& operator[](std::string_view key);
  /// Appends to an array. REQUIRES: an array or null (becomes one).
  void push_back(Json v);

  /// One line, UTF-8 kept as it is; `indent` > 0 spreads it over lines. Doubles are printed with
  /// the fewest digits that read back equal; non-finite ones as null.
  std::string dump(int indent = 0) const;

  /// Parses one document of strict JSON: UTF-8 checked, duplicate keys refused, nesting at most 64,
  /// nothing after the value. The error names line and column (1-based, counted in bytes).
  static Result<Json> parse(std::string_view text);
  /// The same with the numbers that Python's json module and Arrow read and write besides: NaN,
  /// Infinity and -Infinity. For what other tools logged; what we write ourselves is strict.
  static Result<Json> parse_python(std::string_view text);

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Whether `bytes` is well-formed UTF-8 (RFC 3629); else the offset of the first bad byte in
/// `*bad_at` when given.
bool is_utf8(std::string_view bytes, std::size_t* bad_at = nullptr);

}  // namespace gwageo
