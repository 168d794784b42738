#include "coordinator/pool.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {

namespace {

// Nodes that a search for an idle slot looks at.
constexpr int nodes_looked_at = 64;

// A lease fills what a slot has room for, so that an engine is never drained; the scheduler divides
// what is left among all workers near the end, and cuts a lease that stands still. So nothing here
// bounds a run, as it does in the simulated pool, where nothing is cut.
PolicyKnobs knobs_of_leases() {
  PolicyKnobs knobs;
  knobs.run_max = seconds(24 * 3600);
  knobs.run_min = knobs.run_max;
  knobs.cuts_runs = false;
  return knobs;
}

}  // namespace

Pool::Pool() : dispatcher_(knobs_of_leases()) {}

// ---- workers ----

std::uint32_t Pool::group_of(const std::string& engine) {
  // Engines are few; beyond 63 kinds the rest share a requirement, and a worker that cannot run one
  // of them gives the lease back.
  const auto next = static_cast<std::uint32_t>(std::min<std::size_t>(groups_.size(), 63));
  return groups_.try_emplace(engine, next).first->second;
}

void Pool::join(Instant now, WorkerId worker, std::uint32_t slots,
                const std::vector<std::string>& engines) {
  leave(now, worker);
  std::uint64_t groups = 0;
  for (const std::string& engine : engines) groups |= std::uint64_t{1} << group_of(engine);
  std::vector<NodeNumber>& left = left_[{slots, groups}];
  NodeNumber number = 0;
  if (left.empty()) {
    number = dispatcher_.join(slots, groups);
  } else {
    number = left.back();
    left.pop_back();
    dispatcher_.open(now, number, true);
  }
  nodes_[worker] = {
      number, {engines.begin(), engines.end()}, true, std::vector<Instant>(slots, now), {}};
  workers_[number] = worker;
  bar_again(now);
}

void Pool::leave(Instant now, WorkerId worker) {
  const auto it = nodes_.find(worker);
  if (it == nodes_.end()) return;
  const NodeNumber number = it->second.number;
  for (auto& [class_key, failed] : load_failed_) {
    if (failed.erase(worker) > 0)
      dispatcher_.bar(now, number, classes_.at(class_key).number, false);
  }
  dispatcher_.lose(now, number);
  const Placement& placement = dispatcher_.placement();
  left_[{placement.gpus(number), placement.groups(number)}].push_back(number);
  workers_.erase(number);
  nodes_.erase(it);
  bar_again(now);
}

void Pool::open(Instant now, WorkerId worker, bool is_open) {
  const auto it = nodes_.find(worker);
  if (it == nodes_.end() || it->second.is_open == is_open) return;
  it->second.is_open = is_open;
  dispatcher_.open(now, it->second.number, is_open);
  bar_again(now);
}

void Pool::runs(Instant now, WorkerId worker, std::uint32_t slot, const Job& job,
                const std::string& engine) {
  const Block block = block_of(worker, slot);
  const ClassNumber number = class_of(job.accepted.class_key, engine);
  if (dispatcher_.busy(block)) return;
  dispatcher_.adopt(now, block, number, true, job.team, urgency(job).tier);
}

void Pool::ended(Instant now, WorkerId worker, std::uint32_t slot) {
  const Block block = block_of(worker, slot);
  if (dispatcher_.busy(block)) dispatcher_.end(now, block);
}

void Pool::reported(Instant now, WorkerId worker, const std::vector<SlotReport>& slots) {
  const Node& node = nodes_.at(worker);
  for (std::uint32_t slot = 0; slot < slots.size() && slot < node.loaded_at.size(); ++slot) {
    const Block block{node.number, slot, 1};
    if (dispatcher_.busy(block) || slots[slot].loading) continue;
    const std::optional<ClassNumber> known = dispatcher_.loaded(block);
    const auto said = classes_.find(slots[slot].class_key);
    if (said != classes_.end()) {
      if (known != said->second.number) dispatcher_.adopt(now, block, said->second.number, false);
    } else if (known) {
      dispatcher_.unload(now, block);
    }
  }
}

void Pool::loaded(Instant now, WorkerId worker, std::uint32_t slot, const Digest& class_key,
                  Duration took) {
  nodes_.at(worker).loaded_at[slot] = now;
  const auto known = classes_.find(class_key);
  if (known == classes_.end()) return;
  const ClassNumber number = known->second.number;
  dispatcher_.set_load(number, estimates_.loaded(number, took));
  const auto failed = load_failed_.find(class_key);
  if (failed != load_failed_.end() && failed->second.erase(worker) > 0) {
    dispatcher_.bar(now, nodes_.at(worker).number, number, false);
    bar(now, class_key);
  }
}

void Pool::load_failed(Instant now, WorkerId worker, const Digest& class_key, std::string why) {
  if (!classes_.contains(class_key)) return;
  load_failed_[class_key][worker] = std::move(why);
  bar(now, class_key);
}

std::map<WorkerId, std::string> Pool::load_errors(const Digest& class_key) const {
  const auto failed = load_failed_.find(class_key);
  if (failed == load_failed_.end()) return {};
  return failed->second;
}

void Pool::bar(Instant now, const Digest& class_key) {
  const Class& of = classes_.at(class_key);
  const std::map<WorkerId, std::string>& failed = load_failed_[class_key];
  const bool others = std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    return node.second.is_open && node.second.engines.contains(of.engine) &&
           !failed.contains(node.first);
  });
  for (const auto& [worker, why] : failed) {
    dispatcher_.bar(now, nodes_.at(worker).number, of.number, others);
  }
}

void Pool::bar_again(Instant now) {
  for (const auto& [class_key, failed] : load_failed_) {
    if (!failed.empty()) bar(now, class_key);
  }
}

// ---- work ----

ClassNumber Pool::class_of(const Digest& class_key, const std::string& engine) {
  const auto known = classes_.find(class_key);
  if (known != classes_.end()) return known->second.number;
  const ClassNumber number = dispatcher_.add_class({1, group_of(engine), Estimates::load_prior});
  classes_[class_key] = {number, engine};
  return number;
}

void Pool::followed(Instant now, const State& state, const Job& source) {
  // The followers' alone: what the job itself is may change without them.
  std::optional<Urgency> most;
  for (const JobId id : state.followers_of(source.accepted.job)) {
    const Job& follower = *state.job(id);
    if (!follower.open() || follower.waiting.empty() || state.held(follower)) continue;
    // A priority orders the work of its own team only.
    const bool same_team = follower.team == source.team;
    const Urgency its{follower.accepted.tier, same_team ? follower.priority : INT32_MIN};
    if (!most) most = its;
    if (goes_before(its.tier, most->tier)) most->tier = its.tier;
    most->priority = std::max(most->priority, its.priority);
  }
  if (most) {
    followed_[source.accepted.job] = *most;
  } else {
    followed_.erase(source.accepted.job);
  }
  wait(now, state, source);
}

void Pool::wait(Instant now, const State& state, const Job& job) {
  const JobAccepted& accepted = job.accepted;
  JobDemand demand;
  demand.class_number = class_of(accepted.class_key, state.model(accepted.model)->engine);
  demand.team = job.team;
  const Urgency urgent = urgency(job);
  demand.tier = urgent.tier;
  demand.priority = urgent.priority;
  if (!job.open()) followed_.erase(accepted.job);
  if (accepted.within > Duration{}) demand.deadline = job.accepted_at + accepted.within;
  demand.items = state.held(job) ? 0 : job.pending.size();
  demand.item_time = estimates_.item_time(demand.class_number, accepted.suite);
  dispatcher_.wait(now, accepted.job, demand);
}

void Pool::ran(Instant now, const Job& job, WorkerId worker, std::uint32_t slot, Instant busy_since,
               std::uint64_t items) {
  const auto node = nodes_.find(worker);
  const auto known = classes_.find(job.accepted.class_key);
  if (node == nodes_.end() || known == classes_.end() || items == 0) return;
  if (slot >= node->second.loaded_at.size()) return;
  const Instant since = std::max(busy_since, node->second.loaded_at[slot]);
  // Beside what others did: a worker is no measure of itself.
  const Estimates::Expected expected = estimates_.expect(known->second.number, job.accepted.suite);
  if (expected.basis == Estimates::Basis::class_and_suite) {
    node->second.pace.ran(items, now - since, expected.item * static_cast<std::int64_t>(items));
  }
  estimates_.ran(known->second.number, job.accepted.suite, items, now - since);
}

// ---- questions ----

Pool::Urgency Pool::urgency(const Job& job) const {
  Urgency urgent{job.accepted.tier, job.priority};
  const auto followed = followed_.find(job.accepted.job);
  if (followed == followed_.end()) return urgent;
  if (goes_before(followed->second.tier, urgent.tier)) urgent.tier = followed->second.tier;
  urgent.priority = std::max(urgent.priority, followed->second.priority);
  return urgent;
}

std::int64_t Pool::pace(WorkerId worker) const {
  const auto node = nodes_.find(worker);
  return node == nodes_.end() ? 1000 : node->second.pace.thousandths();
}

std::optional<Pool::IdleSlot> Pool::idle_slot(const Digest& class_key) const {
  const std::optional<ClassNumber> number = class_number(class_key);
  if (!number) return std::nullopt;
  const Placement& placement = dispatcher_.placement();
  for (const LoadedSlot& loaded : loaded_slots(class_key)) {
    const bool is_idle = placement.idle(block_of(loaded.worker, loaded.slot));
    if (is_idle) return IdleSlot{loaded.worker, loaded.slot, {}};
  }
  const auto failed = load_failed_.find(class_key);
  const auto passes = [&](const Block& block) {
    const bool is_reserved =
        dispatcher_.reservation() && dispatcher_.reservation()->block.node == block.node;
    const WorkerId worker = workers_.at(block.node);
    return !is_reserved && (failed == load_failed_.end() || !failed->second.contains(worker));
  };
  const ClassSpec& spec = dispatcher_.waiting().spec(*number);
  const std::optional<Block> block =
      placement.best_fit(spec.gpus, spec.group, passes, nodes_looked_at);
  if (!block) return std::nullopt;
  return IdleSlot{workers_.at(block->node), block->first, spec.load};
}

std::uint64_t Pool::sharers(const Digest& class_key) const {
  const std::optional<ClassNumber> number = class_number(class_key);
  if (!number) return 1;
  const WaitingWork& waiting = dispatcher_.waiting();
  const auto slots = static_cast<std::uint64_t>(waiting.slots(*number));
  const std::uint64_t idle = waiting.pays(*number) ? idle_gpus() / waiting.spec(*number).gpus : 0;
  return std::max<std::uint64_t>(1, slots + idle);
}

Duration Pool::load_time(const Digest& class_key) const {
  const std::optional<ClassNumber> number = class_number(class_key);
  return number ? dispatcher_.waiting().spec(*number).load : Estimates::load_prior;
}

std::optional<ClassNumber> Pool::class_number(const Digest& class_key) const {
  const auto known = classes_.find(class_key);
  if (known == classes_.end()) return std::nullopt;
  return known->second.number;
}

std::vector<Pool::LoadedSlot> Pool::loaded_slots(const Digest& class_key) const {
  std::vector<LoadedSlot> slots;
  const std::optional<ClassNumber> number = class_number(class_key);
  if (!number) return slots;
  for (const auto& [worker, node] : nodes_) {
    for (std::uint32_t slot = 0; slot < node.loaded_at.size(); ++slot) {
      const Block block{node.number, slot, 1};
      if (dispatcher_.loaded(block) != number) continue;
      slots.push_back({worker, slot, dispatcher_.busy(block)});
    }
  }
  return slots;
}

Estimates::Expected Pool::expect(const Digest& class_key, const std::string& suite) const {
  return estimates_.expect(class_number(class_key), suite);
}

// ---- what next ----

Assignment Pool::assignment_of(const Start& start) const {
  return {workers_.at(start.block.node), start.block.first, start.job, start.items,
          dispatcher_.waiting().demand(start.job).item_time};
}

std::optional<Assignment> Pool::next(Instant now, const Ledger& ledger) {
  const std::optional<Start> start = dispatcher_.next(now, ledger);
  if (!start) return std::nullopt;
  return assignment_of(*start);
}

std::optional<Assignment> Pool::more(Instant now, const Ledger& ledger, WorkerId worker,
                                     std::uint32_t slot) {
  const std::optional<Start> start = dispatcher_.more(now, ledger, block_of(worker, slot));
  if (!start) return std::nullopt;
  return assignment_of(*start);
}

void Pool::ask_to_yield(Instant now, const Ledger& ledger) {
  while (dispatcher_.yields(now, ledger)) {
  }
}

}  // namespace gwageo
