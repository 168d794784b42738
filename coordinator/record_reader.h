// RecordReader: a job's answers by plan index, each held against the record that vouches for it.
// The store is a disk that others may write to; what counts is what was recorded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/result_block.h"
#include "coordinator/result_check.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// Where the journal says what a job's answers are. A value.
struct RecordedAnswers {
  PlanOnRecord plan;                    ///< The job's.
  std::vector<std::uint64_t> records;   ///< Its ResultsRecorded.
  std::vector<AnsweredItems> answered;  ///< By whom the items are.
};

/// Of the job and of every job that it took answers over from.
std::map<JobId, RecordedAnswers> recorded_answers(const State& state, const Job& job);

/// An item's record, and who made it.
struct FoundRecord {
  ItemResult item;
  LeaseId lease;
  WorkerId worker;
  Instant at;  ///< As the block says: no root is over it.
};

/// The records of one job by plan index, in bounded memory: 4 bytes an item, some 150 a block, and
/// some blocks. One thread; the store outlives it.
class RecordReader {
 public:
  /// `items` is how many indexes may be asked for. corrupt where a record is not there.
  static Result<RecordReader> open(const Store& store, JobId job, const RecordedAnswers& answers,
                                   std::uint64_t items);
  /// The item's record, or nothing when it has none or the store has it no more. corrupt, naming
  /// the lease, where the store has another answer than was recorded.
  Result<std::optional<FoundRecord>> item(std::uint64_t index);

 private:
  struct Voucher {
    ResultsRecorded recorded;
    WorkerId worker;  ///< That had the lease.
  };
  RecordReader(const Store& store, JobId job, const PlanOnRecord& plan)
      : store_(&store), job_(job), plan_(plan) {}
  void add(const ResultsRecorded& recorded, WorkerId worker, std::uint64_t items);
  Result<const ResultBlock*> block(std::uint32_t number);

  const Store* store_;
  JobId job_;
  PlanOnRecord plan_;
  std::vector<Voucher> vouchers_;
  std::vector<std::uint32_t> block_of_item_;  ///< Position in vouchers_ plus 1; 0 for none.
  ResultCheck check_{*store_};
  std::map<std::uint32_t, ResultBlock> recent_;  ///< Without items where the store has it not.
};

}  // namespace gwageo
