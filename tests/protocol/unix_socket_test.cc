// The socket for processes of the same machine: how it comes, goes and is refused. That messages
// and authentication are those of TCP is in transport_test.cc and zap_test.cc.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "protocol/zmq_transport.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void start(ServerOptions options) {
    options.keys = server_keys_;
    auto made = new_zmq_server(options, registry_);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
  }
  ClientOptions options_for(const std::string& endpoint) {
    ClientOptions options;
    options.endpoint = endpoint;
    options.server_public_key = server_keys_.public_key;
    options.keys = *new_curve_keys();
    registry_.set(options.keys.public_key, "alice");
    return options;
  }
  std::string next_message() {
    serve_until([this] { return !arrived_.empty(); });
    if (arrived_.empty()) return "nothing arrived";
    std::string bytes = std::move(arrived_.front());
    arrived_.pop_front();
    return bytes;
  }
  template <class Condition>
  bool serve_until(Condition is_so) {
    for (int tries = 0; tries < 2000 && !is_so(); ++tries) {
      const auto some = server_->receive(milliseconds(10), 1);
      if (!some) return false;
      for (const Envelope& envelope : *some) arrived_.push_back(envelope.bytes);
    }
    return is_so();
  }

  KeyRegistry registry_;
  CurveKeyPair server_keys_ = *new_curve_keys();
  std::unique_ptr<ZmqServer> server_;
  std::deque<std::string> arrived_;
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_ / "socket";
};

TEST_F(UnixSocketTest, OneThatAKilledServerLeftIsTakenOver) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path_.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(left);
  const auto client = *new_zmq_client(options_for("unix:" + path_));  // Nobody listens there yet.
  ASSERT_TRUE(client->send("early"));
  ASSERT_TRUE(server_->listen_locally("unix:" + path_));
  EXPECT_EQ(next_message(), "early");
  server_.reset();
  EXPECT_NE(::access(path_.c_str(), F_OK), 0) << "it goes with its server";
}

// libzmq would end the process when somebody came by it and no file descriptor was left.
TEST_F(UnixSocketTest, ItIsShutWhileThePortIsCrowded) {
  ServerOptions options;
  options.crowded_at = 8;
  server_.reset();
  start(options);
  ASSERT_TRUE(server_->listen_locally("unix:" + path_));
  const std::string endpoint = server_->endpoint();
  const auto is_there = [&] { return ::access(path_.c_str(), F_OK) == 0; };
  std::vector<int> crowd;
  for (int i = 0; i < 10; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port =
        htons(static_cast<in_port_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    crowd.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(crowd.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  EXPECT_TRUE(serve_until([&] { return !is_there(); }));
  const auto far = *new_zmq_client(options_for(endpoint));
  ASSERT_TRUE(far->send("by the port"));
  EXPECT_EQ(next_message(), "by the port");
  const auto near = *new_zmq_client(options_for("unix:" + path_));
  ASSERT_TRUE(near->send("by the socket"));
  for (const int file : crowd) ::close(file);
  EXPECT_TRUE(serve_until(is_there));
  EXPECT_EQ(next_message(), "by the socket");
}

TEST_F(UnixSocketTest, WhatCannotBeOneIsRefusedAndTcpIsServedAllTheSame) {
  EXPECT_EQ(server_->listen_locally("unix:" + path_ + "/socket").error().kind, ErrorKind::io);
  for (const char* const no_socket : {"unix:", "unix:socket", "127.0.0.1:0"}) {
    EXPECT_EQ(server_->listen_locally(no_socket).error().kind, ErrorKind::bad_input) << no_socket;
  }
  const std::string too_long = "unix:/" + std::string(107, 'x');
  EXPECT_EQ(server_->listen_locally(too_long).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(new_zmq_client(options_for(too_long)).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(new_zmq_client(options_for("unix:socket")).error().kind, ErrorKind::bad_input);
  const auto client = *new_zmq_client(options_for(server_->endpoint()));
  ASSERT_TRUE(client->send("over TCP"));
  EXPECT_EQ(next_message(), "over TCP");
}

}  // namespace
}  // namespace gwageo
