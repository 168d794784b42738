// gwageo bench dispatch | fleet | endpoint | engine | restart | journal | decide | movement |
// render | score | statistics | verdicts | audits | checks | verify | weights: the system's own
// benchmarks. Each prints one line of figures, `key=value` with spaces between.
#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "coordinator/journal.h"
#include "ops/bench_audits.h"
#include "ops/bench_checks.h"
#include "ops/bench_decide.h"
#include "ops/bench_endpoint.h"
#include "ops/bench_engine.h"
#include "ops/bench_figures.h"
#include "ops/bench_fleet.h"
#include "ops/bench_movement.h"
#include "ops/bench_pool.h"
#include "ops/bench_render.h"
#include "ops/bench_score.h"
#include "ops/bench_statistics.h"
#include "ops/bench_stragglers.h"
#include "ops/bench_verdicts.h"
#include "ops/bench_verify.h"
#include "ops/bench_weights.h"
#include "ops/log.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "ops/worker_signing.h"
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "protocol/zmq_transport.h"
#include "worker/shell.h"

namespace gwageo {
namespace {

constexpr std::uint64_t item_bytes = 300;
constexpr Duration job_at_most = seconds(600);

/// A worker's connection that notes when each acknowledgement arrives.
class TimedTransport final : public ClientTransport {
 public:
  TimedTransport(ClientTransport& inner, const Clock& clock) : inner_(inner), clock_(clock) {}
  Status send(std::string_view bytes) override { return inner_.send(bytes); }
  void wake() override { inner_.wake(); }
  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override {
    Result<std::vector<std::string>> frames = inner_.receive(at_most, count_max);
    if (!frames) return frames;
    const Duration now = clock_.monotonic();
    for (const std::string& frame : *frames) {
      const Result<Message> message = decode(frame);
      const Grant* const grant = message ? std::get_if<Grant>(&*message) : nullptr;
      const bool acknowledges = grant != nullptr && !grant->acknowledged.empty();
      if (acknowledges || (message && std::holds_alternative<Acknowledge>(*message))) {
        arrivals_.push_back(now);
      }
    }
    return frames;
  }
  const std::vector<Duration>& arrivals() const { return arrivals_; }

 private:
  ClientTransport& inner_;
  const Clock& clock_;
  std::vector<Duration> arrivals_;
};

Status throughput(const std::string& parent, bool over_tcp, std::uint64_t workers,
                  std::uint64_t window, std::uint64_t items, Figures& figures) {
  GWAGEO_ASSIGN(pool, BenchPool::start(parent, over_tcp));
  GWAGEO_TRY(pool->add_work(items, item_bytes));
  GWAGEO_TRY(pool->start_workers(workers, window));
  const SystemClock clock;
  const double cpu_before = pool->cpu_seconds() + own_cpu_seconds();
  const Duration began = clock.monotonic();
  GWAGEO_ASSIGN(job, pool->submit());
  GWAGEO_TRY(pool->wait_done(job, items, job_at_most));
  const double wall = in_seconds(clock.monotonic() - began);
  const double cpu = pool->cpu_seconds() + own_cpu_seconds() - cpu_before;
  const auto n = static_cast<double>(items);
  figures.add("n", n);
  figures.add("done", n);
  figures.add("stored", n);
  figures.add("wall_s", wall);
  figures.add("tasks_per_s", n / wall);
  figures.add("cpu_s_per_10k", cpu / n * 1e4);
  figures.add("coordinator_mb", pool->coordinator_use().memory_mb);
  return {};
}

// One item at a time: from one durable result to the next, lease and answer between them.
Status round_trips(const std::string& parent, bool over_tcp, std::uint64_t items,
                   Figures& figures) {
  GWAGEO_ASSIGN(pool, BenchPool::start(parent, over_tcp));
  GWAGEO_TRY(pool->add_work(items, item_bytes));
  GWAGEO_ASSIGN(key, read_key_file(pool->folder() + "/data/keys/worker.key"));
  ClientOptions connection;
  GWAGEO_ASSIGN(endpoint, pool->worker_endpoint());
  connection.endpoint = endpoint;
  connection.server_public_key = key.coordinator_curve_public;
  connection.keys = key.curve;
  GWAGEO_ASSIGN(transport, new_zmq_client(connection));
  GWAGEO_ASSIGN(log, new_log(pool->folder() + "/worker.log"));
  const SystemClock clock;
  TimedTransport timed(*transport, clock);
  AgentOptions options;
  options.worker = {random_number()};
  options.name = "one";
  options.version = program_version();
  options.engines = {"paced"};
  options.credit_items = 1;
  GWAGEO_ASSIGN(signing, worker_signing(key));
  options.signing = std::move(signing);
  std::atomic<bool> stop{false};
  Status worked;
  std::thread worker([&] { worked = work(options, timed, clock, *log, EngineRoom{}, stop); });
  const Result<std::string> job = pool->submit();
  const Status done = job ? pool->wait_done(*job, items, job_at_most) : Status{};
  stop.store(true);
  timed.wake();
  worker.join();
  GWAGEO_TRY(job);
  GWAGEO_TRY(done);
  GWAGEO_TRY(worked);
  std::vector<double> trips;
  for (std::size_t i = 1; i < timed.arrivals().size(); ++i) {
    trips.push_back(
        static_cast<double>((timed.arrivals()[i] - timed.arrivals()[i - 1]).microseconds));
  }
  if (trips.empty()) return fail(ErrorKind::corrupt, "bench: no round trip was seen");
  std::sort(trips.begin(), trips.end());
  figures.add("rtt_n", static_cast<double>(trips.size()));
  figures.add("rtt_p50_us", trips[trips.size() / 2]);
  figures.add("rtt_p99_us", trips[trips.size() * 99 / 100]);
  return {};
}

Result<int> bench_dispatch(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(workers, arguments.whole_or("workers", 4, 1, 256));
  GWAGEO_ASSIGN(window, arguments.whole_or("window", 32, 1, limits::credit_items_max));
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 50000, 0, 100000000));
  GWAGEO_ASSIGN(rtt, arguments.whole_or("rtt", 0, 0, 1000000));
  GWAGEO_ASSIGN(fill, arguments.whole_or("fill", 0, 0, 100000000));
  const std::string over = arguments.text_or("over", "unix");
  const bool over_tcp = over == "tcp";
  if (!over_tcp && over != "unix") {
    return fail(ErrorKind::bad_input, "--over: \"" + over + "\" is not known: unix or tcp");
  }
  Figures figures;
  figures.add("peer", std::string("gwageo"));
  figures.add("mode", over + ",curve,journal,sync");
  figures.add("workers", static_cast<double>(workers));
  figures.add("window", static_cast<double>(window));
  if (items > 0) {
    GWAGEO_TRY(throughput(parent, over_tcp, static_cast<std::uint64_t>(workers),
                          static_cast<std::uint64_t>(window), static_cast<std::uint64_t>(items),
                          figures));
  }
  if (rtt > 0) GWAGEO_TRY(round_trips(parent, over_tcp, static_cast<std::uint64_t>(rtt), figures));
  if (fill > 0) {
    GWAGEO_ASSIGN(pool, BenchPool::start(parent));
    figures.add("fill", static_cast<double>(fill));
    figures.add("idle_mb", pool->coordinator_use().memory_mb);
    GWAGEO_TRY(pool->add_work(static_cast<std::uint64_t>(fill), item_bytes));
    GWAGEO_TRY(pool->submit());
    figures.add("queued_mb", pool->coordinator_use().peak_mb);
  }
  figures.print(arguments);
  return exit_code::done;
}

Result<int> bench_restart(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 1000000, 1, 100000000));
  GWAGEO_ASSIGN(window, arguments.whole_or("window", 32, 1, limits::credit_items_max));
  GWAGEO_ASSIGN(pool, BenchPool::start(parent));
  const auto n = static_cast<std::uint64_t>(items);
  GWAGEO_TRY(pool->add_work(n, item_bytes));
  GWAGEO_ASSIGN(job, pool->submit());
  Figures figures;
  figures.add("stored", static_cast<double>(n));
  figures.add("queued_mb", pool->coordinator_use().peak_mb);
  GWAGEO_TRY(pool->start_workers(4, static_cast<std::uint64_t>(window)));
  GWAGEO_TRY(pool->wait_done(job, n, job_at_most));
  GWAGEO_ASSIGN(took, pool->restart_coordinator());
  GWAGEO_ASSIGN(health, pool->client().call("health"));
  const Json* const journal = health.body.find("journal");
  figures.add("journal", journal == nullptr ? 0.0 : journal->as_double());
  figures.add("restart_s", in_seconds(took));
  figures.add("restarted_mb", pool->coordinator_use().memory_mb);
  figures.print(arguments);
  return exit_code::done;
}

// What the journal costs by itself: the two facts of a lease, encoded, hashed and chained.
Result<int> bench_journal(const Invocation& arguments) {
  GWAGEO_ASSIGN(items, arguments.whole_or("n", 200000, 1, 100000000));
  const SystemClock clock;
  JournalWriter journal;
  ResultsRecorded recorded{{1}, {1}, {{0, 16}}, Digest{}, {}};
  recorded.outcomes[0] = 16;
  std::uint64_t bytes = 0;
  const double cpu_before = own_cpu_seconds();
  for (std::int64_t i = 0; i < items; i += 2) {
    const LeaseId lease{static_cast<std::uint64_t>(i + 1)};
    recorded.lease = lease;
    bytes +=
        journal
            .append({i}, {i}, LeaseGranted{lease, {1}, {1}, 0, {{0, 16}}, false, seconds(1), false})
            .bytes.size();
    bytes += journal.append({i}, {i}, recorded).bytes.size();
  }
  const double cpu = own_cpu_seconds() - cpu_before;
  Figures figures;
  figures.add("facts", static_cast<double>(items));
  figures.add("us_per_fact", cpu / static_cast<double>(items) * 1e6);
  figures.add("us_per_item_of_16", cpu / static_cast<double>(items) * 1e6 * 2 / 16);
  figures.add("bytes_per_fact", static_cast<double>(bytes) / static_cast<double>(items));
  figures.print(arguments);
  return exit_code::done;
}

// One line of figures for each number of queued shards.
Result<int> bench_decide_curve(const Invocation& arguments, const DecideLoad& load) {
  std::optional<OutFile> chart;
  if (const std::optional<std::string> path = arguments.text("svg")) {
    GWAGEO_ASSIGN(file, OutFile::create(*path));  // Before the long part.
    chart.emplace(std::move(file));
  }
  const std::vector<DecidePoint> points = measure_decision_curve(load);
  Json json;
  TextTable table({"queued", "decisions/s", "mean us", "p50 us", "p99 us", "memory MB"});
  for (const DecidePoint& point : points) {
    const double rate = static_cast<double>(point.speed.starts) / point.speed.seconds;
    table.add({std::to_string(point.queued), decimal(rate, 0), decimal(point.speed.mean_us, 2),
               decimal(point.speed.p50_us, 2), decimal(point.speed.p99_us, 2),
               decimal(point.memory_mb, 0)});
    Json line;
    line["queued"] = static_cast<std::int64_t>(point.queued);
    line["decisions_per_s"] = rate;
    line["mean_us"] = point.speed.mean_us;
    line["p50_us"] = point.speed.p50_us;
    line["p99_us"] = point.speed.p99_us;
    line["memory_mb"] = point.memory_mb;
    json["curve"].push_back(std::move(line));
  }
  if (chart) {
    GWAGEO_TRY(chart->write(draw_decision_curve(load, points)));
    GWAGEO_TRY(chart->finish());
  }
  if (arguments.json()) {
    print(json);
  } else {
    say(table.text());
  }
  return exit_code::done;
}

Result<int> bench_decide(const Invocation& arguments) {
  GWAGEO_ASSIGN(shards, arguments.whole_or("n", 1000000, 1, 100000000));
  DecideLoad load;
  load.shards = static_cast<std::uint64_t>(shards);
  load.gangs = arguments.has("gangs");
  if (arguments.has("curve")) return bench_decide_curve(arguments, load);
  const DecideSpeed speed = measure_decisions(load);
  Figures figures;
  figures.add("gpus", load.gpus);
  figures.add("queued", static_cast<double>(load.shards));
  figures.add("teams", load.teams);
  figures.add("models", load.models);
  figures.add("decisions", static_cast<double>(speed.starts));
  figures.add("loads", static_cast<double>(speed.loads));
  figures.add("decisions_per_s", static_cast<double>(speed.starts) / speed.seconds);
  figures.add("p50_us", speed.p50_us);
  figures.add("p99_us", speed.p99_us);
  figures.add("p999_us", speed.p999_us);
  figures.add("memory_mb", own_memory_mb());
  figures.print(arguments);
  return exit_code::done;
}

Result<int> bench_score(const Invocation& arguments) {
  GWAGEO_ASSIGN(outputs, arguments.whole_or("n", 100000, 1, 100000000));
  GWAGEO_ASSIGN(speed, measure_scoring(static_cast<std::uint64_t>(outputs)));
  const auto n = static_cast<double>(speed.outputs);
  Figures figures;
  figures.add("outputs", n);
  figures.add("bytes_per_output", static_cast<double>(speed.bytes) / n);
  figures.add("wall_s", speed.seconds);
  figures.add("cpu_s", speed.cpu_seconds);
  figures.add("outputs_per_s", n / speed.seconds);
  figures.add("exact_match", speed.value);
  figures.add("bootstrap_1319_s", speed.bootstrap_seconds);
  figures.add("bootstrap_stderr", speed.bootstrap_error);
  figures.print(arguments);
  return exit_code::done;
}

Result<int> bench_verify(const Invocation& arguments, const std::string& parent) {
  GWAGEO_ASSIGN(records, arguments.whole_or("n", 1000000, 8, 100000000));
  GWAGEO_ASSIGN(speed, measure_verification(static_cast<std::uint64_t>(records), parent));
  Figures figures;
  figures.add("records", static_cast<double>(speed.records));
  figures.add("log_mb", speed.megabytes);
  figures.add("publish_s", speed.publish_seconds);
  figures.add("verify_s", speed.seconds);
  figures.add("verify_cpu_s", speed.cpu_seconds);
  figures.add("us_per_record", speed.seconds / static_cast<double>(speed.records) * 1e6);
  figures.add("prove_us", speed.prove_us);
  figures.add("memory_mb", speed.memory_mb);
  figures.print(arguments);
  return exit_code::done;
}

}  // namespace

Result<int> verb_bench(const Invocation& arguments) {
  const std::string what = arguments.text_or("WHAT", "dispatch");
  if (arguments.has("svg") && !(what == "decide" && arguments.has("curve"))) {
    return fail(ErrorKind::bad_input, "--svg: only decide --curve is drawn; give --curve");
  }
  const std::string work = environment("PEERS_DATA");
  const std::string parent = arguments.text_or("in", work.empty() ? "." : work);
  if (what == "dispatch") return bench_dispatch(arguments, parent);
  if (what == "fleet") return bench_fleet(arguments, parent);
  if (what == "stragglers") return bench_stragglers(arguments, parent);
  if (what == "endpoint") return bench_endpoint(arguments, parent);
  if (what == "engine") return bench_engine(arguments, parent);
  if (what == "restart") return bench_restart(arguments, parent);
  if (what == "journal") return bench_journal(arguments);
  if (what == "decide") return bench_decide(arguments);
  if (what == "movement") return bench_movement(arguments);
  if (what == "render") return bench_render(arguments);
  if (what == "score") return bench_score(arguments);
  if (what == "statistics") return bench_statistics(arguments);
  if (what == "verify") return bench_verify(arguments, parent);
  if (what == "weights") return bench_weights(arguments, parent);
  if (what == "verdicts") return bench_verdicts(arguments);
  if (what == "audits") return bench_audits(arguments);
  if (what == "checks") return bench_checks(arguments);
  return fail(ErrorKind::bad_input,
              "bench: \"" + what +
                  "\" is not known: dispatch, fleet, endpoint, engine, stragglers, restart, "
                  "journal, decide, movement, render, score, statistics, verdicts, audits, "
                  "checks, verify or weights");
}

}  // namespace gwageo
