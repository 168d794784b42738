// The types that pandas' reader gives the columns of delimited text: integers, numbers, booleans,
// else strings; what it takes for a missing value is null.
#pragma once

#include <string>
#include <string_view>

#include "protocol/json.h"

namespace gwageo {

/// One column's type, learned from all its cells. A value.
class CellType {
 public:
  void see(std::string_view cell);
  /// Whether the values are numbers with fractions, or integers some of which are missing.
  bool is_fraction() const { return seen_ && numbers_ && (missing_ || !(integers_ || overflows_)); }
  /// The value of a cell that was seen.
  Json value(const std::string& cell) const;

 private:
  bool seen_ = false;  // A cell that is not missing.
  bool missing_ = false;
  bool integers_ = true;
  bool overflows_ = false;  // Integers, some of more than 64 bits: texts to pandas.
  bool numbers_ = true;
  bool booleans_ = true;
};

}  // namespace gwageo
