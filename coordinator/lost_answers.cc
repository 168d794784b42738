#include "coordinator/lost_answers.h"

#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/result_block.h"
#include "coordinator/result_check.h"
#include "coordinator/words.h"

namespace gwageo {
namespace {

constexpr std::size_t lost_leases_named_max = 5;

/// Of every job whose records the job rests on, which of their items.
std::map<JobId, RangeSet> places_of(const Job& job) {
  std::map<JobId, RangeSet> places;
  places[job.accepted.job] = job.executed;
  for (const Adoption& adoption : job.adoptions) {
    const std::uint64_t end = adoption.source_begin + (adoption.end - adoption.begin);
    places[adoption.source].add({adoption.source_begin, end});
  }
  return places;
}

/// Leases whose answers are amiss in one way.
class NamedLeases {
 public:
  void add(const std::string& name) {
    if (++count_ > lost_leases_named_max) return;
    ++named_;
    text_ += (text_.empty() ? "" : ", ") + name;
  }
  bool empty() const { return count_ == 0; }
  std::string text() const {
    const std::uint64_t more = count_ - named_;
    return "answers of " + text_ + (more > 0 ? ", and of " + std::to_string(more) + " more," : "");
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t named_ = 0;
  std::string text_;
};

/// Reads the journal in order.
class LostAnswers {
 public:
  LostAnswers(const JobOnRecord& of, const Store& store)
      : of_(of), store_(store), check_(store), places_(places_of(of.job)) {}

  Status look(const Record& record) {
    if (const auto* const f = std::get_if<WorkerJoined>(&record.fact))
      workers_[f->worker] = f->name;
    if (const auto* const f = std::get_if<LeaseGranted>(&record.fact)) {
      if (places_.contains(f->job)) leases_[f->lease] = f->worker;
    }
    const auto* const f = std::get_if<ResultsRecorded>(&record.fact);
    if (f == nullptr || !is_rested_on(*f)) return {};
    GWAGEO_ASSIGN(bytes,
                  store_.read(keys::result_block(f->job, f->ranges.front().begin, f->lease)));
    if (!bytes) gone_.add(named(*f));
    if (bytes && !is_right(*f, *bytes)) altered_.add(named(*f));
    return {};
  }

  std::string text() const {
    std::string text = gone_.empty() ? "" : gone_.text() + " are gone from the store";
    if (altered_.empty()) return text;
    if (!text.empty()) text += ", and ";
    return text + altered_.text() + " are there and are not what was recorded";
  }

 private:
  bool is_rested_on(const ResultsRecorded& recorded) const {
    const auto place = places_.find(recorded.job);
    if (place == places_.end()) return false;
    for (const Range& range : recorded.ranges) {
      if (!place->second.intersection(range).empty()) return true;
    }
    return false;
  }

  bool is_right(const ResultsRecorded& recorded, const std::string& bytes) {
    Result<ResultBlock> block = decode_result_block(bytes);
    const PlanOnRecord& plan = of_.answers.at(recorded.job).plan;
    return block && check_.difference(recorded, block->worker, plan, *block).empty();
  }

  std::string named(const ResultsRecorded& recorded) {
    const bool is_own = recorded.job == of_.job.accepted.job;
    return "lease " + std::to_string(recorded.lease.value) + " of " +
           workers_[leases_[recorded.lease]] + " (" +
           (is_own ? "" : "job " + std::to_string(recorded.job.value) + ", ") + "items " +
           std::to_string(recorded.ranges.front().begin) + " to " +
           std::to_string(recorded.ranges.back().end - 1) + ")";
  }

  const JobOnRecord& of_;
  const Store& store_;
  ResultCheck check_;
  const std::map<JobId, RangeSet> places_;
  std::map<WorkerId, std::string> workers_;
  std::map<LeaseId, WorkerId> leases_;
  NamedLeases gone_;
  NamedLeases altered_;
};

/// How a plan that the answers are checked by is not as it is on record; empty: all are.
Result<std::string> find_damaged_plan(const JobOnRecord& of, const Store& store) {
  PlanReader plans(store);
  for (const auto& [job, answers] : of.answers) {
    const Result<PlanReader::Header> header = plans.header(answers.plan);
    Status read = header ? Status() : tl::unexpected(header.error());
    for (std::uint64_t at = 0; read && at < (*header)->items; at += entries_of_block) {
      const Result<PlanReader::Block> block = plans.block_of(answers.plan, at);
      if (!block) read = tl::unexpected(block.error());
    }
    if (read) continue;
    if (read.error().kind != ErrorKind::corrupt) return tl::unexpected(read.error());
    return "its answers cannot be checked: " + read.error().message;
  }
  return std::string();
}

}  // namespace

Result<std::string> describe_lost_answers(const JobOnRecord& of, const Store& store) {
  GWAGEO_ASSIGN(damaged_plan, find_damaged_plan(of, store));
  if (!damaged_plan.empty()) return damaged_plan;
  LostAnswers lost(of, store);
  Status failed;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    const Result<Record> record = decode_record(bytes);
    failed = record ? lost.look(*record) : tl::unexpected(record.error());
    return failed.has_value();
  }));
  GWAGEO_TRY(failed);
  return lost.text();
}

std::string advice_on_lost_answers(const Job& job) {
  const std::string bring_back =
      "Who has that, in an archive, a backup or another data directory, brings it back: stop the "
      "coordinator, gwageo recover --from MIRROR --rows WHERE";
  if (job.scored) {
    return "its score stays as it was signed, and nobody can compute it again but by what is on "
           "record. " +
           bring_back;
  }
  if (job.cancelled) {
    return "the job was closed without a score, and once it is submitted again its items are asked "
           "anew. " +
           bring_back;
  }
  return "nothing is scored but by what is on record. " + bring_back +
         ". Where nobody has, an operator closes the job (gwageo cancel " +
         std::to_string(job.accepted.job.value) +
         "), and once it is submitted again its items are asked anew";
}

bool counts_for_nothing(const State& state, JobId job, const std::vector<Range>& items) {
  if (!is_closed_unscored(*state.job(job))) return false;
  for (const auto& [id, other] : state.jobs()) {
    if (id == job || other.cancelled) continue;
    const std::map<JobId, RangeSet> places = places_of(other);
    const auto taken = places.find(job);
    if (taken == places.end()) continue;
    for (const Range& range : items) {
      if (!taken->second.intersection(range).empty()) return false;
    }
  }
  return true;
}

std::map<JobId, RangeSet> answers_not_to_take(const State& state) {
  std::map<JobId, RangeSet> all;
  for (const auto& [id, job] : state.jobs()) {
    if (!is_closed_unscored(job)) continue;
    for (const auto& [source, items] : places_of(job)) {
      for (const Range& range : items.ranges()) all[source].add(range);
    }
  }
  return all;
}

}  // namespace gwageo
