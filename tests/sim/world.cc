#include "tests/sim/world.h"

#include "tests/sim/world_parts.h"

namespace gwageo::sim {
namespace {

constexpr std::uint64_t steps_max = 1000000;

// A frame in a few words: the message's name, and the lease that it is about.
std::string describe(std::string_view bytes) {
  const Result<Message> message = decode(bytes);
  if (!message) return "";
  std::string text(name_of(*message));
  std::visit(
      [&](const auto& m) {
        if constexpr (requires { m.lease; }) text += " lease " + std::to_string(m.lease.value);
        if constexpr (requires { m.items; }) {
          text += " items";
          for (const auto& item : m.items) text += " " + std::to_string(item.index);
        }
        if constexpr (requires { m.removed; }) {
          for (const Range& range : m.removed) {
            text += " " + std::to_string(range.begin) + "-" + std::to_string(range.end);
          }
        }
        if constexpr (requires { m.stale; }) text += m.stale ? " stale" : "";
        if constexpr (requires { m.verb; }) text += " " + m.verb;
      },
      *message);
  return text;
}

std::uint64_t maybe(Random& random, std::uint64_t most) {
  return random.chance(500) ? 0 : 1 + random.below(most);
}

Faults draw(Random& random) {
  Faults faults;
  faults.loss = maybe(random, 300);
  faults.duplicate = maybe(random, 200);
  faults.slow_message = maybe(random, 50);
  faults.partition = maybe(random, 30);
  faults.worker_crash = maybe(random, 60);
  faults.worker_pause = maybe(random, 60);
  faults.slow_engine = maybe(random, 30);
  faults.engine_failure = random.chance(250) ? 1 + random.below(300) : 0;
  faults.load_failure = random.chance(250) ? 1 + random.below(200) : 0;
  faults.poison = random.chance(150) ? 500 : 0;
  faults.coordinator_crash = maybe(random, 40);
  faults.wall_jump = maybe(random, 100);
  faults.cancel = random.chance(200) ? 1 + random.below(300) : 0;
  faults.steer = maybe(random, 300);
  return faults;
}

}  // namespace

World::World(std::uint64_t seed, bool verbose)
    : random_(seed), verbose_(verbose), faults_(draw(random_)) {
  draw_health(seed);
}

void World::at(std::int64_t time, std::function<void()> what) {
  queue_.emplace(std::pair(std::max(time, now_), ++queued_), std::move(what));
}

void World::note(const char* what, std::uint64_t who, std::string_view bytes) {
  ++report_.events;
  ByteWriter out;
  out.digest(report_.fingerprint);
  out.i64(now_);
  out.text(what);
  out.u64(who);
  out.digest(sha256(bytes));
  report_.fingerprint = sha256(out.bytes());
  if (verbose_) {
    std::printf("%12.6f %-16s %4llu %s\n", static_cast<double>(now_) / one_second, what,
                static_cast<unsigned long long>(who), describe(bytes).c_str());
  }
}

// Delivers a frame as the network pleases: late, twice, or never. `cut` says whether the link is
// cut.
void World::transmit(bool cut, const std::function<void()>& deliver) {
  const int copies = random_.chance(faults_.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    if (cut || random_.chance(faults_.loss)) continue;
    std::int64_t delay = random_.between(100, 5000);
    if (random_.chance(faults_.slow_message)) delay = random_.between(10000, 30 * one_second);
    at(now_ + delay, deliver);
  }
}

SeedReport World::run() {
  has_gpus_ = random_.chance(500);
  const std::size_t workers = 1 + random_.below(5);
  store_workers(workers);
  write_script();
  recover();
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    at(random_.between(0, 2 * one_second), [this, w] { start_worker(w); });
  }
  at(one_second, [this] { every_second(); });
  at(0, [this] { send_command(); });
  const std::int64_t calm = random_.between(20, 90) * one_second;
  at(calm, [this] { calm_down(); });
  const std::int64_t end = calm + 900 * one_second;

  std::uint64_t steps = 0;
  while (report_.violation.empty() && !queue_.empty() && !finished()) {
    const auto next = queue_.begin();
    now_ = next->first.first;
    const std::function<void()> what = std::move(next->second);
    queue_.erase(next);
    what();
    if (!oracle_.violation().empty()) report_.violation = oracle_.violation();
    if (now_ > end) report_.violation = "liveness: " + describe_open_jobs();
    if (++steps > steps_max) report_.violation = "no end in sight after too many steps";
  }
  report_.copies = oracle_.decided().copies;
  report_.probes = oracle_.decided().probes;
  report_.isolated = oracle_.decided().isolated;
  if (report_.violation.empty()) check_ends();
  report_.virtual_seconds = now_ / one_second;
  return report_;
}

bool World::finished() const {
  if (!calm_ || coordinator_ == nullptr || command_ < script_.size()) return false;
  for (const auto& [id, job] : coordinator_->state().jobs()) {
    if (job.open() || (job.phase() == JobPhase::complete && !job.scored)) return false;
  }
  return true;
}

std::string World::describe_open_jobs() const {
  std::string text = "still open in a healthy world:";
  if (coordinator_ == nullptr) return text + " no coordinator";
  const State& state = coordinator_->state();
  const auto add = [&](const char* what, std::uint64_t n) {
    text += std::string(" ") + what + " " + std::to_string(n);
  };
  for (const auto& [id, job] : state.jobs()) {
    if (!job.open()) continue;
    add("job", id.value);
    add("pending", job.pending.size());
    add("waiting", job.waiting.size());
    add("done", job.done.size());
  }
  for (const auto& [id, lease] : state.leases()) {
    add("; lease", id.value);
    add("worker", lease.granted.worker.value);
    add("slot", lease.granted.slot);
    add("rest", lease.rest.size());
  }
  add("; command", command_);
  add("of", script_.size());
  return text;
}

void World::calm_down() {
  // A command that was on its way for long may undo a later one; the last word comes after it.
  // The coordinator itself may have paused jobs and put workers into quarantine, too.
  at(now_ + 31 * one_second, [this] { release_everything(); });
  faults_ = {};
  calm_ = true;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    workers_[w].cut_until = 0;
    workers_[w].paused_until = now_;
    if (workers_[w].agent == nullptr) start_worker(w);
  }
  note("calm", 0, {});
}

void World::every_second() {
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    if (random_.chance(faults_.partition)) {
      workers_[w].cut_until = now_ + random_.between(1, 60) * one_second;
      note("partition", w, {});
    }
    if (workers_[w].agent != nullptr && random_.chance(faults_.worker_crash)) crash_worker(w);
    if (random_.chance(faults_.worker_pause)) {
      workers_[w].paused_until = now_ + random_.between(1, 40) * one_second;
      note("pause", w, {});
    }
  }
  if (random_.chance(faults_.wall_jump)) {
    wall_offset_ += random_.between(-3600, 3600) * one_second;
    note("wall jump", 0, {});
  }
  if (coordinator_ != nullptr) schedule_turn(now_);
  at(now_ + one_second, [this] { every_second(); });
}

SeedReport run_seed(std::uint64_t seed, bool verbose) {
  World world(seed, verbose);
  return world.run();
}

}  // namespace gwageo::sim
