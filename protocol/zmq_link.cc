#include "protocol/zmq_link.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>

#include "protocol/check.h"
#include "protocol/transport.h"

namespace gwageo::zmq_link {
namespace {

// A CURVE frame is 33 bytes longer than its message, and the handshake's own frames must pass too.
constexpr std::size_t frame_bytes_extra = 1024;
constexpr int handshake_milliseconds_max = 3000;
constexpr int heartbeat_milliseconds = 2000;
// Below limits::lease_term, so that a connection is known to be lost before its leases are.
constexpr int silence_milliseconds_max = 10000;
constexpr int linger_milliseconds = 500;

}  // namespace

Duration monotonic_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

std::string last_error() { return zmq_strerror(zmq_errno()); }

bool is_nothing_there() { return zmq_errno() == EAGAIN; }

void Frame::take_rest(void* socket) {
  while (has_more()) {
    // libzmq delivers all frames of a message or none, so the next one is there.
    GWAGEO_CHECK(take(socket));
  }
}

std::string_view Frame::property(const char* name) const {
  const char* const value = zmq_msg_gets(&message_, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Engine::Engine() : context(zmq_ctx_new()), wake_file(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Engine::~Engine() {
  while (context != nullptr && zmq_ctx_term(context) != 0) GWAGEO_CHECK(zmq_errno() == EINTR);
  if (wake_file >= 0) close(wake_file);
}

Status Engine::check() const {
  if (context != nullptr && wake_file >= 0) return {};
  return fail(ErrorKind::io, std::string("cannot start the network: ") + std::strerror(errno));
}

void Engine::wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is at its maximum, and then the other side is awake anyway.
  [[maybe_unused]] const auto written = write(wake_file, &one, sizeof one);
}

void Engine::clear_wake() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(wake_file, &count, sizeof count);
}

Result<int> event_file(void* socket) {
  int file = -1;
  std::size_t size = sizeof file;
  if (zmq_getsockopt(socket, ZMQ_FD, &file, &size) == 0) return file;
  return fail(ErrorKind::io, "cannot watch the network: " + last_error());
}

// Not zmq_poll, which makes four system calls for each socket that it looks at.
Result<Waited> wait(const Engine& engine, int socket_file, int monitor_file, Duration at_most) {
  pollfd files[] = {
      {socket_file, POLLIN, 0}, {engine.wake_file, POLLIN, 0}, {monitor_file, POLLIN, 0}};
  const std::int64_t microseconds = std::max<std::int64_t>(at_most.microseconds, 0);
  const int milliseconds_up = static_cast<int>((microseconds + 999) / 1000);
  const int ready = ::poll(files, std::size(files), milliseconds_up);
  if (ready < 0 && errno == EINTR) return Waited::woken;
  if (ready < 0) {
    return fail(ErrorKind::io, std::string("cannot wait for the network: ") + std::strerror(errno));
  }
  if ((files[1].revents & POLLIN) != 0) {
    engine.clear_wake();
    return Waited::woken;
  }
  if (ready == 0) return Waited::timed_out;
  return (files[2].revents & POLLIN) != 0 ? Waited::events : Waited::something;
}

Status set_option(void* socket, int name, const void* value, std::size_t size) {
  if (zmq_setsockopt(socket, name, value, size) == 0) return {};
  return fail(ErrorKind::io,
              "libzmq refuses socket option " + std::to_string(name) + ": " + last_error());
}

Status set_options(void* socket, std::initializer_list<Option> options) {
  for (const Option& option : options) {
    GWAGEO_TRY(set_option(socket, option.name, &option.value, sizeof option.value));
  }
  return {};
}

Status set_common_options(void* socket, std::size_t message_bytes_max, int queue_messages_max,
                          bool ipv6, const CurveKeyPair& keys) {
  GWAGEO_CHECK(queue_messages_max > 0);
  const auto frame_bytes_max = static_cast<std::int64_t>(message_bytes_max + frame_bytes_extra);
  GWAGEO_TRY(set_option(socket, ZMQ_MAXMSGSIZE, &frame_bytes_max, sizeof frame_bytes_max));
  GWAGEO_TRY(set_options(socket, {{ZMQ_SNDHWM, queue_messages_max},
                                  {ZMQ_RCVHWM, queue_messages_max},
                                  {ZMQ_LINGER, linger_milliseconds},
                                  {ZMQ_IPV6, ipv6 ? 1 : 0},
                                  {ZMQ_TCP_KEEPALIVE, 1},
                                  {ZMQ_HANDSHAKE_IVL, handshake_milliseconds_max},
                                  {ZMQ_HEARTBEAT_IVL, heartbeat_milliseconds},
                                  {ZMQ_HEARTBEAT_TIMEOUT, silence_milliseconds_max},
                                  {ZMQ_HEARTBEAT_TTL, silence_milliseconds_max}}));
  const auto& own = keys.public_key.bytes;
  const auto& secret = keys.secret_key.bytes;
  GWAGEO_TRY(set_option(socket, ZMQ_CURVE_PUBLICKEY, own.data(), own.size()));
  return set_option(socket, ZMQ_CURVE_SECRETKEY, secret.data(), secret.size());
}

Result<std::string> tcp_address(const std::string& text) {
  const std::string address = text.starts_with("tcp://") ? text : "tcp://" + text;
  const std::size_t colon = address.rfind(':');
  const std::string port = address.substr(colon + 1);
  const bool is_port = !port.empty() && port.size() <= 5 &&
                       port.find_first_not_of("0123456789") == std::string::npos &&
                       std::stoi(port) <= 65535;
  if (colon <= 6 || !is_port || address.find("://", 6) != std::string::npos) {
    return fail(ErrorKind::bad_input, "\"" + text + "\" is no address: write ADDRESS:PORT");
  }
  return address;
}

Result<std::string> address(const std::string& text) {
  if (!text.starts_with(unix_prefix)) return tcp_address(text);
  const std::string path = text.substr(unix_prefix.size());
  // Relative paths depend on who reads them, and '@' and '*' are libzmq's own.
  if (!path.starts_with("/") || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorKind::bad_input,
                "\"" + text + "\" is no address: after unix: comes an absolute path of at most " +
                    std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
  return "ipc://" + path;
}

}  // namespace gwageo::zmq_link
