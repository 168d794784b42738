// Servers at the level of sockets, for tests of what a connection may bring: 127.0.0.1, a port of
// the system's choice, a thread for each connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gwageo::testing {

/// Thread rule: the test's thread; `serve` runs in threads of the server's own.
class SocketServer {
 public:
  /// `serve` has the connection until it returns; then it is closed.
  using Serve = std::function<void(int socket)>;
  explicit SocketServer(Serve serve);
  /// Ends every connection and waits for its thread.
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  int port() const { return port_; }
  std::size_t connections() const { return connections_.load(); }

 private:
  void run();

  Serve serve_;
  int port_ = 0;
  const int listener_;
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;  // Guards what follows.
  bool is_over_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

/// A socket that listens at 127.0.0.1, at any port; throws when there is none.
int listen_anywhere(int* port);
/// A connection to that port of 127.0.0.1; throws when there is none.
int connect_to(int port);
/// All of it; false when the connection is over.
bool send_all(int socket, std::string_view bytes);
/// Up to the empty line that ends a head, and what came with it; less when the connection ends.
std::string read_head(int socket);
/// Carries bytes both ways until one side ends.
void carry(int one, int other);

/// A forward proxy for http:// (requests in absolute form) and https:// (CONNECT). All hosts are
/// 127.0.0.1 to it.
class Proxy {
 public:
  Proxy() : server_([this](int socket) { serve(socket); }) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  /// The heads that it was sent, request line first.
  std::vector<std::string> heads() const;

 private:
  void serve(int socket);

  mutable std::mutex mutex_;  // Guards heads_.
  std::vector<std::string> heads_;
  SocketServer server_;
};

}  // namespace gwageo::testing
