// What checks have found, and what is not believed any more, folded.
#include <map>
#include <set>

#include "coordinator/requirement.h"
#include "coordinator/state_apply.h"
#include "protocol/check.h"

namespace gwageo {

void State::Applier::on(const AnswersChecked& f) {
  const Lease& checked = lease(f.lease);
  GWAGEO_CHECK(checked.granted.probe && checked.granted.job == f.job);
  const std::string& model = job(f.job).accepted.model;
  const auto name_of = [&](WorkerId id) -> std::string {
    if (!id) return {};
    const auto worker = state.workers_.find(id);
    GWAGEO_CHECK(worker != state.workers_.end());
    return worker->second.joined.name;
  };
  // Whoever has the name of one that had it with another key is not held to what that one did.
  const auto counted = [&](WorkerId id) {
    return id && state.has_its_name(id) ? name_of(id) : std::string();
  };
  for (const CheckedItem& item : f.items) {
    GWAGEO_CHECK(checked.rest.contains(item.index));
    const std::string other = name_of(item.other);
    // Who agrees on what is known was left out of records of before.
    GWAGEO_CHECK(item.kind != CheckKind::third || !other.empty());
    GWAGEO_CHECK(item.kind != CheckKind::again || other.empty());
    GWAGEO_CHECK(!name_of(checked.granted.worker).empty() && !name_of(item.by).empty());
    count_check(state.checks_, model, item, counted(item.by), counted(item.other),
                counted(checked.granted.worker));
  }
}

void State::Applier::on(const AnswersDisowned& f) {
  std::set<WorkerId> lives;
  for (const auto& [id, life] : state.workers_) {
    if (life.joined.name == f.worker) lives.insert(id);
  }
  std::map<JobId, RangeSet> disowned;  // Of records of the job's own.
  for (auto& [id, job] : state.jobs_) {
    for (const AnsweredItems& answered : job.answered) {
      if (lives.contains(answered.worker)) disowned[id].add(answered.items);
    }
  }
  const std::string because = "answers of worker " + f.worker + " are disowned: " + f.reason;
  for (auto& [id, job] : state.jobs_) {
    const std::uint64_t before = job.disowned.size();
    const auto own = disowned.find(id);
    if (own != disowned.end()) job.disowned.add(own->second);
    for (const Adoption& adoption : job.adoptions) {
      const auto source = disowned.find(adoption.source);
      if (source == disowned.end()) continue;
      const std::uint64_t end = adoption.source_begin + (adoption.end - adoption.begin);
      for (const Range& hit : source->second.intersection({adoption.source_begin, end}).ranges()) {
        const std::uint64_t begin = adoption.begin + (hit.begin - adoption.source_begin);
        // Of a job that ended before it, an attached item has no answer.
        job.disowned.add(job.done.intersection({begin, begin + hit.size()}));
      }
    }
    if (job.disowned.size() > before) job.disowned_because = because;
  }
}

}  // namespace gwageo
