// gwageo worker: the daemon that runs models.
#include <unistd.h>

#include <thread>

#include "ops/connection_watch.h"
#include "ops/coordinator_address.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/stop_signals.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "ops/verbs.h"
#include "ops/weights_options.h"
#include "ops/worker_devices.h"
#include "ops/worker_options.h"
#include "ops/worker_processes.h"
#include "ops/worker_signing.h"
#include "protocol/key_file.h"
#include "protocol/zap_handler.h"
#include "protocol/zmq_transport.h"
#include "worker/caught_ways.h"
#include "worker/shell.h"

namespace gwageo {
namespace {

constexpr Duration look_every = seconds(1);
constexpr Duration look_at_first_every = milliseconds(100);

/// A node that comes back with fewer GPUs is of use all the same, and somebody should look at it.
void say_if_fewer(const std::optional<WorkerGpus>& gpus, Log& log) {
  if (!gpus || gpus->count >= gpus->asked) return;
  log.write(LogLevel::warning, "this node gave fewer GPUs than were asked for: look at it",
            {{"gpus", std::to_string(gpus->count)},
             {"asked", std::to_string(gpus->asked)},
             {"node", gpus->each.node}});
}

/// What the worker computes with, and how its slots are looked at; completes what is said of GPUs.
Result<WorkerDevices> devices_of(WorkerOptions& said, Log& log) {
  std::optional<WorkerGpus>& gpus = said.gpus;
  if (!gpus) return WorkerDevices{};
  GWAGEO_TRY(count_allocated(gpus));
  say_if_fewer(gpus, log);
  GWAGEO_ASSIGN(machine, look_at_machine());
  GWAGEO_ASSIGN(complete_gpus, complete(*gpus, machine));
  gpus = complete_gpus;
  GWAGEO_TRY(check_hosts(*gpus));
  WorkerDevices devices = worker_devices(*gpus, std::move(machine), log);
  devices.health.check_every = said.health_every;
  devices.health.check_again = std::min(devices.health.check_again, said.health_every);
  devices.health.read_every = std::min(devices.health.read_every, said.health_every);
  // Seven tenths of what the kind is said to reach.
  devices.health.copy_floor = said.copy_rate * 700'000'000;
  return devices;
}

AgentOptions agent_options(const WorkerOptions& said) {
  AgentOptions options;
  options.worker = WorkerId{random_number()};
  options.name = said.name.empty() ? "worker-" + random_name().substr(0, 8) : said.name;
  options.version = program_version();
  options.engines = {"builtin", "openai", "paced", "recorded"};
  options.slots = said.gpus ? said.gpus->slots() : said.slots;
  if (said.gpus) options.gpus = said.gpus->each;
  options.credit_items = said.credit_items;
  options.loads = said.loads;
  if (said.grace) options.stop_grace = *said.grace;
  return options;
}

/// The connection of a worker, watched: what happens to it is logged, and a connection that will
/// never be one again is an error.
class WatchedClient final : public ClientTransport {
 public:
  /// `given` is the address as a person gave it, `endpoint` what it was when it was read.
  WatchedClient(ZmqClient& client, ConnectionWatch watch, std::string given, std::string endpoint,
                Log& log)
      : client_(client),
        watch_(std::move(watch)),
        given_(std::move(given)),
        endpoint_(std::move(endpoint)),
        log_(log) {}

  Status send(std::string_view bytes) override { return client_.send(bytes); }
  void wake() override { client_.wake(); }
  Result<std::vector<std::string>> receive(Duration at_most, std::size_t count_max) override {
    const Duration now = clock_.monotonic();
    if (now - looked_at_ >= look_every) {
      looked_at_ = now;
      GWAGEO_TRY(look(now));
    }
    return client_.receive(at_most, count_max);
  }

  /// Waits until the coordinator lets us in or we are asked to stop.
  Status wait_until_connected(const std::atomic<bool>& stop) {
    while (!watch_.is_connected() && !stop.load()) {
      GWAGEO_TRY(look(clock_.monotonic()));
      if (!watch_.is_connected()) GWAGEO_TRY(client_.await_change(look_at_first_every));
    }
    return {};
  }

 private:
  Status look(Duration now) {
    const ConnectionLook seen{client_.state(), client_.connections(), client_.failed_handshakes()};
    GWAGEO_ASSIGN(news, watch_.look(seen, now));
    if (news) log_.write(news->level, news->text, {{"endpoint", endpoint_}});
    return watch_.is_connected() ? Status{} : follow(now);
  }

  // A file that cannot be read for a moment says nothing new: it may be about to be replaced.
  Status follow(Duration now) {
    const Result<std::string> endpoint = coordinator_address(given_);
    if (!endpoint || *endpoint == endpoint_) return {};
    log_.write(LogLevel::info, "the coordinator has another address now",
               {{"before", endpoint_}, {"now", *endpoint}});
    endpoint_ = *endpoint;
    watch_.moved(endpoint_, now);
    return client_.redirect(endpoint_);
  }

  ZmqClient& client_;
  ConnectionWatch watch_;
  const std::string given_;
  std::string endpoint_;
  Log& log_;
  SystemClock clock_;
  Duration looked_at_;
};

/// The exit code of a worker that was not asked to end: what README.md says of daemons, but codes
/// 3 and 4 too, since there is a coordinator that it wanted to reach.
int report_end(const Invocation& arguments, const Error& error) {
  const int code = report_error(arguments, error);
  return error.kind == ErrorKind::io ? exit_code::no : code;
}

/// What the engines get, but for devices and weights. Offers the engine `process` where there are
/// templates for it.
Result<EngineRoom> engine_room(const Invocation& arguments, const WorkerOptions& said,
                               AgentOptions& options, Log& log) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  GWAGEO_ASSIGN(processes, worker_process_room(arguments, options.name, log));
  if (options.gpus.nodes > 1) options.engines.clear();  // They run on one machine.
  // With a template that is of no use, too: its models say so when they are loaded.
  if (!processes->templates.empty() || !processes->broken.empty()) {
    options.engines.emplace_back("process");
  }
  if (options.engines.empty()) {
    return fail(ErrorKind::bad_input,
                "--hosts: a worker of several machines serves by the engine process alone, and "
                "there are no templates for it here: name their folder with --engines DIR");
  }
  EngineRoom room{said.threads.value_or(std::max(1u, cores / options.slots)), said.slowdown};
  room.gpus = options.gpus;
  room.processes = std::move(processes);
  room.caught = std::make_shared<CaughtWays>();
  return room;
}

ClientOptions connection_of(std::string endpoint, const KeyFile& key) {
  ClientOptions connection;
  connection.endpoint = std::move(endpoint);
  connection.server_public_key = key.coordinator_curve_public;
  connection.keys = key.curve;
  return connection;
}

void say_start(Log& log, const AgentOptions& options, unsigned threads,
               const std::string& endpoint) {
  log.write(LogLevel::info, "worker starts",
            {{"name", options.name},
             {"life", std::to_string(options.worker.value)},
             {"slots", std::to_string(options.slots)},
             {"gpus", options.gpus.kind},
             {"threads", std::to_string(threads)},
             {"coordinator", endpoint}});
}

}  // namespace

Result<int> verb_worker(const Invocation& arguments) {
  block_stop_signals();
  raise_file_limit();
  GWAGEO_ASSIGN(said, worker_options(arguments));
  GWAGEO_ASSIGN(log, new_log(arguments.text_or("log", "")));
  GWAGEO_ASSIGN(devices, devices_of(said, *log));
  AgentOptions options = agent_options(said);
  options.health = devices.health;
  GWAGEO_ASSIGN(weights, worker_weights(arguments, *log));
  GWAGEO_ASSIGN(room, engine_room(arguments, said, options, *log));
  room.make_device = std::move(devices.make_device);
  room.weights = weights.node.get();
  if (said.gpus) room.hosts = said.gpus->hosts;

  // Added to what it was started with. Threads that begin later have it as well.
  [[maybe_unused]] const int now = ::nice(said.niceness);

  const std::string given = arguments.text_or("coordinator", environment("GWAGEO_COORDINATOR"));
  const std::string key_path = arguments.text_or("key", environment("GWAGEO_KEY"));
  if (given.empty() || key_path.empty()) {
    return fail(ErrorKind::bad_input,
                "a worker needs --coordinator ADDR and --key FILE (a key of role worker)");
  }
  GWAGEO_ASSIGN(address, coordinator_address(given));
  GWAGEO_ASSIGN(key, read_key_file(key_path));
  const ClientOptions connection = connection_of(std::move(address), key);
  GWAGEO_ASSIGN(transport, new_zmq_client(connection));
  GWAGEO_ASSIGN(signing, worker_signing(key));
  options.signing = std::move(signing);
  StopWatch watch([&] {
    if (weights.node) weights.node->stop();
    transport->wake();
  });
  say_start(*log, options, room.threads, connection.endpoint);
  const SystemClock clock;
  WatchedClient watched(
      *transport,
      ConnectionWatch(key.principal, connection.endpoint, said.connect_within, clock.monotonic()),
      given, connection.endpoint, *log);
  Status status = watched.wait_until_connected(watch.requested());
  if (status && !watch.requested()) {
    status = work(options, watched, clock, *log, room, watch.requested(), devices.checks);
  }
  log->write(status ? LogLevel::info : LogLevel::error,
             status ? "worker stopped" : status.error().message, {{"name", options.name}});
  return status ? exit_code::done : report_end(arguments, status.error());
}

}  // namespace gwageo
