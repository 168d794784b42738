#include "ops/export_selection.h"

#include <utility>
#include <vector>

#include "coordinator/keys.h"
#include "ops/verification.h"

namespace gwageo {

Result<ExportSelection> export_selection(const Store& store, const std::string& what,
                                         std::uint64_t records) {
  std::set<std::string> blocks;
  std::vector<StageInput> stages;
  std::vector<std::pair<JobId, Digest>> scorecards;
  std::set<Digest> verdicts;
  const auto look = [&](const State& state, const Record& record) {
    if (const auto* const f = std::get_if<ResultsRecorded>(&record.fact)) {
      blocks.insert(keys::result_block(f->job, f->ranges.front().begin, f->lease));
    }
    if (const auto* const f = std::get_if<Scored>(&record.fact)) {
      scorecards.emplace_back(f->job, f->scores_root);
    }
    const auto* const verdict = std::get_if<VerdictReached>(&record.fact);
    if (verdict != nullptr && verdict->target == what) verdicts.insert(verdict->document);
    if (const auto* const f = std::get_if<StageClosed>(&record.fact)) {
      const Stage& stage = state.programme().stages().at(f->stage);
      Result<JudgementInput> input = gather(state, stage, *parse_date(f->date));
      if (input) stages.push_back({*f, *std::move(input)});
    }
  };
  GWAGEO_ASSIGN(state, replay(store, records, look));
  GWAGEO_ASSIGN(selection, select_for_export(state, what, stages));
  for (const auto& [job, scorecard] : scorecards) {
    if (selection.jobs.contains(job)) selection.superseded.insert(scorecard);
  }
  selection.superseded.merge(verdicts);
  selection.records = records;
  selection.result_blocks = std::move(blocks);
  return selection;
}

}  // namespace gwageo
