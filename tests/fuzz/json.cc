// JSON, strict and as Python writes it.
#include "protocol/json.h"

#include "benchmarks/canonical_json.h"
#include "benchmarks/json_records.h"
#include "benchmarks/python_json.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_json(std::string_view input) {
  if (const Result<Json> read = Json::parse(input)) {
    GWAGEO_CHECK(Json::parse(read->dump()).value() == *read);
    GWAGEO_CHECK(Json::parse(read->dump(2)).value() == *read);
    GWAGEO_CHECK(Json::parse_python(input).value() == *read);
  }
  if (const Result<Json> read = Json::parse_python(input)) {
    const std::string written = python_json(*read);
    const Result<Json> again = Json::parse_python(written);
    GWAGEO_CHECK(again.has_value());
    GWAGEO_CHECK(python_json(*again) == written);
  }
  const std::size_t end = json_value_end(input, 0);
  GWAGEO_CHECK(end == input.npos || end <= input.size());
}

}  // namespace

const Target json_target = {"json", run_json};

}  // namespace gwageo::fuzz
