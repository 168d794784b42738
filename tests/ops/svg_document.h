// Looks at an SVG document as a viewer would: is it whole, and are its numbers numbers?
#pragma once

#include <map>
#include <string>

namespace gwageo::testing {

struct SvgDocument {
  std::string fault;                    ///< What is wrong with it; empty: nothing.
  std::map<std::string, int> elements;  ///< How many of each, by name.
};

/// Reads elements, attributes in double quotes, and text with entities; anything else of XML is a
/// fault, as the charts have none of it. So is a length that is no finite number.
SvgDocument read_svg(const std::string& text);

}  // namespace gwageo::testing
