#include "tests/worker/socket_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace gwageo::testing {
namespace {

sockaddr_in place_of(int port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  return place;
}

}  // namespace

int listen_anywhere(int* port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place = place_of(0);
  socklen_t size = sizeof place;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(socket, 64) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&place), &size) != 0) {
    throw std::runtime_error("the test's server cannot listen");
  }
  *port = ntohs(place.sin_port);
  return socket;
}

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in place = place_of(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) {
    throw std::runtime_error("nobody listens at port " + std::to_string(port));
  }
  return socket;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string read_head(int socket) {
  std::string head;
  char bytes[4096];
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) break;
    head.append(bytes, static_cast<std::size_t>(count));
  }
  return head;
}

void carry(int one, int other) {
  char bytes[65536];
  for (;;) {
    pollfd watched[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) return;
    for (int i = 0; i < 2; ++i) {
      if (watched[i].revents == 0) continue;
      const ssize_t count = ::recv(watched[i].fd, bytes, sizeof bytes, 0);
      if (count <= 0) return;
      const auto size = static_cast<std::size_t>(count);
      if (!send_all(watched[1 - i].fd, {bytes, size})) return;
    }
  }
}

SocketServer::SocketServer(Serve serve)
    : serve_(std::move(serve)), listener_(listen_anywhere(&port_)) {
  accepting_ = std::thread([this] { run(); });
}

SocketServer::~SocketServer() {
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    for (const int each : sockets_) ::shutdown(each, SHUT_RDWR);
  }
  for (std::thread& each : threads_) each.join();
  ::close(listener_);
}

void SocketServer::run() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] {
      serve_(socket);
      const std::lock_guard closing(mutex_);
      std::erase(sockets_, socket);
      ::close(socket);
    });
  }
}

std::vector<std::string> Proxy::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void Proxy::serve(int socket) {
  std::string head = read_head(socket);
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }
  const bool is_tunnel = head.starts_with("CONNECT ");
  const std::size_t host = is_tunnel ? head.find(' ') + 1 : head.find("://") + 3;
  const std::size_t colon = head.find(':', host);
  if (colon == std::string::npos) return;
  const int target = connect_to(std::atoi(&head[colon + 1]));
  if (is_tunnel) {
    send_all(socket, "HTTP/1.1 200 OK\r\n\r\n");
  } else {
    // From the absolute form to the path; later requests of the connection would need it, too.
    const std::size_t url = head.find(' ') + 1;
    head.erase(url, head.find('/', host) - url);
    head.insert(head.find("\r\n") + 2, "Connection: close\r\n");
    send_all(target, head);
  }
  carry(socket, target);
  ::close(target);
}

}  // namespace gwageo::testing
