#include <cstring>
#include <optional>
#include <utility>

#include "protocol/check.h"
#include "protocol/zmq_link.h"
#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

using zmq_link::Frame;
using zmq_link::Waited;

constexpr int reconnect_milliseconds = 50;
constexpr int reconnect_milliseconds_max = 1000;
constexpr int connect_milliseconds_max = 3000;
constexpr Duration reopen_after = seconds(1);
// The events of other failed handshakes are left out: raising one overwrites errno in libzmq's
// engine, which then takes a fatal error for "try later" and keeps the connection until it times
// out.
constexpr int client_events_watched = ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                      ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED |
                                      ZMQ_EVENT_CONNECT_RETRIED;

}  // namespace

// libzmq connects again by itself after a lost connection, and keeps what is queued. After an error
// of the protocol (a refused key, a damaged frame) it gives up for good without a word, and the
// socket is dead; so the events of the socket are watched, and a socket whose connection ended
// without a new try is replaced.
struct ZmqClient::Parts {
  ~Parts() { close(); }

  Status open();
  void close();
  /// Opens again what is dead and due. io when that fails.
  Status tend();
  Status read_events_and_tend();
  /// False when `count_max` were taken, so that more may be there.
  Result<bool> take_frames(std::vector<std::string>& arrived, std::size_t count_max);
  void read_events();
  void note(int event);
  Duration wait_at_most(Duration left) const;

  zmq_link::Engine engine;
  ClientOptions options;
  std::string address;
  void* socket = nullptr;
  void* monitor = nullptr;
  int socket_file = -1;
  int monitor_file = -1;
  std::uint64_t sockets_opened = 0;
  std::uint64_t connections = 0;
  std::uint64_t failed_handshakes = 0;
  ConnectionState state = ConnectionState::connecting;
  std::optional<Duration> ended_at;  ///< When the connection ended, unless libzmq tries again.
};

Status ZmqClient::Parts::open() {
  socket = zmq_socket(engine.context, ZMQ_DEALER);
  monitor = zmq_socket(engine.context, ZMQ_PAIR);
  if (socket == nullptr || monitor == nullptr) {
    return fail(ErrorKind::io, "cannot make a socket: " + zmq_link::last_error());
  }
  GWAGEO_TRY(zmq_link::set_common_options(socket, options.message_bytes_max,
                                          options.queue_messages_max, options.ipv6, options.keys));
  const auto& server_key = options.server_public_key.bytes;
  GWAGEO_TRY(
      zmq_link::set_option(socket, ZMQ_CURVE_SERVERKEY, server_key.data(), server_key.size()));
  GWAGEO_TRY(zmq_link::set_options(socket, {{ZMQ_RECONNECT_IVL, reconnect_milliseconds},
                                            {ZMQ_RECONNECT_IVL_MAX, reconnect_milliseconds_max},
                                            {ZMQ_CONNECT_TIMEOUT, connect_milliseconds_max}}));
  // libzmq's I/O thread blocks when this queue is full, and closing the watched socket then hangs.
  GWAGEO_TRY(zmq_link::set_options(monitor, {{ZMQ_RCVHWM, 0}}));
  const std::string events = "inproc://gwageo.client." + std::to_string(++sockets_opened);
  if (zmq_socket_monitor(socket, events.c_str(), client_events_watched) != 0 ||
      zmq_connect(monitor, events.c_str()) != 0) {
    return fail(ErrorKind::io, "cannot watch a socket: " + zmq_link::last_error());
  }
  if (zmq_connect(socket, address.c_str()) != 0) {
    const ErrorKind kind = zmq_errno() == EINVAL ? ErrorKind::bad_input : ErrorKind::io;
    return fail(kind, "cannot connect to " + address + ": " + zmq_link::last_error());
  }
  GWAGEO_ASSIGN(opened_file, zmq_link::event_file(socket));
  GWAGEO_ASSIGN(watching_file, zmq_link::event_file(monitor));
  socket_file = opened_file;
  monitor_file = watching_file;
  ended_at.reset();
  read_events();  // libzmq tells of what comes only to those who have found nothing there.
  return {};
}

void ZmqClient::Parts::close() {
  // The watched socket goes before its watcher: libzmq waits for the watcher to take every event.
  if (socket != nullptr) {
    zmq_socket_monitor(socket, nullptr, 0);
    zmq_close(socket);
  }
  if (monitor != nullptr) zmq_close(monitor);
  socket = nullptr;
  monitor = nullptr;
}

Status ZmqClient::Parts::tend() {
  if (socket != nullptr && wait_at_most(reopen_after) > Duration{}) return {};
  close();
  Status opened = open();
  if (!opened) close();
  return opened;
}

Status ZmqClient::Parts::read_events_and_tend() {
  read_events();
  return tend();
}

Result<bool> ZmqClient::Parts::take_frames(std::vector<std::string>& arrived,
                                           std::size_t count_max) {
  for (std::size_t taken = 0; taken < count_max; ++taken) {
    if (socket == nullptr) return true;
    Frame frame;
    if (!frame.take(socket)) {
      if (zmq_link::is_nothing_there()) return true;
      return fail(ErrorKind::io, "cannot read from the network: " + zmq_link::last_error());
    }
    // Our server sends one frame; what has more is from a server that we do not know.
    const bool is_lawful = !frame.has_more() && frame.bytes().size() <= options.message_bytes_max;
    if (is_lawful) arrived.emplace_back(frame.bytes());
    frame.take_rest(socket);
  }
  return false;
}

void ZmqClient::Parts::read_events() {
  if (monitor == nullptr) return;
  while (true) {
    Frame frame;
    if (!frame.take(monitor)) return;
    std::uint16_t event = 0;
    GWAGEO_CHECK(frame.bytes().size() >= sizeof event);
    std::memcpy(&event, frame.bytes().data(), sizeof event);
    note(event);
    frame.take_rest(monitor);
  }
}

void ZmqClient::Parts::note(int event) {
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      ++connections;
      state = ConnectionState::connected;
      ended_at.reset();
      return;
    case ZMQ_EVENT_CONNECT_RETRIED: ended_at.reset(); return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: state = ConnectionState::key_refused; break;
    default:  // ZMQ_EVENT_DISCONNECTED
      if (state == ConnectionState::connected) {
        state = ConnectionState::connecting;
      } else if (state != ConnectionState::key_refused) {
        ++failed_handshakes;
        state = ConnectionState::handshake_failed;
      }
      break;
  }
  ended_at = zmq_link::monotonic_now();
}

/// `left`, or what is left until the socket is to be opened again if that is less.
Duration ZmqClient::Parts::wait_at_most(Duration left) const {
  if (!ended_at) return left;
  return std::min(left, *ended_at + reopen_after - zmq_link::monotonic_now());
}

ZmqClient::ZmqClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ZmqClient::~ZmqClient() = default;

Status ZmqClient::send(std::string_view bytes) {
  if (bytes.size() > parts_->options.message_bytes_max) {
    return fail(ErrorKind::bad_input, "a message of " + std::to_string(bytes.size()) +
                                          " bytes is above the limit of " +
                                          std::to_string(parts_->options.message_bytes_max));
  }
  if (parts_->socket == nullptr) GWAGEO_TRY(parts_->read_events_and_tend());
  while (zmq_send(parts_->socket, bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0) {
    if (zmq_errno() == EINTR) continue;
    if (zmq_errno() != EAGAIN) {
      return fail(ErrorKind::io, "cannot write to the network: " + zmq_link::last_error());
    }
    return fail(ErrorKind::unavailable,
                "the queue of messages to " + parts_->address + " is full; try again later");
  }
  return {};
}

Result<std::vector<std::string>> ZmqClient::receive(Duration at_most, std::size_t count_max) {
  GWAGEO_CHECK(count_max > 0);
  const Duration deadline = zmq_link::monotonic_now() + at_most;
  std::vector<std::string> arrived;
  Parts& parts = *parts_;
  while (true) {
    GWAGEO_ASSIGN(is_drained, parts.take_frames(arrived, count_max));
    // With something left there may be no event that would end a wait.
    if (!arrived.empty() || !is_drained) return arrived;
    GWAGEO_TRY(parts.tend());
    const Duration left = deadline - zmq_link::monotonic_now();
    // Also when no time is left: it tells what became of the connection.
    GWAGEO_ASSIGN(waited, zmq_link::wait(parts.engine, parts.socket_file, parts.monitor_file,
                                         parts.wait_at_most(left)));
    if (waited == Waited::events) parts.read_events();
    if (waited == Waited::woken || left <= Duration{}) return arrived;
  }
}

Status ZmqClient::await_change(Duration at_most) {
  GWAGEO_TRY(parts_->read_events_and_tend());
  // Only the monitor is looked at: the socket's own file stays set until somebody takes from it.
  const auto waited =
      zmq_link::wait(parts_->engine, -1, parts_->monitor_file, parts_->wait_at_most(at_most));
  GWAGEO_TRY(waited);
  return parts_->read_events_and_tend();
}

void ZmqClient::wake() { parts_->engine.wake(); }

Status ZmqClient::redirect(const std::string& endpoint) {
  GWAGEO_ASSIGN(address, zmq_link::address(endpoint));
  parts_->close();
  parts_->options.endpoint = endpoint;
  parts_->address = std::move(address);
  parts_->state = ConnectionState::connecting;
  return parts_->open();
}

ConnectionState ZmqClient::state() {
  parts_->read_events();
  return parts_->state;
}

std::uint64_t ZmqClient::connections() {
  parts_->read_events();
  return parts_->connections;
}

std::uint64_t ZmqClient::failed_handshakes() {
  parts_->read_events();
  return parts_->failed_handshakes;
}

Result<std::unique_ptr<ZmqClient>> new_zmq_client(const ClientOptions& options) {
  auto parts = std::make_unique<ZmqClient::Parts>();
  GWAGEO_TRY(parts->engine.check());
  GWAGEO_ASSIGN(address, zmq_link::address(options.endpoint));
  parts->options = options;
  parts->address = std::move(address);
  GWAGEO_TRY(parts->open());
  return std::make_unique<ZmqClient>(std::move(parts));
}

}  // namespace gwageo
