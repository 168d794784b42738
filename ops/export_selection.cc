#include "ops/export_selection.h"

#include "coordinator/keys.h"
#include "ops/verification.h"

namespace gwageo {

Result<ExportSelection> export_selection(const Store& store, const std::string& what,
                                         std::uint64_t records) {
  std::set<std::string> blocks;
  std::vector<StageInput> stages;
  const auto look = [&](const State& state, const Record& record) {
    if (const auto* const f = std::get_if<ResultsRecorded>(&record.fact)) {
      blocks.insert(keys::result_block(f->job, f->ranges.front().begin, f->lease));
    }
    if (const auto* const f = std::get_if<StageClosed>(&record.fact)) {
      const Stage& stage = state.programme().stages().at(f->stage);
      Result<JudgementInput> input = gather(state, stage, *parse_date(f->date));
      if (input) stages.push_back({*f, *std::move(input)});
    }
  };
  GWAGEO_ASSIGN(state, replay(store, records, look));
  GWAGEO_ASSIGN(selection, select_for_export(state, what, stages));
  selection.records = records;
  selection.result_blocks = std::move(blocks);
  return selection;
}

}  // namespace gwageo
