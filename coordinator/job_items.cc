// Layout (protocol/bytes.h): u8 flags | u8 outcome | text plan entry | u32 n, n x text response.
// Flags: 1 there is a record, 2 the job's own, 4 settled. The outcome is 0 where there is a record.
#include "coordinator/job_items.h"

#include <algorithm>
#include <iterator>

#include "coordinator/lookup.h"
#include "coordinator/lost_answers.h"
#include "protocol/bytes.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::uint8_t has_record = 1;
constexpr std::uint8_t is_own_record = 2;
constexpr std::uint8_t is_over = 4;
constexpr std::uint8_t known_flags = has_record | is_own_record | is_over;

std::optional<Outcome> given_up(const Job& job, std::uint64_t index) {
  for (const auto& [outcome, items] : job.given_up) {
    if (items.contains(index)) return outcome;
  }
  return std::nullopt;
}

}  // namespace

std::string encode(const JobItem& item) {
  ByteWriter out;
  const bool is_recorded = item.responses.has_value();
  std::uint8_t flags = is_recorded ? has_record : 0;
  if (item.is_own) flags |= is_own_record;
  if (item.is_settled) flags |= is_over;
  out.u8(flags);
  out.u8(is_recorded ? 0 : static_cast<std::uint8_t>(item.missing));
  out.text(encode(item.entry));
  out.u32(is_recorded ? static_cast<std::uint32_t>(item.responses->size()) : 0);
  if (is_recorded) {
    for (const std::string& response : *item.responses) out.text(response);
  }
  return out.take();
}

Result<JobItem> decode_job_item(std::string_view bytes) {
  ByteReader in(bytes);
  JobItem item;
  const std::uint8_t flags = in.u8();
  const std::uint8_t outcome = in.u8();
  const std::string_view entry_bytes = in.text();
  const std::uint32_t count = in.u32();
  const bool is_recorded = (flags & has_record) != 0;
  if (is_recorded) item.responses.emplace();
  for (std::uint32_t i = 0; is_recorded && i < count && in.ok(); ++i) {
    item.responses->emplace_back(in.text());
  }
  const bool is_known = (flags & ~known_flags) == 0 && outcome < outcome_count;
  const bool is_answer = is_known && is_scored(static_cast<Outcome>(outcome));
  if (!in.done() || !is_known || (is_answer && !is_recorded)) {
    return fail(ErrorKind::corrupt, "a job's item: no whole encoding");
  }
  GWAGEO_ASSIGN(entry, decode_plan_entry(entry_bytes));
  if (count != (is_recorded ? entry.requests.size() : 0)) {
    return fail(ErrorKind::corrupt, "item " + entry.item + " has " + std::to_string(count) +
                                        " responses to " + std::to_string(entry.requests.size()) +
                                        " requests");
  }
  item.entry = std::move(entry);
  item.is_own = (flags & is_own_record) != 0;
  item.is_settled = (flags & is_over) != 0;
  if (!is_recorded) item.missing = static_cast<Outcome>(outcome);
  return item;
}

std::optional<RecordPlace> record_place(const Job& job, std::uint64_t index) {
  if (job.executed.contains(index)) return RecordPlace{job.accepted.job, index};
  const auto after =
      std::upper_bound(job.adoptions.begin(), job.adoptions.end(), index,
                       [](std::uint64_t i, const Adoption& a) { return i < a.begin; });
  if (after == job.adoptions.begin() || !job.done.contains(index)) return std::nullopt;
  const Adoption& adoption = *std::prev(after);
  if (index >= adoption.end) return std::nullopt;
  return RecordPlace{adoption.source, adoption.source_begin + (index - adoption.begin)};
}

JobOnRecord on_record(const State& state, const Job& job) {
  return {job, is_by_item(state, job.accepted), recorded_answers(state, job)};
}

Result<JobItem> StoredItems::next() {
  const std::uint64_t index = index_++;
  if (block_ == nullptr || index % entries_of_block == 0) {
    GWAGEO_ASSIGN(block, plans_.block_of(of_.plan(), index));
    block_ = std::move(block);
  }
  JobItem item;
  GWAGEO_ASSIGN(entry, block_->entry(index % entries_of_block));
  item.entry = std::move(entry);
  GWAGEO_TRY(check_adopted(item.entry, index));
  GWAGEO_ASSIGN(found, record(index));
  GWAGEO_TRY(settle(item, index, found));
  return item;
}

Result<JobItem> StoredItems::at(std::uint64_t index) {
  index_ = index;
  block_ = nullptr;
  return next();
}

// Which items ask the same is looked up in rows that no root is over.
Status StoredItems::check_adopted(const PlanEntry& entry, std::uint64_t index) {
  const std::optional<RecordPlace> place = record_place(job_, index);
  if (!place || (place->job == job_.accepted.job && place->index == index)) return {};
  const PlanOnRecord& plan = of_.answers.at(place->job).plan;
  if (plan == of_.plan() && place->index == index) return {};
  GWAGEO_ASSIGN(block, plans_.block_of(plan, place->index));
  GWAGEO_ASSIGN(source, block->entry(place->index % entries_of_block));
  const bool asks_the_same = source.requests == entry.requests && source.repeat == entry.repeat &&
                             (!of_.by_item || source.item_digest == entry.item_digest);
  if (asks_the_same) return {};
  return fail(ErrorKind::corrupt,
              "plan index " + std::to_string(index) +
                  " took over the answer to another question, of index " +
                  std::to_string(place->index) + " of job " + std::to_string(place->job.value) +
                  ", by rows for looking up that were altered: once recover "
                  "--rows has made them anew, close the job and submit it again");
}

Status StoredItems::settle(JobItem& item, std::uint64_t index, const Found& found) const {
  const std::optional<Outcome> lost = given_up(job_, index);
  item.is_own = job_.executed.contains(index);
  item.is_settled = found.has_value() || lost.has_value();
  if (!found && job_.done.contains(index)) {
    // Counted as anything else it would change the score that is signed.
    return fail(ErrorKind::corrupt,
                "job " + std::to_string(job_.accepted.job.value) + ": the answer to plan index " +
                    std::to_string(index) +
                    " is on record, and the store has it not: " + advice_on_lost_answers(job_));
  }
  if (!found) {
    item.missing = lost.value_or(job_.failed ? Outcome::engine_failed : Outcome::cancelled);
    return {};
  }
  if (found->item.responses.size() != item.entry.requests.size()) {
    return fail(ErrorKind::corrupt, "record of plan index " + std::to_string(index) +
                                        " has another number of responses than the plan has "
                                        "requests");
  }
  item.responses = found->item.responses;
  item.worker = found->worker;
  return {};
}

Result<StoredItems::Found> StoredItems::record(std::uint64_t index) {
  const std::optional<RecordPlace> place = record_place(job_, index);
  if (!place) return std::nullopt;
  return record_of(place->job, std::max(job_.accepted.items, place->index + 1), place->index);
}

Result<StoredItems::Found> StoredItems::record_of(JobId job, std::uint64_t items,
                                                  std::uint64_t index) {
  auto reader = readers_.find(job);
  if (reader == readers_.end()) {
    // A source may be longer than this job; its records are indexed up to what may be asked for.
    std::uint64_t reach = items;
    for (const Adoption& a : job_.adoptions) {
      if (a.source == job) reach = std::max(reach, a.source_begin + (a.end - a.begin));
    }
    const auto answers = of_.answers.find(job);
    GWAGEO_CHECK(answers != of_.answers.end());
    GWAGEO_ASSIGN(opened, RecordReader::open(store_, job, answers->second, reach));
    reader = readers_.emplace(job, std::move(opened)).first;
  }
  Result<Found> found = reader->second.item(index);
  if (found || found.error().kind != ErrorKind::corrupt) return found;
  return fail(ErrorKind::corrupt, found.error().message + ": " + advice_on_lost_answers(job_));
}

}  // namespace gwageo
