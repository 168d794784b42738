// gwageo coordinator: the daemon that decides. Builds everything that the shell runs on.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "coordinator/data_directory.h"
#include "coordinator/durable_file.h"
#include "coordinator/rocks_store.h"
#include "coordinator/shell.h"
#include "ops/calendar.h"
#include "ops/coordinator_keys.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/published_log.h"
#include "ops/start_options.h"
#include "ops/stop_signals.h"
#include "ops/supervisor.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "ops/verbs.h"
#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

constexpr Duration lock_at_most = seconds(2);

/// The keys that may connect, kept up with the journal's principals.
class Principals {
 public:
  explicit Principals(KeyRegistry& registry) : registry_(registry) {}
  /// Lets in whose key counts.
  void let_in(const State& state) {
    if (std::exchange(let_in_, state.principal_changes()) == state.principal_changes()) return;
    for (const auto& [name, principal] : state.principals()) {
      if (!principal.revoked) registry_.set(key_of(principal.registered.curve_key), name);
    }
  }
  /// Turns away whose key has ended, on open connections too.
  void turn_away(const State& state) {
    if (std::exchange(turned_away_, state.principal_changes()) == state.principal_changes()) return;
    for (const auto& [name, principal] : state.principals()) {
      if (principal.revoked) registry_.remove(key_of(principal.registered.curve_key));
      for (const FormerKeys& keys : principal.former) registry_.remove(key_of(keys.curve_key));
    }
  }

 private:
  static CurvePublicKey key_of(const Digest& key) { return CurvePublicKey{key.bytes}; }

  KeyRegistry& registry_;
  std::uint64_t let_in_ = 0;
  std::uint64_t turned_away_ = 0;
};

/// The descriptor `--ready-fd` of a supervisor, if there is one. It gets one line: where we listen,
/// or why we never will.
class ReadyDescriptor {
 public:
  explicit ReadyDescriptor(std::int64_t number) : number_(static_cast<int>(number)) {}
  ReadyDescriptor(const ReadyDescriptor&) = delete;
  ReadyDescriptor& operator=(const ReadyDescriptor&) = delete;

  Status serving(const std::string& endpoint) { return tell(endpoint); }
  /// Nothing when we have served: then nobody waits for a line.
  void failed(const Error& error) {
    std::string why = error.message;
    std::replace(why.begin(), why.end(), '\n', ' ');
    const bool is_later = error.kind == ErrorKind::unavailable;
    const Status told =
        tell(std::string(is_later ? start_later_prefix : start_failed_prefix) + why);
    static_cast<void>(told);  // Standard error has it as well.
  }

 private:
  // Closed after the line, and forgotten: its number may be another file's by then.
  Status tell(const std::string& text) {
    const int number = std::exchange(number_, -1);
    if (number < 0) return {};
    const std::string line = text + "\n";
    const ssize_t written = ::write(number, line.data(), line.size());
    ::close(number);
    if (written == static_cast<ssize_t>(line.size())) return {};
    return fail(ErrorKind::io, "--ready-fd: cannot be written");
  }

  int number_;
};

/// Serves until asked to stop. An error of the store or of a thread ends the process.
class Daemon {
 public:
  Daemon(const Invocation& arguments, ReadyDescriptor& ready, StartOptions start,
         DataDirectory directory, std::unique_ptr<Log> log)
      : arguments_(arguments),
        ready_(ready),
        start_(std::move(start)),
        directory_(std::move(directory)),
        log_(std::move(log)) {}

  Status open() {
    CoordinatorOptions options;
    options.version = program_version();
    options.life = random_number();
    options.origin = start_.origin;
    options.zone = start_.zone;
    const bool has_signed = is_name_taken(directory_.checkpoint_path());
    GWAGEO_ASSIGN(keys, coordinator_keys(directory_.keys_path(), options.origin, has_signed));
    keys_ = std::move(keys);
    RocksOptions rocks;
    rocks.path = directory_.store_path();
    rocks.reserve_bytes = std::min(rocks.reserve_bytes, start_.reserve_bytes);
    GWAGEO_ASSIGN(store, open_rocks_store(rocks));
    store_ = std::move(store);
    GWAGEO_ASSIGN(log, PublishedLog::open(directory_, *store_, keys_, arguments_.texts("witness")));
    published_ = std::move(log);
    options.sign = [this](const Checkpoint& head) {
      // Nobody gets a copy that cannot be signed; the next guard fails as well and ends us.
      return published_->sign(head).value_or("");
    };
    options.log = published_->access();
    GWAGEO_ASSIGN(coordinator, Coordinator::open(*store_, options, moment()));
    coordinator_ = std::move(coordinator);
    GWAGEO_TRY(check_founding());
    principals_.let_in(coordinator_->state());  // They are durable; nobody of them is turned away.
    for (const auto& [name, role] :
         {std::pair{"operator", KeyRole::operator_}, std::pair{"worker", KeyRole::worker}}) {
      GWAGEO_ASSIGN(principal,
                    first_keys(directory_.keys_path(), name, role, keys_, coordinator_->state()));
      if (principal) coordinator_->register_principal(moment(), *principal);
    }
    return {};
  }

  Status run() {
    GWAGEO_ASSIGN(calendar, Calendar::of(coordinator_->state().founded().zone));
    GWAGEO_ASSIGN(server, listen());
    listen_locally(*server);
    StopWatch watch([&] { server->wake(); });
    const CoordinatorShellParts parts{
        *coordinator_,
        *store_,
        *server,
        clock_,
        *log_,
        [this](const Checkpoint& head) { return published_->guard(head); },
        [this](bool is_last) {
          return published_->publish(is_last ? PublishedLog::Until::now
                                             : PublishedLog::Until::witnessed);
        },
        [this, &calendar] { return calendar.date(clock_.wall()); },
        [this] { return is_disk_low(); },
        [this, &server](const State& state) { committed(state, *server); },
        [this](const State& state) { principals_.turn_away(state); },
    };
    const Status served = serve(parts, watch.requested());
    GWAGEO_TRY(served);
    GWAGEO_TRY(announced_);
    log_->write(LogLevel::info, "stopped", {{"journal", size_text()}});
    return directory_.remove_endpoint();
  }

  Log& log() { return *log_; }

 private:
  /// A free port is the one of the last time where it can be: workers elsewhere were told that.
  Result<std::unique_ptr<ZmqServer>> listen() {
    ServerOptions options;
    options.keys = keys_.curve;
    const std::string last = directory_.last_port();
    if (takes_free_port(start_) && !last.empty()) {
      options.listen = start_.listen.substr(0, start_.listen.size() - 1) + last;
      Result<std::unique_ptr<ZmqServer>> again = new_zmq_server(options, registry_);
      if (again) return again;
      log_->write(LogLevel::warning, "the port of the last time is taken, so another one is used",
                  {{"port", last}});
    }
    options.listen = start_.listen;
    Result<std::unique_ptr<ZmqServer>> server = new_zmq_server(options, registry_);
    if (server) return server;
    return fail(ErrorKind::conflict, "--listen: " + server.error().message);
  }

  /// Not every folder can hold a socket, and nobody needs it: without it there is TCP.
  void listen_locally(ZmqServer& server) {
    const Status listens = server.listen_locally(directory_.local_endpoint());
    if (listens) return;
    log_->write(LogLevel::warning,
                "workers of this machine come over TCP, which costs a little more",
                {{"why", listens.error().message}});
  }

  Status check_founding() const {
    const Founded& founded = coordinator_->state().founded();
    for (const auto& [option, has] :
         {std::pair{"origin", founded.origin}, std::pair{"zone", founded.zone}}) {
      const std::string given = arguments_.text_or(option, has);
      if (given == has) continue;
      return fail(ErrorKind::bad_input, std::string("--") + option + ": the journal in " +
                                            directory_.path() + " was founded with \"" + has +
                                            "\" and keeps it, so \"" + given +
                                            "\" needs a data directory of its own");
    }
    return {};
  }

  Moment moment() const { return {clock_.monotonic(), clock_.wall()}; }
  std::string size_text() const { return std::to_string(coordinator_->journal_size()); }

  bool is_disk_low() const {
    const Result<std::uint64_t> left = free_bytes(directory_.path());
    return left && *left < start_.reserve_bytes;
  }

  /// The first commit makes the first keys durable; only then may anybody come.
  void committed(const State& state, const ServerTransport& server) {
    principals_.let_in(state);
    if (std::exchange(is_announced_, true)) return;
    announced_ = published_->guard(
        {state.founded().origin, coordinator_->journal_size(), coordinator_->journal_root()});
    if (announced_) announced_ = directory_.write_endpoint(server.endpoint());
    if (announced_) announced_ = ready_.serving(server.endpoint());
    if (!announced_) ::kill(::getpid(), SIGTERM);  // Nobody would find us.
    log_->write(announced_ ? LogLevel::info : LogLevel::error,
                announced_ ? "serving" : announced_.error().message,
                {{"endpoint", server.endpoint()},
                 {"data", directory_.path()},
                 {"journal", size_text()},
                 {"version", program_version()}});
  }

  const Invocation& arguments_;
  ReadyDescriptor& ready_;
  StartOptions start_;
  SystemClock clock_;
  DataDirectory directory_;
  std::unique_ptr<Log> log_;
  KeyFile keys_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<PublishedLog> published_;
  std::unique_ptr<Coordinator> coordinator_;
  KeyRegistry registry_;
  Principals principals_{registry_};
  bool is_announced_ = false;
  Status announced_;
};

Status run_coordinator(const Invocation& arguments, ReadyDescriptor& ready) {
  const std::string data = arguments.data_directory();
  GWAGEO_ASSIGN(start, start_options(arguments, data));
  GWAGEO_ASSIGN(log, new_log(arguments.text_or("log", "")));
  GWAGEO_ASSIGN(directory, take_directory(data, lock_at_most));
  if (const Status complete = directory.check_complete(); !complete) {
    log->write(LogLevel::error, complete.error().message);
    return complete;
  }
  Daemon daemon(arguments, ready, std::move(start), std::move(directory), std::move(log));
  Status status = daemon.open();
  if (status) status = daemon.run();
  // In the log too, which may be a file, or on the very disk that is full.
  if (!status) daemon.log().write(LogLevel::error, status.error().message);
  return status;
}

}  // namespace

Result<int> verb_coordinator(const Invocation& arguments) {
  block_stop_signals();
  raise_file_limit();
  GWAGEO_ASSIGN(descriptor, arguments.whole_or("ready-fd", -1, 3, 1 << 20));
  ReadyDescriptor ready(descriptor);
  const Status status = run_coordinator(arguments, ready);
  if (status) return exit_code::done;
  ready.failed(status.error());
  return report_start(arguments, status.error());
}

}  // namespace gwageo
