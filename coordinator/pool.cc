#include "coordinator/pool.h"

#include <algorithm>
#include <utility>

#include "coordinator/suspicion.h"
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

std::uint32_t Pool::group_of(const Requirement& requirement) {
  const auto next = static_cast<std::uint32_t>(std::min<std::size_t>(groups_.size(), shared_group));
  const auto [it, is_new] = groups_.try_emplace(requirement, next);
  if (!is_new) return it->second;
  for (const auto& [worker, node] : nodes_) dispatcher_.regroup(node.number, groups_of(node));
  return next;
}

std::uint64_t Pool::groups_of(const Node& node) const {
  std::uint64_t groups = 0;
  for (const auto& [requirement, group] : groups_) {
    if (node.meets(requirement)) groups |= std::uint64_t{1} << group;
  }
  return groups;
}

void Pool::join(Instant now, WorkerId worker, std::uint32_t slots, std::vector<std::string> engines,
                const Gpus& gpus, std::uint32_t loads, Answerer who) {
  leave(now, worker);
  Node node{0, std::move(engines), gpus, true, std::vector<Instant>(slots), {}, std::move(who)};
  node.joined_at = now;
  std::vector<NodeNumber>& left = left_[slots];
  if (left.empty()) {
    node.number = dispatcher_.join(slots, groups_of(node));
  } else {
    node.number = left.back();
    left.pop_back();
    dispatcher_.regroup(node.number, groups_of(node));
    dispatcher_.open(now, node.number, true);
  }
  dispatcher_.limit_loads(node.number, loads);
  workers_[node.number] = worker;
  nodes_[worker] = std::move(node);
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
  for (const Digest& class_key : crowded_) {
    dispatcher_.bar(now, number, classes_.at(class_key).number, false);
  }
  dispatcher_.lose(now, number);
  load_costs_.lose(number);
  left_[dispatcher_.placement().gpus(number)].push_back(number);
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

bool Pool::has_block(WorkerId worker, std::uint32_t slot, const Job& job) const {
  return fits(nodes_.at(worker), slot, job.accepted.gpus);
}

bool Pool::is_sound(WorkerId worker, std::uint32_t slot, const Job& job) const {
  const Block block{nodes_.at(worker).number, slot, job.accepted.gpus};
  return has_block(worker, slot, job) && !dispatcher_.placement().is_faulty(block);
}

bool Pool::has_room(WorkerId worker, std::uint32_t slot, const Job& job) const {
  const Block block{nodes_.at(worker).number, slot, job.accepted.gpus};
  return is_sound(worker, slot, job) && !dispatcher_.placement().in_use(block);
}

std::uint32_t Pool::sound_blocks(WorkerId worker, std::uint32_t gpus) const {
  return dispatcher_.placement().sound_blocks(nodes_.at(worker).number, gpus);
}

bool Pool::could_run(WorkerId worker, const State& state, const Job& job) const {
  return sound_blocks(worker, job.accepted.gpus) > 0 &&
         nodes_.at(worker).meets(requirement_of(state, job.accepted));
}

void Pool::runs(Instant now, WorkerId worker, std::uint32_t slot, const State& state,
                const Job& job) {
  const Class& of = class_of(now, state, job.accepted);
  const Block block{nodes_.at(worker).number, slot, of.gpus};
  if (dispatcher_.busy(block)) return;
  dispatcher_.adopt(now, block, of.number, true, job.team, urgency(job).tier);
}

std::optional<Block> Pool::block_at(const Node& node, std::uint32_t slot) const {
  const std::optional<ClassNumber> number = dispatcher_.loaded(node.number, slot);
  if (!number) return std::nullopt;
  return Block{node.number, slot, dispatcher_.waiting().spec(*number).gpus};
}

void Pool::ended(Instant now, WorkerId worker, std::uint32_t slot) {
  Node& node = nodes_.at(worker);
  const std::optional<Block> block = block_at(node, slot);
  if (!block || !dispatcher_.busy(*block)) return;
  if (dispatcher_.loads().is_loading(*block)) {
    node.broken_off.insert(slot);  // Whoever came next would wait for it, and pay.
    return;
  }
  node.broken_off.erase(slot);
  dispatcher_.end(now, *block);
}

void Pool::stopped_loading(Instant now, WorkerId worker, std::uint32_t slot) {
  const auto node = nodes_.find(worker);
  if (node == nodes_.end() || slot >= node->second.loaded_at.size()) return;
  if (const std::optional<Block> block = block_at(node->second, slot)) ready(now, *block);
}

void Pool::reported(Instant now, WorkerId worker, const std::vector<SlotReport>& slots) {
  Node& node = nodes_.at(worker);
  std::uint64_t faulty = 0;
  for (std::uint32_t slot = 0; slot < slots.size() && slot < node.loaded_at.size(); ++slot) {
    if (!slots[slot].fault.empty()) faulty |= std::uint64_t{1} << slot;
  }
  if (dispatcher_.placement().faulty(node.number) != faulty) {
    dispatcher_.set_faulty(now, node.number, faulty);
    bar_again(now);
  }
  for (std::uint32_t slot = 0; slot < slots.size() && slot < node.loaded_at.size(); ++slot) {
    std::optional<Block> known = block_at(node, slot);
    if (slots[slot].loading) continue;
    if (node.broken_off.erase(slot) > 0) {  // Nobody had it any more.
      stopped_loading(now, worker, slot);
      if (known && dispatcher_.busy(*known)) dispatcher_.end(now, *known);
      known = block_at(node, slot);  // It is unloaded where the class is barred.
    }
    const auto said = classes_.find(slots[slot].class_key);
    const bool is_known = known && said != classes_.end() &&
                          dispatcher_.loaded(node.number, slot) == said->second.number;
    if (is_known) ready(now, *known);
    if (known && dispatcher_.busy(*known)) continue;
    if (said == classes_.end()) {
      if (known) dispatcher_.unload(now, *known);
      continue;
    }
    const Class& of = said->second;
    const Block block{node.number, slot, of.gpus};
    const bool is_free = fits(node, slot, of.gpus) && !dispatcher_.placement().in_use(block);
    if (!is_known && is_free) dispatcher_.adopt(now, block, of.number, false);
  }
}

// ---- work ----

const Pool::Class& Pool::class_of(Instant now, const State& state, const JobAccepted& job) {
  const auto known = classes_.find(job.class_key);
  if (known != classes_.end()) return known->second;
  Class& added = classes_[job.class_key];
  added.gpus = job.gpus;
  added.requirement = requirement_of(state, job);
  const ModelAdded& model = model_of(state, job);
  added.model = model.digest;
  added.elsewhere = !is_worker_to_blame(model.engine);
  LoadPrior prior = load_prior(model);
  const Duration load = load_costs_.expect(prior).load;
  const std::uint32_t group = group_of(added.requirement);
  added.number = dispatcher_.add_class({job.gpus, group, load});
  load_costs_.add(added.number, std::move(prior));
  if (group == shared_group) {
    crowded_.insert(job.class_key);
    bar(now, job.class_key);
  }
  for (const auto& [worker, node] : nodes_) {
    if (node.cached.contains(added.model)) set_cached(node, added);
  }
  return added;
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
  demand.class_number = class_of(now, state, accepted).number;
  demand.team = job.team;
  const Urgency urgent = urgency(job);
  demand.tier = urgent.tier;
  demand.priority = urgent.priority;
  if (!job.open()) followed_.erase(accepted.job);
  if (accepted.within > Duration{}) demand.deadline = job.accepted_at + accepted.within;
  demand.items = state.held(job) ? 0 : job.pending.size();
  demand.item_time = estimates_.item_time(demand.class_number, accepted.suite);
  demand.untried = !estimates_.is_tried(demand.class_number, accepted.suite);
  dispatcher_.wait(now, accepted.job, demand);
}

// ---- questions ----

Pool::Urgency Pool::urgency(const Job& job) const {
  Urgency urgent{job.accepted.tier, job.priority};
  const auto followed = followed_.find(job.accepted.job);
  if (followed != followed_.end()) {
    if (goes_before(followed->second.tier, urgent.tier)) urgent.tier = followed->second.tier;
    urgent.priority = std::max(urgent.priority, followed->second.priority);
  }
  if (urgent.tier == Tier::audit && !audits_first_) urgent.tier = Tier::interactive;
  return urgent;
}

void Pool::pass(Instant now, const State& state) {
  audits_.pass(now, dispatcher_.placement().open_gpus());
  if (audits_.is_left() == audits_first_) return;
  audits_first_ = audits_.is_left();
  for (const auto& [priority, id] : state.queue()) {
    const Job& job = *state.job(id);
    const auto followed = followed_.find(id);
    const bool is_audit = job.accepted.tier == Tier::audit ||
                          (followed != followed_.end() && followed->second.tier == Tier::audit);
    if (is_audit) wait(now, state, job);
  }
}

std::int64_t Pool::pace(WorkerId worker) const {
  const auto node = nodes_.find(worker);
  return node == nodes_.end() ? 1000 : node->second.pace.thousandths();
}

std::optional<Pool::IdleSlot> Pool::idle_slot(const Digest& class_key,
                                              std::optional<WorkerId> but) const {
  const auto known = classes_.find(class_key);
  if (known == classes_.end()) return std::nullopt;
  const Class& of = known->second;
  const Placement& placement = dispatcher_.placement();
  const auto helps = [&](WorkerId worker) { return worker != but && pace(worker) < Pace::slow; };
  for (const LoadedSlot& loaded : loaded_slots(class_key)) {
    if (!helps(loaded.worker) || loaded.busy) continue;
    const bool is_idle = placement.idle(*block_at(nodes_.at(loaded.worker), loaded.slot));
    if (is_idle) return IdleSlot{loaded.worker, loaded.slot, {}};
  }
  const auto failed = load_failed_.find(class_key);
  const auto passes = [&](const Block& block) {
    const bool is_reserved =
        dispatcher_.reservation() && dispatcher_.reservation()->block.node == block.node;
    const WorkerId worker = workers_.at(block.node);
    return !is_reserved && helps(worker) && !dispatcher_.loads().is_full(block.node) &&
           nodes_.at(worker).meets(of.requirement) &&
           (failed == load_failed_.end() || !failed->second.contains(worker));
  };
  const ClassSpec& spec = dispatcher_.waiting().spec(of.number);
  const std::optional<Block> block =
      placement.best_fit(spec.gpus, spec.group, passes, nodes_looked_at);
  if (!block) return std::nullopt;
  const Duration load = dispatcher_.load_on(*block, of.number);
  return IdleSlot{workers_.at(block->node), block->first, load};
}

std::uint64_t Pool::sharers(const Digest& class_key) const {
  const std::optional<ClassNumber> number = class_number(class_key);
  if (!number) return 1;
  const WaitingWork& waiting = dispatcher_.waiting();
  const auto slots = static_cast<std::uint64_t>(waiting.slots(*number));
  const std::uint64_t idle = waiting.pays(*number) ? idle_gpus() / waiting.spec(*number).gpus : 0;
  return std::max<std::uint64_t>(1, slots + idle);
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
      if (dispatcher_.loaded(node.number, slot) != number) continue;
      const Block block = *block_at(node, slot);
      slots.push_back(
          {worker, slot, dispatcher_.busy(block), dispatcher_.loads().is_loading(block)});
    }
  }
  return slots;
}

bool Pool::is_loading(WorkerId worker, std::uint32_t slot) const {
  const std::optional<Block> block = block_at(nodes_.at(worker), slot);
  return block && dispatcher_.loads().is_loading(*block);
}

Estimates::Expected Pool::expect(const Digest& class_key, const std::string& suite) const {
  return estimates_.expect(class_number(class_key), suite);
}

// ---- what next ----

Assignment Pool::begun(Instant now, const Start& start) {
  const std::optional<ClassNumber> number = dispatcher_.loaded(start.block.node, start.block.first);
  if (start.load) begin_load(now, start.block);
  for (const auto& [class_key, failed] : load_failed_) {
    const bool is_of = classes_.at(class_key).number == number;
    if (is_of && failed.contains(workers_.at(start.block.node))) bar(now, class_key);
  }
  return {workers_.at(start.block.node), start.block.first, start.job, start.items,
          dispatcher_.waiting().demand(start.job).item_time};
}

std::optional<Assignment> Pool::next(Instant now, const Ledger& ledger) {
  if (try_again_at_ && *try_again_at_ <= now) bar_again(now);
  const std::optional<Start> start = dispatcher_.next(now, ledger);
  if (!start) return std::nullopt;
  return begun(now, *start);
}

std::optional<Assignment> Pool::more(Instant now, const Ledger& ledger, WorkerId worker,
                                     std::uint32_t slot) {
  const std::optional<Block> block = block_at(nodes_.at(worker), slot);
  GWAGEO_CHECK(block.has_value());
  const std::optional<Start> start = dispatcher_.more(now, ledger, *block);
  if (!start) return std::nullopt;
  return begun(now, *start);
}

void Pool::ask_to_yield(Instant now, const Ledger& ledger) {
  while (dispatcher_.yields(now, ledger)) {
  }
}

void Pool::lent(const Assignment& assignment, std::uint64_t items) {
  const std::optional<Block> block = block_at(nodes_.at(assignment.worker), assignment.slot);
  const auto fewer = static_cast<std::int64_t>(assignment.items - items);
  dispatcher_.shorten(*block, assignment.item_time * fewer);
}

}  // namespace gwageo
