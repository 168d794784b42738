#include "ops/bench_stragglers.h"

#include <chrono>
#include <thread>
#include <vector>

#include "ops/bench_figures.h"
#include "ops/bench_pool.h"
#include "ops/output.h"
#include "ops/system_clock.h"

namespace gwageo {
namespace {

constexpr Duration stragglers_job_at_most = seconds(3600);
constexpr std::uint64_t straggler_item_bytes = 64;

struct StragglerFleet {
  std::uint64_t workers = 0;
  std::uint64_t slow = 0;
  std::uint64_t factor = 1;
  std::uint64_t killed = 0;
  std::uint64_t items = 0;
  double item_seconds = 0;
  std::uint64_t window = 0;
};

struct Ran {
  double seconds = 0;
  std::string results_root;
};

// Workers in units of one that is as fast as it should be.
double speed(const StragglerFleet& fleet, double usual) {
  return usual + static_cast<double>(fleet.slow) / static_cast<double>(fleet.factor);
}

double work_of_fleet(const StragglerFleet& fleet) {
  return static_cast<double>(fleet.items) * fleet.item_seconds;
}

/// When the workers are killed: a third of what all of them would take.
double killed_after_seconds(const StragglerFleet& fleet) {
  return work_of_fleet(fleet) / speed(fleet, static_cast<double>(fleet.workers - fleet.slow)) / 3;
}

/// Without a pause, a load, or an item that is run twice.
double ideal(const StragglerFleet& fleet) {
  const auto killed = static_cast<double>(fleet.killed);
  const double before = fleet.killed == 0 ? 0 : killed_after_seconds(fleet);
  const double lasting =
      speed(fleet, static_cast<double>(fleet.workers - fleet.slow - fleet.killed));
  return (work_of_fleet(fleet) - before * killed) / lasting;
}

Result<Ran> run_fleet(const StragglerFleet& fleet, const std::string& parent) {
  GWAGEO_ASSIGN(pool, BenchPool::start(parent));
  const auto milliseconds = static_cast<std::uint64_t>(fleet.item_seconds * 1000 + 0.5);
  GWAGEO_TRY(pool->add_work(fleet.items, straggler_item_bytes, {milliseconds, 1}));
  GWAGEO_TRY(pool->start_workers(fleet.workers - fleet.slow, fleet.window));
  const std::vector<std::string> slowed = {"--slowdown", std::to_string(fleet.factor)};
  if (fleet.slow > 0) GWAGEO_TRY(pool->start_workers(fleet.slow, fleet.window, slowed));
  const SystemClock clock;
  const Duration began = clock.monotonic();
  GWAGEO_ASSIGN(job, pool->submit());
  if (fleet.killed > 0) {
    const auto after = static_cast<std::int64_t>(killed_after_seconds(fleet) * 1e6);
    std::this_thread::sleep_for(std::chrono::microseconds(after));
    for (std::uint64_t i = 0; i < fleet.killed; ++i) pool->kill_worker(0);
  }
  GWAGEO_TRY(pool->wait_done(job, fleet.items, stragglers_job_at_most));
  Ran ran;
  ran.seconds = static_cast<double>((clock.monotonic() - began).microseconds) / 1e6;
  GWAGEO_ASSIGN(root, pool->results_root(job));
  ran.results_root = root;
  return ran;
}

}  // namespace

Result<int> bench_stragglers(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(workers, arguments.whole_or("workers", 40, 2, 256));
  GWAGEO_ASSIGN(slow, arguments.whole_or("slow", 2, 0, 255));
  GWAGEO_ASSIGN(factor, arguments.whole_or("factor", 20, 1, 1000));
  GWAGEO_ASSIGN(killed, arguments.whole_or("kill", 2, 0, 255));
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 8000, 1, 10000000));
  GWAGEO_ASSIGN(milliseconds, arguments.whole_or("milliseconds", 200, 1, 3600000));
  GWAGEO_ASSIGN(window, arguments.whole_or("window", 8, 1, 4096));
  if (slow + killed >= workers) {
    return fail(ErrorKind::bad_input,
                "--slow and --kill: " + std::to_string(slow) + " and " + std::to_string(killed) +
                    " of " + std::to_string(workers) + " workers leave none that is well");
  }
  StragglerFleet fleet;
  fleet.workers = static_cast<std::uint64_t>(workers);
  fleet.items = static_cast<std::uint64_t>(items);
  fleet.item_seconds = static_cast<double>(milliseconds) / 1e3;
  fleet.window = static_cast<std::uint64_t>(window);
  const StragglerFleet quiet = fleet;
  fleet.slow = static_cast<std::uint64_t>(slow);
  fleet.factor = static_cast<std::uint64_t>(factor);
  fleet.killed = static_cast<std::uint64_t>(killed);
  GWAGEO_ASSIGN(undisturbed, run_fleet(quiet, parent));
  GWAGEO_ASSIGN(disturbed, run_fleet(fleet, parent));
  const bool is_same = undisturbed.results_root == disturbed.results_root;
  Figures figures;
  figures.add("workers", static_cast<double>(workers));
  figures.add("slow", static_cast<double>(slow));
  figures.add("killed", static_cast<double>(killed));
  figures.add("quiet_s", undisturbed.seconds);
  figures.add("quiet_over_ideal", undisturbed.seconds / ideal(quiet));
  figures.add("wall_s", disturbed.seconds);
  figures.add("ideal_s", ideal(fleet));
  figures.add("over_ideal", disturbed.seconds / ideal(fleet));
  figures.add("results", std::string(is_same ? "identical" : "DIFFERENT"));
  figures.print(arguments);
  return is_same ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
