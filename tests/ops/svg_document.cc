#include "tests/ops/svg_document.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <regex>
#include <set>
#include <vector>

namespace gwageo::testing {
namespace {

const std::set<std::string> lengths = {"x",  "y",  "width", "height",   "x1",
                                       "y1", "x2", "y2",    "font-size"};

bool is_finite(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && std::isfinite(value);
}

std::string fault_of_attributes(const std::string& text) {
  static const std::regex attribute(R"re(\s+([A-Za-z][\w:-]*)="([^"<]*)")re");
  std::string rest = text;
  for (std::smatch found; std::regex_search(rest, found, attribute); rest = found.suffix()) {
    if (found.position() != 0) break;
    if (lengths.contains(found[1]) && !is_finite(found[2])) {
      return found[1].str() + " is " + found[2].str();
    }
  }
  return rest.find_first_not_of(" \n") == std::string::npos ? "" : "no attribute: " + rest;
}

std::string fault_of_text(const std::string& text) {
  static const std::regex allowed(R"re(([^<>&]|&(lt|gt|amp|quot|apos|#\d+);)*)re");
  return std::regex_match(text, allowed) ? "" : "no text: " + text;
}

}  // namespace

SvgDocument read_svg(const std::string& text) {
  static const std::regex tag(R"re(^<(/?)([A-Za-z]+)([^<>]*?)(/?)>$)re");
  SvgDocument document;
  std::vector<std::string> open;
  const auto fault = [&](const std::string& what) {
    if (document.fault.empty()) document.fault = what;
  };
  std::size_t at = 0;
  while (document.fault.empty() && at < text.size()) {
    const std::size_t begin = text.find('<', at);
    const std::string between = text.substr(at, begin - at);
    const bool is_blank = between.find_first_not_of(" \n") == std::string::npos;
    if (open.empty() && !is_blank) fault("text beside the document: " + between);
    fault(fault_of_text(between));
    if (begin == std::string::npos) break;
    const std::size_t end = std::min(text.find('>', begin), text.size() - 1);
    const std::string whole = text.substr(begin, end + 1 - begin);
    at = end + 1;
    std::smatch found;
    if (!std::regex_match(whole, found, tag)) {
      fault("no tag: " + whole);
    } else if (found[1].length() > 0) {
      if (open.empty() || open.back() != found[2]) fault("closes what is not open: " + whole);
      if (!open.empty()) open.pop_back();
    } else {
      if (open.empty() && !document.elements.empty()) fault("a second document: " + whole);
      fault(fault_of_attributes(found[3]));
      ++document.elements[found[2]];
      if (found[4].length() == 0) open.push_back(found[2]);
    }
  }
  if (!open.empty()) fault("never closed: " + open.back());
  if (document.elements["svg"] != 1) fault("not one svg");
  return document;
}

}  // namespace gwageo::testing
