#include "ops/bench_fleet.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "ops/agent_crowd.h"
#include "ops/bench_figures.h"
#include "ops/bench_pool.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/system.h"

namespace gwageo {
namespace {

constexpr std::uint64_t fleet_item_bytes = 64;
constexpr std::uint64_t items_of_job = 100000;
constexpr std::uint64_t jobs_ahead = 3;
constexpr Duration fleet_looked_at_every = seconds(1);
constexpr Duration connected_at_most = seconds(120);
constexpr Duration start_within = seconds(3);
constexpr Duration settle = seconds(5);
constexpr std::uint32_t in_flight = 32;  ///< Items of each worker.

// The bars of a fleet, beside the rate that is asked for.
constexpr double ack_ms_max = 50;
constexpr double ack_syncs_max = 5;
constexpr double memory_mb_max = 1024;
constexpr double growth_mb_max = 8;         ///< A minute.
constexpr double growth_shows_after = 300;  ///< Seconds; before that caches still fill.

/// How long the disk takes for a synced write of 4 KiB, asked ten times a second beside the load.
class SyncProbe {
 public:
  explicit SyncProbe(const std::string& folder)
      : file_(::open((folder + "/sync-probe").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)),
        thread_([this] { run(); }) {}
  ~SyncProbe() {
    end();
    if (file_ >= 0) ::close(file_);
  }
  SyncProbe(const SyncProbe&) = delete;
  SyncProbe& operator=(const SyncProbe&) = delete;

  /// Ends it; the milliseconds of each.
  std::vector<double> stop() {
    end();
    return std::move(took_);
  }

 private:
  void end() {
    stopping_.store(true);
    if (thread_.joinable()) thread_.join();
  }
  void run() {
    const std::vector<char> page(4096, 'p');
    const SystemClock clock;
    for (off_t at = 0; !stopping_.load(); at += 4096) {
      const Duration began = clock.monotonic();
      if (::pwrite(file_, page.data(), page.size(), at) != 4096 || ::fdatasync(file_) != 0) return;
      took_.push_back(in_seconds(clock.monotonic() - began) * 1e3);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  int file_;
  std::atomic<bool> stopping_{false};
  std::vector<double> took_;
  std::thread thread_;
};

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

/// What is seen at one moment.
struct Look {
  double at = 0;  ///< Seconds.
  std::uint64_t recorded = 0;
  double memory_mb = 0;
};

/// The load: jobs one after another, a few ahead, and how many of their items are recorded.
class Load {
 public:
  explicit Load(BenchPool& pool) : pool_(pool) {}

  Status keep_ahead() {
    while (open_.size() < jobs_ahead) {
      GWAGEO_ASSIGN(job, pool_.submit());
      open_.push_back(job);
    }
    return {};
  }
  /// Items recorded so far, of all jobs.
  Result<std::uint64_t> recorded() {
    std::uint64_t of_open = 0;
    for (auto job = open_.begin(); job != open_.end();) {
      Json body;
      body["job"] = *job;
      GWAGEO_ASSIGN(answer, pool_.client().call("status", std::move(body)));
      const Json* const counts = answer.body.find("items");
      const Json* const done = counts == nullptr ? nullptr : counts->find("done");
      if (done == nullptr) return fail(ErrorKind::corrupt, "status: no count of items");
      const auto so_far = static_cast<std::uint64_t>(done->as_integer());
      if (so_far == items_of_job) {
        finished_ += so_far;
        job = open_.erase(job);
        continue;
      }
      of_open += so_far;
      ++job;
    }
    return finished_ + of_open;
  }

 private:
  BenchPool& pool_;
  std::vector<std::string> open_;
  std::uint64_t finished_ = 0;
};

Status wait_connected(BenchPool& pool, std::uint64_t workers) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  while (clock.monotonic() - began < connected_at_most) {
    GWAGEO_ASSIGN(health, pool.client().call("health"));
    const Json* const seen = health.body.find("workers");
    if (seen != nullptr && seen->as_integer() == static_cast<std::int64_t>(workers)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(ErrorKind::unavailable, "bench: not all of the workers connected");
}

Result<std::vector<Look>> watch_load(BenchPool& pool, Load& load, Duration for_long) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  std::vector<Look> looks;
  while (true) {
    GWAGEO_TRY(load.keep_ahead());
    GWAGEO_ASSIGN(recorded, load.recorded());
    const Duration now = clock.monotonic();
    looks.push_back({in_seconds(now - began), recorded, pool.coordinator_use().memory_mb});
    if (now - began >= for_long) return looks;
    std::this_thread::sleep_for(std::chrono::microseconds(fleet_looked_at_every.microseconds));
  }
}

double rate_between(const Look& from, const Look& to) {
  return static_cast<double>(to.recorded - from.recorded) / (to.at - from.at);
}

/// Of all spans of at least `span` seconds.
double lowest_rate(const std::vector<Look>& looks, double span) {
  double lowest = rate_between(looks.front(), looks.back());
  std::size_t from = 0;
  for (std::size_t to = 0; to < looks.size(); ++to) {
    while (from + 1 < to && looks[to].at - looks[from + 1].at >= span) ++from;
    if (looks[to].at - looks[from].at >= span)
      lowest = std::min(lowest, rate_between(looks[from], looks[to]));
  }
  return lowest;
}

/// MB a minute, by least squares over the second half: caches have filled by then.
double growth(const std::vector<Look>& looks) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const Look& look : looks) {
    if (look.at < looks.back().at / 2) continue;
    n += 1, x += look.at, y += look.memory_mb;
    xx += look.at * look.at, xy += look.at * look.memory_mb;
  }
  const double spread = n * xx - x * x;
  return spread <= 0 ? 0 : (n * xy - x * y) / spread * 60;
}

struct FleetOptions {
  std::uint64_t workers = 0;
  Duration for_long;
  double wanted = 0;  ///< Results a second.
  bool over_tcp = true;
};

struct FleetMeasured {
  std::vector<Look> looks;
  std::vector<double> acks;   ///< Milliseconds.
  std::vector<double> syncs;  ///< Likewise.
  double coordinator_cores = 0;
  double workers_cores = 0;
  double peak_mb = 0;
};

// Each worker has so many items in flight that all together would do 15 % more than asked.
std::uint64_t pace_of(const FleetOptions& options) {
  return static_cast<std::uint64_t>(static_cast<double>(in_flight) * 1e3 / 1.15 *
                                    static_cast<double>(options.workers) / options.wanted);
}

Result<FleetMeasured> measure(const FleetOptions& options, const std::string& parent) {
  GWAGEO_ASSIGN(pool, BenchPool::start(parent, options.over_tcp));
  GWAGEO_TRY(pool->add_work(items_of_job, fleet_item_bytes, {pace_of(options), in_flight}));
  GWAGEO_ASSIGN(key, read_key_file(pool->folder() + "/data/keys/worker.key"));
  GWAGEO_ASSIGN(endpoint, pool->worker_endpoint());
  GWAGEO_ASSIGN(log, new_log(pool->folder() + "/workers.log"));
  AgentCrowd crowd({endpoint, key, options.workers, in_flight}, *log);
  Load load(*pool);
  GWAGEO_TRY(load.keep_ahead());
  GWAGEO_TRY(crowd.start(start_within));
  GWAGEO_TRY(wait_connected(*pool, options.workers));
  GWAGEO_TRY(watch_load(*pool, load, settle));
  const SystemClock clock;
  const Duration began = clock.monotonic();
  const double own_before = own_cpu_seconds();
  const double cpu_before = pool->coordinator_use().cpu_seconds;
  SyncProbe probe(pool->folder());
  GWAGEO_ASSIGN(looks, watch_load(*pool, load, options.for_long));
  const Duration ended = clock.monotonic();
  FleetMeasured measured;
  measured.syncs = probe.stop();
  measured.coordinator_cores =
      (pool->coordinator_use().cpu_seconds - cpu_before) / in_seconds(ended - began);
  measured.workers_cores = (own_cpu_seconds() - own_before) / in_seconds(ended - began);
  measured.peak_mb = pool->coordinator_use().peak_mb;
  measured.looks = std::move(looks);
  GWAGEO_TRY(crowd.stop());
  for (const Acknowledged& each : crowd.acknowledged()) {
    if (each.sent_at < began || each.sent_at >= ended) continue;
    measured.acks.push_back(in_seconds(each.took) * 1e3);
  }
  return measured;
}

/// The bars that are missed, with commas between; "none".
std::string missed(const FleetOptions& options, const FleetMeasured& measured, double ack_p99,
                   double sync_p99) {
  std::string names;
  const auto expect = [&](bool is_met, const std::string& bar) {
    if (!is_met) names += (names.empty() ? "" : ",") + bar;
  };
  expect(rate_between(measured.looks.front(), measured.looks.back()) >= options.wanted, "rate");
  expect(ack_p99 <= std::max(ack_ms_max, ack_syncs_max * sync_p99), "acknowledgement");
  expect(measured.peak_mb < memory_mb_max, "memory");
  const bool shows_growth = measured.looks.back().at >= growth_shows_after;
  expect(!shows_growth || growth(measured.looks) < growth_mb_max, "growth");
  return names.empty() ? "none" : names;
}

}  // namespace

Result<int> bench_fleet(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(workers, arguments.whole_or("workers", 1000, 1, 4000));
  GWAGEO_ASSIGN(duration, arguments.whole_or("seconds", 60, 10, 86400));
  GWAGEO_ASSIGN(wanted, arguments.whole_or("rate", 20000, 1, 1000000));
  const std::string over = arguments.text_or("over", "tcp");
  if (over != "tcp" && over != "unix") {
    return fail(ErrorKind::bad_input, "--over: \"" + over + "\" is not known: unix or tcp");
  }
  raise_file_limit();
  const FleetOptions options{static_cast<std::uint64_t>(workers), seconds(duration),
                             static_cast<double>(wanted), over == "tcp"};
  GWAGEO_ASSIGN(measured, measure(options, parent));
  const Look& first = measured.looks.front();
  const Look& last = measured.looks.back();
  const double ack_p99 = quantile(measured.acks, 0.99);
  const double sync_p99 = quantile(measured.syncs, 0.99);
  Figures figures;
  figures.add("workers", static_cast<double>(workers));
  figures.add("over", over);
  figures.add("seconds", last.at);
  figures.add("results", static_cast<double>(last.recorded - first.recorded));
  figures.add("results_per_s", rate_between(first, last));
  figures.add("lowest_10s_per_s", lowest_rate(measured.looks, 10));
  figures.add("acks", static_cast<double>(measured.acks.size()));
  figures.add("ack_p50_ms", quantile(measured.acks, 0.5));
  figures.add("ack_p99_ms", ack_p99);
  figures.add("ack_max_ms", quantile(measured.acks, 1));
  figures.add("sync_p50_ms", quantile(measured.syncs, 0.5));
  figures.add("sync_p99_ms", sync_p99);
  figures.add("first_mb", first.memory_mb);
  figures.add("last_mb", last.memory_mb);
  figures.add("peak_mb", measured.peak_mb);
  figures.add("growth_mb_per_min", growth(measured.looks));
  figures.add("coordinator_cores", measured.coordinator_cores);
  figures.add("workers_cores", measured.workers_cores);
  const std::string bars = missed(options, measured, ack_p99, sync_p99);
  figures.add("missed", bars);
  figures.print(arguments);
  return bars == "none" ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
