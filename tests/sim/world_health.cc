// Slots that fail: what the health of a simulated worker finds when it looks. Its chance is its
// own, so that worlds without such faults are as they would be if there were none.
#include "tests/sim/world_parts.h"

namespace gwageo::sim {
void World::draw_health(std::uint64_t seed) {
  health_random_ = Random(seed ^ 0x6865616c7468);
  has_health_ = health_random_.chance(400);
  faults_.slot_fault = has_health_ ? 1 + health_random_.below(150) : 0;
}

HealthOptions World::health_of(std::uint32_t slots) const {
  HealthOptions options;
  if (!has_health_) return options;
  options.slots = slots;
  options.reads = options.answers = options.reduces = true;
  options.read_every = seconds(3);
  options.check_every = seconds(30);
  options.check_again = seconds(5);
  return options;
}

void World::look(std::size_t w, const HealthCheck& check) {
  WorkerProcess& worker = workers_[w];
  const auto fails = [&] { return health_random_.chance(faults_.slot_fault); };
  CheckEnded found{check, CheckEnded::Finding::good, {}, 1'000'000'000'000, {}};
  if (check.kind == HealthCheckKind::reading) {
    found.readings.assign(limits::slots_max, GpuReading{});
    for (std::uint32_t slot = 0; slot < limits::slots_max; ++slot) {
      const bool was_broken = worker.broken.contains(slot);
      const bool is_broken = was_broken ? !calm_ && !health_random_.chance(200) : fails();
      if (is_broken) worker.broken.insert(slot);
      if (!is_broken) worker.broken.erase(slot);
      if (is_broken) found.readings[slot]->lost = "GPU is lost";
    }
  } else if (fails()) {
    found.finding = CheckEnded::Finding::wrong;
    found.what = "it computes wrongly";
  }
  std::int64_t took = health_random_.between(1000, one_second);
  if (!calm_ && fails()) took = 200 * one_second;  // Beyond all patience.
  at(now_ + took, [this, w, life = worker.life, found] { step_worker(w, life, found); });
}

}  // namespace gwageo::sim
