// A record of the journal, as an archive or a data directory of others holds it.
#include "coordinator/fact_codec.h"
#include "coordinator/fact_json.h"
#include "protocol/check.h"
#include "tests/coordinator/fact_samples.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_record(std::string_view input) {
  const Result<Record> read = decode_record(input);
  if (!read) return;
  GWAGEO_CHECK(encode_record(*read) == input);
}

std::vector<std::string> record_seeds() {
  std::vector<std::string> records;
  for (const auto& facts : {samples::full_facts(), samples::minimal_facts()}) {
    for (const Fact& fact : facts) {
      records.push_back(
          encode_record(records.size(), Instant{5}, WallTime{7}, samples::fact_digest(1), fact));
    }
  }
  return records;
}

}  // namespace

const Target record_target = {"record", run_record, record_seeds};

}  // namespace gwageo::fuzz
