#include "benchmarks/cell_type.h"

#include <algorithm>
#include <iterator>

#include "benchmarks/cell_number.h"

namespace gwageo {
namespace {

// pandas' own list (pandas/_libs/parsers.pyx, STR_NA_VALUES).
constexpr std::string_view missing_values[] = {
    "",        "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "<NA>",
    "1.#QNAN", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};

bool is_missing_cell(std::string_view cell) {
  return std::find(std::begin(missing_values), std::end(missing_values), cell) !=
         std::end(missing_values);
}

bool is_true(std::string_view cell) { return cell == "True" || cell == "TRUE" || cell == "true"; }
bool is_false(std::string_view cell) {
  return cell == "False" || cell == "FALSE" || cell == "false";
}

}  // namespace

void CellType::see(std::string_view cell) {
  if (is_missing_cell(cell)) {
    missing_ = true;
    return;
  }
  seen_ = true;
  if (integers_ && !cell_integer(cell)) {
    integers_ = false;
    overflows_ = true;
  }
  if (overflows_ && !is_integer_text(cell)) overflows_ = false;
  if (!integers_ && numbers_ && !cell_number(cell)) numbers_ = false;
  if (!is_true(cell) && !is_false(cell)) booleans_ = false;
}

Json CellType::value(const std::string& cell) const {
  if (is_missing_cell(cell)) return Json();
  if (booleans_ && !missing_) return Json(is_true(cell));
  if (integers_ && !missing_) return Json(*cell_integer(cell));
  if (overflows_ && !missing_) return Json(cell);
  if (integers_) return Json(static_cast<double>(*cell_integer(cell)));
  if (numbers_) return Json(*cell_number(cell));
  if (booleans_) return Json(is_true(cell));
  return Json(cell);
}

}  // namespace gwageo
