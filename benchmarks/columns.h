// The columns of a data set. As in the library that reads data for the field's harness, a column
// that some row has is a column of every row (null where a row lacks it), columns stand in the
// order in which they were first seen, and a column that holds a fraction somewhere holds no
// integers. Objects inside a row are left as they are.
#pragma once

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
  std::vector<std::string> names() const;
  /// A row as every row of the file is.
  Json::Object normal(Json::Object row) const;

 private:
  struct Column {
    std::string name;
    bool fractions = false;
  };
  std::size_t place_of(std::string_view name, std::size_t guess) const;

  std::vector<Column> columns_;
};

}  // namespace gwageo
