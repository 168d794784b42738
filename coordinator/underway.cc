#include "coordinator/underway.h"

#include <algorithm>
#include <cstdlib>

#include "protocol/wide.h"

namespace gwageo {
namespace {

// Sums of times of a large pool must not overflow.
constexpr std::int64_t time_max = std::int64_t{1} << 60;

std::int64_t bounded_microseconds(Wide time) {
  return static_cast<std::int64_t>(std::clamp<Wide>(time, 0, time_max));
}

std::uint64_t items_of(const SlotRun& run) {
  std::uint64_t items = 0;
  for (const SlotRun::Part& part : run.parts) items += part.items;
  return items;
}

}  // namespace

Underway::Underway(const Scheduler& scheduler) : scheduler_(scheduler) {
  collect();
  for (SlotRun& run : runs_) look_at(run);
  for (const SlotRun& run : runs_) learn(run);
  for (SlotRun& run : runs_) foresee(run);
}

const JobAccepted& Underway::accepted(const SlotRun::Part& part) const {
  return scheduler_.state().job(part.job)->accepted;
}

void Underway::collect() {
  const State& state = scheduler_.state();
  std::map<SlotTime::Slot, std::size_t> places;
  for (const auto& [id, lease] : state.leases()) {
    const LeaseGranted& granted = lease.granted;
    const auto [place, is_new] = places.try_emplace({granted.worker, granted.slot}, runs_.size());
    const Job& job = *state.job(granted.job);
    if (is_new) {
      SlotRun& run = runs_.emplace_back();
      run.worker = granted.worker;
      run.slot = granted.slot;
      run.gpus = job.accepted.gpus;
      run.team = job.team;
      run.class_key = job.accepted.class_key;
      run.first = lease.granted_at;
    }
    SlotRun& of = runs_[place->second];
    of.lent = std::max(of.lent, lease.granted_at);
    of.last = std::max(of.last, lease.progressed_at);
    of.parts.push_back({granted.job, lease.rest.size(), !granted.probe && !granted.copy});
  }
  std::sort(runs_.begin(), runs_.end(), [](const SlotRun& a, const SlotRun& b) {
    return std::pair(a.worker, a.slot) < std::pair(b.worker, b.slot);
  });
}

// A worker that is gone, or says nothing, is no measure: what it has out is lent again.
void Underway::look_at(SlotRun& run) const {
  const State& state = scheduler_.state();
  const auto session = scheduler_.sessions().find(run.worker);
  run.is_here = session != scheduler_.sessions().end() && run.slot < session->second.slots.size() &&
                (scheduler_.serves(run.worker) || state.workers().at(run.worker).draining);
  if (!run.is_here) return;
  const Pool& pool = scheduler_.pool();
  run.is_loading = pool.is_loading(run.worker, run.slot);
  run.out = scheduler_.now() -
            (run.is_loading ? run.first : std::max(run.last, pool.loaded_at(run.worker, run.slot)));
}

std::int64_t Underway::usual(const SlotRun& run) const {
  Wide sum = 0;
  for (const SlotRun::Part& part : run.parts) {
    const JobAccepted& job = accepted(part);
    const Duration item = scheduler_.pool().expect(job.class_key, job.suite).item;
    sum += static_cast<Wide>(item.microseconds) * part.items;
  }
  return bounded_microseconds(sum);
}

// What it has may have waited behind all that it had when that was lent.
std::int64_t Underway::bears(const SlotRun& run) const {
  const std::uint64_t items = std::max<std::uint64_t>(1, items_of(run));
  const auto session = scheduler_.sessions().find(run.worker);
  const std::uint64_t at_once =
      session == scheduler_.sessions().end() ? 1 : session->second.credit_items;
  return bounded_microseconds(static_cast<Wide>(usual(run)) * std::max(items, at_once) / items);
}

void Underway::learn(const SlotRun& run) {
  const std::uint64_t items = items_of(run);
  const std::int64_t borne = bears(run);
  if (!run.is_here || run.is_loading || items == 0 || run.out.microseconds <= borne) return;
  const Wide took = Wide{2} * run.out.microseconds - borne;
  for (const SlotRun::Part& part : run.parts) {
    const JobAccepted& job = accepted(part);
    for (Late* const late : {&late_[{job.class_key, job.suite}], &late_classes_[job.class_key]}) {
      late->items += part.items;
      late->took = bounded_microseconds(late->took + took * part.items / items);
      late->out = bounded_microseconds(late->out + Wide{run.out.microseconds} * part.items / items);
      late->longest = std::max(late->longest, run.out);
    }
  }
}

// Those of the model on other suites say more than a guess, and than other models.
const Underway::Late* Underway::late_of(const Digest& class_key, const std::string& suite,
                                        Estimates::Basis basis) const {
  const auto both = late_.find({class_key, suite});
  if (both != late_.end()) return &both->second;
  if (basis == Estimates::Basis::class_and_suite) return nullptr;
  const auto of_class = late_classes_.find(class_key);
  return of_class == late_classes_.end() ? nullptr : &of_class->second;
}

Underway::Expected Underway::expect(const Digest& class_key, const std::string& suite) const {
  Expected expected;
  expected.item = scheduler_.pool().expect(class_key, suite);
  expected.least = expected.item.item;
  const Late* const late = late_of(class_key, suite, expected.item.basis);
  if (late == nullptr || late->items == 0) return expected;
  const bool is_known = expected.item.basis == Estimates::Basis::class_and_suite;
  const std::uint64_t ended = is_known ? expected.item.items : 0;
  const Wide took = static_cast<Wide>(expected.item.item.microseconds) * ended;
  const auto mean = [&](std::int64_t of_late) {
    const std::int64_t each = bounded_microseconds((took + of_late) / (ended + late->items));
    return Duration{std::max<std::int64_t>(1, each)};
  };
  expected.item.item = mean(late->took);
  expected.least = mean(late->out);
  expected.late = late->items;
  expected.longest = late->longest;
  return expected;
}

Duration Underway::load_of(const SlotRun& run) const {
  const Pool& pool = scheduler_.pool();
  const bool is_known = pool.class_number(run.class_key).has_value();
  return is_known ? pool.load_time(run.class_key, run.worker) : LoadCosts::unknown;
}

void Underway::foresee(SlotRun& run) {
  const std::uint64_t items = items_of(run);
  Wide expected = 0;
  for (const SlotRun::Part& part : run.parts) {
    const JobAccepted& job = accepted(part);
    const Duration item = expect(job.class_key, job.suite).item.item;
    expected += static_cast<Wide>(item.microseconds) * part.items;
  }
  const std::int64_t out = run.is_loading ? 0 : run.out.microseconds;
  const std::int64_t late = out - bears(run);
  run.rest = {late > 0 ? std::max(late, bounded_microseconds(expected - out))
                       : bounded_microseconds(expected)};
  run.rest_least = {std::max<std::int64_t>(0, usual(run) - out)};
  if (run.is_loading) {
    const std::int64_t left = (load_of(run) - run.out).microseconds;
    run.load = {std::abs(left)};
    run.load_least = {std::max<std::int64_t>(0, left)};
  }
  for (const SlotRun::Part& part : run.parts) {
    if (!part.counts || items == 0) continue;
    const auto of_part = [&](Duration all) {
      return bounded_microseconds(static_cast<Wide>(all.microseconds) * run.gpus * part.items /
                                  items);
    };
    Left& left = left_[part.job];
    left.work = bounded_microseconds(Wide{left.work} + of_part(run.rest));
    left.least = bounded_microseconds(Wide{left.least} + of_part(run.rest_least));
    left.longest = std::max(left.longest, run.rest);
    left.longest_least = std::max(left.longest_least, run.rest_least);
    work_ = bounded_microseconds(Wide{work_} + of_part(run.rest));
  }
}

const SlotRun* Underway::run(WorkerId worker, std::uint32_t slot) const {
  const auto found = std::lower_bound(
      runs_.begin(), runs_.end(), std::pair(worker, slot),
      [](const SlotRun& run, const auto& key) { return std::pair(run.worker, run.slot) < key; });
  const bool is_it = found != runs_.end() && found->worker == worker && found->slot == slot;
  return is_it ? &*found : nullptr;
}

Underway::Left Underway::left(JobId job) const {
  const auto known = left_.find(job);
  return known == left_.end() ? Left{} : known->second;
}

}  // namespace gwageo
