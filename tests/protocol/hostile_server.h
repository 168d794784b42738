// A server that is treated badly: what raw connections and lawful clients do to it and see of it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/zmq_transport.h"

namespace gwageo {

inline constexpr Duration moment = milliseconds(10);
inline constexpr std::size_t message_bytes_max = 1 << 20;

inline std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

inline Duration elapsed_since(std::chrono::steady_clock::time_point start) {
  return {std::chrono::duration_cast<std::chrono::microseconds>(now() - start).count()};
}

/// Of all threads of this process.
inline Duration processor_time() {
  timespec taken{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &taken);
  return {taken.tv_sec * 1'000'000 + taken.tv_nsec / 1000};
}

inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t resident = 0;
  file >> resident >> resident;  // The second number.
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

inline sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline int port_of(const std::string& endpoint) {
  return std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
}

/// A TCP connection that knows nothing of ZeroMQ.
class RawConnection {
 public:
  explicit RawConnection(int port) : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = local_address(port);
    EXPECT_EQ(connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    fcntl(file_, F_SETFL, O_NONBLOCK);
  }
  ~RawConnection() { close(file_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// Writes what the other side takes now. False when the connection has ended.
  bool write(const std::string& bytes) {
    const ssize_t written = send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return written >= 0 || errno == EAGAIN;
  }
  /// True when the other side has ended it.
  bool has_ended() {
    char buffer[4096];
    while (true) {
      const ssize_t taken = recv(file_, buffer, sizeof buffer, 0);
      if (taken == 0 || (taken < 0 && errno != EAGAIN)) return true;
      if (taken < 0) return false;
    }
  }

 private:
  int file_;
};

/// ZMTP 3.0's greeting of a CURVE client.
inline std::string curve_greeting() {
  std::string greeting("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE", 17);
  greeting.resize(64, '\0');
  return greeting;
}

/// The header of a frame that says how long it is, whatever follows.
inline std::string frame_header(char flags, std::uint64_t size) {
  std::string header(1, flags);
  for (int shift = 56; shift >= 0; shift -= 8) header.push_back(static_cast<char>(size >> shift));
  return header;
}

class HostileTest : public ::testing::Test {
 protected:
  void SetUp() override { start("127.0.0.1:0"); }
  void start(const std::string& listen) {
    options_.listen = listen;
    options_.keys = server_keys_;
    options_.message_bytes_max = message_bytes_max;
    auto made = new_zmq_server(options_, registry_);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    port_ = port_of(server_->endpoint());
  }
  ClientOptions lawful(const std::string& principal) {
    ClientOptions options;
    options.endpoint = "127.0.0.1:" + std::to_string(port_);
    options.server_public_key = server_keys_.public_key;
    options.keys = *new_curve_keys();
    options.message_bytes_max = message_bytes_max;
    registry_.set(options.keys.public_key, principal);
    return options;
  }
  static std::unique_ptr<ZmqClient> connect(const ClientOptions& options) {
    auto made = new_zmq_client(options);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  /// One question and its answer. Answers whatever else arrives with the same bytes; `meanwhile` is
  /// called until then. Returns the processor time that all of this process took: a busy machine
  /// makes it no longer, and whoever keeps the server busy does.
  Duration round_trip(
      ZmqClient& client, const std::string& bytes, const std::function<void()>& meanwhile = [] {}) {
    const auto start = now();
    const Duration before = processor_time();
    EXPECT_TRUE(client.send(bytes));
    while (elapsed_since(start) < seconds(60)) {
      meanwhile();
      const auto arrived = server_->receive(milliseconds(1), 100);
      EXPECT_TRUE(arrived);
      for (const Envelope& envelope : *arrived) server_->send(envelope.peer, envelope.bytes);
      const auto answers = client.receive(milliseconds(1), 100);
      EXPECT_TRUE(answers);
      if (std::find(answers->begin(), answers->end(), bytes) != answers->end()) {
        slowest_ = std::max(slowest_, elapsed_since(start));
        return processor_time() - before;
      }
    }
    ADD_FAILURE() << "no answer";
    return seconds(3600);
  }
  /// Serves until `done`, and gives back what arrived.
  template <class Done>
  std::vector<Envelope> serve_until(Done done) {
    std::vector<Envelope> all;
    const auto start = now();
    while (!done(all) && elapsed_since(start) < seconds(20)) {
      auto some = server_->receive(moment, 100);
      EXPECT_TRUE(some);
      for (Envelope& envelope : *some) all.push_back(std::move(envelope));
    }
    EXPECT_TRUE(done(all)) << "gave up waiting";
    return all;
  }

  KeyRegistry registry_;
  Duration slowest_;  ///< Of the round trips, by the clock: for people only.
  CurveKeyPair server_keys_ = *new_curve_keys();
  ServerOptions options_;
  std::unique_ptr<ZmqServer> server_;
  int port_ = 0;
};

}  // namespace gwageo
