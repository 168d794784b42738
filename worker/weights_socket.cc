#include "worker/weights_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace gwageo {
namespace {

constexpr std::int64_t look_every_us = 200'000;  // Whether to stop.
constexpr std::uint64_t slice_bytes = std::uint64_t{1} << 20;
constexpr std::int64_t catch_up_ns = 250'000'000;  // Of a rate, after a pause.
constexpr int waiting_connections = 64;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

tl::unexpected<Error> link_error(const std::string& what, int error) {
  return fail(ErrorKind::unavailable, what + ": " + std::generic_category().message(error));
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return fail(ErrorKind::unavailable, host + ": " + ::gai_strerror(error));
  return Addresses(found);
}

// HOST and PORT; the port is empty where there is none. [::1]:80 has brackets.
std::pair<std::string, std::string> split(const std::string& endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  const std::size_t bracket = endpoint.rfind(']');
  const bool has_port = colon != std::string::npos &&
                        (bracket == std::string::npos || colon > bracket) &&
                        (bracket != std::string::npos || endpoint.find(':') == colon);
  std::string host = has_port ? endpoint.substr(0, colon) : endpoint;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return {host, has_port ? endpoint.substr(colon + 1) : ""};
}

// Connects within the time that a silent node has.
bool connect_within(int socket, const addrinfo& address, const std::atomic<bool>& stop) {
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  const std::int64_t until = now_ns() + weights_silence_max.microseconds * 1000;
  pollfd waiting = {socket, POLLOUT, 0};
  while (!stop.load() && now_ns() < until) {
    if (::poll(&waiting, 1, static_cast<int>(look_every_us / 1000)) <= 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error == 0;
  }
  errno = ETIMEDOUT;
  return false;
}

}  // namespace

void SendRate::spend(std::uint64_t bytes) {
  if (rate_ == 0) return;
  const std::int64_t now = now_ns();
  due_ns_ = std::max(due_ns_, now - catch_up_ns);
  due_ns_ +=
      static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate_));
  if (due_ns_ > now) std::this_thread::sleep_for(std::chrono::nanoseconds(due_ns_ - now));
}

WeightsSocket::WeightsSocket(FileDescriptor socket, const std::atomic<bool>& stop)
    : socket_(std::move(socket)), stop_(&stop) {
  const timeval look = {0, look_every_us};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &look, sizeof look);
  const int on = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Result<WeightsSocket> WeightsSocket::connect(const std::string& endpoint,
                                             const std::atomic<bool>& stop) {
  const auto [host, port] = split(endpoint);
  GWAGEO_ASSIGN(addresses, look_up(host, port, 0));
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    FileDescriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open() || !connect_within(socket.number(), *each, stop)) {
      error = errno;
      continue;
    }
    // Blocking from here on, with time limits.
    const int flags = ::fcntl(socket.number(), F_GETFL);
    ::fcntl(socket.number(), F_SETFL, flags & ~O_NONBLOCK);
    return WeightsSocket(std::move(socket), stop);
  }
  return link_error(endpoint, error);
}

// After a call that timed out: whether to go on.
Status WeightsSocket::waited(std::int64_t since_ns, const char* what) const {
  if (stop_->load()) return fail(ErrorKind::unavailable, "asked to stop");
  if (now_ns() - since_ns < weights_silence_max.microseconds * 1000) return {};
  return fail(ErrorKind::unavailable, what);
}

Status WeightsSocket::send(std::string_view bytes) {
  std::int64_t since = now_ns();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      since = now_ns();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      GWAGEO_TRY(waited(since, "the other end takes nothing"));
    } else {
      return link_error("send", errno);
    }
  }
  return {};
}

Status WeightsSocket::send_file(int file, std::uint64_t at, std::uint64_t size, SendRate& rate) {
  auto offset = static_cast<off_t>(at);
  std::int64_t since = now_ns();
  while (size > 0) {
    const ssize_t sent =
        ::sendfile(socket_.number(), file, &offset, std::min<std::uint64_t>(size, slice_bytes));
    if (sent > 0) {
      size -= static_cast<std::uint64_t>(sent);
      rate.spend(static_cast<std::uint64_t>(sent));
      since = now_ns();
      if (stop_->load()) return fail(ErrorKind::unavailable, "asked to stop");
    } else if (sent == 0) {
      return fail(ErrorKind::unavailable, "a file of the cache became shorter");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      GWAGEO_TRY(waited(since, "the other end takes nothing"));
    } else {
      return link_error("send", errno);
    }
  }
  return {};
}

Status WeightsSocket::receive(char* bytes, std::size_t size) {
  std::int64_t since = now_ns();
  while (size > 0) {
    const ssize_t got = ::recv(socket_.number(), bytes, size, 0);
    if (got > 0) {
      bytes += got;
      size -= static_cast<std::size_t>(got);
      since = now_ns();
      if (stop_->load()) return fail(ErrorKind::unavailable, "asked to stop");
    } else if (got == 0) {
      return fail(ErrorKind::unavailable, "the other end closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      GWAGEO_TRY(waited(since, "the other end is silent"));
    } else {
      return link_error("receive", errno);
    }
  }
  return {};
}

Result<std::string> WeightsSocket::receive(std::size_t size) {
  std::string bytes(size, '\0');
  GWAGEO_TRY(receive(bytes.data(), size));
  return bytes;
}

Result<WeightsListener> WeightsListener::open(const std::string& address) {
  const auto [host, port] = split(address);
  GWAGEO_ASSIGN(addresses, look_up(host, port.empty() ? "0" : port, AI_PASSIVE));
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    FileDescriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    if (socket.is_open()) {
      ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (!socket.is_open() || ::bind(socket.number(), each->ai_addr, each->ai_addrlen) != 0 ||
        ::listen(socket.number(), waiting_connections) != 0) {
      error = errno;
      continue;
    }
    sockaddr_storage own = {};
    socklen_t size = sizeof own;
    ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&own), &size);
    const std::uint16_t bound = own.ss_family == AF_INET6
                                    ? ntohs(reinterpret_cast<sockaddr_in6*>(&own)->sin6_port)
                                    : ntohs(reinterpret_cast<sockaddr_in*>(&own)->sin_port);
    const bool brackets = host.find(':') != std::string::npos;
    std::string endpoint = brackets ? "[" + host + "]" : host;
    return WeightsListener{std::move(socket), endpoint + ":" + std::to_string(bound)};
  }
  return link_error("listen on " + address, error);
}

}  // namespace gwageo
