// Facts about what came out: scorecards and verdicts.
#include <algorithm>

#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {
namespace {

using Sum = std::pair<std::uint64_t, std::uint64_t>;

constexpr std::string_view verdicts[] = {"pass", "fail", "inconclusive", "pending", "ineligible"};

}  // namespace

unsigned outcomes_written(const OutcomeCounts& counts) {
  unsigned written = count_of(counts);
  while (written > 0 && counts[written - 1] == 0) --written;
  return written;
}

void write_outcomes(const OutcomeCounts& from, capnp::List<std::uint64_t>::Builder to) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, from[i]);
}

OutcomeCounts read_outcomes(const Place& at, std::string_view field,
                            capnp::List<std::uint64_t>::Reader from) {
  OutcomeCounts to{};
  if (!at.count(field, from.size(), to.size())) return to;
  for (unsigned i = 0; i < from.size(); ++i) {
    to[i] = at.index(field, from[i], limits::plan_items_max);
  }
  return to;
}

void write(const Scored& from, wire::Scored::Builder to) {
  to.setJob(from.job.value);
  to.setPlanRoot(as_data(from.plan_root));
  to.setResultsRoot(as_data(from.results_root));
  to.setScoresRoot(as_data(from.scores_root));
  to.setScorer(as_data(from.scorer));
  to.setItems(from.items);
  write_outcomes(from.outcomes, to.initOutcomes(outcomes_written(from.outcomes)));
  to.setUnscored(from.unscored);
  to.setExecuted(from.executed);
  to.setReused(from.reused);
  auto sums = to.initSums(count_of(from.sums));
  for (unsigned i = 0; i < sums.size(); ++i) {
    sums[i].setSum(from.sums[i].first);
    sums[i].setCount(from.sums[i].second);
  }
}

Scored read(const Place& at, wire::Scored::Reader from) {
  Scored to;
  to.job = at.id<JobId>("job", from.getJob());
  to.plan_root = at.digest("planRoot", from.getPlanRoot());
  to.results_root = at.digest("resultsRoot", from.getResultsRoot());
  to.scores_root = at.digest("scoresRoot", from.getScoresRoot());
  to.scorer = at.digest("scorer", from.getScorer());
  to.items = at.index("items", from.getItems(), limits::plan_items_max);
  to.outcomes = read_outcomes(at, "outcomes", from.getOutcomes());
  to.unscored = at.index("unscored", from.getUnscored(), limits::plan_items_max);
  to.executed = from.getExecuted();
  to.reused = from.getReused();
  to.sums = at.list<Sum>("sums", from.getSums(), limits::sums_of_fact_max,
                         [](const Place&, wire::Scored::Sum::Reader entry) {
                           return Sum{entry.getSum(), entry.getCount()};
                         });
  return to;
}

void write(const VerdictReached& from, wire::VerdictReached::Builder to) {
  to.setTarget(as_text(from.target));
  to.setTargetVersion(from.target_version);
  to.setCandidate(as_text(from.candidate));
  to.setAsOf(as_text(from.as_of));
  to.setGeneration(from.generation);
  to.setInputs(as_data(from.inputs));
  to.setVerdict(as_text(from.verdict));
  to.setDocument(as_data(from.document));
}

VerdictReached read(const Place& at, wire::VerdictReached::Reader from) {
  VerdictReached to;
  to.target = at.name("target", from.getTarget());
  to.target_version = from.getTargetVersion();
  to.candidate = read_board_name(at, "candidate", from.getCandidate());
  to.as_of = read_date(at, "asOf", from.getAsOf());
  to.generation = from.getGeneration();
  to.inputs = at.digest("inputs", from.getInputs());
  to.verdict = at.text("verdict", from.getVerdict(), limits::name_bytes_max);
  if (std::find(std::begin(verdicts), std::end(verdicts), to.verdict) == std::end(verdicts)) {
    at.refuse("verdict", "\"" + to.verdict + "\" is none");
  }
  to.document = at.digest("document", from.getDocument());
  return to;
}

}  // namespace gwageo::frame
