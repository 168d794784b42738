// Journal records as JSON, for people and their tools. Pure.
#pragma once

#include "coordinator/fact.h"
#include "protocol/json.h"

namespace gwageo {

/// {"sequence", "at", "wall", "previous", "kind", "fact": {...}}, and "statement": {"signer",
/// "digest", "signature"} where somebody signed for it: `at` in microseconds of log time,
/// `wall` in RFC 3339 UTC, digests in hexadecimal, ranges as [begin, end] pairs, enumerators by
/// name, counts per outcome by name without those that are 0. Worker numbers are decimal text, as
/// they fill 64 bits; so is any other number beyond 2^63 - 1.
Json to_json(const Record& record);

}  // namespace gwageo
