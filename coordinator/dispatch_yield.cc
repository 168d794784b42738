// Which runs are asked to yield, and for whom: the cheapest, and one for each slot that is wanted.
#include <algorithm>
#include <tuple>

#include "coordinator/dispatcher.h"
#include "protocol/check.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// Classes looked at in one decision.
constexpr int wants_of_decision = 4;
// When nobody is to yield, nobody looks again sooner, unless something comes up.
constexpr Duration look_again = seconds(1);

}  // namespace

std::optional<Yield> Dispatcher::yields(Instant now, const Ledger& ledger) {
  if (now < yields_from_) return std::nullopt;
  std::optional<Yield> yield = yield_in_reservation(now, ledger);
  if (!yield) yield = yield_for_first(now, ledger);
  if (!yield) {
    yields_from_ = now + look_again;
    return std::nullopt;
  }
  Slot& slot = slots_.at(yield->block);
  if (knobs_.cuts_runs) slot.ends = std::min(slot.ends, now + slot.item);
  ask(now, *yield);
  if (is_reserved(yield->block)) reservation_->until = free_at(now, reservation_->block);
  return yield;
}

// What was loaded or asked lately is left to pay for its load. What only changes hands loses none,
// but must get somewhere.
bool Dispatcher::may_yield(Instant now, const Slot& slot, ClassNumber number) const {
  if (slot.class_number == number) {
    return slot.since + waiting_.spec(number).load <= now && slot.yielded < now;
  }
  const Instant last = std::max(slot.since, slot.yielded);
  return settles_at(slot) <= now && last + knobs_.yield_settle <= now;
}

bool Dispatcher::wants_slot(const Ledger& ledger, ClassNumber number, TeamNumber team,
                            int soon) const {
  const std::int64_t coming = yielding_.coming(number) + soon;
  if (!ledger.may_hold(team, waiting_.spec(number).gpus * (coming + 1))) return false;
  const std::int64_t item = waiting_.demand(waiting_.head_job(number, team)).item_time.microseconds;
  const auto work = static_cast<Wide>(waiting_.work(number));
  if (static_cast<Wide>(item) * coming >= work) return false;  // Each has an item at least.
  const std::int64_t slots = waiting_.slots(number) + coming;
  const std::int64_t load = waiting_.spec(number).load.microseconds;
  return work * 1000 >= static_cast<Wide>(knobs_.theta) * load * slots;
}

// Nothing is worth asking in a block that comes free hardly sooner for it.
std::optional<Yield> Dispatcher::yield_in_reservation(Instant now, const Ledger& ledger) const {
  if (!reservation_ || !knobs_.cuts_runs) return std::nullopt;
  const Block& block = reservation_->block;
  const ClassNumber number = reservation_->class_number;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, number);
  if (!head) return std::nullopt;
  const Candidate gang{*head, waiting_.rank(number, *head).tier};
  const Slot* last = nullptr;
  std::optional<Yield> yield;
  Instant until = now;
  slots_.for_each(block, [&](const Slot& slot) {
    if (!slot.busy) return;
    Instant ends = slot.ends_after(now);
    Taking taking = taking_from(ledger, slot.class_number, {slot.team, slot.tier}, gang);
    taking.holder = slot.team;
    taking.takes = std::min(slot.block.width, block.width);
    if (yielding_.find(slot.block) == nullptr && may_yield(now, slot, number) &&
        grounds_to_take(ledger, taking, yielding_.promised()) != Grounds::none) {
      ends = std::min(ends, now + slot.item);
      if (last == nullptr || slot.ends > last->ends) {
        last = &slot;
        yield = Yield{slot.block, number, *head};
      }
    }
    until = std::max(until, ends);
  });
  if (until + knobs_.yield_after >= free_at(now, block)) return std::nullopt;
  return yield;
}

// Whoever would be next if a slot fell free; but only a tier and a guarantee cut a run short. As
// when a slot does fall free, nobody is passed over but who has no use for one.
std::optional<Yield> Dispatcher::yield_for_first(Instant now, const Ledger& ledger) const {
  std::size_t lowest = Rank::tiers;
  while (lowest > 0 && running_[lowest - 1] == 0) --lowest;  // One behind the tier.
  const ClassSet& fitting = waiting_.fitting(~std::uint64_t{0});
  ClassSet without = bars_.nowhere();
  for (int i = 0; i < wants_of_decision; ++i) {
    const std::optional<Candidate> candidate = least_served(ledger, fitting, without);
    if (!candidate) return std::nullopt;
    if (candidate->tier + std::size_t{1} >= lowest && !ledger.is_short(candidate->team)) {
      return std::nullopt;
    }
    const ClassNumber number = class_with_most(ledger, fitting, without, *candidate);
    const bool is_coming = reservation_ && reservation_->class_number == number;
    if (!is_coming) {
      bool has_use = false;
      const std::optional<Yield> yield = yield_for(now, ledger, number, *candidate, has_use);
      if (yield || has_use) return yield;
    }
    without.put(number, true);
  }
  return std::nullopt;
}

// The lowest tier first; then what is cheapest to load again, and goes on for longest. `has_use`
// becomes true where the class could run in the place of something that runs.
std::optional<Yield> Dispatcher::yield_for(Instant now, const Ledger& ledger, ClassNumber number,
                                           const Candidate& candidate, bool& has_use) const {
  const ClassSpec& spec = waiting_.spec(number);
  std::optional<std::tuple<int, std::int64_t, std::int64_t>> least;
  std::optional<Yield> yield;
  int soon = 0;
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    if (!placement_.is_open(node) || (placement_.groups(node) >> spec.group & 1) == 0) continue;
    if (bars_.has(node, number)) continue;
    for (std::uint32_t gpu = 0; gpu < placement_.gpus(node); ++gpu) {
      const Slot& slot = slots_.at(node, gpu);
      const Block& block = slot.block;
      if (block.width < spec.gpus || !slot.busy || is_reserved(block)) continue;
      const bool is_alone = placement_.span(block) == 1;
      if (!placement_.is_open(block) || (!is_alone && is_barred(block, number))) continue;
      if (slot.class_number != number) {
        bool is_obstructed = lets_others_load(now, ledger, block, candidate);
        placement_.for_each_part(block, [&](const Block& part) {
          is_obstructed |= loads_.is_full_without(part);  // A load that yields makes room.
        });
        if (is_obstructed) continue;
      }
      has_use = true;
      if (yielding_.find(block) != nullptr) continue;
      Taking taking = taking_from(ledger, slot.class_number, {slot.team, slot.tier}, candidate);
      taking.holder = slot.team;
      taking.takes = spec.gpus;
      const Grounds grounds = grounds_to_take(ledger, taking, yielding_.promised());
      if (grounds != Grounds::tier && grounds != Grounds::guarantee) continue;
      if (slot.ends_after(now) <= now + knobs_.yield_after) {
        if (settles_at(slot) <= now || slot.class_number == number) ++soon;
        continue;
      }
      if (!may_yield(now, slot, number)) continue;
      const bool is_same = slot.class_number == number;
      const std::int64_t loads =
          is_same ? 0 : waiting_.spec(slot.class_number).load.microseconds + spec.load.microseconds;
      const std::tuple cost{-int{slot.tier}, loads * block.width, -slot.ends.microseconds};
      if (least && cost >= *least) continue;
      least = cost;
      yield = Yield{block, number, candidate.team};
    }
  }
  if (!yield || !wants_slot(ledger, number, candidate.team, soon)) return std::nullopt;
  return yield;
}

void Dispatcher::ask(Instant now, const Yield& yield) {
  Slot& slot = slots_.at(yield.block);
  slot.yielded = now;
  yielding_.add(
      {yield, slot.team, std::min(slot.block.width, waiting_.spec(yield.for_class).gpus), now});
}

}  // namespace gwageo
