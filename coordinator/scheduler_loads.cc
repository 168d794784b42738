// What workers say of models that they load, and of work that they give back.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/requirement.h"
#include "coordinator/scheduler.h"

namespace gwageo {

void Scheduler::on(const LoadedReceived& e) {
  const Loaded& loaded = e.loaded;
  Session* const session = heard(loaded.worker);
  if (session == nullptr || loaded.slot >= session->slots.size()) return;
  SlotReport& slot = session->slots[loaded.slot];
  slot.class_key = loaded.ok ? loaded.class_key : Digest{};
  slot.loading = false;
  if (loaded.ok) {
    pool_.loaded(now_, loaded.worker, loaded.slot, loaded.class_key, loaded.took);
  } else {
    pool_.stopped_loading(now_, loaded.worker, loaded.slot);
    // Whoever has a lease there gives it back, and says which kind of failure it is.
    const std::set<LeaseId>& held = state_.leases_of(loaded.worker);
    const bool is_lent = std::any_of(held.begin(), held.end(), [&](LeaseId id) {
      return state_.lease(id)->granted.slot == loaded.slot;
    });
    if (!is_lent) pool_.load_failed(now_, loaded.worker, loaded.class_key, loaded.error, {});
  }
}

std::map<std::string, std::string> Scheduler::load_errors(const Digest& class_key) const {
  std::map<std::string, std::string> errors;
  const auto failures = pool_.load_failures().find(class_key);
  if (failures == pool_.load_failures().end()) return errors;
  for (const auto& [worker, failure] : failures->second) {
    if (failure.has_failed()) errors[sessions_.at(worker).name] = failure.why;
  }
  return errors;
}

void Scheduler::on(const GiveBackReceived& e) {
  const GiveBack& back = e.give_back;
  heard(back.worker);
  const Lease* const lease = state_.lease(back.lease);
  if (lease == nullptr || lease->granted.worker != back.worker) return;
  const JobId id = lease->granted.job;
  const bool load_failed = back.reason == GiveBackReason::load_failed;
  const JobAccepted& asked = state_.job(id)->accepted;
  const Digest class_key = asked.class_key;
  const bool is_own = is_worker_to_blame(model_of(state_, asked).engine);
  const std::vector<Pool::LoadedSlot> slots = pool_.loaded_slots(class_key);
  // Another one that is still at it may fail as well: then it is the model.
  const bool is_loaded_elsewhere = std::any_of(slots.begin(), slots.end(), [&](const auto& slot) {
    return slot.worker != back.worker && !slot.loading;
  });
  if (load_failed && is_own && is_loaded_elsewhere) {
    suspicion_.point(name_of(back.worker), "it could not load what others have loaded");
  }
  if (back.reason != GiveBackReason::draining && sessions_.contains(back.worker)) {
    pool_.stopped_loading(now_, back.worker, lease->granted.slot);
    std::optional<Duration> away;
    if (back.reason == GiveBackReason::unreachable) {
      // What had been loaded and ran was no try.
      const bool ran = lease->progressed_at > lease->granted_at;
      away = ran ? Duration{} : now_ - lease->granted_at;
    }
    pool_.load_failed(now_, back.worker, class_key, back.error, away);
  }
  end_lease(back.lease, load_failed ? LeaseEnd::load_failed : LeaseEnd::given_back);
  const Job& job = *state_.job(id);
  const bool is_tried_enough = job.load_failures >= limits::load_tries_max;
  if (job.open() && is_tried_enough && !pool_.has_untried(class_key)) {
    record(JobFailed{id, "the model could not be loaded " + std::to_string(job.load_failures) +
                             " times in a row; the last time: " + back.error});
    end_leases_of(id);
  }
}

}  // namespace gwageo
