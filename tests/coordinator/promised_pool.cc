#include "tests/coordinator/promised_pool.h"

#include <algorithm>

#include "coordinator/forecast.h"
#include "protocol/limits.h"

namespace gwageo::testing {

PromisedPool::PromisedPool(PromisedWork work) : work_(std::move(work)) {
  const Digest d = sha256("d");
  State state;
  state.apply(now_, Founded{"o.example/a", "UTC"});
  state.apply(now_, SuiteAdded{"s", 1, d, d, work_.items, work_.items, d, 0});
  for (std::size_t i = 0; i < work_.models.size(); ++i) {
    ModelAdded model;
    model.name = "m" + std::to_string(i);
    model.team = work_.models[i].team;
    model.engine = "process";
    model.bytes = work_.models[i].bytes;
    model.class_key = model.library = sha256(model.name);
    model_of_[model.class_key] = i;
    state.apply(now_, model);
  }
  scheduler_.emplace(std::move(state), now_, 1);
  for (std::uint32_t i = 1; i <= work_.workers; ++i) {
    const WorkerId worker{i};
    slots_[worker].resize(work_.slots);
    step(HelloReceived{{limits::protocol_version,
                        worker,
                        "w" + std::to_string(i),
                        "t",
                        {"process"},
                        work_.slots,
                        4,
                        {},
                        {},
                        work_.loads},
                       "pool"});
  }
}

Actions PromisedPool::step(const Event& event) {
  Actions actions = scheduler_->step(now_, event);
  for (const Send& send : actions.sends) {
    const auto* const grant = std::get_if<SendGrant>(&send.what);
    if (grant == nullptr) continue;
    const Lease* const lease = scheduler_->state().lease(grant->lease);
    if (lease != nullptr) slots_[send.worker][lease->granted.slot].leases.push_back(grant->lease);
  }
  return actions;
}

void PromisedPool::submit(std::size_t model) {
  const State& state = scheduler_->state();
  JobAccepted job = job_on(*state.model("m" + std::to_string(model)), *state.suite("s", 1));
  job.request = "r" + std::to_string(model);
  job.submitter = "op";
  job.team = work_.models[model].team;
  step(SubmitReceived{1, job, {}});
}

void PromisedPool::begin(Slot& slot) {
  const State& state = scheduler_->state();
  while (!slot.leases.empty() && state.lease(slot.leases.front()) == nullptr) {
    slot.leases.pop_front();
  }
  slot.asking = false;
  if (slot.leases.empty()) return;
  const JobId job = state.lease(slot.leases.front())->granted.job;
  const Digest wanted = state.job(job)->accepted.class_key;
  const PromisedWork::Model& model = work_.models[model_of_.at(wanted)];
  if (slot.loaded != wanted) {
    slot.loaded = wanted;
    slot.loading = true;
    slot.since = now_;
    slot.until = now_ + model.load;
    return;
  }
  slot.asking = true;
  slot.until = now_ + model.item;
}

void PromisedPool::work(WorkerId worker, std::uint32_t number, Slot& slot) {
  if (!slot.loading && !slot.asking) begin(slot);
  if (slot.loading && slot.until <= now_) {
    slot.loading = false;
    step(LoadedReceived{{worker, number, slot.loaded, true, now_ - slot.since, ""}});
    begin(slot);
  }
  if (!slot.asking || slot.until > now_) return;
  const LeaseId id = slot.leases.front();
  if (const Lease* const lease = scheduler_->state().lease(id)) {
    const JobId job = lease->granted.job;
    ResultsReceived results{worker, id, 0, {}};
    results.items.push_back({lease->rest.ranges().front().begin, Outcome::answered, sha256("l")});
    step(results);
    if (!scheduler_->state().job(job)->open()) {
      ended_[job] = now();
      ++done_;
    }
  }
  begin(slot);
}

void PromisedPool::sign(WorkerId worker) {
  const auto life = scheduler_->state().workers().find(worker);
  if (life == scheduler_->state().workers().end()) return;
  RangeSet all;
  for (const auto& [number, chunk] : life->second.unsigned_chunks) all.add({number, number + 1});
  if (all.empty()) return;
  step(BatchReceived{{worker, life->second.batches, all.ranges(), {}, {}}});
}

void PromisedPool::beat(WorkerId worker) {
  const std::set<LeaseId>& held = scheduler_->state().leases_of(worker);
  Heartbeat heartbeat{worker, {held.begin(), held.end()}, {}};
  for (const Slot& slot : slots_.at(worker)) {
    heartbeat.slots.push_back({slot.loading ? Digest{} : slot.loaded, slot.loading, ""});
  }
  step(HeartbeatReceived{std::move(heartbeat)});
}

void PromisedPool::note_promises() {
  const Forecast forecast(*scheduler_);
  for (const auto& [id, job] : scheduler_->state().jobs()) {
    if (!job.open()) continue;
    const std::optional<Outlook> said = forecast.outlook(job);
    if (!said) continue;
    const auto number = scheduler_->pool().class_number(job.accepted.class_key);
    const bool has_slot = scheduler_->pool().dispatcher().waiting().slots(*number) > 0;
    promises_.push_back({id, now(), said->low, said->expected, said->high, {}, !has_slot});
  }
}

void PromisedPool::run(Duration promise_every, Duration most) {
  std::vector<bool> submitted(work_.models.size(), false);
  for (std::int64_t second = 0; seconds(second) < most && !is_done(); ++second) {
    now_ = began_ + seconds(second);
    for (std::size_t i = 0; i < submitted.size(); ++i) {
      if (submitted[i] || work_.models[i].arrives > now()) continue;
      submitted[i] = true;
      submit(i);
    }
    for (auto& [worker, slots] : slots_) {
      if (second % 2 == 0) beat(worker);
      for (std::uint32_t number = 0; number < slots.size(); ++number) {
        work(worker, number, slots[number]);
      }
      if (second % 30 == 0) sign(worker);
    }
    if (now().microseconds % promise_every.microseconds == 0) note_promises();
  }
}

std::vector<PromisedPool::Promise> PromisedPool::promises(Duration from) const {
  std::vector<Promise> kept;
  for (Promise promise : promises_) {
    const auto ended = ended_.find(promise.job);
    if (promise.at < from || ended == ended_.end()) continue;
    promise.real = ended->second - promise.at;
    kept.push_back(promise);
  }
  return kept;
}

PromiseScore score(std::vector<PromisedPool::Promise> promises) {
  PromiseScore score;
  score.count = promises.size();
  if (promises.empty()) return score;
  std::int64_t within = 0;
  std::int64_t early = 0;
  std::vector<std::int64_t> off;
  for (const PromisedPool::Promise& promise : promises) {
    // A second is what the pool looks at.
    const std::int64_t real = std::max<std::int64_t>(1'000'000, promise.real.microseconds);
    const std::int64_t said = std::max<std::int64_t>(1'000'000, promise.expected.microseconds);
    const bool is_within =
        promise.low <= promise.real + seconds(1) && promise.real <= promise.high + seconds(1);
    within += is_within ? 1 : 0;
    early += promise.real > promise.high + seconds(1) ? 1 : 0;
    off.push_back(std::max(real, said) * 1000 / std::min(real, said));
  }
  const auto count = static_cast<std::int64_t>(promises.size());
  std::sort(off.begin(), off.end());
  score.within_thousandths = within * 1000 / count;
  score.early_thousandths = early * 1000 / count;
  score.off_thousandths = off[off.size() / 2];
  return score;
}

}  // namespace gwageo::testing
