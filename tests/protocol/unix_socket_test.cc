// The socket for processes of the same machine: how it comes, goes and is refused. That messages
// and authentication are those of TCP is in transport_test.cc and zap_test.cc.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

class UnixSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
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
    for (int tries = 0; tries < 2000; ++tries) {
      const auto arrived = server_->receive(milliseconds(10), 1);
      if (!arrived) break;
      if (!arrived->empty()) return arrived->front().bytes;
    }
    ADD_FAILURE() << "nothing arrived";
    return {};
  }

  KeyRegistry registry_;
  CurveKeyPair server_keys_ = *new_curve_keys();
  std::unique_ptr<ZmqServer> server_;
  std::string path_ = testing::TempDir() + "gwageo-socket-" + std::to_string(::getpid());
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
