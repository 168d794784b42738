// Reservations: a block of several GPUs is gathered for a class that no idle block has room for.
// One at a time; what is begun in it meanwhile is expected to end before it is free (run_of).
#include <algorithm>
#include <utility>

#include "coordinator/dispatcher.h"

namespace gwageo {

bool Dispatcher::is_reserved(const Block& block) const {
  if (!reservation_) return false;
  return slots_.overlap(block, reservation_->block);
}

std::optional<Start> Dispatcher::for_reservation(Instant now, const Ledger& ledger) {
  if (!reservation_) return std::nullopt;
  const Reservation reserved = *reservation_;
  const std::optional<TeamNumber> head = waiting_.head_team(ledger, reserved.class_number);
  const bool is_wanted = head && waiting_.pays(reserved.class_number);
  const bool has_room = placement_.idle(reserved.block) && !is_full(reserved.block);
  if (is_wanted && !has_room) return std::nullopt;
  drop_reservation();
  if (!is_wanted) return std::nullopt;
  const Candidate gang{*head, waiting_.rank(reserved.class_number, *head).tier};
  if (lets_others_load(now, ledger, reserved.block, gang)) return std::nullopt;
  return start(now, ledger, reserved.block, reserved.class_number, *head);
}

void Dispatcher::drop_reservation() {
  const Block block = reservation_->block;
  reservation_.reset();
  stirred_ = true;
  slots_.for_each(block,
                  [&](const Slot& slot) { freed_.emplace(slot.block.node, slot.block.first); });
}

// Whoever goes first is not made to wait for who goes behind: while the block is reserved, what
// runs there is given less and less.
bool Dispatcher::may_reserve(const Block& block, std::uint8_t tier) const {
  bool goes_first = false;
  slots_.for_each(block, [&](const Slot& slot) { goes_first |= slot.busy && slot.tier < tier; });
  return !goes_first && placement_.is_open(block);
}

// GPUs that idle in the reserved block.
std::uint64_t Dispatcher::reserved_idle() const {
  if (!reservation_ || !placement_.is_open(reservation_->block)) return 0;
  const Block& block = reservation_->block;
  std::uint64_t idle = block.width;
  slots_.for_each(block, [&](const Slot& slot) {
    if (slot.busy) idle -= std::min(slot.block.width, block.width);
  });
  return idle;
}

// The block that falls free first and has served what was loaded there long enough; of equal ones
// that which stands idle least until then. A reservation gathers what idles: a block in which
// nothing does would be taken from who serves there. That is for who goes first by tier or
// guarantee, with grounds against each; to others a slot falls free by the rules for one.
void Dispatcher::reserve(Instant now, const Ledger& ledger, ClassNumber number,
                         const Candidate& of) {
  const ClassSpec& spec = waiting_.spec(number);
  std::optional<std::pair<Instant, std::int64_t>> best;
  const auto has_grounds = [&](const Slot& slot) {
    Taking taking = taking_from(ledger, slot.class_number, {slot.team, slot.tier}, of);
    taking.holder = slot.team;
    taking.takes = std::min(slot.block.width, spec.gpus);
    return settles_at(slot) <= now &&
           grounds_to_take(ledger, taking, yielding_.promised()) != Grounds::none;
  };
  const auto look_at = [&](const Block& block) {
    if (is_barred(block, number) || !may_reserve(block, of.tier)) return;
    Instant settled = free_at(now, block);
    const Instant until = settled;
    std::uint32_t busy_gpus = 0;
    std::int64_t busy = 0;  // GPU time.
    bool may_take = true;
    slots_.for_each(block, [&](const Slot& slot) {
      if (!slot.busy) return;
      const std::uint32_t here = std::min(slot.block.width, block.width);
      busy_gpus += here;
      busy += (slot.ends_after(now) - now).microseconds * here;
      settled = std::max(settled, settles_at(slot));
      may_take = may_take && has_grounds(slot);
    });
    if (busy_gpus >= spec.gpus && !may_take) return;
    const std::pair cost{settled, (until - now).microseconds * spec.gpus - busy};
    if (best && cost >= *best) return;
    best = cost;
    yields_from_ = now;
    reservation_ = Reservation{number, block, until};
  };
  const auto look_on = [&](NodeNumber node) {
    if (spec.gpus <= placement_.gpus(node)) {
      placement_.for_each_block(node, spec.gpus, look_at);
    } else if (const auto block = placement_.around(node, 0, spec.gpus)) {
      look_at(*block);
    }
  };
  placement_.for_each_with_idle(spec.group, look_on);
  const auto behind = running_.begin() + of.tier + 1;
  const bool goes_first = ledger.is_short(of.team) ||
                          std::any_of(behind, running_.end(), [](auto slots) { return slots > 0; });
  if (!goes_first) return;
  for (NodeNumber node = 0; node < placement_.size(); ++node) {
    const bool meets = (placement_.groups(node) >> spec.group & 1) != 0;
    if (placement_.is_open(node) && meets) look_on(node);
  }
}

Instant Dispatcher::free_at(Instant now, const Block& block) const {
  Instant until = now;
  slots_.for_each(block, [&](const Slot& slot) {
    if (slot.busy) until = std::max(until, slot.ends_after(now));
  });
  return until;
}

}  // namespace gwageo
