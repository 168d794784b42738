// Many who want in at once: connections of one address, and a thousand who call themselves as
// somebody else does.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

constexpr Duration crowd_moment = milliseconds(5);
constexpr int rounds_max = 4000;

class CrowdTest : public ::testing::Test {
 protected:
  void start(std::uint32_t connections_per_address) {
    ServerOptions options;
    options.keys = server_keys_;
    options.authentication.connections_per_address_max = connections_per_address;
    auto made = new_zmq_server(options, registry_);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    const std::string endpoint = server_->endpoint();
    port_ = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
  }
  CurveKeyPair keys_of(const std::string& principal) {
    const CurveKeyPair keys = *new_curve_keys();
    registry_.set(keys.public_key, principal);
    return keys;
  }
  std::unique_ptr<ZmqClient> client(const std::string& principal) {
    ClientOptions options;
    options.endpoint = "127.0.0.1:" + std::to_string(port_);
    options.server_public_key = server_keys_.public_key;
    options.keys = keys_of(principal);
    auto made = new_zmq_client(options);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  /// Serves until `done`; what arrived meanwhile.
  template <class Done>
  std::vector<Envelope> serve_until(Done done) {
    std::vector<Envelope> arrived;
    for (int round = 0; !done(arrived) && round < rounds_max; ++round) {
      auto some = server_->receive(crowd_moment, 100);
      EXPECT_TRUE(some);
      for (Envelope& envelope : *some) arrived.push_back(std::move(envelope));
    }
    EXPECT_TRUE(done(arrived)) << "gave up waiting";
    return arrived;
  }
  /// A TCP connection from that address; it says nothing.
  int silent(const char* from) const {
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, from, &address.sin_addr);
    EXPECT_EQ(bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    EXPECT_EQ(connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    fcntl(file, F_SETFL, O_NONBLOCK);
    return file;
  }

  KeyRegistry registry_;
  CurveKeyPair server_keys_ = *new_curve_keys();
  std::unique_ptr<ZmqServer> server_;
  int port_ = 0;
};

TEST_F(CrowdTest, AnAddressHasSoManyConnectionsAndNobodyElseIsAffected) {
  constexpr std::uint64_t most = 8;
  start(most);
  std::vector<int> files;
  for (std::uint64_t i = 0; i < most; ++i) files.push_back(silent("127.0.0.2"));
  serve_until([&](const auto&) { return server_->counters().connections_opened == most; });
  EXPECT_EQ(server_->counters().connections_turned_away, 0u);
  for (std::uint64_t i = 0; i < 5; ++i) files.push_back(silent("127.0.0.2"));
  serve_until([&](const auto&) { return server_->counters().connections_turned_away == 5; });
  // Before the handshake, so before there is anything to know about them.
  EXPECT_EQ(server_->counters().connections_authenticated, 0u);
  const auto lawful = client("lawful");
  ASSERT_TRUE(lawful->send("hello"));
  EXPECT_EQ(serve_until([](const auto& all) { return !all.empty(); }).at(0).principal, "lawful");
  // Whoever leaves makes room.
  for (const int file : files) close(file);
  const auto before = server_->counters().connections_opened;
  serve_until([&](const auto&) { return server_->counters().connections_ended >= files.size(); });
  const int again = silent("127.0.0.2");
  serve_until([&](const auto&) { return server_->counters().connections_opened > before; });
  EXPECT_EQ(server_->counters().connections_turned_away, 5u);
  close(again);
}

// Each has a key of its own that counts, and calls itself as alice does, who is connected.
TEST_F(CrowdTest, AThousandWhoTakeARoutingIdOfSomebodyElseHaveNoEffect) {
  start(4096);
  void* const context = zmq_ctx_new();
  const auto connect = [&](const CurveKeyPair& keys) {
    void* const socket = zmq_socket(context, ZMQ_DEALER);
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, "alice", 5);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.public_key.bytes.data(), 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key.bytes.data(), 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_keys_.public_key.bytes.data(), 32);
    EXPECT_EQ(zmq_connect(socket, server_->endpoint().c_str()), 0);
    EXPECT_EQ(zmq_send(socket, "hello", 5, ZMQ_DONTWAIT), 5);
    return socket;
  };
  void* const alice = connect(keys_of("alice"));
  const Envelope from_alice = serve_until([](const auto& all) { return !all.empty(); }).at(0);
  const CurveKeyPair mallory = keys_of("mallory");
  std::uint64_t authenticated = 1;
  std::size_t effects = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<void*> impostors;
    for (int i = 0; i < 50; ++i) impostors.push_back(connect(mallory));
    authenticated += impostors.size();
    effects += serve_until([&](const auto&) {
                 return server_->counters().connections_authenticated >= authenticated;
               }).size();
    EXPECT_EQ(zmq_send(alice, "again", 5, 0), 5);
    const auto arrived = serve_until([](const auto& all) { return !all.empty(); });
    effects += arrived.size() - 1;
    EXPECT_EQ(arrived.at(0).principal, "alice");
    EXPECT_EQ(arrived.at(0).peer, from_alice.peer);
    for (void* const impostor : impostors) zmq_close(impostor);
  }
  EXPECT_EQ(authenticated, 1001u);
  EXPECT_EQ(effects, 0u);
  EXPECT_EQ(server_->send(from_alice.peer, "for alice"), SendOutcome::sent);
  zmq_close(alice);
  zmq_ctx_term(context);
}

}  // namespace
}  // namespace gwageo
