// A job's items, one after another: what was asked and what came back. Scoring reads nothing else,
// whether they lie in a store or come from a coordinator elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/plan.h"
#include "coordinator/plan_store.h"
#include "coordinator/record_reader.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// One entry of the plan and what the job has of it. A value.
struct JobItem {
  PlanEntry entry;
  /// Canonical bytes, one for each of the entry's requests; nothing where there is no record.
  std::optional<std::vector<std::string>> responses;
  bool is_own = false;                   ///< This job had it executed, rather than found it known.
  WorkerId worker = {};                  ///< That answered it; none where it travelled.
  bool is_settled = false;               ///< It has a record, or was given up.
  Outcome missing = Outcome::cancelled;  ///< What it counts as where there is no record.
};

/// Canonical bytes of an item (layout in job_items.cc), as they travel.
std::string encode(const JobItem& item);
/// corrupt when the bytes are no encoding of an item with a response for each of its requests.
Result<JobItem> decode_job_item(std::string_view bytes);

/// Where an item's record lies. A value.
struct RecordPlace {
  JobId job;
  std::uint64_t index = 0;  ///< In that job's plan.
};

/// The job's own record of the item at a plan index, else the one that it adopted; nothing where it
/// has none.
std::optional<RecordPlace> record_place(const Job& job, std::uint64_t index);

/// A job's items in plan order. One thread.
class JobItems {
 public:
  virtual ~JobItems() = default;
  /// corrupt where an answer that is on record is not there, or another. REQUIRES: called once for
  /// each of the job's items at most.
  virtual Result<JobItem> next() = 0;
};

/// A job and where its answers are on record: what is needed beside a store to read its items. A
/// copy, so that they can be read elsewhere.
struct JobOnRecord {
  Job job;
  bool by_item = false;                      ///< As is_by_item (lookup.h).
  std::map<JobId, RecordedAnswers> answers;  ///< Its own, and those that it took over some from.
  /// Its own.
  const PlanOnRecord& plan() const { return answers.at(job.accepted.job).plan; }
  const Digest& manifest() const { return plan().manifest; }
};

/// A job of the state as it is now.
JobOnRecord on_record(const State& state, const Job& job);

/// The items as a store has them, where it has what was recorded. What another job was asked before
/// is read from that one's records, and has to be the answer to the same. The job and the store
/// outlive it.
class StoredItems final : public JobItems {
 public:
  /// Begins with plan index `begin`.
  StoredItems(const JobOnRecord& of, const Store& store, std::uint64_t begin = 0)
      : of_(of), job_(of.job), store_(store), plans_(store), index_(begin) {}
  Result<JobItem> next() override;
  /// The item at a plan index; `next` goes on behind it.
  Result<JobItem> at(std::uint64_t index);

 private:
  using Found = std::optional<FoundRecord>;
  Result<Found> record(std::uint64_t index);
  Status check_adopted(const PlanEntry& entry, std::uint64_t index);
  Status settle(JobItem& item, std::uint64_t index, const Found& found) const;
  Result<Found> record_of(JobId job, std::uint64_t items, std::uint64_t index);

  const JobOnRecord& of_;
  const Job& job_;
  const Store& store_;
  PlanReader plans_;
  std::map<JobId, RecordReader> readers_;
  PlanReader::Block block_;
  std::uint64_t index_ = 0;
};

}  // namespace gwageo
