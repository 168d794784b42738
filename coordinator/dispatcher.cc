#include "coordinator/dispatcher.h"

#include <algorithm>
#include <bit>

#include "coordinator/planted_bug.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

// Blocks looked at before a search gives up: a decision costs no more in a larger pool.
constexpr int tries_of_search = 16;
// Classes that have waited too long, looked at in one decision.
constexpr int aged_of_decision = 4;

Duration thousandths(Duration of, std::int64_t count) { return {of.microseconds * count / 1000}; }

}  // namespace

Dispatcher::Dispatcher(PolicyKnobs knobs) : knobs_(knobs), waiting_(knobs.theta) {}

// ---- the fleet ----

NodeNumber Dispatcher::join(std::uint32_t gpus, std::uint64_t groups) {
  base_.push_back(slots_.size());
  slots_.resize(slots_.size() + gpus);
  owner_.resize(owner_.size() + gpus, nobody);
  stirred_ = true;
  return placement_.join(gpus, groups);
}

void Dispatcher::open(NodeNumber node, bool is_open) {
  placement_.open(node, is_open);
  stirred_ = true;
  if (reservation_ && reservation_->block.node == node && !is_open) drop_reservation();
}

void Dispatcher::lose(Instant now, NodeNumber node) {
  open(node, false);
  for (std::uint32_t gpu = 0; gpu < placement_.gpus(node); ++gpu) {
    Slot& slot = slots_[base_[node] + gpu];
    if (slot.width == 0) continue;
    if (slot.busy) placement_.vacate({node, gpu, slot.width});
    slot.busy = false;
    unload_slot(now, {node, gpu, slot.width});
  }
}

// ---- the work ----

ClassNumber Dispatcher::add_class(const ClassSpec& spec) {
  warm_.emplace_back();
  return waiting_.add_class(spec);
}

void Dispatcher::set_load(ClassNumber number, Duration load) { waiting_.set_load(number, load); }

void Dispatcher::wait(Instant now, JobId job, const JobDemand& demand) {
  const std::int64_t before = waiting_.work(demand.class_number);
  waiting_.set(now, job, demand);
  if (waiting_.work(demand.class_number) <= before) return;
  stirred_ = true;
  if (!warm_[demand.class_number].empty()) woken_.insert(demand.class_number);
}

// ---- what runs ----

void Dispatcher::end(Instant, const Block& block) {
  Slot& slot = slots_[index(block)];
  GWAGEO_CHECK(slot.busy && slot.width == block.width);
  slot.busy = false;
  placement_.vacate(block);
  warm_[slot.class_number].emplace(block.node, block.first);
  freed_.emplace(block.node, block.first);
  stirred_ = true;
  if (limited_.empty()) return;
  freed_.insert(*limited_.begin());  // A limit may have room now.
  limited_.erase(limited_.begin());
}

void Dispatcher::unload(Instant now, const Block& block) {
  const Slot& slot = slots_[index(block)];
  GWAGEO_CHECK(!slot.busy && slot.width == block.width);
  unload_slot(now, block);
}

void Dispatcher::unload_slot(Instant now, const Block& block) {
  Slot& slot = slots_[index(block)];
  warm_[slot.class_number].erase({block.node, block.first});
  waiting_.add_slots(now, slot.class_number, -1);
  for (std::uint32_t gpu = 0; gpu < slot.width; ++gpu) owner_[index(block) + gpu] = nobody;
  slot = {};
  stirred_ = true;  // What is left of the class's work may pay for another slot.
}

void Dispatcher::unload_within(Instant now, const Block& block) {
  for (std::uint32_t gpu = block.first; gpu < block.first + block.width; ++gpu) {
    const std::uint32_t first = owner_[base_[block.node] + gpu];
    if (first == nobody) continue;
    const Slot& slot = slots_[base_[block.node] + first];
    GWAGEO_CHECK(!slot.busy);
    unload_slot(now, {block.node, first, slot.width});
  }
}

// ---- the policy ----

std::optional<Start> Dispatcher::next(Instant now, const Ledger& ledger) {
  if (std::optional<Start> start = for_reservation(now, ledger)) return start;
  while (!freed_.empty()) {
    const auto [node, first] = *freed_.begin();
    freed_.erase(freed_.begin());
    const Slot& slot = slots_[base_[node] + first];
    if (slot.width == 0 || slot.busy) continue;  // Unloaded, or at work again.
    if (std::optional<Start> start = for_slot(now, ledger, {node, first, slot.width})) {
      return start;
    }
  }
  while (!woken_.empty()) {
    const ClassNumber number = *woken_.begin();
    if (waiting_.work(number) > 0 && !warm_[number].empty()) {
      const auto [node, first] = *warm_[number].begin();
      const std::uint32_t width = slots_[base_[node] + first].width;
      if (std::optional<Start> start = for_slot(now, ledger, {node, first, width})) return start;
    }
    woken_.erase(number);
  }
  return for_idle(now, ledger);
}

// A lead is measured as it will be when the slot could next change its mind, so that a team that is
// catching up already is given no more slots than it needs for that: by the lead of now alone, all
// of a team's slots would change to the other, and back.
bool Dispatcher::leaves(const Ledger& ledger, ClassNumber here, TeamNumber head,
                        TeamNumber other) const {
  const ClassSpec& spec = waiting_.spec(here);
  const Duration serves_on = thousandths(spec.load, knobs_.slack) + knobs_.sticky;
  const __int128 borne = static_cast<__int128>(serves_on.microseconds) * spec.gpus *
                         placement_.open_gpus() / ledger.weight_beside(head, other);
  return ledger.lead(head, other, thousandths(serves_on, knobs_.horizon)) > borne;
}

bool Dispatcher::settled_in(Instant now, const Slot& slot) const {
  return slot.since + thousandths(waiting_.spec(slot.class_number).load, knobs_.settle) <= now;
}

// Of the teams that a change of model could serve, whoever was served least.
std::optional<TeamNumber> Dispatcher::least_served(const Ledger& ledger, const ClassSet& fitting,
                                                   const ClassSet& without) const {
  std::optional<TeamNumber> least;
  for (const TeamNumber team : waiting_.teams()) {
    if (least && !ledger.before(team, *least)) continue;
    if (class_with_most(ledger, fitting, without, team, true)) least = team;
  }
  return least;
}

// Of the team's classes that pay, the one with most work for each slot; `any` is quicker.
std::optional<ClassNumber> Dispatcher::class_with_most(const Ledger& ledger,
                                                       const ClassSet& fitting,
                                                       const ClassSet& without, TeamNumber team,
                                                       bool any) const {
  std::optional<ClassNumber> most;
  const ClassSet& paying = waiting_.paying();
  const ClassSet& mine = waiting_.classes_of(team);
  for (std::size_t i = 0; i < paying.word_count(); ++i) {
    std::uint64_t bits = mine.word(i) & paying.word(i) & fitting.word(i) & ~without.word(i);
    for (; bits != 0; bits &= bits - 1) {
      const auto number = static_cast<ClassNumber>(i * 64 + std::countr_zero(bits));
      if (most && waiting_.pressure(number) <= waiting_.pressure(*most)) continue;
      const bool allowed = ledger.may_hold(team, waiting_.spec(number).gpus) ||
                           planted(PlantedBug::limit_after_grant);
      if (!allowed) continue;
      most = number;
      if (any) return most;
    }
  }
  return most;
}

std::optional<Start> Dispatcher::for_slot(Instant now, const Ledger& ledger, const Block& freed) {
  if (!placement_.idle(freed)) return std::nullopt;
  const Slot& slot = slots_[index(freed)];
  const ClassNumber here = slot.class_number;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, here);
  const auto stay = [&] { return head ? start(now, freed, here, *head) : std::nullopt; };
  if ((head && !settled_in(now, slot)) || is_reserved(freed)) return stay();

  const ClassSet& fitting = waiting_.fitting(placement_.groups(freed.node));
  if (head) {
    if (const std::optional<ClassNumber> aged = long_unserved(now, ledger, fitting, *head)) {
      if (const auto block = fit_around(freed, waiting_.spec(*aged).gpus)) {
        return start(now, *block, *aged, *head);
      }
    }
  }
  ClassSet without;
  without.put(here, true);
  while (const auto team = least_served(ledger, fitting, without)) {
    if (head && !leaves(ledger, here, *head, *team)) return stay();
    const ClassNumber number = *class_with_most(ledger, fitting, without, *team, false);
    const ClassSpec& spec = waiting_.spec(number);
    if (const auto block = fit_around(freed, spec.gpus)) return start(now, *block, number, *team);
    if (!reservation_) reserve(now, number);
    without.put_all(waiting_.as_wide_as(spec.gpus, spec.group));
    if (is_reserved(freed)) break;
  }
  if (!head && waiting_.work(here) > 0) limited_.emplace(freed.node, freed.first);
  return stay();
}

std::optional<Start> Dispatcher::for_idle(Instant now, const Ledger& ledger) {
  if (!stirred_) return std::nullopt;
  stirred_ = false;
  if (placement_.idle_gpus() == 0) return std::nullopt;
  const ClassSet& fitting = waiting_.fitting(placement_.idle_groups());
  const auto passes = [&](const Block& block) { return !is_reserved(block); };
  ClassSet without;
  while (const auto team = least_served(ledger, fitting, without)) {
    const ClassNumber number = *class_with_most(ledger, fitting, without, *team, false);
    const ClassSpec& spec = waiting_.spec(number);
    const auto block = placement_.best_fit(spec.gpus, spec.group, passes, tries_of_search);
    if (block) {
      stirred_ = true;
      return start(now, *block, number, *team);
    }
    if (!reservation_) reserve(now, number);
    without.put_all(waiting_.as_wide_as(spec.gpus, spec.group));
  }
  return std::nullopt;
}

std::optional<ClassNumber> Dispatcher::long_unserved(Instant now, const Ledger& ledger,
                                                     const ClassSet& fitting,
                                                     TeamNumber team) const {
  int looked_at = 0;
  for (const auto& [since, number] : waiting_.unserved()) {
    if (since + knobs_.patience > now || looked_at++ == aged_of_decision) break;
    const bool serves = fitting.contains(number) && waiting_.classes_of(team).contains(number);
    if (serves && ledger.may_hold(team, waiting_.spec(number).gpus)) return number;
  }
  return std::nullopt;
}

// ---- blocks ----

std::optional<Block> Dispatcher::fit_around(const Block& freed, std::uint32_t width) const {
  const Block block{freed.node, freed.first / width * width, width};
  if (!placement_.idle(block) || is_reserved(block)) return std::nullopt;
  return block;
}

bool Dispatcher::is_reserved(const Block& block) const {
  if (!reservation_ || reservation_->block.node != block.node) return false;
  const Block& reserved = reservation_->block;
  return block.first < reserved.first + reserved.width &&
         reserved.first < block.first + block.width;
}

std::optional<Start> Dispatcher::for_reservation(Instant now, const Ledger& ledger) {
  if (!reservation_) return std::nullopt;
  const Reservation reserved = *reservation_;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, reserved.class_number);
  const bool is_wanted = head && waiting_.pays(reserved.class_number);
  if (is_wanted && !placement_.idle(reserved.block)) return std::nullopt;
  drop_reservation();
  if (!is_wanted) return std::nullopt;
  return start(now, reserved.block, reserved.class_number, *head);
}

void Dispatcher::drop_reservation() {
  const Block block = reservation_->block;
  reservation_.reset();
  stirred_ = true;
  for (std::uint32_t gpu = block.first; gpu < block.first + block.width; ++gpu) {
    const std::uint32_t owner = owner_[base_[block.node] + gpu];
    if (owner != nobody) freed_.emplace(block.node, owner);
  }
}

// The block that falls free first; of equal ones that which stands idle least until then.
void Dispatcher::reserve(Instant now, ClassNumber number) {
  const ClassSpec& spec = waiting_.spec(number);
  std::optional<std::pair<Instant, std::int64_t>> best;
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    if (!placement_.is_open(node) || (placement_.groups(node) >> spec.group & 1) == 0) continue;
    for (std::uint32_t first = 0; first + spec.gpus <= placement_.gpus(node); first += spec.gpus) {
      Instant until = now;
      std::int64_t busy = 0;
      for (std::uint32_t gpu = first; gpu < first + spec.gpus; ++gpu) {
        const std::uint32_t owner = owner_[base_[node] + gpu];
        if (owner == nobody || !slots_[base_[node] + owner].busy) continue;
        const Instant ends = slots_[base_[node] + owner].ends;
        until = std::max(until, ends);
        busy += (ends - now).microseconds;
      }
      const std::pair<Instant, std::int64_t> cost{until,
                                                  (until - now).microseconds * spec.gpus - busy};
      if (best && cost >= *best) continue;
      best = cost;
      reservation_ = Reservation{number, {node, first, spec.gpus}, until};
    }
  }
}

// ---- starting ----

std::optional<Start> Dispatcher::start(Instant now, const Block& block, ClassNumber number,
                                       TeamNumber team) {
  const std::size_t at = index(block);
  const bool is_warm = slots_[at].width == block.width && slots_[at].class_number == number;
  const std::optional<Start> run = run_of(now, block, number, team);
  if (!run) return std::nullopt;
  if (!is_warm) {
    unload_within(now, block);
    slots_[at] = {number, block.width, false, now, now};
    for (std::uint32_t gpu = 0; gpu < block.width; ++gpu) owner_[at + gpu] = block.first;
    waiting_.add_slots(now, number, 1);
  }
  warm_[number].erase({block.node, block.first});
  slots_[at].busy = true;
  slots_[at].ends = now + run->estimate + (is_warm ? Duration{} : waiting_.spec(number).load);
  placement_.occupy(block);
  Start started = *run;
  started.load = !is_warm;
  return started;
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
  const Slot& slot = slots_[index(block)];
  GWAGEO_CHECK(slot.busy && slot.width == block.width);
  const ClassNumber here = slot.class_number;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, here);
  if (!head || !placement_.is_open(block.node)) return std::nullopt;
  if (settled_in(now, slot) && !is_reserved(block)) {
    const ClassSet& fitting = waiting_.fitting(placement_.groups(block.node));
    ClassSet without;
    without.put(here, true);
    const std::optional<TeamNumber> team = least_served(ledger, fitting, without);
    if (team && leaves(ledger, here, *head, *team)) return std::nullopt;
  }
  std::optional<Start> run = run_of(now, block, here, *head);
  if (run) slots_[index(block)].ends = slots_[index(block)].ends + run->estimate;
  return run;
}

void Dispatcher::check() const {
  placement_.check();
  waiting_.check();
  std::vector<std::int64_t> slots(waiting_.class_count(), 0);
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    for (std::uint32_t gpu = 0; gpu < placement_.gpus(node); ++gpu) {
      const Slot& slot = slots_[base_[node] + gpu];
      if (slot.width == 0) continue;
      ++slots[slot.class_number];
      GWAGEO_CHECK(warm_[slot.class_number].contains({node, gpu}) == !slot.busy);
      for (std::uint32_t i = 0; i < slot.width; ++i) {
        GWAGEO_CHECK(owner_[base_[node] + gpu + i] == gpu);
      }
    }
  }
  for (ClassNumber i = 0; i < slots.size(); ++i) GWAGEO_CHECK(slots[i] == waiting_.slots(i));
}

}  // namespace gwageo
