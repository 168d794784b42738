#include "benchmarks/cell_type.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace gwageo {
namespace {

// pandas' own list (pandas/_libs/parsers.pyx, STR_NA_VALUES).
constexpr std::string_view missing_values[] = {
    "",        "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "<NA>",
    "1.#QNAN", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};

bool is_missing(std::string_view cell) {
  return std::find(std::begin(missing_values), std::end(missing_values), cell) !=
         std::end(missing_values);
}

template <class Number>
bool read_number(std::string_view cell, Number& out) {
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), out);
  return read.ec == std::errc() && read.ptr == cell.data() + cell.size();
}

bool is_true(std::string_view cell) { return cell == "True" || cell == "TRUE" || cell == "true"; }
bool is_false(std::string_view cell) {
  return cell == "False" || cell == "FALSE" || cell == "false";
}

}  // namespace

void CellType::see(std::string_view cell) {
  if (is_missing(cell)) {
    missing_ = true;
    return;
  }
  seen_ = true;
  std::int64_t integer = 0;
  double number = 0;
  if (!read_number(cell, integer)) integers_ = false;
  if (!integers_ && numbers_ && !read_number(cell, number)) numbers_ = false;
  if (!is_true(cell) && !is_false(cell)) booleans_ = false;
}

Json CellType::value(const std::string& cell) const {
  if (is_missing(cell)) return Json();
  if (booleans_ && !missing_) return Json(is_true(cell));
  if (integers_ && !missing_) {
    std::int64_t integer = 0;
    read_number(cell, integer);
    return Json(integer);
  }
  if (numbers_) {
    double number = 0;
    read_number(cell, number);
    return Json(number);
  }
  if (booleans_) return Json(is_true(cell));
  return Json(cell);
}

}  // namespace gwageo
