#include "coordinator/dispatcher.h"

#include <algorithm>

#include "coordinator/planted_bug.h"
#include "protocol/check.h"

namespace gwageo {

Dispatcher::Dispatcher(PolicyKnobs knobs)
    : knobs_(knobs), waiting_(knobs.theta), loads_(knobs.loads_per_node, knobs.load_counts) {}

// ---- the fleet ----

NodeNumber Dispatcher::join(std::uint32_t nodes, std::uint32_t gpus, std::uint64_t groups) {
  for (std::uint32_t i = 0; i < nodes; ++i) slots_.join(gpus);
  stirred_ = true;
  const NodeNumber node = placement_.join(nodes, gpus, groups);
  look_for_room();
  return node;
}

void Dispatcher::regroup(NodeNumber node, std::uint64_t groups) {
  placement_.regroup(node, groups);
  look_for_room();
  stirred_ = true;
}

void Dispatcher::look_for_room() {
  bars_.set_nowhere(waiting_.without_room(
      [&](std::uint32_t gpus, std::uint32_t group) { return placement_.could_fit(gpus, group); }));
}

// Slots that are not open serve nobody: they do not count as a class's.
template <class Change>
void Dispatcher::reopen(Instant now, NodeNumber node, Change change) {
  const auto count = [&](int sign) {
    slots_.for_each(whole(node), [&](const Slot& slot) {
      if (placement_.is_open(slot.block)) waiting_.add_slots(now, slot.class_number, sign);
    });
  };
  count(-1);
  change();
  look_for_room();
  count(1);
  slots_.for_each(whole(node), [&](const Slot& slot) {
    if (placement_.is_open(slot.block)) {
      freed_.emplace(slot.block.node, slot.block.first);
    } else {
      yielding_.remove(slot.block);
    }
  });
  stirred_ = true;
  yields_from_ = now;
  if (reservation_ && !placement_.is_open(reservation_->block)) drop_reservation();
}

void Dispatcher::open(Instant now, NodeNumber node, bool is_open) {
  if (placement_.is_open(node) == is_open) return;
  reopen(now, node, [&] { placement_.open(node, is_open); });
}

void Dispatcher::set_faulty(Instant now, NodeNumber node, std::uint64_t gpus) {
  if (placement_.faulty(node) == gpus) return;
  reopen(now, node, [&] { placement_.set_faulty(node, gpus); });
}

void Dispatcher::lose(Instant now, NodeNumber node) {
  open(now, node, false);
  placement_.set_faulty(node, 0);
  for (const Block& block : slots_.blocks(whole(node))) {
    Slot& slot = slots_.at(block);
    if (slot.busy) {
      ready(now, block);
      placement_.vacate(block);
    }
    stop_running(slot);
    unload_slot(now, block);
  }
  loads_.lose(node);
  placement_.set_full(node, false);
}

void Dispatcher::limit_loads(NodeNumber node, std::uint32_t most) {
  loads_.limit(node, most);
  placement_.set_full(node, loads_.is_full(node));
  stirred_ = true;
}

// ---- the work ----

ClassNumber Dispatcher::add_class(const ClassSpec& spec) {
  warm_.emplace_back();
  const ClassNumber number = waiting_.add_class(spec);
  look_for_room();
  return number;
}

void Dispatcher::set_load(ClassNumber number, Duration load) { waiting_.set_load(number, load); }

void Dispatcher::set_load(ClassNumber number, NodeNumber node, Duration load) {
  loads_.expect(node, number, load);
}

Duration Dispatcher::load_on(const Block& block, ClassNumber number) const {
  Duration longest;
  placement_.for_each_part(block, [&](const Block& part) {
    const Duration load = loads_.expected(part.node, number).value_or(waiting_.spec(number).load);
    longest = std::max(longest, load);
  });
  return longest;
}

bool Dispatcher::is_barred(const Block& block, ClassNumber number) const {
  bool any = false;
  placement_.for_each_part(block, [&](const Block& part) { any |= bars_.has(part.node, number); });
  return any;
}

ClassSet Dispatcher::barred_on(const Block& block) const {
  ClassSet all = bars_.on(block.node);
  if (placement_.span(block) == 1) return all;
  placement_.for_each_part(block, [&](const Block& part) { all.put_all(bars_.on(part.node)); });
  return all;
}

bool Dispatcher::is_full(const Block& block) const {
  bool any = false;
  placement_.for_each_part(block, [&](const Block& part) { any |= loads_.is_full(part.node); });
  return any;
}

void Dispatcher::wait(Instant now, JobId job, const JobDemand& demand) {
  const std::int64_t before = waiting_.work(demand.class_number);
  waiting_.set(now, job, demand);
  if (waiting_.work(demand.class_number) <= before) return;
  stirred_ = true;
  yields_from_ = now;
  if (!warm_[demand.class_number].empty()) woken_.insert(demand.class_number);
}

void Dispatcher::bar(Instant now, NodeNumber node, ClassNumber number, bool barred) {
  if (!bars_.put(node, number, barred)) return;
  stirred_ = true;
  if (!barred) return;
  for (const Block& block : slots_.blocks(whole(node))) {
    const Slot& slot = slots_.at(block);
    if (slot.class_number == number && !slot.busy) unload_slot(now, block);
  }
}

// ---- what runs ----

void Dispatcher::adopt(Instant now, const Block& block, ClassNumber number, bool busy,
                       TeamNumber team, Tier tier) {
  const Slot& slot = slots_.at(block);
  const bool is_same = slot.block == block && slot.class_number == number;
  if (is_same && slot.busy == busy) return;
  GWAGEO_CHECK(!slot.busy);
  if (!busy && is_barred(block, number)) return;  // It may not run there, loaded or not.
  if (!is_same) occupy(now, block, number);
  if (!busy) {
    freed_.emplace(block.node, block.first);
    return;
  }
  warm_[number].erase({block.node, block.first});
  if (!is_same) {  // It loads, as far as anybody knows.
    placement_.for_each_part(block, [&](const Block& part) {
      loads_.begin(now, part, team);
      placement_.set_full(part.node, loads_.is_full(part.node));
    });
  }
  set_running(slots_.at(block), team, order_of(tier));
  slots_.at(block).ends = now;
  placement_.occupy(block);
}

void Dispatcher::set_running(Slot& slot, TeamNumber team, std::uint8_t tier) {
  stop_running(slot);
  slot.busy = true;
  slot.team = team;
  slot.tier = tier;
  ++running_[tier];
}

void Dispatcher::stop_running(Slot& slot) {
  if (slot.busy) --running_[slot.tier];
  slot.busy = false;
}

void Dispatcher::ready(Instant now, const Block& block, Duration took) {
  Slot& slot = slots_.at(block);
  slot.load = std::max(slot.load, std::min(took, now - slot.since));
  placement_.for_each_part(block, [&](const Block& part) {
    const bool was_full = loads_.is_full(part.node);
    if (!loads_.end(now, part) || !was_full) return;
    placement_.set_full(part.node, loads_.is_full(part.node));
    stirred_ = true;
  });
}

void Dispatcher::end(Instant now, const Block& block) {
  Slot& slot = slots_.at(block);
  GWAGEO_CHECK(slot.busy && slot.block == block);
  ready(now, block);  // Where it was broken off.
  stop_running(slot);
  yielding_.remove(block);
  placement_.vacate(block);
  warm_[slot.class_number].emplace(block.node, block.first);
  freed_.emplace(block.node, block.first);
  stirred_ = true;
  // What is loaded where it must not run helps nobody, and would count as the class's slot.
  if (is_barred(block, slot.class_number)) unload_slot(now, block);
  woken_.merge(limited_);  // A limit may have room now.
}

void Dispatcher::shorten(const Block& block, Duration by) {
  Slot& slot = slots_.at(block);
  GWAGEO_CHECK(slot.busy && slot.block == block);
  slot.ends.microseconds -= by.microseconds;
}

void Dispatcher::shares_changed() {
  waiting_.shares_changed();
  loads_.shares_changed();
  stirred_ = true;
  yields_from_ = {};
  woken_.merge(limited_);
}

void Dispatcher::unload(Instant now, const Block& block) {
  const Slot& slot = slots_.at(block);
  GWAGEO_CHECK(!slot.busy && slot.block == block);
  unload_slot(now, block);
}

void Dispatcher::unload_slot(Instant now, Block block) {
  Slot& slot = slots_.at(block);
  warm_[slot.class_number].erase({block.node, block.first});
  if (placement_.is_open(block)) waiting_.add_slots(now, slot.class_number, -1);
  slots_.take(block);
  stirred_ = true;  // What is left of the class's work may pay for another slot.
}

void Dispatcher::unload_within(Instant now, const Block& block) {
  for (const Block& there : slots_.blocks(block)) {
    GWAGEO_CHECK(!slots_.at(there).busy);
    unload_slot(now, there);
  }
}

// ---- the policy ----

std::optional<Start> Dispatcher::next(Instant now, const Ledger& ledger) {
  for (const NodeNumber node : loads_.pass(now)) {
    placement_.set_full(node, false);
    stirred_ = true;
  }
  if (std::optional<Start> start = for_reservation(now, ledger)) return start;
  while (!freed_.empty()) {
    const auto [node, first] = *freed_.begin();
    freed_.erase(freed_.begin());
    const Slot& slot = slots_.at(node, first);
    if (slot.block.width == 0 || slot.busy) continue;  // Unloaded, or at work again.
    const Block block = slot.block;
    if (std::optional<Start> start = for_slot(now, ledger, block)) return start;
  }
  while (!woken_.empty()) {
    const ClassNumber number = *woken_.begin();
    if (std::optional<Start> start = for_warm(now, ledger, number)) return start;
    woken_.erase(number);
  }
  return for_idle(now, ledger);
}

// ---- blocks ----

std::optional<Block> Dispatcher::fit_around(const Block& freed, std::uint32_t width) const {
  const std::optional<Block> block = placement_.around(freed.node, freed.first, width);
  if (!block || !placement_.idle(*block) || is_reserved(*block)) return std::nullopt;
  return block;
}

// ---- starting ----

std::optional<Start> Dispatcher::start(Instant now, const Ledger& ledger, const Block& block,
                                       ClassNumber number, TeamNumber team) {
  const Slot& before = slots_.at(block);
  const bool is_warm = before.block == block && before.class_number == number;
  const std::optional<Start> run = run_of(now, block, number, team);
  if (!run) return std::nullopt;
  if (!is_warm) occupy(now, block, number);
  warm_[number].erase({block.node, block.first});
  const JobDemand& demand = waiting_.demand(run->job);
  Slot& slot = slots_.at(block);
  set_running(slot, team, order_of(demand.tier));
  slot.item = demand.item_time;
  slot.ends = now + run->estimate + (is_warm ? Duration{} : load_on(block, number));
  if (!is_warm) begin_load(now, ledger, block, team);
  placement_.occupy(block);
  Start started = *run;
  started.load = !is_warm;
  return started;
}

// The class is loaded there from now on, and idle.
void Dispatcher::occupy(Instant now, const Block& block, ClassNumber number) {
  unload_within(now, block);
  slots_.put({number, block, false, 0, 0, now, now, {}, {}, {}});
  if (placement_.is_open(block)) waiting_.add_slots(now, number, 1);
  warm_[number].emplace(block.node, block.first);
}

std::optional<Start> Dispatcher::run_of(Instant now, const Block& block, ClassNumber number,
                                        TeamNumber team) const {
  const JobId job = waiting_.head_job(number, team);
  const JobDemand& demand = waiting_.demand(job);
  const std::int64_t item = demand.item_time.microseconds;
  // A share of what waits for each slot, so that runs shrink toward the end and all slots end
  // together (guided self-scheduling, Polychronopoulos and Kuck 1987).
  const std::int64_t each =
      waiting_.work(number) / std::max<std::int64_t>(1, waiting_.slots(number));
  std::int64_t run = std::clamp(each / 1000 * knobs_.run_share, knobs_.run_min.microseconds,
                                knobs_.run_max.microseconds);
  // The last of the team's work goes to all slots of the class, and not to one in a long run.
  run = std::min(run, std::max(waiting_.pressure(number, team), knobs_.run_min.microseconds));
  if (is_reserved(block) && block != reservation_->block &&
      !planted(PlantedBug::reservation_ignored)) {
    run = std::min(run, (reservation_->until - now).microseconds);
    if (run < item) return std::nullopt;
  }
  const auto fitting = static_cast<std::uint64_t>(std::max<std::int64_t>(1, run / item));
  const std::uint64_t items = std::min(fitting, demand.items);
  return Start{
      block, number, false, team, job, items, demand.item_time * static_cast<std::int64_t>(items)};
}

std::optional<Start> Dispatcher::more(Instant now, const Ledger& ledger, const Block& block) {
  const Slot& slot = slots_.at(block);
  GWAGEO_CHECK(slot.busy && slot.block == block);
  const ClassNumber here = slot.class_number;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, here, slot.team);
  if (!head || !placement_.is_open(block) || is_barred(block, here)) return std::nullopt;
  if (const Yield* const yield = yielding_.find(block)) {
    if (waiting_.waits(yield->for_class, yield->for_team)) return std::nullopt;
    yielding_.remove(block);  // It has come to its GPUs elsewhere.
  }
  // Somebody waits for just this block: it falls free now.
  const bool is_awaited = reservation_ && reservation_->block == block;
  if (is_awaited && reservation_->class_number != here) {
    return std::nullopt;
  }
  if (falls_free(now, ledger, block, *head)) return std::nullopt;
  std::optional<Start> run = run_of(now, block, here, *head);
  if (run) {
    Slot& longer = slots_.at(block);
    longer.ends = std::max(longer.ends, now) + run->estimate;
    set_running(longer, *head, order_of(waiting_.demand(run->job).tier));
  }
  return run;
}

std::optional<ClassNumber> Dispatcher::loaded(NodeNumber node, std::uint32_t first) const {
  const Slot& slot = slots_.at(node, first);
  if (slot.block.width == 0) return std::nullopt;
  return slot.class_number;
}

void Dispatcher::check() const {
  placement_.check();
  waiting_.check();
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    GWAGEO_CHECK(placement_.is_full(node) == loads_.is_full(node));
  }
  std::vector<std::int64_t> slots(waiting_.class_count(), 0);
  std::array<std::int64_t, Rank::tiers> running{};
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    for (std::uint32_t gpu = 0; gpu < placement_.gpus(node); ++gpu) {
      const Slot& slot = slots_.at(node, gpu);
      if (slot.block.width == 0) continue;
      GWAGEO_CHECK(slot.block.node == node && slot.block.first == gpu);
      GWAGEO_CHECK(placement_.lies(slot.block) && slots_.owns_all(slot.block));
      if (slot.busy) ++running[slot.tier];
      if (placement_.is_open(slot.block)) ++slots[slot.class_number];
      GWAGEO_CHECK(warm_[slot.class_number].contains({node, gpu}) == !slot.busy);
      GWAGEO_CHECK(slot.busy || !loads_.is_loading(slot.block));
    }
  }
  for (ClassNumber i = 0; i < slots.size(); ++i) GWAGEO_CHECK(slots[i] == waiting_.slots(i));
  GWAGEO_CHECK(running == running_);
  yielding_.for_each([&](const OutstandingYields::Asked& asked) {
    const Block& block = asked.yield.block;
    GWAGEO_CHECK(busy(block) && slots_.at(block).block == block);
  });
}

}  // namespace gwageo
