// Small texts that are numbers, dates and names, or look like them.
#include "benchmarks/cell_number.h"
#include "benchmarks/date.h"
#include "benchmarks/fraction.h"
#include "benchmarks/leaderboard.h"
#include "benchmarks/timestamp.h"
#include "protocol/check.h"
#include "protocol/name.h"
#include "protocol/signature.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_dates(std::string_view input) {
  if (const auto date = parse_date(input)) {
    GWAGEO_CHECK(to_string(*date) == input);
    GWAGEO_CHECK(days_between(*date, day_after(*date)) == 1);
    GWAGEO_CHECK(months_before(*date, 6) < *date || date->year <= 1);
  }
  if (const auto integer = cell_integer(input)) GWAGEO_CHECK(is_integer_text(input));
  (void)cell_number(input);
  (void)printed_timestamp(input);
  (void)is_name(input);
  (void)is_board_name(input);
  if (const auto bytes = from_base64(input)) GWAGEO_CHECK(to_base64(*bytes) == input);
}

}  // namespace

const Target dates_target = {"dates", run_dates};

}  // namespace gwageo::fuzz
