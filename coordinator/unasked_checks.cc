#include "coordinator/unasked_checks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "coordinator/answer_digest.h"
#include "coordinator/record_reader.h"
#include "coordinator/requirement.h"

namespace gwageo {
namespace {

/// Reads answers of one job, as they are on record: by others it would accuse whoever gave them.
class AnswerReader {
 public:
  AnswerReader(const Store& store, PlanReader& plans, const State& state, const Job& job)
      : plans_(plans),
        state_(state),
        answers_(recorded_answers(state, job).at(job.accepted.job)),
        records_(RecordReader::open(store, job.accepted.job, answers_, job.accepted.items)),
        is_exact_(is_exact_engine(model_of(state, job.accepted).engine)) {}

  struct Answer {
    GivenAnswer given;
    Instant at;
  };
  Result<Answer> read(std::uint64_t index) {
    if (!records_) return tl::unexpected(records_.error());
    GWAGEO_ASSIGN(found, records_->item(index));
    if (!found) return fail(ErrorKind::not_found, "the answer is not in the store");
    const ItemResult& item = found->item;
    GWAGEO_ASSIGN(plan, plans_.block_of(answers_.plan, index));
    GWAGEO_ASSIGN(entry, plan->view(index % entries_of_block));
    GWAGEO_ASSIGN(results, request_results(item));
    const Digest leaf = results_leaf(index, entry.item_digest, entry.repeat, results);
    Digest answer = leaf;
    if (!is_exact_) {
      GWAGEO_ASSIGN(digest, answer_digest(item.responses));
      answer = digest;
    }
    const auto worker = state_.workers().find(found->worker);
    if (worker == state_.workers().end()) {
      return fail(ErrorKind::corrupt, "results of a worker that never joined");
    }
    return Answer{
        {index, found->lease, found->worker, answerer(state_, worker->first), leaf, answer},
        found->at};
  }

 private:
  PlanReader& plans_;
  const State& state_;
  RecordedAnswers answers_;
  Result<RecordReader> records_;
  bool is_exact_;
};

std::vector<CheckItem> unheard_thirds(const Store& store, PlanReader& plans, const State& state,
                                      const CheckDraws& draws, Instant now) {
  std::vector<CheckItem> items;
  for (const auto& [place, disputed] : draws.disputed()) {
    if (items.size() == CrossChecks::waiting_max) break;
    const auto& [id, index] = place;
    const Job* const job = state.job(id);
    const auto second = state.workers().find(disputed.worker);
    if (job == nullptr || job->cancelled || job->failed || second == state.workers().end())
      continue;
    if (!is_exact_engine(model_of(state, job->accepted).engine)) continue;
    if (disputed.leaf == Digest{} || disputed.at + CrossChecks::dropped_after <= now) continue;
    const Result<AnswerReader::Answer> kept = AnswerReader(store, plans, state, *job).read(index);
    if (!kept) continue;
    const GivenAnswer other{index,           disputed.lease,
                            disputed.worker, answerer(state, second->first),
                            disputed.leaf,   disputed.leaf};
    items.push_back({id, kept->given, CheckKind::third, other, {}, now, 0});
  }
  return items;
}

}  // namespace

std::vector<CheckItem> unasked_checks(const Store& store, PlanReader& plans, const State& state,
                                      const CheckDraws& draws, Instant now) {
  std::vector<CheckItem> items;
  std::size_t left = CrossChecks::waiting_max;
  for (auto open = draws.open().rbegin(); open != draws.open().rend() && left > 0; ++open) {
    const Job* const job = state.job(open->first);
    if (job == nullptr || job->cancelled || job->failed) continue;
    AnswerReader answers(store, plans, state, *job);
    for (auto index = open->second.rbegin(); index != open->second.rend() && left > 0; ++index) {
      --left;
      const Result<AnswerReader::Answer> answer = answers.read(*index);
      if (!answer || answer->at + CrossChecks::dropped_after <= now) continue;
      items.push_back({open->first, answer->given, CheckKind::again, std::nullopt, {}, now, 0});
    }
  }
  const std::vector<CheckItem> thirds = unheard_thirds(store, plans, state, draws, now);
  items.insert(items.end(), thirds.rbegin(), thirds.rend());
  std::reverse(items.begin(), items.end());
  return items;
}

}  // namespace gwageo
