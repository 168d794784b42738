#include "ops/simulate/standstill.h"

#include "protocol/check.h"

namespace gwageo::simulate {

void Standstill::look(ClassIndex number, bool stood, Instant now) {
  Note& note = notes_[number];
  GWAGEO_CHECK(note.queued >= 0 && note.running >= 0);
  if (!stood && note.stands()) note.since = now;
  if (!stood || note.stands() || now - note.since <= longest_) return;
  longest_ = now - note.since;
  longest_of_ = number;
}

void Standstill::queues(ClassIndex number, std::int64_t batches, Instant now) {
  const bool stood = notes_[number].stands();
  notes_[number].queued += batches;
  look(number, stood, now);
}

void Standstill::runs(ClassIndex number, std::int64_t runs, Instant now) {
  const bool stood = notes_[number].stands();
  notes_[number].running += runs;
  look(number, stood, now);
}

}  // namespace gwageo::simulate
