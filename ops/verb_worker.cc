// gwageo worker: the daemon that runs models.
#include <unistd.h>

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
/// One that begins or ends fails a handshake or two; each is tried again after about a second.
constexpr Duration foreign_at_most = seconds(10);
constexpr Duration foreign_within = seconds(3);
constexpr Duration silent_at_first = seconds(2);
constexpr Duration silent_at_most = seconds(600);
constexpr std::int64_t connect_within_max = 86400;

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

/// What may be said of a coordinator that has not let us in yet. That nobody answers is no end,
/// since it may be away, unless somebody set one; that our key is no good there is.
class FirstConnection {
 public:
  FirstConnection(const KeyFile& key, std::string endpoint, std::optional<Duration> within,
                  Duration now)
      : owner_(key.principal), endpoint_(std::move(endpoint)), within_(within), began_(now) {}

  /// not_allowed: it will never let us in. unavailable: the time that was set is over.
  Status look(ConnectionState state, std::uint64_t failed_handshakes, Duration now) {
    if (state == ConnectionState::key_refused) {
      if (!refused_since_) refused_since_ = now;
      if (now - *refused_since_ > refused_at_most) {
        return fail(ErrorKind::not_allowed, "the coordinator at " + endpoint_ +
                                                " does not know the key of " + owner_ +
                                                "; register it there (gwageo keys new worker)");
      }
    }
    if (failed_handshakes > failed_handshakes_) {
      if (!failed_at_ || now - *failed_at_ > foreign_within) failing_since_ = now;
      failed_at_ = now;
      failed_handshakes_ = failed_handshakes;
      if (now - *failing_since_ > foreign_at_most) {
        return fail(ErrorKind::not_allowed,
                    "the key file of " + owner_ + " does not fit whoever answers at " + endpoint_ +
                        ": it is for another coordinator, or the address is wrong");
      }
    }
    if (within_ && now - began_ > *within_) {
      return fail(ErrorKind::unavailable, "no coordinator answered at " + endpoint_ + " within " +
                                              std::to_string(within_->microseconds / 1000000) +
                                              " s (--connect-within)");
    }
    return {};
  }

  /// Whether it is time to say that we still wait: soon, and then less and less often.
  bool is_to_be_said(Duration now) {
    if (now - began_ <= silent_for_) return false;
    silent_for_ = std::min(silent_for_ * 2, (now - began_) + silent_at_most);
    return true;
  }

 private:
  std::string owner_;
  std::string endpoint_;
  std::optional<Duration> within_;
  Duration began_;
  Duration silent_for_ = silent_at_first;
  std::optional<Duration> refused_since_;
  std::uint64_t failed_handshakes_ = 0;
  std::optional<Duration> failed_at_;
  std::optional<Duration> failing_since_;  ///< The first of the failures in a row.
};

/// Waits until the coordinator lets us in, or until it is sure that it will not.
Status wait_for_coordinator(ZmqClient& transport, FirstConnection connection,
                            const std::string& endpoint, Log& log, const std::atomic<bool>& stop) {
  const SystemClock clock;
  while (!stop.load()) {
    const ConnectionState state = transport.state();
    if (state == ConnectionState::connected) return {};
    const Duration now = clock.monotonic();
    GWAGEO_TRY(connection.look(state, transport.failed_handshakes(), now));
    if (connection.is_to_be_said(now)) {
      log.write(LogLevel::warning,
                "no coordinator answers yet; it is tried on. Check that it runs, that its address "
                "and port are these, and that nothing in between blocks them",
                {{"endpoint", endpoint}});
    }
    GWAGEO_TRY(transport.receive(look_every, 0));
  }
  return {};
}

/// The exit code of a worker that was not asked to end: what README.md says of daemons, but codes
/// 3 and 4 too, since there is a coordinator that it wanted to reach.
int report_end(const Invocation& arguments, const Error& error) {
  const int code = report(arguments, error);
  return error.kind == ErrorKind::io ? exit_code::no : code;
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

  GWAGEO_ASSIGN(within, arguments.whole_or("connect-within", 0, 1, connect_within_max));
  GWAGEO_ASSIGN(niceness, arguments.whole_or("nice", 0, 0, 19));
  // Added to what it was started with. Threads that begin later have it as well.
  [[maybe_unused]] const int now = ::nice(static_cast<int>(niceness));

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
  const FirstConnection first(key, connection.endpoint,
                              within > 0 ? std::optional(seconds(within)) : std::nullopt,
                              clock.monotonic());
  Status status =
      wait_for_coordinator(*transport, first, connection.endpoint, *log, watch.requested());
  if (status && !watch.requested()) {
    status =
        work(options, *transport, clock, *log, static_cast<unsigned>(threads), watch.requested());
  }
  log->write(status ? LogLevel::info : LogLevel::error,
             status ? "worker stopped" : status.error().message, {{"name", options.name}});
  return status ? exit_code::done : report_end(arguments, status.error());
}

}  // namespace gwageo
