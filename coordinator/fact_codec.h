// Journal records to bytes and back. Record in protocol/gwageo.capnp is the specification. Pure;
// safe from any thread.
//
// There is exactly one byte string for a record: Cap'n Proto's canonical form of it (one segment,
// objects in preorder, no trailing zero words), without framing, and with counts per outcome cut
// after the last that is not 0. decode_record takes no other: it writes what it has read once more
// and compares. So equal journals have equal roots, a changed bit is always seen, and a record that
// was written before a field was added still has the bytes that the newer program gives it.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/fact.h"
#include "protocol/result.h"

namespace gwageo {

/// The bytes of `record`, as they are stored and hashed. What breaks a bound is written all the
/// same; `check_fact` tells beforehand.
std::string encode_record(const Record& record);
/// The bytes of the record {sequence, at, wall, previous, fact, statement}.
std::string encode_record(std::uint64_t sequence, Instant at, WallTime wall, const Digest& previous,
                          const Fact& fact, const Statement* statement = nullptr);

/// The record in `bytes`, if encode_record gives these bytes for it and every field is within its
/// bounds; else corrupt, naming the field ("lease-granted record.fact.ranges[2].begin: ranges
/// overlap or descend"). Foreign bytes are safe here, as in codec.h.
Result<Record> decode_record(std::string_view bytes);

/// Whether a record that `encode_record` just made can be decoded again. A quick check before it is
/// written for good: the form is known to be canonical.
bool reads_back(std::string_view encoded);

/// Whether `fact` can be a record: bad_input, naming the field, when a bound is broken or the
/// record would be longer than limits::record_bytes_max. What makes a fact of foreign text asks
/// this before it decides the fact.
Status check_fact(const Fact& fact);

}  // namespace gwageo
