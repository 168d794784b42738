// The columns of a data set. As in the library that reads data for the field's harness, a column
// that some row has is a column of every row (null where a row lacks it), columns stand in the
// order in which they were first seen, and a column that holds a fraction somewhere holds no
// integers. The same holds for the members of objects inside a column, in lists too.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"

namespace gwageo {

/// What all rows of a file have in common. Learned in one pass over the file; a value then.
class Columns {
 public:
  /// Learns from the bytes of one JSON object; bytes that are none teach nothing.
  void see(std::string_view object);
  /// Adds a column. `fractions` as for a column in which a fraction was seen.
  void add(std::string name, bool fractions = false);

  bool has(std::string_view name) const;
  /// A row as every row of the file is.
  Json::Object normal(Json::Object row) const;

 private:
  struct Member;
  // What was seen of a column's values, or of those inside it.
  struct Shape {
    bool fractions = false;
    std::vector<Member> members;  // Of objects.
    std::vector<Shape> element;   // Of lists: none or one.
  };
  struct Member {
    std::string name;
    Shape shape;
  };
  static std::size_t place_of(const Shape& shape, std::string_view name, std::size_t guess);
  static void see_value(std::string_view value, Shape& shape, int depth);
  static void see_object(std::string_view object, Shape& shape, int depth);
  static void see_list(std::string_view list, Shape& shape, int depth);
  static void make_normal(Json& value, const Shape& shape);
  static void make_members(Json::Object& object, const Shape& shape);

  Shape row_;
};

}  // namespace gwageo
