// What checks have found, folded.
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
  const std::string checker = name_of(checked.granted.worker);
  for (const CheckedItem& item : f.items) {
    GWAGEO_CHECK(checked.rest.contains(item.index));
    const std::string other = name_of(item.other);
    GWAGEO_CHECK((item.kind == CheckKind::third) == !other.empty());
    count_check(state.checks_, model, item, name_of(item.by), other, checker);
  }
}

}  // namespace gwageo
