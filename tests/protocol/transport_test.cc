// One contract, three ways: every test here runs over ZeroMQ on 127.0.0.1 and on a Unix socket, and
// in memory.
#include "protocol/transport.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "protocol/loopback_transport.h"
#include "protocol/zmq_transport.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

constexpr std::size_t transport_message_bytes_max = 1 << 20;
constexpr int queue_messages_max = 64;
constexpr Duration patience = seconds(20);
constexpr Duration transport_moment = milliseconds(20);

Duration time_since(std::chrono::steady_clock::time_point start) {
  const auto elapsed = std::chrono::steady_clock::now() - start;
  return {std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count()};
}

/// A server and the means to make clients of it.
class World {
 public:
  virtual ~World() = default;
  virtual ServerTransport& server() = 0;
  virtual std::unique_ptr<ClientTransport> client(const std::string& principal) = 0;
};

class ZmqWorld : public World {
 public:
  ZmqWorld() {
    ServerOptions options;
    options.keys = *new_curve_keys();
    options.message_bytes_max = transport_message_bytes_max;
    options.queue_messages_max = queue_messages_max;
    server_key_ = options.keys.public_key;
    auto made = new_zmq_server(options, registry_);
    if (!made) ADD_FAILURE() << made.error().message;
    server_ = std::move(*made);
  }
  ServerTransport& server() override { return *server_; }
  std::unique_ptr<ClientTransport> client(const std::string& principal) override {
    ClientOptions options;
    options.endpoint = endpoint();
    options.server_public_key = server_key_;
    options.keys = *new_curve_keys();
    options.message_bytes_max = transport_message_bytes_max;
    options.queue_messages_max = queue_messages_max;
    registry_.set(options.keys.public_key, principal);
    auto made = new_zmq_client(options);
    if (!made) ADD_FAILURE() << made.error().message;
    return std::move(*made);
  }

 protected:
  virtual std::string endpoint() const { return server_->endpoint(); }

 private:
  KeyRegistry registry_;  // It outlives the server.
  CurvePublicKey server_key_;

 protected:
  std::unique_ptr<ZmqServer> server_;
};

class UnixWorld final : public ZmqWorld {
 public:
  UnixWorld() {
    const Status listens = server_->listen_locally(endpoint());
    if (!listens) ADD_FAILURE() << listens.error().message;
  }

 protected:
  std::string endpoint() const override { return "unix:" + (folder_ / "socket").string(); }

 private:
  const testing::TemporaryFolder folder_;
};

class LoopbackWorld final : public World {
 public:
  ServerTransport& server() override { return server_; }
  std::unique_ptr<ClientTransport> client(const std::string& principal) override {
    return server_.connect(principal);
  }

 private:
  LoopbackServer server_{LoopbackOptions{transport_message_bytes_max, queue_messages_max}};
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<World>()> make;
};

class TransportTest : public ::testing::TestWithParam<Kind> {
 protected:
  /// What the server gets until it has `count` messages.
  std::vector<Envelope> take(std::size_t count) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<Envelope> all;
    while (all.size() < count && time_since(start) < patience) {
      auto some = server().receive(transport_moment, count - all.size());
      EXPECT_TRUE(some) << some.error().message;
      for (Envelope& envelope : *some) all.push_back(std::move(envelope));
    }
    EXPECT_EQ(all.size(), count);
    return all;
  }
  Envelope take_one() {
    std::vector<Envelope> all = take(1);
    return all.empty() ? Envelope{} : all.front();
  }
  static std::vector<std::string> take(ClientTransport& client, std::size_t count) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::string> all;
    while (all.size() < count && time_since(start) < patience) {
      auto some = client.receive(transport_moment, count - all.size());
      EXPECT_TRUE(some) << some.error().message;
      for (std::string& bytes : *some) all.push_back(std::move(bytes));
    }
    EXPECT_EQ(all.size(), count);
    return all;
  }
  ServerTransport& server() { return world_->server(); }

  std::unique_ptr<World> world_ = GetParam().make();
};

TEST_P(TransportTest, CarriesBytesAndThePrincipalBothWays) {
  const auto client = world_->client("alice");
  const std::string bytes("\0\xff\n one frame", 13);
  ASSERT_TRUE(client->send(bytes));
  const Envelope envelope = take_one();
  EXPECT_EQ(envelope.bytes, bytes);
  EXPECT_EQ(envelope.principal, "alice");
  EXPECT_TRUE(envelope.peer);
  EXPECT_EQ(server().send(envelope.peer, "answer"), SendOutcome::sent);
  EXPECT_EQ(take(*client, 1).at(0), "answer");
}

TEST_P(TransportTest, CarriesEmptyAndLargestMessages) {
  const auto client = world_->client("alice");
  const std::string largest(transport_message_bytes_max, 'x');
  ASSERT_TRUE(client->send(""));
  ASSERT_TRUE(client->send(largest));
  const std::vector<Envelope> all = take(2);
  EXPECT_EQ(all.at(0).bytes, "");
  EXPECT_EQ(all.at(1).bytes, largest);
  EXPECT_EQ(server().send(all.at(0).peer, largest), SendOutcome::sent);
  EXPECT_EQ(take(*client, 1).at(0), largest);
}

TEST_P(TransportTest, RefusesATooLargeMessageBeforeItIsSent) {
  const auto client = world_->client("alice");
  const Status sent = client->send(std::string(transport_message_bytes_max + 1, 'x'));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::bad_input);
  ASSERT_TRUE(client->send("small"));
  EXPECT_EQ(take_one().bytes, "small");
}

TEST_P(TransportTest, KeepsTheOrderOfAConnection) {
  const auto client = world_->client("alice");
  const auto begin = std::chrono::steady_clock::now();
  int sent_count = 0;
  std::vector<std::string> arrived;
  while (arrived.size() < 1000 && time_since(begin) < patience) {
    while (sent_count < 1000 && client->send(std::to_string(sent_count))) ++sent_count;
    auto some = server().receive(transport_moment, 7);
    ASSERT_TRUE(some);
    EXPECT_LE(some->size(), 7U);
    for (const Envelope& envelope : *some) arrived.push_back(envelope.bytes);
  }
  ASSERT_EQ(arrived.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(arrived[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_P(TransportTest, TellsClientsApart) {
  const auto alice = world_->client("alice");
  const auto bob = world_->client("bob");
  const auto bob_again = world_->client("bob");
  ASSERT_TRUE(alice->send("a"));
  ASSERT_TRUE(bob->send("b"));
  ASSERT_TRUE(bob_again->send("c"));
  std::map<std::string, Envelope> by_bytes;
  for (const Envelope& envelope : take(3)) by_bytes[envelope.bytes] = envelope;
  EXPECT_EQ(by_bytes["a"].principal, "alice");
  EXPECT_EQ(by_bytes["b"].principal, "bob");
  EXPECT_EQ(by_bytes["c"].principal, "bob");
  EXPECT_NE(by_bytes["b"].peer, by_bytes["c"].peer);
  for (const auto& [bytes, envelope] : by_bytes) {
    EXPECT_EQ(server().send(envelope.peer, "to " + bytes), SendOutcome::sent);
  }
  EXPECT_EQ(take(*alice, 1).at(0), "to a");
  EXPECT_EQ(take(*bob, 1).at(0), "to b");
  EXPECT_EQ(take(*bob_again, 1).at(0), "to c");
}

TEST_P(TransportTest, AnUnknownPeerIsGone) {
  EXPECT_EQ(server().send(PeerId{}, "x"), SendOutcome::gone);
  EXPECT_EQ(server().send(PeerId{12345}, "x"), SendOutcome::gone);
  server().drop(PeerId{12345});
}

TEST_P(TransportTest, APeerThatLeftIsGone) {
  auto client = world_->client("alice");
  ASSERT_TRUE(client->send("hello"));
  const PeerId peer = take_one().peer;
  client.reset();
  const auto start = std::chrono::steady_clock::now();
  SendOutcome outcome = SendOutcome::sent;
  while (outcome != SendOutcome::gone && time_since(start) < patience) {
    outcome = server().send(peer, "anyone?");
    ASSERT_TRUE(server().receive(milliseconds(1), 1));
  }
  EXPECT_EQ(outcome, SendOutcome::gone);
}

TEST_P(TransportTest, APeerThatDoesNotReadIsFullAndLosesNothingSilently) {
  const auto client = world_->client("alice");
  const auto other = world_->client("bob");
  ASSERT_TRUE(client->send("hello"));
  const PeerId peer = take_one().peer;
  std::size_t sent_count = 0;
  // Large messages, so that the kernel's buffers are soon full.
  const std::string bulk(100000, 'x');
  SendOutcome outcome = SendOutcome::sent;
  while (outcome == SendOutcome::sent && sent_count < 100000) {
    outcome = server().send(peer, std::to_string(sent_count) + " " + bulk);
    if (outcome == SendOutcome::sent) ++sent_count;
  }
  ASSERT_EQ(outcome, SendOutcome::full);
  EXPECT_GE(sent_count, static_cast<std::size_t>(queue_messages_max));
  // Somebody who reads is served meanwhile.
  ASSERT_TRUE(other->send("and me?"));
  EXPECT_EQ(server().send(take_one().peer, "you too"), SendOutcome::sent);
  EXPECT_EQ(take(*other, 1).at(0), "you too");
  const std::vector<std::string> arrived = take(*client, sent_count);
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    ASSERT_EQ(arrived[i].substr(0, arrived[i].find(' ')), std::to_string(i));
  }
  EXPECT_TRUE(client->receive(transport_moment, 1)->empty());
}

TEST_P(TransportTest, AServerThatDoesNotReadMakesTheClientsQueueFull) {
  const auto client = world_->client("alice");
  const std::string bulk(100000, 'x');
  std::size_t sent_count = 0;
  const auto start = std::chrono::steady_clock::now();
  Status sent;
  while (sent && time_since(start) < patience) {
    sent = client->send(bulk);
    if (sent) ++sent_count;
  }
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(take(sent_count).size(), sent_count);
  EXPECT_TRUE(server().receive(transport_moment, 1)->empty());
}

TEST_P(TransportTest, ADroppedPeerIsNotHeardAgain) {
  const auto client = world_->client("alice");
  const auto other = world_->client("bob");
  ASSERT_TRUE(client->send("hello"));
  const PeerId peer = take_one().peer;
  server().drop(peer);
  server().drop(peer);
  EXPECT_EQ(server().send(peer, "x"), SendOutcome::gone);
  // The client comes back as another peer; nothing arrives under the old number.
  const auto start = std::chrono::steady_clock::now();
  PeerId seen = peer;
  while (seen == peer && time_since(start) < patience) {
    ASSERT_TRUE(client->send("again"));
    const auto some = server().receive(transport_moment, 10);
    ASSERT_TRUE(some);
    for (const Envelope& envelope : *some) {
      EXPECT_NE(envelope.peer, peer);
      EXPECT_EQ(envelope.principal, "alice");
      seen = envelope.peer;
    }
  }
  EXPECT_NE(seen, peer);
  ASSERT_TRUE(other->send("still here"));
  std::vector<Envelope> last;
  while ((last.empty() || last.back().principal != "bob") && time_since(start) < patience) {
    last = take(1);
  }
  EXPECT_EQ(last.back().bytes, "still here");
}

TEST_P(TransportTest, WakesTheServerFromAnotherThread) {
  const auto start = std::chrono::steady_clock::now();
  std::thread waker([this] { server().wake(); });
  const auto woken = server().receive(patience, 1);
  waker.join();
  ASSERT_TRUE(woken);
  EXPECT_TRUE(woken->empty());
  EXPECT_LT(time_since(start), patience);
  // One wake is one return.
  EXPECT_TRUE(server().receive(transport_moment, 1)->empty());
  EXPECT_GE(time_since(start), transport_moment);
}

TEST_P(TransportTest, WakesTheClientFromAnotherThread) {
  const auto client = world_->client("alice");
  const auto start = std::chrono::steady_clock::now();
  std::thread waker([&] { client->wake(); });
  const auto woken = client->receive(patience, 1);
  waker.join();
  ASSERT_TRUE(woken);
  EXPECT_TRUE(woken->empty());
  EXPECT_LT(time_since(start), patience);
}

TEST_P(TransportTest, WaitsNoLongerThanItIsTold) {
  const auto client = world_->client("alice");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(server().receive(milliseconds(30), 1)->empty());
  EXPECT_TRUE(client->receive(milliseconds(30), 1)->empty());
  EXPECT_GE(time_since(start), milliseconds(60));
  EXPECT_TRUE(server().receive(Duration{}, 1)->empty());
  EXPECT_TRUE(client->receive(seconds(-1), 1)->empty());
  EXPECT_LT(time_since(start), patience);
}

TEST_P(TransportTest, EndsQuicklyWithUnreadMessagesBothWays) {
  auto client = world_->client("alice");
  ASSERT_TRUE(client->send("hello"));
  const PeerId peer = take_one().peer;
  const std::string bulk(100000, 'x');
  while (server().send(peer, bulk) == SendOutcome::sent) {
  }
  while (client->send(bulk)) {
  }
  const auto start = std::chrono::steady_clock::now();
  world_.reset();
  EXPECT_LT(time_since(start), seconds(3));
  client.reset();
  EXPECT_LT(time_since(start), seconds(5));
}

INSTANTIATE_TEST_SUITE_P(
    All, TransportTest,
    ::testing::Values(Kind{"zmq", [] { return std::make_unique<ZmqWorld>(); }},
                      Kind{"unix", [] { return std::make_unique<UnixWorld>(); }},
                      Kind{"loopback", [] { return std::make_unique<LoopbackWorld>(); }}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace gwageo
