#include "worker/health.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// Known answers in a row that a slot gives before it is trusted again.
constexpr std::uint32_t answers_to_be_trusted = 2;
/// Hundredths of the best rate that are borne.
constexpr std::uint64_t copy_share = 70;
constexpr std::uint64_t reduce_share = 50;

/// A slot's further incidents do not count for so long: a model's server that is away says so again
/// and again.
constexpr Duration incident_pause = seconds(60);

std::string gigabytes(std::uint64_t bytes_per_second) {
  const std::uint64_t tenths = bytes_per_second / 100'000'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB/s";
}

bool covers(const HealthCheck& check, std::uint32_t slot) {
  return check.kind != HealthCheckKind::reading && slot >= check.slot &&
         slot < check.slot + check.width;
}

}  // namespace

Health::Health(HealthOptions options) : options_(std::move(options)) {
  slots_.resize(options_.slots);
  for (std::uint32_t first = 0; first < options_.slots;) {
    std::uint32_t width = 1;
    while (first % (2 * width) == 0 && first + 2 * width <= options_.slots) width *= 2;
    if (width > 1 && options_.reduces) groups_[{first, width}] = {};
    first += width;
  }
}

// ---- what was found ----

void Health::ended(Instant now, const CheckEnded& found) {
  if (running_ && running_->number == found.check.number) running_.reset();
  for (Slot& slot : slots_) {
    if (slot.stuck == found.check.number) slot.stuck.reset();
  }
  if (found.check.slot + found.check.width > slots_.size()) return;
  switch (found.check.kind) {
    case HealthCheckKind::reading:
      read_at_ = now + options_.read_every;
      if (reading_stuck_ == found.check.number) reading_stuck_.reset();
      if (found.finding != CheckEnded::Finding::good) break;
      for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
        read_slot(slot, slot < found.readings.size() ? found.readings[slot] : std::nullopt);
      }
      break;
    case HealthCheckKind::known_answer: answered(now, found); break;
    case HealthCheckKind::copy_rate: copied(now, found); break;
    case HealthCheckKind::all_reduce: reduced(now, found); break;
  }
  take_stock();
}

std::string Health::fault_read(Slot& slot, const std::optional<GpuReading>& gpu) const {
  if (!gpu) return "the GPU is not there";
  if (!gpu->lost.empty()) return "the GPU does not answer: " + gpu->lost;
  const std::uint64_t held_down = slowdown_by_hardware | slowdown_by_heat | slowdown_by_power_brake;
  slot.slowed = (gpu->slowdowns.value_or(0) & held_down) != 0 ? slot.slowed + 1 : 0;
  slot.is_hot = is_too_hot(*gpu, slot.is_hot);
  if (std::string other = difference_of(*gpu, options_.declared); !other.empty()) return other;
  if (std::string fault = fault_of(*gpu); !fault.empty()) return fault;
  if (slot.is_hot) return "the GPU is too hot: " + std::to_string(*gpu->celsius) + " degrees";
  if (slot.slowed > 1) return "the GPU holds its clocks down to save itself (heat or power)";
  return {};
}

// What was faulty is asked for a known answer before it works again; so is what has had an error.
void Health::read_slot(std::uint32_t number, const std::optional<GpuReading>& gpu) {
  Slot& slot = slots_[number];
  const bool was_faulty = !slot.reading.empty();
  slot.reading = fault_read(slot, gpu);
  if (was_faulty && slot.reading.empty()) {
    slot.is_answered = false;
    slot.is_asked_for = true;
  }
  if (!gpu || !gpu->lost.empty()) return;
  const std::uint64_t errors = gpu->uncorrected.value_or(0) + gpu->retired_pages.value_or(0) +
                               (gpu->remapped ? gpu->remapped->uncorrectable : 0);
  if (slot.errors && errors > *slot.errors) slot.is_asked_for = true;
  slot.errors = errors;
}

void Health::answered(Instant now, const CheckEnded& found) {
  Slot& slot = slots_[found.check.slot];
  const bool is_good = found.finding == CheckEnded::Finding::good;
  const bool says_nothing = found.finding == CheckEnded::Finding::failed &&
                            found.check.beside_model && !slot.had_incident;
  slot.is_answered = true;
  slot.is_asked_for = false;
  if (!says_nothing) {
    slot.had_incident = false;
    slot.right = is_good ? slot.right + 1 : 0;
    if (!is_good) slot.answer = found.what;
    if (slot.right >= answers_to_be_trusted) slot.answer.clear();
    slot.wants_rate = is_good && slot.answer.empty();
  }
  slot.due =
      now + (slot.answer.empty() && !says_nothing ? options_.check_every : options_.check_again);
}

std::uint64_t Health::best_copy_rate() const {
  std::uint64_t best = 0;
  for (const Slot& slot : slots_) best = std::max(best, slot.copy_rate);
  return best;
}

void Health::copied(Instant now, const CheckEnded& found) {
  Slot& slot = slots_[found.check.slot];
  slot.wants_rate = false;
  if (found.finding != CheckEnded::Finding::good) {
    if (found.check.beside_model) return;
    slot.rate = found.what;
    slot.due = now + options_.check_again;
    return;
  }
  slot.copy_rate = found.bytes_per_second;
  const std::uint64_t floor = std::max(options_.copy_floor, best_copy_rate() / 100 * copy_share);
  for (Slot& each : slots_) {
    if (each.copy_rate == 0) continue;
    if (each.copy_rate >= floor) {
      each.rate.clear();
      each.is_slow_once = false;
    } else if (&each != &slot || !each.is_slow_once) {
      each.is_slow_once = true;
      each.wants_rate = each.rate.empty();  // Once more, at once.
    } else {
      each.due = now + options_.check_again;
      each.rate = "the GPU copies within its memory at " + gigabytes(each.copy_rate) +
                  "; at least " + gigabytes(floor) + " is expected";
    }
  }
}

void Health::reduced(Instant now, const CheckEnded& found) {
  const Block block{found.check.slot, found.check.width};
  const auto it = groups_.find(block);
  if (it == groups_.end()) return;
  Group& group = it->second;
  group.is_tried = true;
  std::uint64_t best = found.bytes_per_second;
  for (const auto& [other, its] : groups_) {
    if (other.second == block.second) best = std::max(best, its.best);
  }
  const bool is_done = found.finding == CheckEnded::Finding::good;
  const bool is_good = is_done && found.bytes_per_second >= best / 100 * reduce_share;
  group.best = std::max(group.best, found.bytes_per_second);
  const auto [first, width] = block;
  if (is_good) {
    group.is_due = group.is_slow_once = false;
    group.fault.clear();
    std::erase_if(groups_, [&, first = first, width = width](const auto& each) {
      const Block& part = each.first;
      return part.second < width && part.first >= first && part.first < first + width;
    });
    return;
  }
  if (!std::exchange(group.is_slow_once, true)) return;  // Once more, at once.
  group.is_due = false;
  groups_due_ = std::min(groups_due_, now + options_.check_again);
  group.fault = "an all-reduce over slots " + std::to_string(first) + " to " +
                std::to_string(first + width - 1) + " " +
                (is_done ? "goes at " + gigabytes(found.bytes_per_second) + "; " + gigabytes(best) +
                               " was reached"
                         : "fails: " + found.what);
  if (width > 2) {
    // The halves have to reach what the whole block did.
    for (const std::uint32_t half : {first, first + width / 2}) {
      Group& part = groups_[{half, width / 2}];
      part.is_due = true;
      part.best = std::max(part.best, group.best);
    }
  }
}

void Health::incident(Instant now, std::uint32_t first, std::uint32_t width) {
  if (slots_.empty() || !options_.answers) return;
  for (std::uint32_t i = first; i < first + width && i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (now < slot.no_incident_before) continue;
    slot.no_incident_before = now + incident_pause;
    slot.is_asked_for = true;
    slot.had_incident = true;
  }
}

// ---- what next ----

HealthCheck Health::begin(Instant now, HealthCheckKind kind, const Block& block) {
  running_ = HealthCheck{kind, block.first, block.second, ++last_number_, false};
  began_ = now;
  return *running_;
}

// What does not end may never end: nothing more is begun there, and other checks go on.
void Health::lose_patience(Instant now) {
  const HealthCheck check = *running_;
  running_.reset();
  CheckEnded found{check, CheckEnded::Finding::failed, {}, 0, {}};
  found.what = "the GPU does not end a check within " +
               std::to_string(options_.patience.microseconds / 1'000'000) + " s";
  found.check.beside_model = false;
  if (check.kind == HealthCheckKind::reading) reading_stuck_ = check.number;
  ended(now, found);
  if (check.kind == HealthCheckKind::reading) {
    reading_stuck_ = check.number;
    return;
  }
  for (std::uint32_t i = check.slot; i < check.slot + check.width; ++i) {
    slots_[i].stuck = check.number;
    if (check.kind == HealthCheckKind::all_reduce) slots_[i].rate = found.what;
  }
  take_stock();
}

std::optional<HealthCheck> Health::next(Instant now, const std::vector<bool>& is_idle) {
  if (slots_.empty()) return std::nullopt;
  GWAGEO_CHECK(is_idle.size() >= slots_.size());
  if (running_ && now < began_ + options_.patience) return std::nullopt;
  if (running_) lose_patience(now);
  if (options_.reads && !reading_stuck_ && now >= read_at_) {
    return begin(now, HealthCheckKind::reading, {0, 1});
  }
  if (!options_.answers) return std::nullopt;
  if (auto check = next_of_slots(now, is_idle)) return check;
  return next_of_groups(now, is_idle);
}

std::optional<HealthCheck> Health::next_of_slots(Instant now, const std::vector<bool>& is_idle) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.stuck || !is_idle[i] || !slot.reading.empty()) continue;
    if (slot.is_asked_for || (slot.is_answered && slot.due <= now)) {
      return begin(now, HealthCheckKind::known_answer, {i, 1});
    }
    if (slot.wants_rate) return begin(now, HealthCheckKind::copy_rate, {i, 1});
  }
  return std::nullopt;
}

bool Health::is_fit(const Block& block) const {
  return std::all_of(slots_.begin() + block.first, slots_.begin() + block.first + block.second,
                     [](const Slot& slot) {
                       return slot.is_answered && !slot.stuck && slot.reading.empty() &&
                              slot.answer.empty() && slot.rate.empty();
                     });
}

std::optional<HealthCheck> Health::next_of_groups(Instant now, const std::vector<bool>& is_idle) {
  if (groups_.empty()) return std::nullopt;
  if (groups_due_ <= now) {
    bool is_any_faulty = false;
    for (auto& [block, group] : groups_) {
      group.is_due = true;
      group.is_slow_once = !group.fault.empty();  // A fault needs no second proof.
      is_any_faulty = is_any_faulty || !group.fault.empty();
    }
    groups_due_ = now + (is_any_faulty ? options_.check_again : options_.check_every);
  }
  for (const auto& [block, group] : groups_) {
    if (!group.is_due || !is_fit(block)) continue;
    const auto first = is_idle.begin() + block.first;
    const bool is_all_idle =
        std::all_of(first, first + block.second, [](bool idle) { return idle; });
    if (is_all_idle) return begin(now, HealthCheckKind::all_reduce, block);
  }
  return std::nullopt;
}

std::optional<Instant> Health::wake_at(Instant now) const {
  if (slots_.empty()) return std::nullopt;
  if (running_) return began_ + options_.patience;
  std::optional<Instant> at;
  const auto sooner = [&](Instant when) {
    if (when > now) at = std::min(at.value_or(when), when);
  };
  if (options_.reads && !reading_stuck_) sooner(read_at_);
  for (const Slot& slot : slots_) {
    const bool is_waiting = slot.is_answered && !slot.stuck && slot.reading.empty();
    if (options_.answers && is_waiting) sooner(slot.due);
  }
  if (!groups_.empty()) sooner(groups_due_);
  return at;
}

// ---- which slots are what ----

bool Health::holds(std::uint32_t slot) const {
  if (slot >= slots_.size()) return false;
  if (running_ && covers(*running_, slot)) return true;
  const Slot& it = slots_[slot];
  if (!options_.answers || it.stuck) return false;
  if (!it.is_answered || it.had_incident) return true;
  return std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
    const auto& [first, width] = entry.first;
    return slot >= first && slot < first + width && !entry.second.is_tried && is_fit(entry.first);
  });
}

const std::string& Health::fault(std::uint32_t slot) const {
  static const std::string none;
  return slot < slots_.size() ? slots_[slot].all : none;
}

// A block whose half is faulty is faulty by that half. Until its halves are measured, and when both
// are good, it is all of it: what joins them may be at fault.
std::string Health::fault_of_groups(std::uint32_t slot) const {
  for (const auto& [block, group] : groups_) {
    const auto& [first, width] = block;
    if (group.fault.empty() || slot < first || slot >= first + width) continue;
    bool is_by_half = false;
    for (const std::uint32_t half : {first, first + width / 2}) {
      const auto found = groups_.find({half, width / 2});
      is_by_half = is_by_half || (found != groups_.end() && !found->second.fault.empty());
    }
    if (!is_by_half) return group.fault;
  }
  return {};
}

void Health::take_stock() {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    slot.all = !slot.answer.empty()    ? slot.answer
               : !slot.reading.empty() ? slot.reading
               : !slot.rate.empty()    ? slot.rate
                                       : fault_of_groups(i);
  }
}

}  // namespace gwageo
