#include "coordinator/record_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"

namespace gwageo {
namespace {

constexpr std::size_t recent_blocks_max = 64;

Result<ResultsRecorded> read_recorded(const Store& store, JobId job, std::uint64_t sequence) {
  GWAGEO_ASSIGN(bytes, store.read(keys::journal(sequence)));
  Result<Record> record = bytes ? decode_record(*bytes) : fail(ErrorKind::corrupt, "is missing");
  const std::string name = "record " + std::to_string(sequence);
  if (!record) return fail(ErrorKind::corrupt, name + ": " + record.error().message);
  auto* const recorded = std::get_if<ResultsRecorded>(&record->fact);
  if (recorded != nullptr && recorded->job == job && !recorded->ranges.empty()) {
    return std::move(*recorded);
  }
  return fail(ErrorKind::corrupt, name + " is none of answers of job " + std::to_string(job.value));
}

}  // namespace

std::map<JobId, RecordedAnswers> recorded_answers(const State& state, const Job& job) {
  std::map<JobId, RecordedAnswers> all;
  const auto add = [&](const Job& of) {
    const SuiteAdded& plan = state.plan_of(of.accepted);
    all.try_emplace(of.accepted.job,
                    RecordedAnswers{{plan.manifest, plan.plan_root}, of.records, of.answered});
  };
  add(job);
  for (const Adoption& adoption : job.adoptions) {
    if (!all.contains(adoption.source)) add(*state.job(adoption.source));
  }
  return all;
}

Result<RecordReader> RecordReader::open(const Store& store, JobId job,
                                        const RecordedAnswers& answers, std::uint64_t items) {
  RecordReader reader(store, job, answers.plan);
  reader.block_of_item_.resize(items, 0);
  std::map<std::uint64_t, WorkerId> workers;  // By the first of the items.
  for (const AnsweredItems& one : answers.answered) workers.emplace(one.items.begin, one.worker);
  for (const std::uint64_t sequence : answers.records) {
    GWAGEO_ASSIGN(recorded, read_recorded(store, job, sequence));
    const auto after = workers.upper_bound(recorded.ranges.front().begin);
    const WorkerId worker = after == workers.begin() ? WorkerId{} : std::prev(after)->second;
    reader.add(recorded, worker, items);
  }
  return reader;
}

void RecordReader::add(const ResultsRecorded& recorded, WorkerId worker, std::uint64_t items) {
  vouchers_.push_back({recorded, worker});
  for (const Range& range : recorded.ranges) {
    for (std::uint64_t i = range.begin; i < std::min(range.end, items); ++i) {
      block_of_item_[i] = static_cast<std::uint32_t>(vouchers_.size());
    }
  }
}

Result<std::optional<FoundRecord>> RecordReader::item(std::uint64_t index) {
  if (index >= block_of_item_.size() || block_of_item_[index] == 0) return std::nullopt;
  GWAGEO_ASSIGN(found, block(block_of_item_[index]));
  const auto item =
      std::lower_bound(found->items.begin(), found->items.end(), index,
                       [](const ItemResult& a, std::uint64_t i) { return a.index < i; });
  if (item == found->items.end() || item->index != index) return std::nullopt;
  return FoundRecord{*item, found->lease, found->worker, found->at};
}

Result<const ResultBlock*> RecordReader::block(std::uint32_t number) {
  const auto known = recent_.find(number);
  if (known != recent_.end()) return &known->second;
  const auto& [recorded, worker] = vouchers_[number - 1];
  GWAGEO_ASSIGN(
      bytes, store_->read(keys::result_block(job_, recorded.ranges.front().begin, recorded.lease)));
  ResultBlock read;
  if (bytes) {
    Result<ResultBlock> block = decode_result_block(*bytes);
    if (block) block->worker = worker;  // What the block says of it is in no root.
    const std::string why = block ? check_.difference(recorded, worker, plan_, *block)
                                  : "do not decode: " + block.error().message;
    if (!why.empty()) {
      return fail(ErrorKind::corrupt, "job " + std::to_string(job_.value) +
                                          ": the answers of lease " +
                                          std::to_string(recorded.lease.value) + " " + why);
    }
    read = *std::move(block);
  }
  if (recent_.size() >= recent_blocks_max) recent_.erase(recent_.begin());
  return &recent_.emplace(number, std::move(read)).first->second;
}

}  // namespace gwageo
