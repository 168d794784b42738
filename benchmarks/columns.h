// The columns of a data set. As in the library that reads data for the field's harness, a column
// that some row has is a column of every row (null where a row lacks it), columns stand in the
// order in which they were first seen, and a column that holds a fraction somewhere holds no
// integers. In JSON lines a column of texts that are all points in time holds such, as Python
// prints them (timestamp.h). A column has one type: where it has texts and numbers, or other two,
// that library refuses the file, or its newest versions write the column anew and read a text "12"
// as a number, so it is for the caller to refuse (`mixed`). The same holds for the members of
// objects inside a column, in lists too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"

namespace gwageo {

/// What all rows of a file have in common. Learned in one pass over the file; a value then.
class Columns {
 public:
  /// How the library reads a file: it looks for points in time only where a line is a record.
  enum class Reading { lines, whole };
  /// Learns from the bytes of one JSON object; bytes that are none teach nothing.
  void see(std::string_view object, Reading reading);
  /// What is wrong with the object that was seen last, or with one before, where a column has
  /// several types: "column 'a.b[]': a string, where rows before have numbers". Else empty.
  const std::string& mixed() const { return mixed_; }
  /// Adds a column. `fractions` as for a column in which a fraction was seen.
  void add(std::string name, bool fractions);

  bool has(std::string_view name) const;
  /// A row as every row of the file is.
  Json::Object normal(Json::Object row) const;

 private:
  struct Member;
  enum class Kind : std::uint8_t { unknown, boolean, number, text, list, object };
  // What was seen of a column's values, or of those inside it.
  struct Shape {
    Kind kind = Kind::unknown;  // Of the first one that is not null.
    bool fractions = false;
    bool others = false;          // Texts that are no points in time.
    std::vector<Member> members;  // Of objects.
    std::vector<Shape> element;   // Of lists: none or one.
  };
  struct Member {
    std::string name;
    Shape shape;
  };
  static std::size_t place_of(const Shape& shape, std::string_view name, std::size_t guess);
  // Where a value is: inside which others, how deep, and in what kind of file.
  struct Place {
    const Place* holder = nullptr;
    std::string_view name;  // In an object; of an element of a list none.
    int depth = 0;
    Reading reading = Reading::lines;
    Place within(std::string_view inner) const { return {this, inner, depth + 1, reading}; }
    std::string text() const;
  };
  void see_value(std::string_view value, Shape& shape, const Place& place);
  void see_object(std::string_view object, Shape& shape, const Place& place);
  void see_list(std::string_view list, Shape& shape, const Place& place);
  static void see_text(std::string_view text, Shape& shape, const Place& place);
  void see_kind(Kind kind, Shape& shape, const Place& place);
  static void make_normal(Json& value, const Shape& shape);
  static void make_members(Json::Object& object, const Shape& shape);

  Shape row_;
  std::string mixed_;
};

}  // namespace gwageo
