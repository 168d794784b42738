// The authentication handler, asked as libzmq asks it, and the ways in which authentication that is
// set up badly lets everybody in: none of them may work here.
#include <gtest/gtest.h>
#include <zmq.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "protocol/zap_handler.h"
#include "protocol/zmq_transport.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

using Frames = std::vector<std::string>;
constexpr Duration zap_moment = milliseconds(20);

class Deadline {
 public:
  explicit Deadline(int milliseconds)
      : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds)) {}
  bool has_passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

std::string raw(const CurvePublicKey& key) { return {key.bytes.begin(), key.bytes.end()}; }

/// A handler alone, and a socket that speaks to it as libzmq does.
class ZapHandlerTest : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override { stop(); }
  void stop() {
    if (context_ == nullptr) return;
    zmq_close(asker_);
    handler_.reset();
    zmq_ctx_term(context_);
  }
  void start(ZapOptions options) {
    stop();
    context_ = zmq_ctx_new();
    auto started = ZapHandler::start(context_, registry_, options);
    ASSERT_TRUE(started) << started.error().message;
    handler_ = std::move(*started);
    asker_ = zmq_socket(context_, ZMQ_REQ);
    const int wait_milliseconds = 10000;
    const int linger = 0;
    zmq_setsockopt(asker_, ZMQ_RCVTIMEO, &wait_milliseconds, sizeof wait_milliseconds);
    zmq_setsockopt(asker_, ZMQ_LINGER, &linger, sizeof linger);
    ASSERT_EQ(zmq_connect(asker_, "inproc://zeromq.zap.01"), 0);
  }
  Frames ask(const Frames& request) {
    for (std::size_t i = 0; i < request.size(); ++i) {
      const int flags = i + 1 < request.size() ? ZMQ_SNDMORE : 0;
      EXPECT_GE(zmq_send(asker_, request[i].data(), request[i].size(), flags), 0);
    }
    Frames reply;
    int more = 1;
    while (more != 0) {
      char buffer[512];
      const int size = zmq_recv(asker_, buffer, sizeof buffer, 0);
      EXPECT_GE(size, 0) << "no answer";
      if (size < 0) return reply;
      reply.emplace_back(buffer, static_cast<std::size_t>(size));
      std::size_t more_size = sizeof more;
      zmq_getsockopt(asker_, ZMQ_RCVMORE, &more, &more_size);
    }
    return reply;
  }
  Frames lawful() const { return {"1.0", "id", "gwageo", "127.0.0.1", "", "CURVE", raw(key_)}; }
  void expect_status(const Frames& request, const std::string& status) {
    const Frames reply = ask(request);
    ASSERT_EQ(reply.size(), 6U);
    EXPECT_EQ(reply[0], "1.0");
    EXPECT_EQ(reply[1], request.size() > 1 ? request[1] : "");
    EXPECT_EQ(reply[2], status);
    EXPECT_EQ(reply[4].empty(), status != "200");
  }

  void* context_ = nullptr;
  void* asker_ = nullptr;
  KeyRegistry registry_;
  CurvePublicKey key_ = new_curve_keys()->public_key;
  std::unique_ptr<ZapHandler> handler_;
};

TEST_F(ZapHandlerTest, NamesTheOwnerOfAKnownKey) {
  registry_.set(key_, "alice");
  const Frames reply = ask(lawful());
  ASSERT_EQ(reply.size(), 6U);
  EXPECT_EQ(reply[2], "200");
  EXPECT_EQ(reply[4], "alice");
  EXPECT_EQ(reply[5], std::string("\x0aGwageo-Key\0\0\0\x28", 15) + to_z85(key_));
  EXPECT_EQ(handler_->accepted(), 1U);
  EXPECT_EQ(handler_->refused(), 0U);
}

TEST_F(ZapHandlerTest, RefusesAnUnknownOrRemovedKey) {
  expect_status(lawful(), "400");
  registry_.set(key_, "alice");
  expect_status(lawful(), "200");
  registry_.remove(key_);
  expect_status(lawful(), "400");
  EXPECT_EQ(handler_->refused(), 2U);
}

TEST_F(ZapHandlerTest, RefusesEveryMalformedRequestAndLivesOn) {
  registry_.set(key_, "alice");
  const std::string huge(1 << 20, 'x');
  for (std::size_t i = 0; i < lawful().size(); ++i) {
    if (i == 1 || i == 3 || i == 4) continue;  // Id, address and identity may be anything.
    for (const std::string& value : {std::string(), std::string("x"), huge, std::string(1, '\0')}) {
      Frames request = lawful();
      request[i] = value;
      expect_status(request, "400");
    }
  }
  for (std::size_t count = 1; count < lawful().size(); ++count) {
    Frames request = lawful();
    request.resize(count);
    expect_status(request, "400");
  }
  Frames longer = lawful();
  longer.emplace_back("more");
  expect_status(longer, "400");
  longer.resize(1000, "x");
  expect_status(longer, "400");
  for (const char* mechanism : {"NULL", "PLAIN", "GSSAPI", "curve"}) {
    Frames request = lawful();
    request[5] = mechanism;
    expect_status(request, "400");
  }
  Frames nul_plaintext = lawful();
  nul_plaintext[5] = "NULL";
  nul_plaintext.pop_back();
  expect_status(nul_plaintext, "400");
  expect_status(lawful(), "200");
}

TEST_F(ZapHandlerTest, PutsOffAnAddressThatTriesTooOften) {
  ZapOptions options;
  options.requests_per_address_max = 3;
  options.window = seconds(3600);
  options.addresses_max = 2;
  start(options);
  registry_.set(key_, "alice");
  const auto from = [&](const std::string& address) {
    Frames request = lawful();
    request[3] = address;
    return request;
  };
  for (const std::string address : {"10.0.0.1", "10.0.0.2"}) {
    for (int i = 0; i < 3; ++i) expect_status(from(address), "200");
    expect_status(from(address), "300");
  }
  // Addresses beyond those that are counted share one count, so memory stays bounded.
  for (int i = 3; i < 6; ++i) expect_status(from("10.0.0." + std::to_string(i)), "200");
  for (int i = 6; i < 600; ++i) expect_status(from("10.0.0." + std::to_string(i)), "300");
}

TEST_F(ZapHandlerTest, CountsAnewInEveryWindow) {
  ZapOptions options;
  options.requests_per_address_max = 1;
  options.window = microseconds(1);
  start(options);
  registry_.set(key_, "alice");
  for (int i = 0; i < 10; ++i) expect_status(lawful(), "200");
}

TEST(KeyRegistryTest, KnowsPrincipalNames) {
  for (const char* name : {"a", "Alice-1", "0.x_y", "worker.7"})
    EXPECT_TRUE(is_principal_name(name));
  EXPECT_TRUE(is_principal_name(std::string(128, 'a')));
  EXPECT_FALSE(is_principal_name(std::string(129, 'a')));
  EXPECT_FALSE(is_principal_name(std::string("a\0b", 3)));
  for (const char* name : {"", ".a", "-a", "_a", "a b", "a\n", "a/b", "\xc3\xa9"}) {
    EXPECT_FALSE(is_principal_name(name)) << name;
  }
}

TEST(KeyRegistryTest, GenerationGrowsWithEveryChange) {
  KeyRegistry registry;
  const CurvePublicKey key = new_curve_keys()->public_key;
  const std::uint64_t before = registry.generation();
  registry.set(key, "alice");
  EXPECT_EQ(registry.find(key), "alice");
  const std::uint64_t between = registry.generation();
  EXPECT_GT(between, before);
  registry.remove(key);
  EXPECT_EQ(registry.find(key), std::nullopt);
  EXPECT_GT(registry.generation(), between);
}

/// A whole server, and clients of all kinds, which come by TCP or by the Unix socket.
class AuthenticationTest : public ::testing::TestWithParam<const char*> {
 protected:
  void start(bool with_handler = true) {
    ServerOptions options;
    options.keys = server_keys_;
    options.start_authentication = with_handler;
    auto made = new_zmq_server(options, registry_);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    endpoint_ = server_->endpoint();
    libzmq_address_ = endpoint_;
    if (GetParam() == std::string("tcp")) return;
    const std::string path = folder_ / "socket";
    endpoint_ = "unix:" + path;
    libzmq_address_ = "ipc://" + path;
    const Status listens = server_->listen_locally(endpoint_);
    ASSERT_TRUE(listens) << listens.error().message;
  }
  ClientOptions lawful(const std::string& principal) {
    ClientOptions options;
    options.endpoint = endpoint_;
    options.server_public_key = server_keys_.public_key;
    options.keys = *new_curve_keys();
    if (!principal.empty()) registry_.set(options.keys.public_key, principal);
    return options;
  }
  static std::unique_ptr<ZmqClient> connect(const ClientOptions& options) {
    auto made = new_zmq_client(options);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  /// Serves until `done`, and gives back what arrived.
  template <class Done>
  std::vector<Envelope> serve_until(Done done, int milliseconds = 20000) {
    std::vector<Envelope> arrived;
    const Deadline deadline(milliseconds);
    while (!done(arrived) && !deadline.has_passed()) {
      auto some = server_->receive(zap_moment, 100);
      EXPECT_TRUE(some);
      for (Envelope& envelope : *some) arrived.push_back(std::move(envelope));
    }
    EXPECT_TRUE(done(arrived)) << "gave up waiting";
    return arrived;
  }
  /// A lawful client is served, and nobody else's message came before its own.
  void expect_only_lawful_is_served() {
    const auto client = connect(lawful("lawful"));
    ASSERT_TRUE(client->send("mine"));
    const auto arrived = serve_until([](const auto& all) { return !all.empty(); });
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].principal, "lawful");
    EXPECT_EQ(server_->send(arrived[0].peer, "yours"), SendOutcome::sent);
    const Deadline deadline(20000);
    std::vector<std::string> answer;
    while (answer.empty() && !deadline.has_passed()) answer = *client->receive(zap_moment, 1);
    EXPECT_EQ(answer, std::vector<std::string>{"yours"});
  }

  KeyRegistry registry_;
  CurveKeyPair server_keys_ = *new_curve_keys();
  const testing::TemporaryFolder folder_;
  std::unique_ptr<ZmqServer> server_;
  std::string endpoint_;
  std::string libzmq_address_;
};

INSTANTIATE_TEST_SUITE_P(Both, AuthenticationTest, ::testing::Values("tcp", "unix"),
                         [](const auto& way) { return std::string(way.param); });

TEST_P(AuthenticationTest, EnforcementIsReallySet) {
  start();
  EXPECT_TRUE(server_->enforces_authentication());
}

TEST_P(AuthenticationTest, AnUnknownKeyIsRefusedAndTold) {
  start();
  const auto stranger = connect(lawful(""));
  ASSERT_TRUE(stranger->send("let me in"));
  const Deadline deadline(20000);
  while (stranger->state() != ConnectionState::key_refused && !deadline.has_passed()) {
    EXPECT_TRUE(stranger->receive(zap_moment, 1)->empty());
  }
  EXPECT_EQ(stranger->state(), ConnectionState::key_refused);
  EXPECT_GE(server_->counters().handshakes_refused, 1U);
  expect_only_lawful_is_served();
}

TEST_P(AuthenticationTest, AKeyThatBecomesKnownIsLetInWithoutANewClient) {
  start();
  const ClientOptions options = lawful("");
  const auto client = connect(options);
  const Deadline deadline(20000);
  while (client->state() != ConnectionState::key_refused && !deadline.has_passed()) {
    ASSERT_TRUE(client->receive(zap_moment, 1));
  }
  registry_.set(options.keys.public_key, "late");
  while (client->state() != ConnectionState::connected && !deadline.has_passed()) {
    ASSERT_TRUE(client->receive(zap_moment, 1));
  }
  ASSERT_TRUE(client->send("here"));
  const auto arrived = serve_until([](const auto& all) { return !all.empty(); });
  EXPECT_EQ(arrived.at(0).principal, "late");
}

// A fleet that begins before its coordinator must not burn its processors meanwhile.
TEST_P(AuthenticationTest, AClientWaitsForAConnectionWithoutSpinning) {
  start();
  const auto stranger = connect(lawful(""));
  const Deadline deadline(20000);
  int looks = 0;
  while (stranger->state() != ConnectionState::key_refused && !deadline.has_passed()) {
    ASSERT_TRUE(stranger->await_change(milliseconds(1000)));
    ++looks;
  }
  EXPECT_LT(looks, 50);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(stranger->await_change(milliseconds(100)));
  ASSERT_TRUE(stranger->await_change(milliseconds(100)));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
}

TEST_P(AuthenticationTest, AClientThatExpectsAnotherServerDeliversNothing) {
  start();
  ClientOptions options = lawful("alice");
  options.server_public_key = new_curve_keys()->public_key;
  const auto client = connect(options);
  ASSERT_TRUE(client->send("a secret"));
  const Deadline deadline(20000);
  while (client->state() != ConnectionState::handshake_failed && !deadline.has_passed()) {
    EXPECT_TRUE(client->receive(zap_moment, 1)->empty());
  }
  EXPECT_EQ(client->state(), ConnectionState::handshake_failed);
  EXPECT_EQ(server_->counters().connections_authenticated, 0U);
  expect_only_lawful_is_served();
}

TEST_P(AuthenticationTest, APlaintextPeerIsRefused) {
  start();
  void* const context = zmq_ctx_new();
  void* const socket = zmq_socket(context, ZMQ_DEALER);
  const int linger = 0;
  zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
  ASSERT_EQ(zmq_connect(socket, libzmq_address_.c_str()), 0);
  ASSERT_EQ(zmq_send(socket, "plain", 5, 0), 5);
  const auto arrived =
      serve_until([&](const auto&) { return server_->counters().connections_ended > 0; });
  EXPECT_TRUE(arrived.empty());
  expect_only_lawful_is_served();
  zmq_close(socket);
  zmq_ctx_term(context);
}

TEST_P(AuthenticationTest, WithoutAHandlerNobodyGetsIn) {
  start(false);
  const auto client = connect(lawful("alice"));
  ASSERT_TRUE(client->send("let me in"));
  const Deadline deadline(20000);
  while (client->state() == ConnectionState::connecting && !deadline.has_passed()) {
    EXPECT_TRUE(server_->receive(zap_moment, 1)->empty());
    ASSERT_TRUE(client->receive(Duration{}, 1));
  }
  EXPECT_EQ(client->state(), ConnectionState::handshake_failed);
  // Over several more tries too.
  const Deadline tries(2500);
  while (!tries.has_passed()) {
    EXPECT_TRUE(server_->receive(zap_moment, 1)->empty());
    ASSERT_TRUE(client->receive(Duration{}, 1));
    EXPECT_NE(client->state(), ConnectionState::connected);
  }
}

TEST_P(AuthenticationTest, ARoutingIdOfSomebodyElseGainsNothing) {
  start();
  void* const context = zmq_ctx_new();
  const auto impostor = [&](const std::string& principal, const std::string& routing_id) {
    const CurveKeyPair keys = *new_curve_keys();
    registry_.set(keys.public_key, principal);
    void* const socket = zmq_socket(context, ZMQ_DEALER);
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, routing_id.data(), routing_id.size());
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.public_key.bytes.data(), 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key.bytes.data(), 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_keys_.public_key.bytes.data(), 32);
    EXPECT_EQ(zmq_connect(socket, libzmq_address_.c_str()), 0);
    EXPECT_EQ(zmq_send(socket, "hello", 5, 0), 5);
    return socket;
  };
  const auto one = [](const auto& all) { return !all.empty(); };
  void* const alice = impostor("alice", "the-same");
  const Envelope from_alice = serve_until(one).at(0);
  EXPECT_EQ(from_alice.principal, "alice");
  // While alice is connected, her id is taken; the impostor's connection is not heard at all.
  void* const mallory = impostor("mallory", "the-same");
  serve_until([&](const auto&) { return server_->counters().connections_authenticated == 2; });
  EXPECT_EQ(zmq_send(alice, "again", 5, 0), 5);
  const auto later = serve_until(one);
  EXPECT_EQ(later.at(0).principal, "alice");
  EXPECT_EQ(later.at(0).peer, from_alice.peer);
  // After she left, whoever takes the id is named by its own key, and is another peer.
  zmq_close(mallory);
  zmq_close(alice);
  // That the connection ended is known before her id is free again.
  serve_until([&](const auto&) {
    return server_->counters().connections_ended >= 2 &&
           server_->send(from_alice.peer, "for alice only") == SendOutcome::gone;
  });
  // The library may still hold the pipe of one who left, and then does not hear the next one.
  void* late = nullptr;
  std::vector<Envelope> heard;
  for (int attempt = 0; attempt < 20 && heard.empty(); ++attempt) {
    if (late != nullptr) zmq_close(late);
    late = impostor("mallory", "the-same");
    for (const Deadline patience(1000); heard.empty() && !patience.has_passed();) {
      heard = *server_->receive(zap_moment, 100);
    }
  }
  const Envelope from_late = heard.at(0);
  EXPECT_EQ(from_late.principal, "mallory");
  EXPECT_NE(from_late.peer, from_alice.peer);
  EXPECT_EQ(server_->send(from_alice.peer, "for alice only"), SendOutcome::gone);
  zmq_close(late);
  zmq_ctx_term(context);
}

TEST_P(AuthenticationTest, ARemovedKeyLosesItsOpenConnection) {
  start();
  const ClientOptions options = lawful("alice");
  const auto alice = connect(options);
  const auto bob = connect(lawful("bob"));
  ASSERT_TRUE(alice->send("one"));
  ASSERT_TRUE(bob->send("one"));
  const auto arrived = serve_until([](const auto& all) { return all.size() == 2; });
  const Envelope& from_alice = arrived[0].principal == "alice" ? arrived[0] : arrived[1];
  const Envelope& from_bob = arrived[0].principal == "alice" ? arrived[1] : arrived[0];
  registry_.remove(options.keys.public_key);
  ASSERT_TRUE(alice->send("two"));
  EXPECT_EQ(server_->send(from_bob.peer, "you stay"), SendOutcome::sent);
  EXPECT_EQ(server_->send(from_alice.peer, "you do not"), SendOutcome::gone);
  EXPECT_EQ(server_->counters().connections_cut, 1U);
  const Deadline deadline(20000);
  while (alice->state() != ConnectionState::key_refused && !deadline.has_passed()) {
    ASSERT_TRUE(alice->send("three"));
    EXPECT_TRUE(alice->receive(zap_moment, 1)->empty());
    EXPECT_TRUE(server_->receive(Duration{}, 10)->empty());
  }
  EXPECT_EQ(alice->state(), ConnectionState::key_refused);
  ASSERT_TRUE(bob->send("two"));
  EXPECT_EQ(serve_until([](const auto& all) { return !all.empty(); }).at(0).principal, "bob");
}

using AuthenticationDeathTest = AuthenticationTest;

INSTANTIATE_TEST_SUITE_P(Both, AuthenticationDeathTest, ::testing::Values("tcp", "unix"),
                         [](const auto& way) { return std::string(way.param); });

TEST_P(AuthenticationDeathTest, AServerDoesNotOutliveItsHandlersThread) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        start();
        const auto client = connect(lawful("alice"));
        server_->end_authentication_for_test();
        serve_until([](const auto&) { return false; });
      },
      "authentication_thread_ends_with_its_server");
}

}  // namespace
}  // namespace gwageo
