// What may go wrong around a pool of real processes, and what must not follow from it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "protocol/key_file.h"
#include "protocol/zmq_transport.h"
#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

std::string endpoint_of(const Pool& pool) {
  std::string endpoint = read_file(pool.data() / "endpoint");
  return endpoint.substr(0, endpoint.find('\n'));
}

/// A pool of three workers with a suite of 600 questions, and models that take their time.
class Fault : public ::testing::Test {
 protected:
  void SetUp() override {
    pool_.start();
    pool_.ask({"suite", "add", write_paced_suite(folder_.path() / "suite", "paced", items)});
    pool_.add_paced_model("brisk", 10, 2, 16);
    pool_.add_paced_model("slow", 600000, 32, 16);
    ASSERT_TRUE(eventually(Milliseconds(20000),
                           [&] { return whole(pool_.ask({"health"}), {"workers"}) == 3; }));
  }

  bool is_done(const std::string& job, std::int64_t at_least) const {
    return whole(pool_.ask({"status", job}), {"items", "done"}) >= at_least;
  }
  bool is_leased(const std::string& job) const {
    return whole(pool_.ask({"status", job}), {"items", "leased"}) > 0;
  }

  static constexpr int items = 600;
  TemporaryFolder folder_;
  Pool pool_{folder_.path() / "data", 3};
};

TEST_F(Fault, TermEndsAllOfThemInTime) {
  const std::string job = pool_.submit("slow", "slow", "paced");
  ASSERT_TRUE(eventually(Milliseconds(20000), [&] { return is_leased(job); }));
  EXPECT_LT(pool_.stop(), Milliseconds(5000));
  EXPECT_TRUE(daemons_of(pool_.data()).empty());
  EXPECT_EQ(pool_.call({"status"}).code, 3);
}

TEST_F(Fault, NobodyOutlivesUp) {
  const std::string job = pool_.submit("brisk", "brisk", "paced");
  ASSERT_TRUE(eventually(Milliseconds(20000), [&] { return is_done(job, 50); }));
  EXPECT_EQ(daemons_of(pool_.data()).size(), 5U);
  pool_.up().signal(SIGKILL);
  EXPECT_TRUE(eventually(Milliseconds(5000), [&] { return daemons_of(pool_.data()).empty(); }));
  pool_.start();
  EXPECT_EQ(whole(pool_.results(job), {"coverage", "answered"}), items);
}

TEST_F(Fault, ASecondCoordinatorIsRefused) {
  for (const char* verb : {"coordinator", "up"}) {
    const Outcome outcome = run({verb, "--data", pool_.data().string()});
    EXPECT_EQ(outcome.code, 2) << verb;
    EXPECT_NE(outcome.err.find("another coordinator uses " + pool_.data().string()),
              std::string::npos)
        << outcome.err;
  }
  const std::string job = pool_.submit("brisk", "brisk", "paced");
  EXPECT_EQ(whole(pool_.results(job), {"coverage", "answered"}), items);
}

TEST_F(Fault, AnOlderStoreIsRefused) {
  const fs::path backup = folder_.path() / "backup";
  const std::int64_t older = whole(pool_.ask({"backup", backup.string()}), {"journal"});
  pool_.results(pool_.submit("brisk", "brisk", "paced"));
  EXPECT_LT(pool_.stop(), Milliseconds(5000));
  fs::remove_all(pool_.data() / "store");
  fs::copy(backup / "store", pool_.data() / "store", fs::copy_options::recursive);
  const std::string note = read_file(pool_.data() / "checkpoint");
  const std::size_t second = note.find('\n') + 1;
  const std::string newer = note.substr(second, note.find('\n', second) - second);
  ASSERT_GT(std::stoll(newer), older);
  for (const char* verb : {"coordinator", "up"}) {
    const Outcome outcome = run({verb, "--data", pool_.data().string()});
    EXPECT_EQ(outcome.code, 1) << verb;
    EXPECT_NE(outcome.err.find("signed: " + newer + " records, there: " + std::to_string(older)),
              std::string::npos)
        << outcome.err;
  }
}

TEST_F(Fault, AnUnknownKeyIsNotAllowed) {
  const KeyFile known = read_key_file((pool_.data() / "keys/operator.key").string()).value();
  const std::string path = (folder_.path() / "stranger.key").string();
  const KeyFile stranger = new_key_file("stranger", KeyRole::operator_,
                                        known.coordinator_curve_public, known.coordinator_verifier)
                               .value();
  ASSERT_TRUE(write_key_file(path, stranger));
  const Outcome outcome = pool_.call({"status", "--key", path});
  EXPECT_EQ(outcome.code, 4) << outcome.out;
  EXPECT_NE(outcome.err.find("does not know the key of stranger"), std::string::npos)
      << outcome.err;
}

/// A coordinator that came back listened before it knew its keys, and told old friends that they
/// were strangers.
TEST_F(Fault, ARestartRefusesNoKnownKey) {
  const KeyFile key = read_key_file((pool_.data() / "keys/operator.key").string()).value();
  std::vector<std::unique_ptr<ZmqClient>> clients;
  for (int i = 0; i < 40; ++i) {
    ClientOptions options;
    options.endpoint = endpoint_of(pool_);
    options.server_public_key = key.coordinator_curve_public;
    options.keys = key.curve;
    clients.push_back(new_zmq_client(options).value());
  }
  for (int i = 0; i < 6; ++i) {
    for (const Daemon& daemon : daemons_of(pool_.data())) {
      if (i > 0 && daemon.verb == "coordinator") ::kill(daemon.id, SIGKILL);
    }
    const auto are_connected_again = [&] {
      std::size_t connected = 0;
      for (const auto& client : clients) {
        client->receive(Duration{}, 1).value();
        EXPECT_NE(client->state(), ConnectionState::key_refused) << "restart " << i;
        if (client->connections() > static_cast<std::uint64_t>(i)) ++connected;
      }
      return HasFailure() || connected == clients.size();
    };
    ASSERT_TRUE(eventually(Milliseconds(20000), are_connected_again));
    ASSERT_FALSE(HasFailure());
  }
}

/// A TCP connection to the pool's port that speaks no protocol at all.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawConnection() { ::close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  bool is_open() const { return is_open_; }
  /// As far as the other side takes it.
  void send(const std::string& bytes) const {
    static_cast<void>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }

 private:
  int socket_;
  bool is_open_ = false;
};

std::string noise(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST_F(Fault, GarbageAtThePortDisturbsNobody) {
  const std::string endpoint = endpoint_of(pool_);
  const auto port = static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
  const std::string job = pool_.submit("brisk", "brisk", "paced");
  std::mt19937_64 random(1);
  const std::string greeting = std::string(
                                   "\xFF\0\0\0\0\0\0\0\x01\x7F\x03\x01"
                                   "CURVE",
                                   17) +
                               std::string(47, '\0');
  std::vector<std::unique_ptr<RawConnection>> held;  // Some hang up at once, some never do.
  for (std::size_t i = 0; i < 200; ++i) {
    auto connection = std::make_unique<RawConnection>(port);
    ASSERT_TRUE(connection->is_open()) << i;
    if (i % 4 == 0) connection->send(noise(random, 1 + random() % 65536));
    if (i % 4 == 1) connection->send(greeting + noise(random, 200));
    if (i % 4 == 2) connection->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if (i % 3 == 0) held.push_back(std::move(connection));
  }
  EXPECT_EQ(whole(pool_.results(job), {"coverage", "answered"}), items);
  EXPECT_EQ(daemons_of(pool_.data()).size(), 5U);
}

TEST_F(Fault, MalformedMessagesCostOnlyTheirSender) {
  const KeyFile key = read_key_file((pool_.data() / "keys/operator.key").string()).value();
  const std::string job = pool_.submit("brisk", "brisk", "paced");
  const std::int64_t records = whole(pool_.ask({"health"}), {"journal"});
  std::mt19937_64 random(2);
  ClientOptions options;
  options.endpoint = endpoint_of(pool_);
  options.server_public_key = key.coordinator_curve_public;
  options.keys = key.curve;
  for (int i = 0; i < 10; ++i) {
    const auto client = new_zmq_client(options).value();
    ASSERT_TRUE(eventually(Milliseconds(20000), [&] {
      client->receive(milliseconds(10), 1).value();
      return client->state() == ConnectionState::connected;
    }));
    for (int k = 0; k < 20; ++k) ASSERT_TRUE(client->send(noise(random, random() % 2000)));
    client->receive(milliseconds(10), 1).value();
  }
  EXPECT_EQ(whole(pool_.results(job), {"coverage", "answered"}), items);
  EXPECT_EQ(daemons_of(pool_.data()).size(), 5U);
  // Nobody died and came back meanwhile.
  const Json news = pool_.ask({"journal", "--from", std::to_string(records)});
  for (const Json& record : news.as_array()) {
    EXPECT_NE(text(record, {"kind"}), "coordinator-started");
    EXPECT_NE(text(record, {"kind"}), "worker-joined");
  }
}

}  // namespace
}  // namespace gwageo::e2e
