#include "protocol/zap_handler.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t frames_max = 16;
// The events of failed handshakes are left out: raising one overwrites errno in libzmq's engine,
// which then takes a fatal error for "try later" and keeps the connection until it times out.
constexpr int server_events_watched =
    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
constexpr char zap_endpoint[] = "inproc://zeromq.zap.01";
constexpr char monitor_endpoint[] = "inproc://gwageo.server.monitor";

std::string last_zmq_error() { return zmq_strerror(zmq_errno()); }

/// Reads one whole message; of one with more than `frames_max` frames only the first ones are
/// kept. Empty when nothing is there.
std::vector<std::string> read_frames(void* socket) {
  std::vector<std::string> frames;
  int more = 1;
  while (more != 0) {
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&frame);
      break;
    }
    if (frames.size() < frames_max) {
      frames.emplace_back(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
    }
    more = zmq_msg_more(&frame);
    zmq_msg_close(&frame);
  }
  return frames;
}

/// One property in the form that ZMTP gives metadata: sizes before name and value.
std::string metadata_of(std::string_view name, std::string_view value) {
  std::string bytes(1, static_cast<char>(name.size()));
  bytes.append(name);
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(value.size() >> shift));
  }
  bytes.append(value);
  return bytes;
}

std::int64_t monotonic_microseconds() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

}  // namespace

bool is_principal_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || text.size() > 128 || !is_alphanumeric(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  });
}

void KeyRegistry::set(const CurvePublicKey& key, std::string principal) {
  GWAGEO_CHECK(is_principal_name(principal));
  const std::unique_lock lock(mutex_);
  principals_[key] = std::move(principal);
  generation_.fetch_add(1, std::memory_order_release);
}

void KeyRegistry::remove(const CurvePublicKey& key) {
  const std::unique_lock lock(mutex_);
  principals_.erase(key);
  generation_.fetch_add(1, std::memory_order_release);
}

std::optional<std::string> KeyRegistry::find(const CurvePublicKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = principals_.find(key);
  if (found == principals_.end()) return {};
  return found->second;
}

/// The frames of a request that matter; `is_lawful` tells whether RFC 27 would call it one.
struct ZapHandler::Request {
  std::string id;
  std::string domain;
  std::string address;
  std::string mechanism;
  std::string credentials;
  bool is_lawful = false;
};

struct ZapHandler::Answer {
  const char* status = "400";
  std::string text;
  std::string principal;
  std::string metadata;
};

ZapHandler::ZapHandler(const KeyRegistry& registry, ZapOptions options)
    : registry_(registry), options_(options) {}

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(void* context, const KeyRegistry& registry,
                                                      ZapOptions options) {
  std::unique_ptr<ZapHandler> handler(new ZapHandler(registry, options));
  handler->context_ = context;
  handler->wake_file_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (handler->wake_file_ < 0) {
    return fail(ErrorKind::io, std::string("cannot make an event file: ") + std::strerror(errno));
  }
  handler->socket_ = zmq_socket(context, ZMQ_REP);
  if (handler->socket_ == nullptr) {
    return fail(ErrorKind::io, "cannot make the authentication socket: " + last_zmq_error());
  }
  const int linger = 0;
  zmq_setsockopt(handler->socket_, ZMQ_LINGER, &linger, sizeof linger);
  if (zmq_bind(handler->socket_, zap_endpoint) != 0) {
    return fail(ErrorKind::io, "cannot bind the authentication socket: " + last_zmq_error());
  }
  // Signals are for the thread that the program chose, so this one starts with all of them blocked.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  handler->thread_ = std::thread([raw = handler.get()] { raw->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return handler;
}

ZapHandler::~ZapHandler() {
  stopping_.store(true);
  if (thread_.joinable()) {
    wake();
    thread_.join();
  }
  void* const monitor = monitor_.load();
  if (monitor != nullptr) zmq_close(monitor);
  if (socket_ != nullptr) zmq_close(socket_);
  if (wake_file_ >= 0) close(wake_file_);
}

Status ZapHandler::watch(void* socket, std::uint64_t crowded_at, std::function<void()> crowded) {
  GWAGEO_CHECK(monitor_.load() == nullptr);
  if (zmq_socket_monitor(socket, monitor_endpoint, server_events_watched) != 0) {
    return fail(ErrorKind::io, "cannot watch the listening socket: " + last_zmq_error());
  }
  void* const monitor = zmq_socket(context_, ZMQ_PAIR);
  if (monitor == nullptr) {
    return fail(ErrorKind::io, "cannot make the watching socket: " + last_zmq_error());
  }
  // libzmq's I/O thread blocks when this queue is full, and closing the watched socket then hangs.
  const int unbounded = 0;
  zmq_setsockopt(monitor, ZMQ_RCVHWM, &unbounded, sizeof unbounded);
  if (zmq_connect(monitor, monitor_endpoint) != 0) {
    const std::string reason = last_zmq_error();
    zmq_close(monitor);
    return fail(ErrorKind::io, "cannot watch the listening socket: " + reason);
  }
  crowded_at_ = crowded_at;
  crowded_ = std::move(crowded);
  monitor_.store(monitor);
  wake();
  return {};
}

void ZapHandler::end_thread_for_test() {
  ends_for_test_.store(true);
  wake();
}

void ZapHandler::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is at its maximum, and then the thread is awake anyway.
  [[maybe_unused]] const auto written = write(wake_file_, &one, sizeof one);
}

void ZapHandler::run() noexcept {
  while (!stopping_.load() && !ends_for_test_.load()) {
    void* const monitor = monitor_.load();
    zmq_pollitem_t items[] = {{socket_, 0, ZMQ_POLLIN, 0},
                              {nullptr, wake_file_, ZMQ_POLLIN, 0},
                              {monitor, 0, ZMQ_POLLIN, 0}};
    const int ready = zmq_poll(items, monitor == nullptr ? 2 : 3, -1);
    const bool polled = ready >= 0 || zmq_errno() == EINTR;
    GWAGEO_CHECK(polled);
    if (ready < 0) continue;
    if ((items[0].revents & ZMQ_POLLIN) != 0) answer_one();
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto taken = read(wake_file_, &count, sizeof count);
    }
    if (monitor != nullptr && (items[2].revents & ZMQ_POLLIN) != 0) read_event();
  }
  // Nobody could be let in or refused from here on: better no server than such a server.
  const bool authentication_thread_ends_with_its_server = stopping_.load();
  GWAGEO_CHECK(authentication_thread_ends_with_its_server);
}

void ZapHandler::answer_one() {
  std::vector<std::string> frames = read_frames(socket_);
  if (frames.empty()) return;
  Request request;
  if (frames.size() > 1) request.id = std::move(frames[1]);
  // version, id, domain, address, identity, mechanism, then for CURVE one credential.
  if (frames.size() == 7 && frames[0] == "1.0") {
    request.domain = std::move(frames[2]);
    request.address = std::move(frames[3]);
    request.mechanism = std::move(frames[5]);
    request.credentials = std::move(frames[6]);
    request.is_lawful = true;
  }
  const Answer answer = decide(request);
  const bool is_accepted = answer.status[0] == '2';
  (is_accepted ? accepted_ : refused_).fetch_add(1, std::memory_order_relaxed);
  const std::string_view reply[] = {"1.0",       request.id,       answer.status,
                                    answer.text, answer.principal, answer.metadata};
  for (std::size_t i = 0; i < std::size(reply); ++i) {
    const int flags = i + 1 < std::size(reply) ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT;
    // A REP socket never blocks: the reply to a connection that is gone is dropped by itself.
    GWAGEO_CHECK(zmq_send(socket_, reply[i].data(), reply[i].size(), flags) >= 0);
  }
}

ZapHandler::Answer ZapHandler::decide(const Request& request) {
  const auto refuse = [](const char* status, const char* text) {
    return Answer{status, text, "", ""};
  };
  if (!request.is_lawful) return refuse("400", "malformed request");
  if (request.domain != zap_domain) return refuse("400", "unknown domain");
  if (request.mechanism != "CURVE") return refuse("400", "only CURVE is accepted");
  CurvePublicKey key;
  if (request.credentials.size() != key.bytes.size()) return refuse("400", "malformed key");
  // 300 is temporary: the connection is closed without an answer, and a lawful client tries again.
  if (!is_within_limit(request.address)) return refuse("300", "too many connections");
  std::memcpy(key.bytes.data(), request.credentials.data(), key.bytes.size());
  std::optional<std::string> principal = registry_.find(key);
  if (!principal) return refuse("400", "unknown key");
  return Answer{"200", "OK", std::move(*principal), metadata_of(zap_key_property, to_z85(key))};
}

bool ZapHandler::is_within_limit(const std::string& address) {
  const std::int64_t now = monotonic_microseconds();
  if (now - window_began_microseconds_ >= options_.window.microseconds) {
    window_began_microseconds_ = now;
    requests_of_address_.clear();
  }
  const bool is_counted_alone = requests_of_address_.contains(address) ||
                                requests_of_address_.size() < options_.addresses_max;
  std::uint32_t& requests =
      requests_of_address_[is_counted_alone ? address : std::string("others")];
  if (requests >= options_.requests_per_address_max) return false;
  ++requests;
  return true;
}

void ZapHandler::read_event() {
  const std::vector<std::string> frames = read_frames(monitor_.load());
  std::uint16_t event = 0;
  if (frames.empty() || frames[0].size() < sizeof event) return;
  std::memcpy(&event, frames[0].data(), sizeof event);
  auto& counter = event == ZMQ_EVENT_ACCEPTED              ? connections_
                  : event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? succeeded_
                                                           : disconnected_;
  counter.fetch_add(1, std::memory_order_relaxed);
  std::int32_t file = -1;
  if (frames[0].size() >= sizeof event + sizeof file) {
    std::memcpy(&file, frames[0].data() + sizeof event, sizeof file);
  }
  if (event == ZMQ_EVENT_ACCEPTED) count_connection(file);
  if (event == ZMQ_EVENT_DISCONNECTED) forget_connection(file);
  if (event == ZMQ_EVENT_ACCEPTED && open() >= crowded_at_) crowded_();
}

// libzmq tells of a file that ends before it tells of one that has its number anew, so a number is
// one connection's at a time here. The connection itself may be over by now: then it has no peer.
void ZapHandler::count_connection(int file) {
  forget_connection(file);
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  char text[INET6_ADDRSTRLEN] = {};
  if (file < 0 || getpeername(file, reinterpret_cast<sockaddr*>(&name), &size) != 0) return;
  const void* address = nullptr;
  if (name.ss_family == AF_INET) address = &reinterpret_cast<sockaddr_in*>(&name)->sin_addr;
  if (name.ss_family == AF_INET6) address = &reinterpret_cast<sockaddr_in6*>(&name)->sin6_addr;
  if (address == nullptr || inet_ntop(name.ss_family, address, text, sizeof text) == nullptr)
    return;
  std::uint32_t& connections = connections_of_address_[text];
  ++connections;
  addresses_[file] = text;
  if (connections <= options_.connections_per_address_max) return;
  // Seen by libzmq as if the peer had closed it.
  shutdown(file, SHUT_RDWR);
  turned_away_.fetch_add(1, std::memory_order_relaxed);
}

void ZapHandler::forget_connection(int file) {
  const auto known = addresses_.find(file);
  if (known == addresses_.end()) return;
  const auto count = connections_of_address_.find(known->second);
  if (--count->second == 0) connections_of_address_.erase(count);
  addresses_.erase(known);
}

}  // namespace gwageo
