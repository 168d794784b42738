#include "coordinator/journal.h"

#include "coordinator/fact_codec.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

void advance(JournalHead& head, const Digest& leaf, Instant at) {
  head.tree.add(leaf);
  head.last_leaf = leaf;
  head.last_time = at;
}

}  // namespace

JournalEntry JournalWriter::append(Instant at, WallTime wall, const Fact& fact,
                                   const Statement* statement) {
  GWAGEO_CHECK(at >= head_.last_time);
  JournalEntry entry;
  entry.sequence = head_.size();
  entry.bytes = encode_record(entry.sequence, at, wall, head_.last_leaf, fact, statement);
  GWAGEO_CHECK(reads_back(entry.bytes));
  entry.leaf = merkle_leaf(entry.bytes);
  advance(head_, entry.leaf, at);
  return entry;
}

Result<Record> JournalVerifier::add(std::string_view bytes) {
  if (first_bad_) return tl::unexpected<Error>(error_);
  const std::uint64_t index = head_.size();
  Result<Record> record = decode_record(bytes);
  if (!record) return refuse(index, record.error().message);
  if (record->sequence != index) {
    return refuse(index, "its number is " + std::to_string(record->sequence) +
                             ": records are missing, added or moved");
  }
  if (record->previous != head_.last_leaf) {
    if (index == 0) return refuse(index, "it is chained to a record before it");
    return refuse(index - 1,
                  "it is not the record that record " + std::to_string(index) + " is chained to");
  }
  if (record->at < head_.last_time)
    return refuse(index, "its log time is before its predecessor's");
  advance(head_, merkle_leaf(bytes), record->at);
  return record;
}

tl::unexpected<Error> JournalVerifier::refuse(std::uint64_t index, const std::string& why) {
  first_bad_ = index;
  error_ = Error{ErrorKind::corrupt, "journal record " + std::to_string(index) + ": " + why};
  return tl::unexpected<Error>(error_);
}

}  // namespace gwageo
