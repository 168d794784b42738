// gwageo worker: the daemon that runs models.
#include <thread>

#include "ops/log.h"
#include "ops/output.h"
#include "ops/stop_signals.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "ops/verbs.h"
#include "protocol/key_file.h"
#include "protocol/limits.h"
#include "protocol/zap_handler.h"
#include "protocol/zmq_transport.h"
#include "worker/shell.h"

namespace gwageo {
namespace {

constexpr Duration look_every = milliseconds(100);
/// A coordinator that has just begun may not know its keys yet.
constexpr Duration refused_at_most = seconds(3);
constexpr Duration silent_at_first = seconds(5);

Result<AgentOptions> agent_options(const Invocation& arguments) {
  AgentOptions options;
  options.worker = WorkerId{random_number()};
  options.name = arguments.text_or("name", "worker-" + random_name().substr(0, 8));
  options.version = program_version();
  options.engines = {"builtin", "paced", "recorded"};
  GWAGEO_ASSIGN(slots, arguments.whole_or("slots", 1, 1, limits::slots_max));
  GWAGEO_ASSIGN(credit,
                arguments.whole_or("credit", options.credit_items, 1, limits::credit_items_max));
  options.slots = static_cast<std::uint32_t>(slots);
  options.credit_items = static_cast<std::uint32_t>(credit);
  if (!is_principal_name(options.name)) {
    return fail(ErrorKind::bad_input, "--name: \"" + options.name +
                                          "\": 1 to 128 letters, digits, '.', '_' and '-', and "
                                          "first a letter or digit");
  }
  return options;
}

/// Waits until the coordinator lets us in: for as long as nobody answers, since it may be away.
Status wait_for_coordinator(ZmqClient& transport, const std::string& endpoint, Log& log,
                            const std::atomic<bool>& stop) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  std::optional<Duration> refused_since;
  bool is_told = false;
  while (!stop.load()) {
    const ConnectionState state = transport.state();
    const Duration now = clock.monotonic();
    if (state == ConnectionState::connected) return {};
    if (state == ConnectionState::key_refused) {
      if (!refused_since) refused_since = now;
      if (now - *refused_since > refused_at_most) {
        return fail(ErrorKind::not_allowed,
                    "the coordinator at " + endpoint + " does not know this worker's key");
      }
    }
    if (!is_told && now - began > silent_at_first) {
      is_told = true;
      log.write(LogLevel::warning, "no coordinator answers yet", {{"endpoint", endpoint}});
    }
    GWAGEO_TRY(transport.receive(look_every, 0));
  }
  return {};
}

}  // namespace

Result<int> verb_worker(const Invocation& arguments) {
  block_stop_signals();
  raise_file_limit();
  GWAGEO_ASSIGN(log, new_log(arguments.text_or("log", "")));
  GWAGEO_ASSIGN(options, agent_options(arguments));
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  GWAGEO_ASSIGN(threads,
                arguments.whole_or("threads", std::max(1u, cores / options.slots), 1, 1024));

  ClientOptions connection;
  connection.endpoint = arguments.text_or("coordinator", environment("GWAGEO_COORDINATOR"));
  const std::string key_path = arguments.text_or("key", environment("GWAGEO_KEY"));
  if (connection.endpoint.empty() || key_path.empty()) {
    return fail(ErrorKind::bad_input,
                "a worker needs --coordinator ADDR and --key FILE (a key of role worker)");
  }
  GWAGEO_ASSIGN(key, read_key_file(key_path));
  connection.server_public_key = key.coordinator_curve_public;
  connection.keys = key.curve;
  GWAGEO_ASSIGN(transport, new_zmq_client(connection));
  StopWatch watch([&] { transport->wake(); });
  log->write(LogLevel::info, "worker starts",
             {{"name", options.name},
              {"life", std::to_string(options.worker.value)},
              {"slots", std::to_string(options.slots)},
              {"threads", std::to_string(threads)},
              {"coordinator", connection.endpoint}});
  const SystemClock clock;
  Status status = wait_for_coordinator(*transport, connection.endpoint, *log, watch.requested());
  if (status && !watch.requested()) {
    status =
        work(options, *transport, clock, *log, static_cast<unsigned>(threads), watch.requested());
  }
  log->write(status ? LogLevel::info : LogLevel::error,
             status ? "worker stopped" : status.error().message, {{"name", options.name}});
  GWAGEO_TRY(status);
  return exit_code::done;
}

}  // namespace gwageo
